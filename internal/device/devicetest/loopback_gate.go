package devicetest

import (
	"context"
	"encoding/json"

	"github.com/pingcrm/pingcrm/internal/device"
)

// GateCode is the code that a gated Loopback has confirmed.
const GateCode = "ABCD-EFGH"

// Gate has every later linking ask for a passkey, whose right answer is {"answer": answer}, and then for GateCode.
// Empty takes the gate away.
func (l *Loopback) Gate(answer string) { l.update(func() { l.gate = answer }) }

// passGate asks what Gate wants asked; false when nobody answered until ctx ended.
func (l *Loopback) passGate(ctx context.Context, req device.LinkRequest, tell func(device.Step)) bool {
	var want string
	l.update(func() { want = l.gate })
	if want == "" {
		return true
	}
	tell(device.Step{Code: device.StepAsk, Reason: "passkey", Ask: &device.Question{
		Kind: device.AskPasskey, ID: "Jawab passkey.", EN: "Answer the passkey.", Options: json.RawMessage(`{"challenge":"AA"}`),
	}})
	right := func(a device.Answer) bool {
		var given struct{ Answer string }
		return json.Unmarshal(a.Passkey, &given) == nil && given.Answer == want
	}
	confirm := device.Step{Code: device.StepAsk, Reason: "confirm", Show: GateCode, Ask: &device.Question{Kind: device.AskConfirm, ID: "Samakah kodenya?", EN: "Is it the same code?"}}
	return answered(ctx, req, right, func() { tell(confirm) }) &&
		answered(ctx, req, func(device.Answer) bool { return true }, func() { tell(device.Step{Code: device.StepWait}) })
}

// answered waits for the right answer and refuses others as a network would.
func answered(ctx context.Context, req device.LinkRequest, right func(device.Answer) bool, then func()) bool {
	for {
		select {
		case a := <-req.Answers:
			if right(a) {
				then()
				a.Done(nil)
				return true
			}
			a.Done(&device.RefusedError{Code: "401"})
		case <-ctx.Done():
			return false
		}
	}
}
