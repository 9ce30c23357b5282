package handset

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// QR is what a linking code says about the device that shows it.
type QR struct {
	// Ref is the network's name for the device's connection.
	Ref             string
	Noise, Identity [32]byte
	// Secret proves to the device that the phone has seen its code.
	Secret [32]byte
}

// ParseQR reads a linking code: ref, noise key, identity key and secret, divided by
// commas, with a web address and '#' in front and a platform behind in newer clients.
func ParseQR(text string) (QR, error) {
	if _, behind, ok := strings.Cut(text, "#"); ok {
		text = behind
	}
	fields := strings.Split(strings.TrimSpace(text), ",")
	if len(fields) < 4 || fields[0] == "" {
		return QR{}, fmt.Errorf("%w: %d fields", ErrQR, len(fields))
	}
	qr := QR{Ref: fields[0]}
	for i, to := range []*[32]byte{&qr.Noise, &qr.Identity, &qr.Secret} {
		raw, err := base64.StdEncoding.DecodeString(fields[i+1])
		if err != nil || len(raw) != 32 {
			return QR{}, fmt.Errorf("%w: field %d isn't 32 bytes in base64", ErrQR, i+2)
		}
		copy(to[:], raw)
	}
	return qr, nil
}

// Pairing is the phone's half of a linking.
type Pairing struct {
	// DeviceIdentity is the content of <device-identity> in pair-success: an ADVSignedDeviceIdentityHMAC.
	DeviceIdentity []byte
	// KeyIndex numbers the companions of an account; it also comes back with the companion's answer.
	KeyIndex uint32
}

type pendingPair struct {
	identity [32]byte
	details  []byte
}

// Pair vouches for a device: it signs its identity key with the phone's and proves by
// the secret that it has seen the code. Nothing is linked until VerifyPaired.
func (h *Handset) Pair(identity, secret [32]byte) (Pairing, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	index := h.state.KeyIndex + 1
	details, err := proto.Marshal(&waAdv.ADVDeviceIdentity{
		RawID: &h.keys.rawID, Timestamp: proto.Uint64(uint64(h.link.Now().Unix())), KeyIndex: &index,
		AccountType: waAdv.ADVEncryptionType_E2EE.Enum(), DeviceType: waAdv.ADVEncryptionType_E2EE.Enum(),
	})
	if err != nil {
		return Pairing{}, fmt.Errorf("writing a device identity: %w", err)
	}
	signature := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*h.keys.identity.Priv),
		slices.Concat(whatsmeow.AdvAccountSignaturePrefix, details, identity[:]))
	signed, err := proto.Marshal(&waAdv.ADVSignedDeviceIdentity{
		Details: details, AccountSignatureKey: h.keys.identity.Pub[:], AccountSignature: signature[:],
	})
	if err != nil {
		return Pairing{}, fmt.Errorf("writing a signed device identity: %w", err)
	}
	mac := hmac.New(sha256.New, secret[:])
	mac.Write(signed)
	sealed, err := proto.Marshal(&waAdv.ADVSignedDeviceIdentityHMAC{
		Details: signed, HMAC: mac.Sum(nil), AccountType: waAdv.ADVEncryptionType_E2EE.Enum(),
	})
	if err != nil {
		return Pairing{}, fmt.Errorf("writing a sealed device identity: %w", err)
	}
	h.state.KeyIndex = index
	h.state.Revision++
	h.pending[index] = pendingPair{identity: identity, details: details}
	return Pairing{DeviceIdentity: sealed, KeyIndex: index}, nil
}

// VerifyPaired checks the companion's answer (the content of <device-identity> in
// pair-device-sign): it has to be signed by the key that was paired. Then the device is linked
// under device's number; a second call for the same pairing is ErrNotPaired.
func (h *Handset) VerifyPaired(device types.JID, keyIndex uint32, answer []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.pending[keyIndex]
	if !ok {
		return fmt.Errorf("key index %d: %w", keyIndex, ErrNotPaired)
	}
	var signed waAdv.ADVSignedDeviceIdentity
	if err := proto.Unmarshal(answer, &signed); err != nil {
		return fmt.Errorf("%w: %w", ErrBadSignature, err)
	}
	if !bytes.Equal(signed.GetDetails(), p.details) || len(signed.GetDeviceSignature()) != 64 {
		return fmt.Errorf("key index %d: %w", keyIndex, ErrBadSignature)
	}
	message := slices.Concat(whatsmeow.AdvDeviceSignaturePrefix, p.details, p.identity[:], h.keys.identity.Pub[:])
	if !ecc.VerifySignature(ecc.NewDjbECPublicKey(p.identity), message, [64]byte(signed.GetDeviceSignature())) {
		return fmt.Errorf("key index %d: %w", keyIndex, ErrBadSignature)
	}
	delete(h.pending, keyIndex)
	h.state.Companions[device.Device] = companion{Identity: p.identity, KeyIndex: keyIndex}
	h.state.Revision++
	return nil
}

// Companions lists the numbers of the linked devices, lowest first.
func (h *Handset) Companions() []uint16 {
	h.mu.Lock()
	defer h.mu.Unlock()
	numbers := make([]uint16, 0, len(h.state.Companions))
	for n := range h.state.Companions {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers
}

// RemoveCompanion forgets a linked device and its session, and reports whether it was linked.
func (h *Handset) RemoveCompanion(number uint16) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, linked := h.state.Companions[number]
	delete(h.state.Companions, number)
	device := h.cfg.LID
	device.Device = number
	delete(h.signal.sessions, device.SignalAddress().String())
	h.state.Revision++
	return linked
}

// CompanionLinked welcomes a device that has logged in for the first time: it gets
// the app-state key, the owner's name and the messages so far. The device's keys
// must be on the network by then. Calling it twice sends all that twice, which does no harm.
func (h *Handset) CompanionLinked(ctx context.Context, device types.JID) error {
	device = types.JID{User: h.cfg.LID.User, Server: h.cfg.LID.Server, Device: device.Device}
	if err := h.publishSettings(ctx); err != nil {
		return err
	}
	if err := h.shareKey(ctx, device); err != nil {
		return err
	}
	if err := h.sendHistory(ctx, device); err != nil {
		return err
	}
	h.drain()
	return nil
}
