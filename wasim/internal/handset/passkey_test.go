package handset

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"go.mau.fi/whatsmeow/proto/waCompanionReg"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"
)

// prologueOf is what a companion sends, and the nonce that it has promised by it.
func prologueOf(t *testing.T, public []byte) (payload, nonce []byte) {
	t.Helper()
	identity, err := proto.Marshal(&waCompanionReg.CompanionEphemeralIdentity{
		PublicKey: public, DeviceType: waCompanionReg.DeviceProps_CHROME.Enum(), Ref: proto.String("2@ref"),
	})
	if err != nil {
		t.Fatal(err)
	}
	nonce = make([]byte, 32)
	_, _ = rand.Read(nonce)
	sum := sha256.Sum256(slices.Concat(identity, nonce))
	payload, err = proto.Marshal(&waCompanionReg.ProloguePayload{
		CompanionEphemeralIdentity: identity, Commitment: &waCompanionReg.CompanionCommitment{Hash: sum[:]},
	})
	if err != nil {
		t.Fatal(err)
	}
	return payload, nonce
}

func TestPasskeyPairingHoldsTheCompanionToItsWord(t *testing.T) {
	t.Parallel()
	h := newWire(t).phone("Toko", 1).h
	payload, nonce := prologueOf(t, keys.NewKeyPair().Pub[:])
	p, err := h.StartPasskey(payload)
	if err != nil {
		t.Fatal(err)
	}
	code, err := p.Code(nonce)
	if err != nil || len(code) != 9 || code[4] != '-' {
		t.Errorf("code %q, %v, want XXXX-XXXX", code, err)
	}
	nonce[0] ^= 1
	if _, err := p.Code(nonce); !errors.Is(err, ErrBadSignature) {
		t.Errorf("another nonce: got %v, want ErrBadSignature", err)
	}
	for name, bad := range map[string][]byte{"empty": nil, "garbage": []byte("garbage"), "short": payload[:8]} {
		if _, err := h.StartPasskey(bad); !errors.Is(err, ErrNotPaired) {
			t.Errorf("prologue %s: got %v, want ErrNotPaired", name, err)
		}
		if _, _, _, err := p.Finish(bad); !errors.Is(err, ErrNotPaired) {
			t.Errorf("request %s: got %v, want ErrNotPaired", name, err)
		}
	}
	short, _ := prologueOf(t, []byte("no key"))
	if _, err := h.StartPasskey(short); !errors.Is(err, ErrNotPaired) {
		t.Errorf("a key of six bytes: got %v, want ErrNotPaired", err)
	}
}

func TestHandedNeedsTheCodesSecret(t *testing.T) {
	t.Parallel()
	if Handed([32]byte{1}, []byte("prologue"), []byte("proof")) {
		t.Error("any proof will do")
	}
}
