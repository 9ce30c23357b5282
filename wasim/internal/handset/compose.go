package handset

import (
	"fmt"

	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// inMessage is how an account is written inside a message.
func (h *Handset) inMessage(a account) string {
	if h.cfg.Addressing == types.AddressingModePN && a.PN.Server == types.DefaultUserServer {
		return a.PN.String()
	}
	return a.LID.String()
}

// kinds counts how many of the alternatives of a Content are set.
func (c Content) kinds() int {
	n := 0
	for _, set := range []bool{
		c.Text != "", c.Media != nil, c.Location != nil, c.Contact != nil, c.Reaction != nil,
		c.Poll != nil, c.Edit != nil, c.Revoke != "", c.Raw != nil, len(c.Contacts) > 0, c.Vote != nil, c.Timer != nil, c.Pin != nil,
	} {
		if set {
			n++
		}
	}
	return n
}

// compose makes the message for c. Files are encrypted and uploaded here.
func (h *Handset) compose(c Content) (*waE2E.Message, error) {
	if c.kinds() != 1 {
		return nil, ErrNoContent
	}
	info, err := h.context(c)
	if err != nil {
		return nil, err
	}
	switch {
	case c.Text != "" && info == nil && c.Link == nil:
		return &waE2E.Message{Conversation: &c.Text}, nil
	case c.Text != "":
		text := &waE2E.ExtendedTextMessage{Text: &c.Text, ContextInfo: info}
		if l := c.Link; l != nil {
			text.MatchedText, text.Title, text.Description, text.JPEGThumbnail = &l.URL, given(l.Title), given(l.Description), l.Thumbnail
		}
		return &waE2E.Message{ExtendedTextMessage: text}, nil
	case c.Media != nil:
		return h.mediaMessage(c.Media, info)
	case c.Location != nil || c.Contact != nil || len(c.Contacts) > 0:
		return c.thing(info), nil
	case c.Poll != nil:
		return h.poll(c.Poll, info), nil
	case c.Vote != nil:
		return h.vote(c.Vote)
	case c.Pin != nil:
		return h.pin(c.Pin)
	case c.Raw != nil:
		return c.Raw, nil
	default:
		return h.about(c)
	}
}

// about makes the messages that are about another one: reaction, edit, revoke.
func (h *Handset) about(c Content) (*waE2E.Message, error) {
	now := proto.Int64(h.link.Now().UnixMilli())
	if c.Timer != nil {
		return &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
			Type: waE2E.ProtocolMessage_EPHEMERAL_SETTING.Enum(), EphemeralExpiration: proto.Uint32(uint32(max(*c.Timer, 0))),
		}}, nil
	}
	if c.Reaction != nil {
		target, err := h.keyOf(c.Reaction.To)
		if err != nil {
			return nil, err
		}
		return &waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{
			Key: target, Text: &c.Reaction.Emoji, SenderTimestampMS: now,
		}}, nil
	}
	id := c.Revoke
	if c.Edit != nil {
		id = c.Edit.ID
	}
	target, err := h.keyOf(id)
	if err != nil {
		return nil, err
	}
	if !target.GetFromMe() {
		return nil, fmt.Errorf("message %s: %w", id, ErrNotOwn)
	}
	if c.Edit == nil {
		return &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
			Key: target, Type: waE2E.ProtocolMessage_REVOKE.Enum(),
		}}, nil
	}
	return &waE2E.Message{EditedMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{
		ProtocolMessage: &waE2E.ProtocolMessage{
			Key: target, Type: waE2E.ProtocolMessage_MESSAGE_EDIT.Enum(), TimestampMS: now,
			EditedMessage: &waE2E.Message{Conversation: &c.Edit.Text},
		},
	}}}, nil
}

func (h *Handset) poll(p *Poll, info *waE2E.ContextInfo) *waE2E.Message {
	options := make([]*waE2E.PollCreationMessage_Option, len(p.Options))
	for i := range p.Options {
		options[i] = &waE2E.PollCreationMessage_Option{OptionName: &p.Options[i]}
	}
	h.mu.Lock()
	h.keys.nextID++
	secret := h.keys.derive("message secret", h.keys.nextID)
	h.mu.Unlock()
	return &waE2E.Message{
		PollCreationMessage: &waE2E.PollCreationMessage{
			Name: &p.Question, Options: options, SelectableOptionsCount: proto.Uint32(uint32(max(p.Selectable, 0))),
			ContextInfo: info,
		},
		MessageContextInfo: &waE2E.MessageContextInfo{MessageSecret: secret[:]},
	}
}

// keyOf names a message of this phone's chats as other devices know it.
func (h *Handset) keyOf(id string) (*waCommon.MessageKey, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.findAny(id)
	if e == nil {
		return nil, fmt.Errorf("message %s: %w", id, ErrNoMessage)
	}
	return h.messageKey(e), nil
}

func (h *Handset) messageKey(e *entry) *waCommon.MessageKey {
	k := &waCommon.MessageKey{
		RemoteJID: proto.String(h.inMessage(e.chat)), FromMe: proto.Bool(e.FromMe), ID: proto.String(e.ID),
	}
	if e.chat.LID.Server == types.GroupServer && !e.FromMe {
		k.Participant = proto.String(h.inMessage(e.from))
	}
	return k
}

// quote makes the reference of a reply; an empty id is no reply.
func (h *Handset) quote(id string) (*waE2E.ContextInfo, error) {
	if id == "" {
		return nil, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.findAny(id)
	if e == nil {
		return nil, fmt.Errorf("replying to %s: %w", id, ErrNoMessage)
	}
	return &waE2E.ContextInfo{
		StanzaID: &e.ID, Participant: proto.String(h.inMessage(e.from)), QuotedMessage: e.Raw,
	}, nil
}

// stanzaType is the type attribute of a message stanza.
func stanzaType(raw *waE2E.Message) string {
	msg := unwrap(raw)
	switch {
	case msg.GetReactionMessage() != nil || msg.GetEncReactionMessage() != nil:
		return "reaction"
	case pollOf(msg) != nil || msg.GetPollUpdateMessage() != nil:
		return "poll"
	case mediaType(raw) != "":
		return "media"
	default:
		return "text"
	}
}

// mediaType is the mediatype attribute of a ciphertext; empty is none.
func mediaType(raw *waE2E.Message) string {
	msg := unwrap(raw)
	f, ok := fileOf(msg)
	switch {
	case ok && f.kind == TypeVoice:
		return "ptt"
	case ok && msg.GetVideoMessage().GetGifPlayback():
		return "gif"
	case ok:
		return f.kind
	case msg.GetContactMessage() != nil:
		return "vcard"
	case msg.GetContactsArrayMessage() != nil:
		return "contact_array"
	case msg.GetLocationMessage() != nil:
		return "location"
	default:
		return ""
	}
}

// editAttribute marks stanzas that change an earlier message: 1 edits, 2 pins, 7 revokes an own message or takes a reaction back.
func editAttribute(raw *waE2E.Message) string {
	msg := unwrap(raw)
	p := msg.GetProtocolMessage()
	switch {
	case p != nil && p.GetType() == waE2E.ProtocolMessage_MESSAGE_EDIT:
		return string(types.EditAttributeMessageEdit)
	case p != nil && p.GetKey() != nil && p.GetType() == waE2E.ProtocolMessage_REVOKE:
		return string(types.EditAttributeSenderRevoke)
	case msg.GetPinInChatMessage() != nil:
		return string(types.EditAttributePinInChat)
	case msg.GetReactionMessage() != nil && msg.GetReactionMessage().GetText() == "":
		return string(types.EditAttributeSenderRevoke)
	default:
		return ""
	}
}
