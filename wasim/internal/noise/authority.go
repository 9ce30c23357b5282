package noise

import (
	"fmt"
	"io"
	"time"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow/proto/waCert"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"
)

// The certificates are valid around the moment of their making: clients compare
// them with their own clock, and a network may outlive a long test run.
const (
	validBefore = 48 * time.Hour
	validAfter  = 10 * 365 * 24 * time.Hour
)

const (
	intermediateSerial = 1
	leafSerial         = 2
	// Clients demand that the intermediate certificate names issuer 0, the root.
	rootSerial = 0
)

// Authority holds a server's static key and the chain of certificates that vouches for it.
type Authority struct {
	root   *keys.KeyPair
	static *keys.KeyPair
	chain  []byte
}

// NewAuthority draws a root, an intermediate and a static key from random and
// signs a chain that is valid around now, in the clients' time.
func NewAuthority(random io.Reader, now time.Time) (*Authority, error) {
	var pairs [3]*keys.KeyPair
	for i := range pairs {
		var err error
		if pairs[i], err = newKeyPair(random); err != nil {
			return nil, err
		}
	}
	root, intermediate, static := pairs[0], pairs[1], pairs[2]
	middle, err := sign(root, now, intermediateSerial, rootSerial, intermediate.Pub[:])
	if err != nil {
		return nil, err
	}
	leaf, err := sign(intermediate, now, leafSerial, intermediateSerial, static.Pub[:])
	if err != nil {
		return nil, err
	}
	chain, err := proto.Marshal(&waCert.CertChain{Intermediate: middle, Leaf: leaf})
	if err != nil {
		return nil, fmt.Errorf("encode the certificate chain: %w", err)
	}
	return &Authority{root: root, static: static, chain: chain}, nil
}

// Root is the public key that a client must trust.
func (a *Authority) Root() [32]byte { return *a.root.Pub }

func sign(by *keys.KeyPair, now time.Time, serial, issuer uint32, key []byte) (*waCert.CertChain_NoiseCertificate, error) {
	details, err := proto.Marshal(&waCert.CertChain_NoiseCertificate_Details{
		Serial:       proto.Uint32(serial),
		IssuerSerial: proto.Uint32(issuer),
		Key:          key,
		NotBefore:    proto.Uint64(uint64(now.Add(-validBefore).Unix())),
		NotAfter:     proto.Uint64(uint64(now.Add(validAfter).Unix())),
	})
	if err != nil {
		return nil, fmt.Errorf("encode certificate %d: %w", serial, err)
	}
	signature := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*by.Priv), details)
	return &waCert.CertChain_NoiseCertificate{Details: details, Signature: signature[:]}, nil
}

func newKeyPair(random io.Reader) (*keys.KeyPair, error) {
	var private [32]byte
	if _, err := io.ReadFull(random, private[:]); err != nil {
		return nil, fmt.Errorf("draw a key: %w", err)
	}
	private[0] &= 248
	private[31] = private[31]&127 | 64
	return keys.NewKeyPairFromPrivateKey(private), nil
}
