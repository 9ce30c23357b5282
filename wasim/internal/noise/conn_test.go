package noise

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow/proto/waCert"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/socket"
	"go.mau.fi/whatsmeow/util/gcmutil"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"
)

// TestMain signs once, because libsignal sets up its log at the first call and without a lock.
func TestMain(m *testing.M) {
	if _, err := NewAuthority(testRandom(1), time.Now()); err != nil {
		panic(err)
	}
	m.Run()
}

// wire is one end of a pair of message queues.
type wire struct {
	in  <-chan []byte
	out chan<- []byte
}

func newWire() (server, client wire) {
	up, down := make(chan []byte, 64), make(chan []byte, 64)
	return wire{up, down}, wire{down, up}
}

func (w wire) Read(ctx context.Context) ([]byte, error) {
	select {
	case data, ok := <-w.in:
		if !ok {
			return nil, io.EOF
		}
		return data, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w wire) Write(_ context.Context, data []byte) error {
	w.out <- bytes.Clone(data)
	return nil
}

// client speaks the initiator's half with the handshake steps of whatsmeow, an implementation that isn't ours.
type client struct {
	wire
	t      *testing.T
	static *keys.KeyPair
	prefix []byte
}

func (c *client) send(message *waWa6.HandshakeMessage, before []byte) {
	data, err := proto.Marshal(message)
	if err != nil {
		c.t.Errorf("marshal: %v", err)
	}
	_ = c.Write(context.Background(), append(before, frame(data)...))
}

// handshake returns the certificate chain and the hashes' end, so that the caller can go on in the transport.
func (c *client) handshake(payload *waWa6.ClientPayload) (certificates, serverStatic []byte) {
	nh := socket.NewNoiseHandshake()
	nh.Start(socket.NoiseStartPattern, socket.WAConnHeader)
	ephemeral := keys.NewKeyPair()
	nh.Authenticate(ephemeral.Pub[:])
	c.send(&waWa6.HandshakeMessage{ClientHello: &waWa6.HandshakeMessage_ClientHello{Ephemeral: ephemeral.Pub[:]}},
		append(bytes.Clone(c.prefix), socket.WAConnHeader...))
	raw, err := c.Read(context.Background())
	if err != nil {
		c.t.Errorf("read the server hello: %v", err)
		return nil, nil
	}
	var answer waWa6.HandshakeMessage
	if err := proto.Unmarshal(raw[lengthSize:], &answer); err != nil {
		c.t.Errorf("unmarshal the server hello: %v", err)
		return nil, nil
	}
	hello := answer.GetServerHello()
	nh.Authenticate(hello.Ephemeral)
	c.must(nh.MixSharedSecretIntoKey(*ephemeral.Priv, [32]byte(hello.Ephemeral)))
	serverStatic, err = nh.Decrypt(hello.Static)
	c.must(err)
	c.must(nh.MixSharedSecretIntoKey(*ephemeral.Priv, [32]byte(serverStatic)))
	certificates, err = nh.Decrypt(hello.Payload)
	c.must(err)
	static := nh.Encrypt(c.static.Pub[:])
	c.must(nh.MixSharedSecretIntoKey(*c.static.Priv, [32]byte(hello.Ephemeral)))
	data, err := proto.Marshal(payload)
	c.must(err)
	c.send(&waWa6.HandshakeMessage{ClientFinish: &waWa6.HandshakeMessage_ClientFinish{Static: static, Payload: nh.Encrypt(data)}}, nil)
	return certificates, serverStatic
}

func (c *client) must(err error) {
	if err != nil {
		c.t.Errorf("handshake of the client: %v", err)
	}
}

func testRandom(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func newTestAuthority(t *testing.T, now time.Time) *Authority {
	t.Helper()
	a, err := NewAuthority(testRandom(1), now)
	if err != nil {
		t.Fatalf("NewAuthority: %v", err)
	}
	return a
}

func TestAcceptSpeaksWithAClientThatIsNotOurs(t *testing.T) {
	t.Parallel()
	for name, prefix := range map[string][]byte{
		"plain":        nil,
		"with routing": append(bytes.Clone(routingIntro), 0, 0, 3, 'a', 'b', 'c'),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Now()
			a := newTestAuthority(t, now)
			server, far := newWire()
			c := &client{wire: far, t: t, static: keys.NewKeyPair(), prefix: prefix}
			certificates := make(chan []byte, 1)
			go func() {
				chain, _ := c.handshake(&waWa6.ClientPayload{Username: proto.Uint64(628)})
				certificates <- chain
			}()
			_, hello, err := Accept(t.Context(), server, a, testRandom(2))
			if err != nil {
				t.Fatalf("Accept: %v", err)
			}
			if hello.Static != *c.static.Pub {
				t.Errorf("client key: got %x, want %x", hello.Static, *c.static.Pub)
			}
			if got := hello.Payload.GetUsername(); got != 628 {
				t.Errorf("payload: got username %d, want 628", got)
			}
			checkChain(t, a.Root(), <-certificates, now)
		})
	}
}

func checkChain(t *testing.T, root [32]byte, raw []byte, now time.Time) {
	t.Helper()
	var chain waCert.CertChain
	if err := proto.Unmarshal(raw, &chain); err != nil {
		t.Fatalf("unmarshal the chain: %v", err)
	}
	signer := root
	for i, c := range []*waCert.CertChain_NoiseCertificate{chain.GetIntermediate(), chain.GetLeaf()} {
		if !ecc.VerifySignature(ecc.NewDjbECPublicKey(signer), c.GetDetails(), [64]byte(c.GetSignature())) {
			t.Errorf("certificate %d is not signed by the one above it", i)
		}
		var d waCert.CertChain_NoiseCertificate_Details
		if err := proto.Unmarshal(c.GetDetails(), &d); err != nil {
			t.Fatalf("unmarshal certificate %d: %v", i, err)
		}
		if d.GetIssuerSerial() != uint32(i) {
			t.Errorf("certificate %d: got issuer %d, want %d", i, d.GetIssuerSerial(), i)
		}
		if unix := uint64(now.Unix()); d.GetNotBefore() >= unix || d.GetNotAfter() <= unix {
			t.Errorf("certificate %d: valid %d to %d, want around %d", i, d.GetNotBefore(), d.GetNotAfter(), unix)
		}
		signer = [32]byte(d.GetKey())
	}
}

func TestTheSameSeedGivesTheSameRoot(t *testing.T) {
	t.Parallel()
	a, b := newTestAuthority(t, time.Now()), newTestAuthority(t, time.Now())
	if a.Root() != b.Root() {
		t.Errorf("roots: got %x and %x, want one", a.Root(), b.Root())
	}
}

// transport makes two connected ends after a handshake: ours, and one with the ciphers swapped.
func transport(t *testing.T) (server, far *Conn) {
	t.Helper()
	one, err := gcmutil.Prepare(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	two, err := gcmutil.Prepare(bytes.Repeat([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	a, b := newWire()
	return &Conn{frames: frameReader{in: a}, out: a, reading: one, writing: two},
		&Conn{frames: frameReader{in: b}, out: b, reading: two, writing: one}
}

func TestFramesArriveInOrderAndWhole(t *testing.T) {
	t.Parallel()
	server, far := transport(t)
	for _, size := range []int{0, 1, 70000} {
		want := bytes.Repeat([]byte{byte(size)}, size)
		if err := far.WriteFrame(t.Context(), want); err != nil {
			t.Fatalf("WriteFrame: %v", err)
		}
		got, err := server.ReadFrame(t.Context())
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("frame of %d bytes: got %d bytes, %v", size, len(got), err)
		}
	}
}

func TestFramesMayBePackedInAnyWay(t *testing.T) {
	t.Parallel()
	server, far := newWire()
	stream := append(bytes.Clone(header), append(frame([]byte("one")), frame([]byte("two"))...)...)
	for _, b := range stream {
		_ = far.Write(t.Context(), []byte{b})
	}
	r := frameReader{in: server}
	if err := r.intro(t.Context()); err != nil {
		t.Fatalf("intro: %v", err)
	}
	for _, want := range []string{"one", "two"} {
		if got, err := r.next(t.Context()); err != nil || string(got) != want {
			t.Errorf("frame: got %q, %v, want %q", got, err, want)
		}
	}
}

func TestADamagedFrameIsRefused(t *testing.T) {
	t.Parallel()
	server, far := newWire()
	c, other := transport(t)
	c.frames.in = server
	other.out = far
	_ = far.Write(t.Context(), frame(bytes.Repeat([]byte{9}, 40)))
	if _, err := c.ReadFrame(t.Context()); !errors.Is(err, ErrFrame) {
		t.Errorf("got %v, want %v", err, ErrFrame)
	}
}

func TestAFrameThatIsTooLargeIsNotWritten(t *testing.T) {
	t.Parallel()
	server, _ := transport(t)
	if err := server.WriteFrame(t.Context(), make([]byte, MaxFrame)); !errors.Is(err, ErrFrame) {
		t.Errorf("got %v, want %v", err, ErrFrame)
	}
}

func FuzzAccept(f *testing.F) {
	f.Add([]byte("WA\x06\x03"), []byte{})
	f.Add([]byte("GET / HTTP/1.1"), []byte{})
	hello, err := proto.Marshal(&waWa6.HandshakeMessage{ClientHello: &waWa6.HandshakeMessage_ClientHello{Ephemeral: make([]byte, 32)}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append([]byte("WA\x06\x03"), frame(hello)...), frame([]byte{1, 2, 3}))
	long := binary.BigEndian.AppendUint32(bytes.Clone(header), 0xffffff00)
	f.Add(long, []byte{0})
	a, err := NewAuthority(testRandom(1), time.Unix(1_700_000_000, 0))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		server, far := newWire()
		_ = far.Write(t.Context(), first)
		_ = far.Write(t.Context(), second)
		close(far.out)
		if _, _, err := Accept(t.Context(), server, a, testRandom(3)); err == nil {
			t.Errorf("Accept took %x and %x for a handshake", first, second)
		}
	})
}
