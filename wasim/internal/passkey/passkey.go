// Package passkey owns a passkey in software: the answers that a person's authenticator gives to a web page, and how
// the page's server checks them (WebAuthn, https://www.w3.org/TR/webauthn-2/).
package passkey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// RelyingParty is whose passkeys these are: WhatsApp's.
const RelyingParty = "whatsapp.com"

// Origin is the page on which the person is asked.
const Origin = "https://web.whatsapp.com"

// The flags of an assertion: somebody was there, and was recognised.
const userPresent, userVerified = 0x01, 0x04

// Faults of an assertion.
var (
	ErrOptions   = errors.New("passkey: these are no request options for this key")
	ErrAssertion = errors.New("passkey: the answer does not hold")
)

// Key is one passkey. It is safe for concurrent use.
type Key struct {
	private *ecdsa.PrivateKey
	id      []byte
}

// New makes a key out of what random gives; the same bytes give the same key.
func New(random io.Reader) (*Key, error) {
	k := &Key{id: make([]byte, 16)}
	var seed [32]byte
	for {
		if _, err := io.ReadFull(random, seed[:]); err != nil {
			return nil, fmt.Errorf("make a passkey: %w", err)
		}
		private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
		if err != nil {
			continue // one draw in four billion is no number of the curve's
		}
		k.private = private
		if _, err := io.ReadFull(random, k.id); err != nil {
			return nil, fmt.Errorf("make a passkey: %w", err)
		}
		return k, nil
	}
}

// Options are what a page gives to navigator.credentials.get as publicKey.
type Options struct {
	Challenge        string       `json:"challenge"`
	Timeout          int          `json:"timeout"` // ms
	RelyingParty     string       `json:"rpId"`
	AllowCredentials []Credential `json:"allowCredentials"`
	UserVerification string       `json:"userVerification"`
}

// Credential names a passkey that may answer.
type Credential struct {
	ID         string   `json:"id"`
	Type       string   `json:"type"`
	Transports []string `json:"transports"`
}

// timeout is how long the network's answer may take; a guess.
const timeout = 300_000

// Request is the options that ask this key to sign a challenge.
func (k *Key) Request(challenge []byte) ([]byte, error) {
	return json.Marshal(Options{
		Challenge: text(challenge), Timeout: timeout, RelyingParty: RelyingParty, UserVerification: "preferred",
		AllowCredentials: []Credential{{ID: text(k.id), Type: "public-key", Transports: []string{"internal", "hybrid"}}},
	})
}

// Response is what navigator.credentials.get gives, as its toJSON writes it.
type Response struct {
	ID       string `json:"id"`
	RawID    string `json:"rawId"`
	Type     string `json:"type"`
	Response struct {
		ClientData    string `json:"clientDataJSON"`
		Authenticator string `json:"authenticatorData"`
		Signature     string `json:"signature"`
		UserHandle    string `json:"userHandle,omitempty"`
	} `json:"response"`
}

// clientData is what the browser vouches for.
type clientData struct {
	Type        string `json:"type"`
	Challenge   string `json:"challenge"`
	Origin      string `json:"origin"`
	CrossOrigin bool   `json:"crossOrigin"`
}

// Answer signs what the options ask for, as a person does with a finger. ErrOptions when they ask for another key.
func (k *Key) Answer(options []byte) ([]byte, error) {
	var o Options
	if err := json.Unmarshal(options, &o); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOptions, err)
	}
	mine := func(c Credential) bool { return c.ID == text(k.id) }
	if o.RelyingParty != RelyingParty || o.Challenge == "" || !slices.ContainsFunc(o.AllowCredentials, mine) {
		return nil, ErrOptions
	}
	client, err := json.Marshal(clientData{Type: "webauthn.get", Challenge: o.Challenge, Origin: Origin})
	if err != nil {
		return nil, err
	}
	party := sha256.Sum256([]byte(RelyingParty))
	auth := binary.BigEndian.AppendUint32(append(party[:], userPresent|userVerified), 0)
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, digest(auth, client))
	if err != nil {
		return nil, fmt.Errorf("sign with a passkey: %w", err)
	}
	r := Response{ID: text(k.id), RawID: text(k.id), Type: "public-key"}
	r.Response.ClientData, r.Response.Authenticator, r.Response.Signature = text(client), text(auth), text(signature)
	return json.Marshal(r)
}

// Check is nil when the answer is this key's to this challenge. ErrAssertion.
func (k *Key) Check(answer, challenge []byte) error {
	var r Response
	if err := json.Unmarshal(answer, &r); err != nil {
		return fmt.Errorf("%w: %w", ErrAssertion, err)
	}
	client, err1 := bytesOf(r.Response.ClientData)
	auth, err2 := bytesOf(r.Response.Authenticator)
	signature, err3 := bytesOf(r.Response.Signature)
	if err := errors.Join(err1, err2, err3); err != nil {
		return fmt.Errorf("%w: %w", ErrAssertion, err)
	}
	var said clientData
	if err := json.Unmarshal(client, &said); err != nil {
		return fmt.Errorf("%w: %w", ErrAssertion, err)
	}
	party := sha256.Sum256([]byte(RelyingParty))
	switch {
	case r.RawID != text(k.id):
		return fmt.Errorf("%w: it is of another key", ErrAssertion)
	case said.Type != "webauthn.get" || said.Challenge != text(challenge) || said.Origin != Origin:
		return fmt.Errorf("%w: it answers another question", ErrAssertion)
	case len(auth) < 37 || !slices.Equal(auth[:32], party[:]) || auth[32]&userPresent == 0:
		return fmt.Errorf("%w: nobody was there", ErrAssertion)
	case !ecdsa.VerifyASN1(&k.private.PublicKey, digest(auth, client), signature):
		return fmt.Errorf("%w: the signature is wrong", ErrAssertion)
	}
	return nil
}

// digest is what a passkey signs.
func digest(auth, client []byte) []byte {
	said := sha256.Sum256(client)
	sum := sha256.Sum256(slices.Concat(auth, said[:]))
	return sum[:]
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func bytesOf(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }
