package handset

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// account is one person under both addresses, without device.
type account struct{ PN, LID types.JID }

// entry is a message as it is kept: what is shown, and what the shown form leaves out.
type entry struct {
	Message
	// chat is the chat's address in LID form, or a group's JID.
	chat account
	from account
	// edition grows with each change; written is what a snapshot made of this edition.
	edition uint32
	written []byte
	// moved is the point of its last change, for News.
	moved uint64
}

// key names a message: ids are chosen by senders, so only with the sender it is unique.
func key(sender types.JID, id string) string { return sender.User + "|" + id }

// add shows a new message. A message of the same sender and id that is already
// there stays alone. Called with mu held.
func (h *Handset) add(e entry) (added bool) {
	k := key(e.from.LID, e.ID)
	if _, known := h.state.index[k]; known {
		return false
	}
	e.Seq = int64(len(h.state.messages)) + 1
	h.state.index[k] = len(h.state.messages)
	h.state.messages = append(h.state.messages, &e)
	h.touch(len(h.state.messages) - 1)
	return true
}

// find returns a message by sender and id. Called with mu held.
func (h *Handset) find(sender types.JID, id string) (int, *entry) {
	i, ok := h.state.index[key(sender, id)]
	if !ok {
		return -1, nil
	}
	return i, h.state.messages[i]
}

// findAny returns the newest message with that id, whoever sent it. Called with mu held.
func (h *Handset) findAny(id string) *entry {
	for _, e := range slices.Backward(h.state.messages) {
		if e.ID == id && !e.Deleted {
			return e
		}
	}
	return nil
}

// touch tells everybody who waits that a message is new or changed. Called with mu held.
func (h *Handset) touch(i int) {
	h.state.Revision++
	h.state.messages[i].edition++
	h.state.messages[i].written = nil
	h.changes = append(h.changes, i)
	if h.cfg.OnMessage != nil {
		h.events = append(h.events, h.state.messages[i].Message)
	}
	h.state.messages[i].moved = h.moved()
}

// Messages lists what the phone sent or could decrypt and has a Seq above after,
// in order. A chat (a number or a group's JID) narrows the list; empty is all.
func (h *Handset) Messages(chat string, after int64) []Message {
	h.mu.Lock()
	defer h.mu.Unlock()
	start := min(max(after, 0), int64(len(h.state.messages)))
	out := []Message{}
	for _, e := range h.state.messages[start:] {
		if !e.Deleted && (chat == "" || e.Chat == chat) {
			out = append(out, e.Message)
		}
	}
	return out
}

// Message finds a message by its id; of several senders' messages with one id, the newest.
func (h *Handset) Message(id string) (Message, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.findAny(id)
	if e == nil {
		return Message{}, false
	}
	return e.Message, true
}

// Await returns the first message, of those already there or yet to come, for
// which match is true; a message whose status or text changed is offered again.
// match is called outside the lock. The error is that of ctx.
func (h *Handset) Await(ctx context.Context, match func(Message) bool) (Message, error) {
	stop := context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.changed.Broadcast()
	})
	defer stop()
	for next := 0; ; {
		batch, err := h.changesSince(ctx, next)
		if err != nil {
			return Message{}, fmt.Errorf("waiting for a message on %s: %w", h.cfg.PN.User, err)
		}
		for _, m := range batch {
			if !m.Deleted && match(m) {
				return m, nil
			}
		}
		next += len(batch)
	}
}

// changesSince waits until there are changes behind next and returns them all.
func (h *Handset) changesSince(ctx context.Context, next int) ([]Message, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.changes) <= next {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		h.changed.Wait()
	}
	batch := make([]Message, 0, len(h.changes)-next)
	for _, i := range h.changes[next:] {
		batch = append(batch, h.state.messages[i].Message)
	}
	return batch, nil
}

// newEntry fills in what can be told from the message itself.
func newEntry(id string, chat, from account, at time.Time, msg *waE2E.Message) entry {
	e := entry{chat: chat, from: from}
	e.ID, e.TimestampMS, e.Raw = id, at.UnixMilli(), msg
	e.Chat, e.From = shown(chat), shown(from)
	describe(msg, &e.Message)
	return e
}

// shown is how an account is written for people.
func shown(a account) string {
	if a.PN.Server == types.DefaultUserServer {
		return a.PN.User
	}
	return a.LID.String()
}

// apply lets an edit, a revoke or a reaction act on the message it is about. Only
// the sender of a message can edit or revoke it; whoever else tries changes nothing.
// Called with mu held.
func (h *Handset) apply(e *entry) {
	if e.Type == TypePollVote {
		if i, line := h.find(e.from.LID, e.ID); line != nil {
			h.counted(line)
			h.touch(i)
		}
	}
	if e.Type == TypePin {
		h.pinned(e)
		return
	}
	if e.Type != TypeEdit && e.Type != TypeRevoke {
		return
	}
	i, target := h.find(e.from.LID, e.Target)
	if target == nil || target.chat != e.chat {
		return
	}
	if e.Type == TypeEdit {
		target.Text, target.Edited = e.Text, true
	} else {
		target.Status = StatusRevoked
	}
	h.touch(i)
}

// changes reports that the entry only changes another message: no phone shows a line for it.
func (e *entry) changes() bool {
	switch e.Type {
	case TypeEdit, TypeRevoke, TypeReaction, TypePollVote, TypePin:
		return true
	default:
		return false
	}
}

// rank orders the statuses of own messages; a late lower receipt takes nothing back.
func rank(status string) int {
	return slices.Index([]string{StatusSent, StatusDelivered, StatusRead, StatusPlayed, StatusRevoked}, status)
}

// describe tells what kind of message it is and what a person would see of it.
func describe(raw *waE2E.Message, m *Message) {
	msg := unwrap(raw)
	switch {
	case msg.GetConversation() != "" || msg.GetExtendedTextMessage() != nil:
		m.Type = TypeText
		m.Text = msg.GetConversation() + msg.GetExtendedTextMessage().GetText()
	case describeMedia(msg, m):
	case msg.GetReactionMessage() != nil:
		m.Type, m.Text = TypeReaction, msg.GetReactionMessage().GetText()
		m.Target = msg.GetReactionMessage().GetKey().GetID()
	case msg.GetProtocolMessage().GetType() == waE2E.ProtocolMessage_MESSAGE_EDIT && msg.GetProtocolMessage() != nil:
		var inner Message
		describe(msg.GetProtocolMessage().GetEditedMessage(), &inner)
		m.Type, m.Text, m.Target = TypeEdit, inner.Text, msg.GetProtocolMessage().GetKey().GetID()
	case msg.GetProtocolMessage() != nil && msg.GetProtocolMessage().GetType() == waE2E.ProtocolMessage_REVOKE:
		m.Type, m.Target = TypeRevoke, msg.GetProtocolMessage().GetKey().GetID()
	default:
		describeRest(msg, m)
	}
	m.note(raw)
}

func describeMedia(msg *waE2E.Message, m *Message) bool {
	f, ok := fileOf(msg)
	if !ok {
		return false
	}
	m.Type, m.Text, m.MIME, m.Filename = f.kind, f.caption, f.mime, f.filename
	m.Size = int64(f.Size)
	return true
}

func describeRest(msg *waE2E.Message, m *Message) {
	m.Type = TypeUnknown
	switch {
	case msg.GetLocationMessage() != nil:
		m.Type, m.Text = TypeLocation, msg.GetLocationMessage().GetName()
	case msg.GetLiveLocationMessage() != nil:
		m.Type, m.Text = TypeLocation, msg.GetLiveLocationMessage().GetCaption()
	case msg.GetContactMessage() != nil:
		m.Type, m.Text = TypeContact, msg.GetContactMessage().GetDisplayName()
	case msg.GetContactsArrayMessage() != nil:
		m.Type, m.Text = TypeContact, msg.GetContactsArrayMessage().GetDisplayName()
	case msg.GetPinInChatMessage() != nil:
		m.Type, m.Target = TypePin, msg.GetPinInChatMessage().GetKey().GetID()
	case pollOf(msg) != nil:
		m.Type, m.Text = TypePoll, pollOf(msg).GetName()
	case msg.GetPollUpdateMessage() != nil:
		m.Type, m.Target = TypePollVote, msg.GetPollUpdateMessage().GetPollCreationMessageKey().GetID()
	}
}

func pollOf(msg *waE2E.Message) *waE2E.PollCreationMessage {
	switch {
	case msg.GetPollCreationMessage() != nil:
		return msg.GetPollCreationMessage()
	case msg.GetPollCreationMessageV2() != nil:
		return msg.GetPollCreationMessageV2()
	default:
		return msg.GetPollCreationMessageV3()
	}
}

// unwrap takes off the wrappers that change how a message is kept, not what it is.
func unwrap(msg *waE2E.Message) *waE2E.Message {
	// A handful is more than anybody uses; a stranger could nest thousands.
	for range 5 {
		var inner *waE2E.Message
		for _, wrapper := range []*waE2E.FutureProofMessage{
			msg.GetEphemeralMessage(), msg.GetViewOnceMessage(), msg.GetViewOnceMessageV2(),
			msg.GetViewOnceMessageV2Extension(), msg.GetDocumentWithCaptionMessage(), msg.GetEditedMessage(),
		} {
			if wrapper.GetMessage() != nil {
				inner = wrapper.GetMessage()
			}
		}
		if inner == nil {
			break
		}
		msg = inner
	}
	return msg
}

func contextOf(msg *waE2E.Message) *waE2E.ContextInfo {
	for _, c := range []*waE2E.ContextInfo{
		msg.GetExtendedTextMessage().GetContextInfo(), msg.GetImageMessage().GetContextInfo(),
		msg.GetVideoMessage().GetContextInfo(), msg.GetAudioMessage().GetContextInfo(),
		msg.GetDocumentMessage().GetContextInfo(), msg.GetStickerMessage().GetContextInfo(),
		msg.GetLocationMessage().GetContextInfo(), msg.GetContactMessage().GetContextInfo(), msg.GetLiveLocationMessage().GetContextInfo(),
		msg.GetContactsArrayMessage().GetContextInfo(), pollOf(msg).GetContextInfo(),
	} {
		if c != nil {
			return c
		}
	}
	return nil
}

// silentMessage says whether a message is housekeeping between devices that no person sees.
func silentMessage(msg *waE2E.Message) bool {
	if p := unwrap(msg).GetProtocolMessage(); p != nil {
		t := p.GetType()
		return t != waE2E.ProtocolMessage_REVOKE && t != waE2E.ProtocolMessage_MESSAGE_EDIT
	}
	if msg.GetSenderKeyDistributionMessage() == nil {
		return proto.Size(msg) == 0
	}
	bare := proto.Clone(msg).(*waE2E.Message)
	bare.SenderKeyDistributionMessage, bare.MessageContextInfo = nil, nil
	return proto.Size(bare) == 0
}
