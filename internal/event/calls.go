package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/call"
)

// CallReceived is the type of events about calls.
const CallReceived Type = "call.received"

// Call is the data of call.received.
type Call struct {
	CallID   string `json:"call_id"`
	From     Person `json:"from"`
	Video    bool   `json:"video"`
	Rejected bool   `json:"rejected" doc:"The device's settings had it rejected"`
	Answered bool   `json:"answered" doc:"The caller was written to"`
	At       int64  `json:"at" doc:"Unix milliseconds, the network's clock"`
}

func callKinds() []Kind {
	return []Kind{{CallReceived, 1, "Somebody called a device's account. Nobody can answer calls there.", Call{
		CallID: "019aab10-0000-7000-8000-000000000009", From: exampleSari(), Rejected: true, Answered: true, At: exampleAt,
	}}}
}

// CallReceived is for call.Service.Received.
func (l Listener) CallReceived(ctx context.Context, e call.Received) error {
	from, err := l.person(ctx, e.Contact)
	if err != nil {
		return err
	}
	return l.Log.Append(ctx, Draft{WorkspaceID: e.Call.WorkspaceID, DeviceID: e.Call.DeviceID, Subject: e.Contact.ID, Type: CallReceived, Data: Call{
		CallID: e.Call.ID, From: from, Video: e.Call.Video, Rejected: e.Call.Rejected, Answered: e.Call.Answered, At: e.Call.At,
	}})
}
