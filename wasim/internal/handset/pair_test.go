package handset

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/util/gcmutil"
	"go.mau.fi/whatsmeow/util/hkdfutil"
	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/proto"
)

func qrText(t *testing.T, noise, identity, secret []byte) string {
	t.Helper()
	b := base64.StdEncoding.EncodeToString
	return strings.Join([]string{"2@ref", b(noise), b(identity), b(secret)}, ",")
}

// answerPairing does what a companion does with pair-success: it checks the secret
// and the phone's signature, and signs.
func answerPairing(t *testing.T, identity *keys.KeyPair, secret, container []byte) []byte {
	t.Helper()
	var sealed waAdv.ADVSignedDeviceIdentityHMAC
	var signed waAdv.ADVSignedDeviceIdentity
	if err := errors.Join(proto.Unmarshal(container, &sealed), proto.Unmarshal(sealed.GetDetails(), &signed)); err != nil {
		t.Fatalf("device identity can't be read: %v", err)
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(sealed.GetDetails())
	if !hmac.Equal(mac.Sum(nil), sealed.GetHMAC()) {
		t.Error("the companion finds that the phone hasn't seen its code")
	}
	account := [32]byte(signed.GetAccountSignatureKey())
	vouched := slices.Concat([]byte{6, 0}, signed.GetDetails(), identity.Pub[:])
	if !ecc.VerifySignature(ecc.NewDjbECPublicKey(account), vouched, [64]byte(signed.GetAccountSignature())) {
		t.Error("the companion finds that the account's signature is wrong")
	}
	answer := slices.Concat([]byte{6, 1}, signed.GetDetails(), identity.Pub[:], account[:])
	signature := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*identity.Priv), answer)
	signed.DeviceSignature, signed.AccountSignatureKey = signature[:], nil
	raw, err := proto.Marshal(&signed)
	if err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	return raw
}

func TestPairByQR(t *testing.T) {
	t.Parallel()
	a := newWire(t).phone("Ani", 1)
	identity, secret := keys.NewKeyPair(), make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		t.Fatal(err)
	}
	plain := qrText(t, make([]byte, 32), identity.Pub[:], secret)
	for _, text := range []string{plain, "https://wa.me/settings/linked_devices#" + plain + ",9", " " + plain + "\n"} {
		qr, err := ParseQR(text)
		if err != nil || qr.Identity != *identity.Pub || qr.Ref != "2@ref" {
			t.Fatalf("ParseQR(%q): got %+v, %v", text, qr, err)
		}
		p, err := a.h.Pair(qr.Identity, qr.Secret)
		if err != nil {
			t.Fatalf("Pair: %v", err)
		}
		answer := answerPairing(t, identity, secret, p.DeviceIdentity)
		device := a.acc.LID
		device.Device = uint16(p.KeyIndex)
		if err := a.h.VerifyPaired(device, p.KeyIndex, answer); err != nil {
			t.Errorf("VerifyPaired: %v", err)
		}
		if err := a.h.VerifyPaired(device, p.KeyIndex, answer); !errors.Is(err, ErrNotPaired) {
			t.Errorf("VerifyPaired again: got %v, want ErrNotPaired", err)
		}
	}
	if got := a.h.Companions(); !slices.Equal(got, []uint16{1, 2, 3}) {
		t.Errorf("companions: got %v, want 1 2 3", got)
	}
	if !a.h.RemoveCompanion(2) || a.h.RemoveCompanion(2) || len(a.h.Companions()) != 2 {
		t.Errorf("companions after removal: got %v, want 1 3", a.h.Companions())
	}
}

func TestForeignDeviceSignatureIsRefused(t *testing.T) {
	t.Parallel()
	a := newWire(t).phone("Ani", 1)
	identity, stranger, secret := keys.NewKeyPair(), keys.NewKeyPair(), [32]byte{1}
	p, err := a.h.Pair(*identity.Pub, secret)
	if err != nil {
		t.Fatalf("Pair: %v", err)
	}
	answer := answerPairing(t, identity, secret[:], p.DeviceIdentity)
	var signed waAdv.ADVSignedDeviceIdentity
	if err := proto.Unmarshal(answer, &signed); err != nil {
		t.Fatal(err)
	}
	other := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*stranger.Priv), signed.GetDetails())
	signed.DeviceSignature = other[:]
	forged, err := proto.Marshal(&signed)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"forged": forged, "empty": nil, "rubbish": {0xff, 0xff}} {
		if err := a.h.VerifyPaired(a.acc.LID, p.KeyIndex, bad); !errors.Is(err, ErrBadSignature) {
			t.Errorf("%s answer: got %v, want ErrBadSignature", name, err)
		}
	}
	if got := a.h.Companions(); len(got) != 0 {
		t.Errorf("companions: got %v, want none", got)
	}
	if err := a.h.VerifyPaired(a.acc.LID, p.KeyIndex, answer); err != nil {
		t.Errorf("the right answer after wrong ones: %v", err)
	}
}

// typedCode is a companion that shows a code.
type typedCode struct {
	code      string
	ephemeral *keys.KeyPair
	identity  *keys.KeyPair
	secret    []byte
}

func (c *typedCode) stream(t *testing.T, salt, iv, in []byte) []byte {
	t.Helper()
	k, err := pbkdf2.Key(sha256.New, c.code, salt, 131072, 32)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, len(in))
	cipher.NewCTR(block, iv).XORKeyStream(out, in)
	return out
}

func (c *typedCode) hello(t *testing.T) []byte {
	salt, iv := make([]byte, 32), make([]byte, 16)
	salt[0], iv[0] = 1, 2
	return slices.Concat(salt, iv, c.stream(t, salt, iv, c.ephemeral.Pub[:]))
}

func (c *typedCode) finish(t *testing.T, p *CodePairing) []byte {
	t.Helper()
	w := p.WrappedEphemeral
	primary := c.stream(t, w[:32], w[32:48], w[48:])
	shared, err := curve25519.X25519(c.ephemeral.Priv[:], primary)
	if err != nil {
		t.Fatal(err)
	}
	salt, nonce, random := make([]byte, 32), make([]byte, 12), make([]byte, 32)
	random[5] = 5
	k := hkdfutil.SHA256(shared, salt, []byte("link_code_pairing_key_bundle_encryption_key"), 32)
	sealed, err := gcmutil.Encrypt(k, nonce, slices.Concat(c.identity.Pub[:], p.Identity[:], random), nil)
	if err != nil {
		t.Fatal(err)
	}
	identityShared, err := curve25519.X25519(c.identity.Priv[:], p.Identity[:])
	if err != nil {
		t.Fatal(err)
	}
	c.secret = hkdfutil.SHA256(slices.Concat(shared, identityShared, random), nil, []byte("adv_secret"), 32)
	return slices.Concat(salt, nonce, sealed)
}

func TestPairByCode(t *testing.T) {
	t.Parallel()
	a := newWire(t).phone("Ani", 1)
	c := &typedCode{code: "ABCD1234", ephemeral: keys.NewKeyPair(), identity: keys.NewKeyPair()}
	hello := c.hello(t)
	wrong, err := a.h.StartCode("ABCD-1235", hello)
	if err != nil {
		t.Fatalf("StartCode: %v", err)
	}
	if _, _, err := wrong.Finish(c.finish(t, wrong), c.identity.Pub[:]); !errors.Is(err, ErrWrongCode) {
		t.Errorf("wrong code: got %v, want ErrWrongCode", err)
	}
	right, err := a.h.StartCode("abcd-1234", hello)
	if err != nil {
		t.Fatalf("StartCode after a wrong code: %v", err)
	}
	identity, secret, err := right.Finish(c.finish(t, right), c.identity.Pub[:])
	if err != nil {
		t.Fatalf("Finish: %v", err)
	}
	if identity != *c.identity.Pub || !slices.Equal(secret[:], c.secret) {
		t.Error("phone and companion don't agree on identity and secret")
	}
}

func TestCodesAndQRsThatAreNone(t *testing.T) {
	t.Parallel()
	a := newWire(t).phone("Ani", 1)
	for _, code := range []string{"", "ABCD", "ABCD-12345", "ABCD-123O", "ABCD-123!", "ÄBCD-123"} {
		if _, err := a.h.StartCode(code, make([]byte, 80)); !errors.Is(err, ErrCodeShape) {
			t.Errorf("StartCode(%q): got %v, want ErrCodeShape", code, err)
		}
	}
	if _, err := a.h.StartCode("ABCD-1234", make([]byte, 79)); err == nil {
		t.Error("a short companion key was accepted")
	}
	b := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, qr := range []string{"", ",,,", "ref", "ref,AA==,AA==,AA==", "ref," + b + "," + b, "ref," + b + "," + b + ",!!!", "," + b + "," + b + "," + b} {
		if _, err := ParseQR(qr); !errors.Is(err, ErrQR) {
			t.Errorf("ParseQR(%q): got %v, want ErrQR", qr, err)
		}
	}
}

func FuzzParseQR(f *testing.F) {
	b := base64.StdEncoding.EncodeToString(make([]byte, 32))
	f.Add("https://wa.me/settings/linked_devices#ref," + b + "," + b + "," + b + ",9")
	f.Add("ref,,,,")
	f.Fuzz(func(t *testing.T, text string) {
		qr, err := ParseQR(text)
		if err == nil && qr.Ref == "" {
			t.Errorf("ParseQR(%q): no error and no ref", text)
		}
	})
}
