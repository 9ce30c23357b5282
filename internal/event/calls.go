package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/call"
	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
)

// The types of events about calls.
const (
	CallReceived Type = "call.received"
	CallRejected Type = "call.rejected"
)

// Call is the data of call.received.
type Call struct {
	CallID   string            `json:"call_id"`
	From     Person            `json:"from"`
	Video    bool              `json:"video"`
	Rejected bool              `json:"rejected" doc:"It was rejected: the device is set to, or somebody asked for it"`
	Answered bool              `json:"answered" doc:"The caller was written to"`
	At       int64             `json:"at" doc:"Unix milliseconds, the network's clock"`
	Message  *chat.MessageView `json:"message,omitempty" doc:"As its chat shows it, of the kind call"`
	Chat     *Thread           `json:"chat,omitempty" doc:"That chat; of call.received"`
}

func callKinds() []Kind {
	c := Call{CallID: "019aab10-0000-7000-8000-000000000009", From: exampleSari(), Rejected: true, Answered: true, At: exampleAt}
	asked := c
	asked.Answered = false
	said := exampleMessage(chat.Message{
		SenderID: exampleSari().ID, Content: device.Content{Kind: device.KindCall, Call: &device.Ring{Rejected: true}}, Origin: device.OriginLive, State: chat.StateReceived,
	})
	c.Message, asked.Message = &said, &said
	c.Chat = &Thread{ID: exampleChat, Turn: chat.TurnBot, TurnVersion: 1, Unread: 1}
	return []Kind{
		{CallReceived, 1, "Somebody called a device's account. Nobody can answer calls there.", c},
		{CallRejected, 1, "A call was rejected because somebody asked for it. Where a device rejects all calls, call.received says so.", asked},
	}
}

// CallReceived is for call.Service.Received.
func (l Listener) CallReceived(ctx context.Context, e call.Received) error {
	return l.call(ctx, CallReceived, e)
}

// CallRejected is for call.Service.Rejected.
func (l Listener) CallRejected(ctx context.Context, e call.Received) error {
	return l.call(ctx, CallRejected, e)
}

func (l Listener) call(ctx context.Context, t Type, e call.Received) error {
	from, err := l.person(ctx, e.Contact)
	if err != nil {
		return err
	}
	var said *chat.MessageView
	if e.Message.ID != "" {
		v := shown(e.Message)
		said = &v
	}
	var in *Thread
	if e.Chat.ID != "" {
		c := threadOf(e.Chat)
		in = &c
	}
	return l.Log.Append(ctx, Draft{WorkspaceID: e.Call.WorkspaceID, DeviceID: e.Call.DeviceID, Subject: e.Contact.ID, Type: t, Data: Call{
		CallID: e.Call.ID, From: from, Video: e.Call.Video, Rejected: e.Call.Rejected, Answered: e.Call.Answered, At: e.Call.At,
		Message: said, Chat: in,
	}})
}
