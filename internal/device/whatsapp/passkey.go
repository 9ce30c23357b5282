package whatsapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
)

// The network gives five minutes for a passkey's answer (the timeout of its request options); the library keeps its
// proof as long.
const (
	passkeyLife   = 5 * time.Minute
	passkeyAnswer = 20 * time.Second // how long the network may take to judge an answer
)

// Reasons of StepAsk and StepFailed around passkeys.
const (
	reasonPasskeyAsked   = "passkey"
	reasonPasskeyConfirm = "passkey_confirm"
	reasonPasskeyFailed  = "passkey_failed"
)

func askOldPhone() *device.Question {
	return &device.Question{
		Kind: device.AskPhone,
		ID:   "Aktifkan perangkat tertaut di WhatsApp pada HP (Setelan › Perangkat tertaut), lalu pindai kode sekali lagi.",
		EN:   "Switch linked devices on in WhatsApp on the phone (Settings › Linked devices), then scan the code again.",
	}
}

func askPasskey(options json.RawMessage) *device.Question {
	return &device.Question{
		Kind: device.AskPasskey, Options: options,
		ID: "Akun ini dijaga passkey. Passkey hanya bisa dipakai di halaman WhatsApp sendiri: buka web.whatsapp.com di peramban " +
			"yang menyimpan passkey-nya, jalankan navigator.credentials.get dengan isi options sebagai publicKey, lalu kirim " +
			"hasilnya (toJSON) ke sini dalam 5 menit. Tanpa passkey: hapus passkey di HP, lalu tautkan lagi.",
		EN: "This account is guarded by a passkey. A passkey works only on WhatsApp's own page: open web.whatsapp.com in the browser " +
			"that holds it, run navigator.credentials.get with options as publicKey, and send the result (toJSON) here within " +
			"5 minutes. Without the passkey: remove it on the phone, then link again.",
	}
}

func askConfirm() *device.Question {
	return &device.Question{
		Kind: device.AskConfirm,
		ID:   "Bandingkan kode ini dengan yang tampil di HP. Jika sama, kirim kode itu; jika berbeda, batalkan: ada orang lain di tengah.",
		EN:   "Compare this code with the one on the phone. If they are the same, send it; if not, stop: somebody is in between.",
	}
}

// passkeyEvent goes one step on in a linking that is gated by a passkey; the last step ends the attempt.
func (l *linking) passkeyEvent(ctx context.Context, evt any) *device.Step {
	switch e := evt.(type) {
	case *events.PairPasskeyRequest:
		options, err := json.Marshal(e.PublicKey)
		if err != nil {
			return l.passkeyBroken(err)
		}
		l.rotate, l.expires = nil, time.After(passkeyLife)
		l.tell(device.Step{
			Code: device.StepAsk, Reason: reasonPasskeyAsked, Ask: askPasskey(options), ExpiresAt: time.Now().Add(passkeyLife).UnixMilli(),
		})
	case *events.PairPasskeyConfirmation:
		l.expires = time.After(passkeyLife)
		if e.SkipHandoffUX { // our proof has shown the network that the code was ours
			if err := l.confirm(ctx); err != nil {
				return l.passkeyBroken(err)
			}
			return nil
		}
		l.tell(device.Step{
			Code: device.StepAsk, Reason: reasonPasskeyConfirm, Show: e.Code, Ask: askConfirm(), ExpiresAt: time.Now().Add(passkeyLife).UnixMilli(),
		})
	case *events.PairPasskeyError:
		return l.passkeyBroken(e.Error)
	}
	return nil
}

func (l *linking) passkeyBroken(err error) *device.Step {
	l.driver.log.Warn("link by passkey", "device", l.device.ID, "error", err)
	return &device.Step{Code: device.StepFailed, Reason: reasonPasskeyFailed}
}

// answer hands over what a member has answered. What the network does not take may be answered again.
func (l *linking) answer(ctx context.Context, a device.Answer) {
	var err error
	if len(a.Passkey) > 0 {
		err = l.sendPasskey(ctx, a.Passkey)
	} else {
		err = l.confirm(ctx)
	}
	if err == nil {
		l.tell(device.Step{Code: device.StepWait})
	}
	a.Done(err)
}

func (l *linking) sendPasskey(ctx context.Context, answer json.RawMessage) error {
	var r types.WebAuthnResponse
	if err := json.Unmarshal(answer, &r); err != nil {
		return device.ErrPasskey.WithField("passkey").WithCause(err)
	}
	if len(r.RawID) == 0 || len(r.Response.Signature) == 0 || len(r.Response.ClientDataJSON) == 0 || len(r.Response.AuthenticatorData) == 0 {
		return device.ErrPasskey.WithField("passkey")
	}
	ctx, cancel := context.WithTimeout(ctx, passkeyAnswer)
	defer cancel()
	if err := l.client.SendPasskeyResponse(ctx, &r); err != nil {
		return asked(fmt.Errorf("answer with a passkey: %w", err))
	}
	return nil
}

// errNoConfirmation says that the network never asked for one.
var errNoConfirmation = errors.New("there is nothing to confirm")

// confirm tells the network that both sides show the same code.
func (l *linking) confirm(ctx context.Context) error {
	if l.linked() {
		return errNoConfirmation
	}
	ctx, cancel := context.WithTimeout(ctx, passkeyAnswer)
	defer cancel()
	if err := l.client.SendPasskeyConfirmation(ctx); err != nil {
		return asked(fmt.Errorf("confirm the code: %w", err))
	}
	return nil
}
