package member_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/pingcrm/pingcrm/internal/factor"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/member"
)

// stick is an authenticator with one ES256 key, as WebAuthn level 2 describes it, and the browser that it is plugged into.
type stick struct {
	key     *ecdsa.PrivateKey
	id      []byte
	origin  string
	counter uint32
}

func newStick(t testing.TB) *stick {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &stick{key: key, id: id, origin: publicURL}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// asked is the challenge in what a browser was given.
func asked(t testing.TB, options any) string {
	t.Helper()
	var o struct {
		PublicKey struct {
			Challenge string `json:"challenge"`
		} `json:"publicKey"`
	}
	text, err := json.Marshal(options)
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	if err != nil || o.PublicKey.Challenge == "" {
		t.Fatalf("asked with %s %v", text, err)
	}
	return o.PublicKey.Challenge
}

func (s *stick) client(kind, challenge string) []byte {
	b, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": s.origin, "crossOrigin": false})
	return b
}

// data is what an authenticator signs of itself: for whom, that somebody was there and proved it, and its counter.
func (s *stick) data(flags byte) []byte {
	s.counter++
	rp := sha256.Sum256([]byte("ping.toko.example"))
	return binary.BigEndian.AppendUint32(append(rp[:], flags), s.counter)
}

func (s *stick) answer(response map[string]string) []byte {
	b, _ := json.Marshal(map[string]any{"id": b64(s.id), "rawId": b64(s.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	return b
}

// create answers navigator.credentials.create.
func (s *stick) create(t testing.TB, options any) []byte {
	t.Helper()
	point, err := s.key.PublicKey.Bytes() // 0x04, x, y
	if err != nil {
		t.Fatal(err)
	}
	cose := slices.Concat([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33], []byte{0x22, 0x58, 32}, point[33:])
	data := slices.Concat(s.data(0x45), make([]byte, 16), []byte{0, byte(len(s.id))}, s.id, cose)
	object := slices.Concat([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), []byte{byte(len(data))}, data)
	return s.answer(map[string]string{"clientDataJSON": b64(s.client("webauthn.create", asked(t, options))), "attestationObject": b64(object)})
}

// get answers navigator.credentials.get.
func (s *stick) get(t testing.TB, options any) []byte {
	t.Helper()
	client, data := s.client("webauthn.get", asked(t, options)), s.data(0x05)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(slices.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, s.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return s.answer(map[string]string{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)})
}

func TestAPasskeyIsWantedAtSignIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.member(t, h.workspace(t), "ani@toko.example", member.Owner)
		_, p := h.login(t, "ani@toko.example")
		s := newStick(t)
		options, err := h.BeginPasskey(ctx, p, password)
		if err != nil {
			t.Fatal(err)
		}
		made := s.create(t, options)
		if _, _, err := h.AddPasskey(ctx, p, " ", made); !isFault(err, fault.Invalid, "name") {
			t.Errorf("without a name: got %v", err)
		}
		k, codes, err := h.AddPasskey(ctx, p, "HP Ani", made)
		if err != nil || len(codes) != 10 || k.Name != "HP Ani" {
			t.Fatalf("%+v %v %v", k, codes, err)
		}
		if _, _, err := h.AddPasskey(ctx, p, "Lagi", made); !isFault(err, fault.Invalid, "credential") {
			t.Errorf("the same answer again: got %v", err)
		}
		enter := func(change func()) error {
			t.Helper()
			half := h.half(t, "ani@toko.example")
			options, err := h.AskPasskey(ctx, half)
			if err != nil {
				t.Fatal(err)
			}
			change()
			answer := s.get(t, options)
			e, err := h.FinishLoginByPasskey(ctx, half, answer)
			if err == nil && h.caller(t, e.Token).PersonID != p.PersonID {
				t.Errorf("signed in as %+v", e.Member)
			}
			if _, again := h.FinishLoginByPasskey(ctx, half, answer); again == nil {
				t.Error("one answer signs in twice")
			}
			return err
		}
		if err := enter(func() {}); err != nil {
			t.Errorf("with the key: got %v", err)
		}
		if err := enter(func() { s.origin = "https://evil.example" }); !errors.Is(err, factor.ErrPasskey) {
			t.Errorf("on another site: got %v", err)
		}
		s.origin = publicURL
		if err := enter(func() { s.counter = 0 }); !errors.Is(err, factor.ErrPasskey) {
			t.Errorf("with a copy, whose counter is behind: got %v", err)
		}
		h.passkeysAreKept(t, p, k.ID)
	})
}

// passkeysAreKept looks at the list, renames and removes.
func (h *house) passkeysAreKept(t *testing.T, p member.Principal, passkeyID string) {
	t.Helper()
	ctx := context.Background()
	if err := h.RenamePasskey(ctx, p, passkeyID, "Kunci"); err != nil {
		t.Fatal(err)
	}
	state, err := h.SecondFactor(ctx, p)
	if err != nil || len(state.Passkeys) != 1 || state.Passkeys[0].Name != "Kunci" || state.Passkeys[0].LastUsedAt == 0 {
		t.Errorf("%+v %v", state, err)
	}
	if err := h.RemovePasskey(ctx, p, "nobody", password); !errors.Is(err, factor.ErrPasskeyNotFound) {
		t.Errorf("one that is not there: got %v", err)
	}
	if err := h.RemovePasskey(ctx, p, passkeyID, password); err != nil {
		t.Fatal(err)
	}
	h.login(t, "ani@toko.example")
}

func TestPeopleChangeThemselves(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.member(t, h.workspace(t), "ani@toko.example", member.Agent)
		_, p := h.login(t, "ani@toko.example")
		name, language, empty, wrong := "Ani Kasir", "en", " ", "fr"
		if _, err := h.ChangeSelf(ctx, p, member.SelfChange{Name: &name, Language: &language}); err != nil {
			t.Fatal(err)
		}
		for field, c := range map[string]member.SelfChange{"name": {Name: &empty}, "language": {Language: &wrong}} {
			if _, err := h.ChangeSelf(ctx, p, c); !isFault(err, fault.Invalid, field) {
				t.Errorf("%s: got %v", field, err)
			}
		}
		if m, err := h.ChangeSelf(ctx, p, member.SelfChange{}); err != nil || m.Name != name {
			t.Errorf("%+v %v", m, err)
		}
		if err := h.ForgotPassword(ctx, "ani@toko.example"); err != nil || len(h.mail.all) != 1 || h.mail.all[0].Subject != "A new password for Ping!" {
			t.Errorf("the letter: %+v %v", h.mail.all, err)
		}
		if _, err := h.ChangeSelf(ctx, member.Principal{WorkspaceID: p.WorkspaceID, KeyID: "k", Role: member.Admin}, member.SelfChange{}); !errors.Is(err, member.ErrPeopleOnly) {
			t.Errorf("a key: got %v", err)
		}
	})
}
