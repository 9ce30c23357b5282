package whatsapp

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/wasim"
)

// give answers what an attempt asks for and returns what was said to it.
func give(answers chan<- device.Answer, a device.Answer) error {
	word := make(chan error, 1)
	a.Done = func(err error) { word <- err }
	answers <- a
	return <-word
}

// TestAGatedAccount links an account that asks for its passkey: answers that are none or wrong can be given again.
func TestAGatedAccount(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{})
	r.phone.RequirePasskey()
	answers, asked := make(chan device.Answer), make(chan device.Step, 1)
	req := device.LinkRequest{Method: device.LinkQR, Answers: answers}
	var steps []device.Step
	done := make(chan error, 1)
	go func() {
		done <- r.driver.Link(ctxOf(t), r.device, req, r.sink, func(s device.Step) {
			steps = append(steps, s)
			switch s.Code {
			case device.StepShowCode:
				go func() { _, _ = r.phone.Scan(ctxOf(t), s.Show) }()
			case device.StepAsk:
				asked <- s
			}
		})
	}()
	step := <-asked
	if step.Ask.Kind != device.AskPasskey || step.Ask.ID == "" || step.Ask.EN == "" || step.ExpiresAt == 0 {
		t.Fatalf("asked %+v, want for a passkey in both languages until a time", step)
	}
	right, err := r.phone.AnswerPasskey(step.Ask.Options)
	if err != nil {
		t.Fatalf("the options %s: %v", step.Ask.Options, err)
	}
	var refused *device.RefusedError
	if err := give(answers, device.Answer{Passkey: forged(t, right)}); !errors.As(err, &refused) || refused.Code != "401" {
		t.Errorf("a forged answer: got %v, want 401", err)
	}
	for _, bad := range []string{`{}`, `{"rawId":"???"}`, `{"rawId":"AA","response":{}}`} {
		if f, ok := fault.From(give(answers, device.Answer{Passkey: json.RawMessage(bad)})); !ok || f.Code != device.ErrPasskey.Code {
			t.Errorf("%s: got %v, want %s", bad, f, device.ErrPasskey.Code)
		}
	}
	if err := give(answers, device.Answer{Passkey: right}); err != nil {
		t.Fatalf("the right answer: %v", err)
	}
	if err := <-done; err != nil {
		t.Fatalf("Link: %v", err)
	}
	if last := steps[len(steps)-1]; last.Code != device.StepDone || len(r.sink.linked) != 1 {
		t.Fatalf("the last of %+v with %v, want done and linked", steps, r.sink.linked)
	}
	r.device.Account = r.sink.linked[0]
	r.run(t)
}

// forged is an answer with another signature.
func forged(t *testing.T, answer []byte) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(answer, &m); err != nil {
		t.Fatal(err)
	}
	m["response"].(map[string]any)["signature"] = "AAAA"
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestACodeToConfirm shows the code of a linking that could not prove itself, and says when the network knows of none.
func TestACodeToConfirm(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{})
	var steps []device.Step
	l := &linking{
		driver: r.driver, device: r.device, tell: func(s device.Step) { steps = append(steps, s) },
		client: r.driver.client(r.driver.container.NewDevice(), r.driver.clients),
	}
	if last := l.event(context.Background(), &events.PairPasskeyConfirmation{Code: "ABCD-1234"}); last != nil {
		t.Errorf("the attempt ended with %+v", last)
	}
	if len(steps) != 1 || steps[0].Code != device.StepAsk || steps[0].Show != "ABCD-1234" || steps[0].Ask.Kind != device.AskConfirm {
		t.Errorf("steps %+v, want to be asked to confirm ABCD-1234", steps)
	}
	var word error
	l.answer(context.Background(), device.Answer{Code: "ABCD-1234", Done: func(err error) { word = err }})
	if word == nil || len(steps) != 1 {
		t.Errorf("confirmed without a linking: %v, steps %+v; want an error and the question to stand", word, steps)
	}
}

// TestABrokenPasskeyStep ends the attempt with a reason.
func TestABrokenPasskeyStep(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{})
	for _, evt := range []any{
		&events.PairPasskeyError{Error: errSilent}, &events.PairPasskeyConfirmation{Code: "ABCD-1234", SkipHandoffUX: true},
	} {
		l := &linking{driver: r.driver, tell: func(device.Step) {}, client: r.driver.client(r.driver.container.NewDevice(), r.driver.clients)}
		if last := l.event(context.Background(), evt); last == nil || last.Code != device.StepFailed || last.Reason != reasonPasskeyFailed {
			t.Errorf("%T: ended with %+v, want failed %s", evt, last, reasonPasskeyFailed)
		}
	}
}

// TestAnOldPhoneIsToldWhatToDo asks in words.
func TestAnOldPhoneIsToldWhatToDo(t *testing.T) {
	t.Parallel()
	var steps []device.Step
	l := &linking{tell: func(s device.Step) { steps = append(steps, s) }}
	l.event(context.Background(), &events.QRScannedWithoutMultidevice{})
	if !slices.ContainsFunc(steps, func(s device.Step) bool { return s.Ask != nil && s.Ask.Kind == device.AskPhone && s.Ask.EN != "" }) {
		t.Errorf("steps %+v, want words", steps)
	}
}
