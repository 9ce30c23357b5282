package device

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of answering what a link asks for.
var (
	ErrNotAsked = fault.New(fault.Conflict, "link_not_asked", fault.Text{
		ID: "Penautan sedang tidak menunggu jawaban. Lihat langkahnya, lalu jawab saat diminta.",
		EN: "The linking does not wait for an answer now. Look at its step and answer when it asks.",
	})
	ErrPasskey = fault.New(fault.Invalid, "passkey_invalid", fault.Text{
		ID: "Kirim jawaban passkey sebagai objek JSON, seperti hasil navigator.credentials.get.",
		EN: "Give the passkey's answer as a JSON object, as navigator.credentials.get returns it.",
	})
	ErrConfirm = fault.New(fault.Invalid, "link_code_wrong", fault.Text{
		ID: "Kode ini tidak sama. Salin kode yang tampil di HP; jika berbeda dengan yang di sini, batalkan.",
		EN: "The code is another. Copy the one that the phone shows; if it differs from the one here, don't go on.",
	})
)

// AskKind says what is asked for at StepAsk.
type AskKind string

// What can be asked for.
const (
	AskPhone   AskKind = "phone"   // something must be done on the phone; there is nothing to answer here
	AskPasskey AskKind = "passkey" // the account's passkey must answer Options
	AskConfirm AskKind = "confirm" // the code that is shown must be the one on the phone
)

// Question is what a member has to do before linking goes on.
type Question struct {
	Kind AskKind `json:"kind" enum:"phone,passkey,confirm"`
	// ID and EN say in both languages what to do.
	ID string `json:"id" doc:"What to do, in Indonesian"`
	EN string `json:"en" doc:"What to do, in English"`
	// Options are what the passkey has to answer: publicKey of navigator.credentials.get, as JSON.
	Options json.RawMessage `json:"options,omitempty" doc:"With passkey: publicKey of navigator.credentials.get"`
}

// Answer is what a member gives to a Question. Done must be called once by the driver, with nil when the answer was taken;
// after an error (a *RefusedError, or a fault) the same question may be answered again.
type Answer struct {
	Passkey json.RawMessage // with AskPasskey: what navigator.credentials.get returned, as its toJSON writes it
	Code    string          // with AskConfirm: the code on the phone
	Done    func(error)
}

// How much and how long an answer may be.
const (
	maxPasskey = 64 << 10
	answerTime = 30 * time.Second
)

// AnswerLink answers what the device's linking asks for and returns the step after it. Faults: ErrNotFound, ErrNoLink
// when no linking runs on this node, ErrNotAsked, ErrPasskey and ErrConfirm for answers that can't be right, ErrRefused
// when the network does not take it; after these the question stands as before.
func (s *Service) AnswerLink(ctx context.Context, workspaceID, deviceID string, answer Answer) (Step, error) {
	if _, err := s.store.get(ctx, workspaceID, deviceID); err != nil {
		return Step{}, err
	}
	s.mu.Lock()
	a := s.links[deviceID]
	s.mu.Unlock()
	if a == nil {
		return Step{}, ErrNoLink
	}
	step, _ := a.look()
	if step.final() || a.ended() {
		return Step{}, ErrNoLink
	}
	if err := answer.check(step); err != nil {
		return Step{}, err
	}
	if err := a.give(ctx, answer); err != nil {
		return Step{}, asFault(err)
	}
	step, _ = a.look()
	return step, nil
}

// check is nil when the answer is one to the step.
func (n Answer) check(step Step) error {
	if step.Code != StepAsk || step.Ask == nil {
		return ErrNotAsked
	}
	switch step.Ask.Kind {
	case AskPasskey:
		var object map[string]json.RawMessage
		if len(n.Passkey) > maxPasskey || json.Unmarshal(n.Passkey, &object) != nil || len(object) == 0 {
			return ErrPasskey.WithField("passkey")
		}
	case AskConfirm:
		if !sameCode(n.Code, step.Show) {
			return ErrConfirm.WithField("code")
		}
	default:
		return ErrNotAsked
	}
	return nil
}

// sameCode compares codes as people write them.
func sameCode(a, b string) bool {
	plain := strings.NewReplacer("-", "", " ", "")
	return strings.EqualFold(plain.Replace(a), plain.Replace(b)) && b != ""
}

// give hands the answer to the driver and waits for its word.
func (a *attempt) give(ctx context.Context, answer Answer) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	word := make(chan error, 1)
	answer.Done = func(err error) { word <- err }
	select {
	case a.answers <- answer:
	case <-a.done:
		return ErrNoLink
	case <-ctx.Done():
		return ErrNotAsked
	}
	select {
	case err := <-word:
		return err
	case <-a.done: // the attempt is over, and its last step says how
		return nil
	case <-ctx.Done():
		return ErrNetwork.WithCause(ctx.Err())
	}
}
