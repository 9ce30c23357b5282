// Package noise owns the encrypted frames between a client and the network: the
// answering side of the Noise XX handshake, and the certificates shown in it.
package noise

import (
	"bytes"
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow/proto/waWa6"
	"google.golang.org/protobuf/proto"
)

// Faults of a connection.
var (
	// ErrHandshake says that what the client sent is not the protocol's handshake.
	ErrHandshake = errors.New("noise: bad handshake")
	// ErrFrame says that a frame could not be decrypted or is too large.
	ErrFrame = errors.New("noise: bad frame")
)

// MaxFrame is the largest payload that three length bytes can announce.
const MaxFrame = 1<<24 - 1

const (
	lengthSize = 3
	introSize  = 4
)

// header is what a client says once, in front of its first frame.
var header = []byte{'W', 'A', 6, 3}

// routingIntro stands before the header when a client repeats routing information it was given.
var routingIntro = []byte{'E', 'D', 0, 1}

// Messages carries whole messages: a websocket. Write must not keep data.
type Messages interface {
	Read(ctx context.Context) ([]byte, error)
	Write(ctx context.Context, data []byte) error
}

// Conn is an encrypted connection after its handshake. One goroutine may read
// while another one writes.
type Conn struct {
	frames  frameReader
	out     Messages
	reading cipher.AEAD
	writing cipher.AEAD
	read    uint32
	written uint32
}

// Hello is what a client said of itself in the handshake.
type Hello struct {
	// Static is the client's long-lived noise key, which identifies a linked device.
	Static [32]byte
	// Payload tells whether it wants to be linked or to log in.
	Payload *waWa6.ClientPayload
}

// Accept answers a client's handshake. random yields the ephemeral key.
func Accept(ctx context.Context, m Messages, a *Authority, random io.Reader) (*Conn, Hello, error) {
	c := &Conn{frames: frameReader{in: m}, out: m}
	if err := c.frames.intro(ctx); err != nil {
		return nil, Hello{}, err
	}
	s, err := newState(header)
	if err != nil {
		return nil, Hello{}, err
	}
	ephemeral, err := c.greet(ctx, s, a, random)
	if err != nil {
		return nil, Hello{}, err
	}
	hello, err := c.finish(ctx, s, ephemeral)
	if err != nil {
		return nil, Hello{}, err
	}
	if c.reading, c.writing, err = s.split(); err != nil {
		return nil, Hello{}, err
	}
	return c, hello, nil
}

// greet reads the client's ephemeral key and answers with ours, the static key and the certificates.
func (c *Conn) greet(ctx context.Context, s *state, a *Authority, random io.Reader) ([32]byte, error) {
	var private [32]byte
	message, err := c.handshakeMessage(ctx)
	if err != nil {
		return private, err
	}
	theirs, err := key32("client ephemeral", message.GetClientHello().GetEphemeral())
	if err != nil {
		return private, err
	}
	s.mixHash(theirs[:])
	ours, err := newKeyPair(random)
	if err != nil {
		return private, err
	}
	private = *ours.Priv
	s.mixHash(ours.Pub[:])
	if err := s.mixKey(private, theirs); err != nil {
		return private, err
	}
	static := s.encrypt(a.static.Pub[:])
	if err := s.mixKey(*a.static.Priv, theirs); err != nil {
		return private, err
	}
	answer, err := proto.Marshal(&waWa6.HandshakeMessage{ServerHello: &waWa6.HandshakeMessage_ServerHello{
		Ephemeral: ours.Pub[:], Static: static, Payload: s.encrypt(a.chain),
	}})
	if err != nil {
		return private, fmt.Errorf("encode the server hello: %w", err)
	}
	return private, c.out.Write(ctx, frame(answer))
}

// finish reads the client's static key and payload.
func (c *Conn) finish(ctx context.Context, s *state, ephemeral [32]byte) (Hello, error) {
	message, err := c.handshakeMessage(ctx)
	if err != nil {
		return Hello{}, err
	}
	static, err := s.decrypt(message.GetClientFinish().GetStatic())
	if err != nil {
		return Hello{}, fmt.Errorf("client static key: %w", err)
	}
	key, err := key32("client static", static)
	if err != nil {
		return Hello{}, err
	}
	if err := s.mixKey(ephemeral, key); err != nil {
		return Hello{}, err
	}
	raw, err := s.decrypt(message.GetClientFinish().GetPayload())
	if err != nil {
		return Hello{}, fmt.Errorf("client payload: %w", err)
	}
	var payload waWa6.ClientPayload
	if err := proto.Unmarshal(raw, &payload); err != nil {
		return Hello{}, fmt.Errorf("%w: client payload: %w", ErrHandshake, err)
	}
	return Hello{Static: key, Payload: &payload}, nil
}

func (c *Conn) handshakeMessage(ctx context.Context) (*waWa6.HandshakeMessage, error) {
	data, err := c.frames.next(ctx)
	if err != nil {
		return nil, err
	}
	var message waWa6.HandshakeMessage
	if err := proto.Unmarshal(data, &message); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	return &message, nil
}

func key32(what string, data []byte) ([32]byte, error) {
	if len(data) != keySize {
		return [32]byte{}, fmt.Errorf("%w: %s key of %d bytes, want %d", ErrHandshake, what, len(data), keySize)
	}
	return [32]byte(data), nil
}

// ReadFrame gives the next decrypted frame.
func (c *Conn) ReadFrame(ctx context.Context) ([]byte, error) {
	data, err := c.frames.next(ctx)
	if err != nil {
		return nil, err
	}
	plaintext, err := c.reading.Open(data[:0], nonce(c.read), data, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: number %d: %w", ErrFrame, c.read, err)
	}
	c.read++
	return plaintext, nil
}

// WriteFrame encrypts plaintext and sends it as one message, because a client
// mistakes a frame that is spread over two for a damaged one.
func (c *Conn) WriteFrame(ctx context.Context, plaintext []byte) error {
	size := len(plaintext) + c.writing.Overhead()
	if size > MaxFrame {
		return fmt.Errorf("%w: %d bytes don't fit into one", ErrFrame, size)
	}
	out := make([]byte, lengthSize, lengthSize+size)
	putLength(out, size)
	out = c.writing.Seal(out, nonce(c.written), plaintext, nil)
	c.written++
	return c.out.Write(ctx, out)
}

func frame(payload []byte) []byte {
	out := make([]byte, lengthSize, lengthSize+len(payload))
	putLength(out, len(payload))
	return append(out, payload...)
}

func putLength(b []byte, n int) { b[0], b[1], b[2] = byte(n>>16), byte(n>>8), byte(n) }

// frameReader cuts a stream of messages into frames, however a client packs them.
type frameReader struct {
	in     Messages
	buffer []byte
}

// intro reads up to the end of the header, past a routing introduction.
func (r *frameReader) intro(ctx context.Context) error {
	first, err := r.take(ctx, introSize)
	if err != nil {
		return err
	}
	if bytes.Equal(first, routingIntro) {
		if _, err := r.next(ctx); err != nil {
			return err
		}
		if first, err = r.take(ctx, introSize); err != nil {
			return err
		}
	}
	if !bytes.Equal(first, header) {
		return fmt.Errorf("%w: starts with %x, want %x", ErrHandshake, first, header)
	}
	return nil
}

func (r *frameReader) next(ctx context.Context) ([]byte, error) {
	length, err := r.take(ctx, lengthSize)
	if err != nil {
		return nil, err
	}
	return r.take(ctx, int(length[0])<<16|int(length[1])<<8|int(length[2]))
}

func (r *frameReader) take(ctx context.Context, n int) ([]byte, error) {
	for len(r.buffer) < n {
		message, err := r.in.Read(ctx)
		if err != nil {
			return nil, err
		}
		if len(r.buffer) == 0 {
			r.buffer = message
			continue
		}
		r.buffer = append(r.buffer, message...)
	}
	out := r.buffer[:n:n]
	r.buffer = r.buffer[n:]
	return out, nil
}
