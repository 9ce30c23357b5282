package notify_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/feature/notify"
)

// shown is what a browser has decrypted.
type shown struct {
	Kind, Title, Body, Tag, Path, Lang string
	At                                 int64
}

// browser is a browser with its push service, as RFC 8030, 8188, 8291 and 8292 describe them: it takes what is encrypted
// for it and signed by whom it subscribed to, and nothing else.
type browser struct {
	t       *testing.T
	server  *httptest.Server
	private *ecdh.PrivateKey
	auth    []byte
	key     string // the installation's, in base64url
	got     chan shown
	bad     chan error
	answer  atomic.Int32 // what is answered instead of 201; 0: nothing
	calls   atomic.Int32
	topic   atomic.Value
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, private: private, auth: make([]byte, 16), got: make(chan shown, 100), bad: make(chan error, 100)}
	_, _ = rand.Read(b.auth)
	b.server = httptest.NewServer(b)
	t.Cleanup(func() {
		b.server.Close()
		close(b.bad)
		for err := range b.bad {
			t.Errorf("a push that no browser would take: %v", err)
		}
	})
	return b
}

// subscribe is what the browser gives to a page that has the installation's key.
func (b *browser) subscribe(key string) notify.Fields {
	b.key = key
	return notify.Fields{Endpoint: b.server.URL + "/push/1", Keys: notify.Keys{
		P256DH: base64.RawURLEncoding.EncodeToString(b.private.PublicKey().Bytes()), Auth: base64.RawURLEncoding.EncodeToString(b.auth),
	}}
}

func (b *browser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.calls.Add(1)
	if code := b.answer.Load(); code != 0 {
		w.WriteHeader(int(code))
		return
	}
	body, _ := io.ReadAll(r.Body)
	plain, err := b.decrypt(body)
	err = errors.Join(err, b.signed(r))
	for _, h := range []string{"TTL", "Topic"} {
		if r.Header.Get(h) == "" {
			err = errors.Join(err, fmt.Errorf("no %s", h))
		}
	}
	var s shown
	if err = errors.Join(err, json.Unmarshal(plain, &s)); err != nil {
		b.bad <- err
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	b.topic.Store(r.Header.Get("Topic"))
	w.WriteHeader(http.StatusCreated)
	b.got <- s
}

// decrypt opens an aes128gcm body of one record.
func (b *browser) decrypt(body []byte) ([]byte, error) {
	if len(body) < 86 || len(body) > 4096 {
		return nil, fmt.Errorf("%d bytes", len(body))
	}
	salt, size, theirs := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:21+int(body[20])]
	public, err := ecdh.P256().NewPublicKey(theirs)
	if err != nil {
		return nil, err
	}
	shared, err := b.private.ECDH(public)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(b.private.PublicKey().Bytes()) + string(theirs)
	ikm, err := hkdf.Key(sha256.New, shared, b.auth, info, 32)
	if err != nil {
		return nil, err
	}
	cek, err1 := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	nonce, err2 := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	block, err3 := aes.NewCipher(cek)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	record := body[21+int(body[20]):]
	if len(record) > int(size) {
		return nil, fmt.Errorf("a record of %d bytes where %d were said", len(record), size)
	}
	plain, err := gcm.Open(nil, nonce, record, nil)
	if err != nil {
		return nil, err
	}
	text := strings.TrimRight(string(plain), "\x00")
	if !strings.HasSuffix(text, "\x02") {
		return nil, errors.New("the last record does not say that it is the last")
	}
	return []byte(text[:len(text)-1]), nil
}

// signed checks the VAPID token: ES256 by the key that was subscribed to, for this origin, not for longer than a day.
func (b *browser) signed(r *http.Request) error {
	token, key, ok := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "vapid t="), ", k=")
	parts := strings.Split(token, ".")
	if !ok || key != b.key || len(parts) != 3 {
		return fmt.Errorf("signed as %q, want the key %s", r.Header.Get("Authorization"), b.key)
	}
	raw, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil || len(raw) != 65 {
		return fmt.Errorf("key %q: %w", key, err)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	if err != nil {
		return fmt.Errorf("key %q: %w", key, err)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(signature) != 64 {
		return fmt.Errorf("signature %q: %w", parts[2], err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return errors.New("the signature is another's")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err = errors.Join(err, json.Unmarshal(text, &claims)); err != nil {
		return err
	}
	if left := time.Until(time.Unix(claims.Exp, 0)); claims.Aud != b.server.URL || claims.Sub != contactURL || left <= 0 || left > 24*time.Hour {
		return fmt.Errorf("claims %s, want aud %s, sub %s and an end within a day", text, b.server.URL, contactURL)
	}
	return nil
}

// next is the next thing that the browser shows.
func (b *browser) next() shown {
	b.t.Helper()
	select {
	case s := <-b.got:
		return s
	case err := <-b.bad:
		b.t.Fatalf("a push that no browser would take: %v", err)
	case <-time.After(20 * time.Second):
		b.t.Fatal("the browser was told nothing")
	}
	return shown{}
}
