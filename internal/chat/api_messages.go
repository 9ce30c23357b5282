package chat

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// editWindow is how long after it was sent a message may be edited: WhatsApp's phones take no later edit.
const editWindow = 15 * time.Minute

// The faults of changing a message.
var (
	ErrNotOwn = fault.New(fault.Conflict, "message_not_own", fault.Text{
		ID: "Hanya pesan sendiri yang bisa diubah.", EN: "Only a message of yours can be changed.",
	})
	ErrEditLate = fault.New(fault.Conflict, "edit_too_late", fault.Text{
		ID: "Pesan hanya bisa diubah dalam 15 menit setelah dikirim. Kirim pesan baru.",
		EN: "A message can be edited within 15 minutes of its sending. Send a new one.",
	})
	ErrNotText = fault.New(fault.Conflict, "message_not_text", fault.Text{
		ID: "Hanya pesan teks yang bisa diubah.", EN: "Only texts can be edited.",
	})
	ErrNotPoll = fault.New(fault.Conflict, "message_not_poll", fault.Text{
		ID: "Pesan ini bukan polling.", EN: "This message is no poll.",
	})
	ErrOption = fault.New(fault.Invalid, "option_unknown", fault.Text{
		ID: "Pilihan itu tidak ada di polling ini, atau terlalu banyak yang dipilih.",
		EN: "The poll has no such option, or too many were chosen.",
	}).WithField("options")
	ErrRevoked = fault.New(fault.Conflict, "message_revoked", fault.Text{
		ID: "Pesan ini sudah ditarik.", EN: "This message was taken back.",
	})
	ErrNotSent = fault.New(fault.Conflict, "message_not_sent", fault.Text{
		ID: "Pesan ini belum sampai di jaringan. Tunggu sampai terkirim.", EN: "The network does not have this message. Wait until it is sent.",
	})
	ErrNotForwardable = fault.New(fault.Conflict, "message_not_forwardable", fault.Text{
		ID: "Pesan ini tidak bisa diteruskan.", EN: "This message can't be forwarded.",
	})
	ErrCall = fault.New(fault.Conflict, "message_is_call", fault.Text{
		ID: "Ini panggilan, bukan pesan: tidak bisa diberi reaksi, ditandai, atau dihapus.",
		EN: "This is a call and no message: it can't be reacted to, marked or deleted.",
	})
	ErrGroupLine = fault.New(fault.Conflict, "message_is_group_event", fault.Text{
		ID: "Ini kejadian di grup, bukan pesan: tidak bisa diberi reaksi, ditandai, atau dihapus.",
		EN: "This is something that happened to the group and no message: it can't be reacted to, marked or deleted.",
	})
	ErrGroupTimer = fault.New(fault.Conflict, "group_timer", fault.Text{
		ID: "Pesan sementara di grup diatur di pengaturan grup.", EN: "Whether messages of a group disappear is one of the group's own settings.",
	})
)

type (
	reactIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The message's id"`
		Body struct {
			Emoji string `json:"emoji" maxLength:"64" doc:"Empty takes the reaction back"`
		}
	}
	editIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The message's id"`
		Body struct {
			Text string `json:"text" minLength:"1" maxLength:"65536"`
		}
	}
	voteIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The poll's message id"`
		Body struct {
			Options []string `json:"options" maxItems:"64" doc:"The chosen options, word by word; none takes the vote back"`
		}
	}
	forwardIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The message's id"`
		Body struct {
			ChatIDs []string `json:"chat_ids" minItems:"1" maxItems:"5" doc:"The chats that get it; WhatsApp allows five at once"`
		}
	}
	forwardOut struct {
		Body struct {
			Items []MessageView `json:"items" doc:"What goes out, in the order of the chats"`
		}
	}
	timerIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The chat's id"`
		Body struct {
			Seconds int `json:"seconds" enum:"0,86400,604800,7776000" doc:"0: messages stay"`
		}
	}
)

func (a api) registerMessages(h huma.API) {
	httpx.Handle(h, "POST /messages/{id}/reactions", member.SendMessages, "React to a message with an emoji", a.react, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "POST /messages/{id}/edit", member.SendMessages, "Change the words of a text of ours", a.edit, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "POST /messages/{id}/vote", member.SendMessages, "Choose from a poll", a.vote, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "POST /messages/{id}/forward", member.SendMessages, "Hand a message on to other chats", a.forward, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "PUT /messages/{id}/pin", member.SendMessages, "Put a message at the top of its chat, for everybody in it", a.pin)
	httpx.Handle(h, "DELETE /messages/{id}/pin", member.SendMessages, "Take a message from the top of its chat", a.unpin)
	httpx.Handle(h, "PUT /messages/{id}/played", member.WriteChats, "Note that a voice note was listened to, of which its sender is told", a.play)
	httpx.Handle(h, "DELETE /chats/{id}/messages", member.WriteChats, "Empty a chat on all devices of this account", a.clear)
	httpx.Handle(h, "PUT /chats/{id}/timer", member.SendMessages, "Have the messages of a chat disappear after a time", a.timer)
}

func (a api) react(ctx context.Context, in *reactIn) (*messageOut, error) {
	emoji := strings.TrimSpace(in.Body.Emoji)
	return a.about(ctx, in.ID, func(Message) (device.Content, error) {
		return device.Content{Kind: device.KindReaction, Text: emoji}, nil
	})
}

func (a api) edit(ctx context.Context, in *editIn) (*messageOut, error) {
	return a.about(ctx, in.ID, func(m Message) (device.Content, error) {
		switch {
		case !m.FromMe:
			return device.Content{}, ErrNotOwn
		case m.Content.Kind != device.KindText:
			return device.Content{}, ErrNotText
		case a.s.now()-m.At > editWindow.Milliseconds():
			return device.Content{}, ErrEditLate
		}
		return device.Content{Kind: device.KindEdit, Text: in.Body.Text}, nil
	})
}

func (a api) vote(ctx context.Context, in *voteIn) (*messageOut, error) {
	return a.about(ctx, in.ID, func(m Message) (device.Content, error) {
		p := m.Content.Poll
		if p == nil {
			return device.Content{}, ErrNotPoll
		}
		v := device.Vote{Options: in.Body.Options}
		if chosen := p.Chosen(v); len(chosen) != len(v.Options) || p.Selectable > 0 && len(chosen) > p.Selectable {
			return device.Content{}, ErrOption
		}
		return device.Content{Kind: device.KindVote, Vote: &v}, nil
	})
}

// about sends what changes a message, which the network must have.
func (a api) about(ctx context.Context, id string, what func(Message) (device.Content, error)) (*messageOut, error) {
	m, err := a.s.store.message(ctx, caller(ctx), id)
	switch {
	case err != nil:
		return nil, err
	case m.Content.Kind.Modifies():
		return nil, ErrMessageNotFound
	case m.Content.Kind.Noted():
		return nil, noted(m)
	case m.RevokedAt > 0:
		return nil, ErrRevoked
	case m.FromMe && !onWire(m.State):
		return nil, ErrNotSent
	}
	c, err := what(m)
	if err != nil {
		return nil, err
	}
	item, err := a.s.store.item(ctx, m.WorkspaceID, m.ChatID)
	if err != nil {
		return nil, err
	}
	d, err := a.s.conf.Devices.Get(ctx, m.WorkspaceID, m.DeviceID)
	if err != nil {
		return nil, err
	}
	c.Target = m.NetworkID
	if c.TargetSender, err = a.s.author(ctx, d, item, m); err != nil {
		return nil, err
	}
	return a.send(ctx, Post{ChatID: item.Chat.ID, Content: c})
}

// noted says why nothing can be done to a message that the network does not know.
func noted(m Message) error {
	if m.Content.Kind == device.KindCall {
		return ErrCall
	}
	return ErrGroupLine
}

// onWire reports whether the network has a message of ours.
func onWire(s outbox.State) bool {
	return s == outbox.StateSent || s == outbox.StateDelivered || s == outbox.StateRead
}

func (a api) forward(ctx context.Context, in *forwardIn) (*forwardOut, error) {
	m, err := a.s.store.message(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	c, err := a.handedOn(ctx, m)
	if err != nil {
		return nil, err
	}
	out := &forwardOut{}
	err = a.s.db.Tx(ctx, func(ctx context.Context) error {
		out.Body.Items = nil // from the start, when the transaction is tried again
		for _, id := range in.Body.ChatIDs {
			sent, err := a.send(ctx, Post{ChatID: id, Content: c})
			if err != nil {
				return err
			}
			out.Body.Items = append(out.Body.Items, sent.Body)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// handedOn is a message's content for other chats. Its file is fetched when nobody has done so yet. Phones count how often
// a message was handed on, and begin with somebody else's.
func (a api) handedOn(ctx context.Context, m Message) (device.Content, error) {
	c := m.Content
	switch {
	case m.RevokedAt > 0:
		return c, ErrRevoked
	case c.Kind.Modifies() || c.Kind == device.KindUnknown || c.Kind == device.KindUnreadable || c.Kind.Noted() || c.Media != nil && c.Media.ViewOnce:
		return c, ErrNotForwardable
	}
	if c.Media != nil {
		id, err := a.s.Media(ctx, m.WorkspaceID, m.ID)
		if err != nil {
			return c, err
		}
		media := *c.Media
		media.Blob, media.Remote, media.PlayedAt = id, nil, 0
		c.Media = &media
	}
	if c.Poll != nil {
		c.Poll = &device.Poll{Name: c.Poll.Name, Options: c.Poll.Options, Selectable: c.Poll.Selectable}
	}
	c.Quote, c.Mentions, c.MentionAll, c.Expires, c.Pin = nil, nil, false, 0, nil
	if !m.FromMe || c.Forwarded > 0 {
		c.Forwarded++
	}
	return c, nil
}

func (a api) timer(ctx context.Context, in *timerIn) (*chatOut, error) {
	item, err := a.s.store.item(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	if item.Group {
		return nil, ErrGroupTimer
	}
	if _, err := a.send(ctx, Post{ChatID: in.ID, Content: device.Content{Kind: device.KindTimer, Expires: in.Body.Seconds}}); err != nil {
		return nil, err
	}
	return a.get(ctx, &chatIn{in.ID})
}

// send posts as whoever asks: a member takes the turn, a script does not.
func (a api) send(ctx context.Context, p Post) (*messageOut, error) {
	who := member.Caller(ctx)
	p.WorkspaceID, p.By, p.Lane = who.WorkspaceID, Author{ByMember, who.MemberID}, outbox.LaneReply
	if who.MemberID == "" {
		p.By, p.Lane = Author{ByAPI, who.KeyID}, outbox.LaneNotify
	}
	m, _, err := a.s.Post(ctx, p)
	if err != nil {
		return nil, err
	}
	return &messageOut{Body: MessageViewOf(m)}, nil
}
