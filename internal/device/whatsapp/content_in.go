package whatsapp

import (
	"math"
	"unicode/utf8"

	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// Bounds of what is taken over from a message. What is longer is cut, what is more is left out; the raw message
// is kept beside it.
const (
	maxText      = 65_536
	maxName      = 512
	maxThumbnail = 64 << 10
	maxCards     = 100
	maxVCard     = 32 << 10
	maxOptions   = 64
	maxMentions  = 1024
	maxURL       = 2048
	// maxDescription is more than any client shows.
	maxDescription = 2048
	maxWaveform    = 64
)

// contentOf says what a message says. ok is false for messages that only carry something for the client itself
// (keys, settings, history) and have no place in a chat.
func contentOf(m *waE2E.Message) (c device.Content, ok bool) {
	u := unwrap(m)
	for _, read := range []func(*waE2E.Message) (device.Content, bool){
		textOf, mediaOf, placeOf, pollOf, changeOf, answerOf, offerOf,
	} {
		if c, ok = read(u.message); ok {
			if c.Media != nil && u.viewOnce {
				c.Media.ViewOnce = true
			}
			return c, true
		}
	}
	if silent(u.message) {
		return device.Content{}, false
	}
	return device.Content{Kind: device.KindUnknown}, true
}

// silent reports whether a message shows nothing to a person.
func silent(m *waE2E.Message) bool {
	if m == nil || m.ProtocolMessage != nil || m.KeepInChatMessage != nil || m.PinInChatMessage != nil || // a pin that names a message was read
		m.StickerSyncRmrMessage != nil || m.MessageHistoryBundle != nil || m.MessageHistoryNotice != nil ||
		m.PlaceholderMessage != nil || m.GroupRootKeyShare != nil || m.RootSecretDistributeMessage != nil ||
		m.GetChat() != nil || m.GetCall() != nil || m.AlbumMessage != nil {
		return true
	}
	rest := false
	r := m.ProtoReflect()
	fields := r.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if !r.Has(f) {
			continue
		}
		switch f.Name() {
		case "senderKeyDistributionMessage", "fastRatchetKeySenderKeyDistributionMessage", "messageContextInfo":
		default:
			rest = true
		}
	}
	return !rest && len(r.GetUnknown()) == 0
}

func textOf(m *waE2E.Message) (device.Content, bool) {
	if e := m.GetExtendedTextMessage(); e != nil {
		c := device.Content{Kind: device.KindText, Text: text(e.GetText(), maxText), Link: linkOf(e)}
		withContext(&c, e.GetContextInfo())
		return c, true
	}
	if m.GetConversation() != "" {
		return device.Content{Kind: device.KindText, Text: text(m.GetConversation(), maxText)}, true
	}
	return device.Content{}, false
}

func placeOf(m *waE2E.Message) (device.Content, bool) {
	var c device.Content
	switch {
	case m.GetLocationMessage() != nil:
		l := m.GetLocationMessage()
		c = device.Content{
			Kind: device.KindLocation, Text: text(l.GetComment(), maxText),
			Location: &device.Location{
				Latitude: degrees(l.GetDegreesLatitude()), Longitude: degrees(l.GetDegreesLongitude()),
				Name: text(l.GetName(), maxName), Address: text(l.GetAddress(), maxName), Live: l.GetIsLive(),
			},
		}
		withContext(&c, l.GetContextInfo())
	case m.GetLiveLocationMessage() != nil:
		l := m.GetLiveLocationMessage()
		c = device.Content{
			Kind: device.KindLocation, Text: text(l.GetCaption(), maxText),
			Location: &device.Location{
				Latitude: degrees(l.GetDegreesLatitude()), Longitude: degrees(l.GetDegreesLongitude()), Live: true,
			},
		}
		withContext(&c, l.GetContextInfo())
	case m.GetContactMessage() != nil:
		c = device.Content{Kind: device.KindContact, Contacts: cards(m.GetContactMessage())}
		withContext(&c, m.GetContactMessage().GetContextInfo())
	case m.GetContactsArrayMessage() != nil:
		c = device.Content{Kind: device.KindContact, Contacts: cards(m.GetContactsArrayMessage().GetContacts()...)}
		withContext(&c, m.GetContactsArrayMessage().GetContextInfo())
	default:
		return c, false
	}
	return c, true
}

func cards(contacts ...*waE2E.ContactMessage) []device.Card {
	out := make([]device.Card, 0, min(len(contacts), maxCards))
	for _, c := range contacts {
		if len(out) == maxCards {
			break
		}
		out = append(out, device.Card{Name: text(c.GetDisplayName(), maxName), VCard: text(c.GetVcard(), maxVCard)})
	}
	return out
}

func pollOf(m *waE2E.Message) (device.Content, bool) {
	for _, p := range []*waE2E.PollCreationMessage{
		m.GetPollCreationMessage(), m.GetPollCreationMessageV2(), m.GetPollCreationMessageV3(),
		m.GetPollCreationMessageV5(), m.GetPollCreationMessageV6(),
	} {
		if p == nil {
			continue
		}
		poll := &device.Poll{Name: text(p.GetName(), maxText), Selectable: int(p.GetSelectableOptionsCount()), Options: []string{}}
		for _, o := range p.GetOptions() {
			if len(poll.Options) == maxOptions {
				break
			}
			poll.Options = append(poll.Options, text(o.GetOptionName(), maxName))
		}
		c := device.Content{Kind: device.KindPoll, Poll: poll}
		withContext(&c, p.GetContextInfo())
		return c, true
	}
	return device.Content{}, false
}

// changeOf reads what changes another message.
func changeOf(m *waE2E.Message) (device.Content, bool) {
	if r := m.GetReactionMessage(); r != nil {
		return device.Content{Kind: device.KindReaction, Text: text(r.GetText(), maxName), Target: text(r.GetKey().GetID(), maxName)}, true
	}
	if v := m.GetPollUpdateMessage(); v != nil {
		return device.Content{Kind: device.KindVote, Target: text(v.GetPollCreationMessageKey().GetID(), maxName), Vote: unreadVote()}, true
	}
	if pin := m.GetPinInChatMessage(); pin != nil {
		return pinOf(pin, m.GetMessageContextInfo())
	}
	p := m.GetProtocolMessage()
	if p != nil && p.GetType() == waE2E.ProtocolMessage_EPHEMERAL_SETTING {
		return device.Content{Kind: device.KindTimer, Expires: whole(p.GetEphemeralExpiration())}, true
	}
	if p.GetKey().GetID() == "" {
		return device.Content{}, false
	}
	switch p.GetType() {
	case waE2E.ProtocolMessage_REVOKE:
		return device.Content{Kind: device.KindRevoke, Target: text(p.GetKey().GetID(), maxName)}, true
	case waE2E.ProtocolMessage_MESSAGE_EDIT:
		edited := unwrap(p.GetEditedMessage()).message
		c := device.Content{Kind: device.KindEdit, Target: text(p.GetKey().GetID(), maxName)}
		if t, ok := textOf(edited); ok {
			c.Text, c.Mentions = t.Text, t.Mentions
		} else if t, ok := mediaOf(edited); ok { // the caption is what can be edited
			c.Text, c.Mentions = t.Text, t.Mentions
		}
		return c, true
	default:
		return device.Content{}, false
	}
}

// answerOf reads a press on a button or a choice from a list: the words of it are what the person says.
func answerOf(m *waE2E.Message) (device.Content, bool) {
	var said string
	var ctx *waE2E.ContextInfo
	switch {
	case m.GetButtonsResponseMessage() != nil:
		said, ctx = m.GetButtonsResponseMessage().GetSelectedDisplayText(), m.GetButtonsResponseMessage().GetContextInfo()
	case m.GetTemplateButtonReplyMessage() != nil:
		said, ctx = m.GetTemplateButtonReplyMessage().GetSelectedDisplayText(), m.GetTemplateButtonReplyMessage().GetContextInfo()
	case m.GetListResponseMessage() != nil:
		said, ctx = m.GetListResponseMessage().GetTitle(), m.GetListResponseMessage().GetContextInfo()
	case m.GetInteractiveResponseMessage() != nil:
		said, ctx = m.GetInteractiveResponseMessage().GetBody().GetText(), m.GetInteractiveResponseMessage().GetContextInfo()
	default:
		return device.Content{}, false
	}
	c := device.Content{Kind: device.KindText, Text: text(said, maxText)}
	withContext(&c, ctx)
	return c, true
}

// words is the text or caption of a quoted message. It looks at that message only, not at what that one quotes.
func words(m *waE2E.Message) string {
	m = unwrap(m).message
	for _, s := range []string{
		m.GetConversation(), m.GetExtendedTextMessage().GetText(), m.GetImageMessage().GetCaption(),
		m.GetVideoMessage().GetCaption(), m.GetDocumentMessage().GetCaption(), m.GetPollCreationMessage().GetName(),
		m.GetPollCreationMessageV3().GetName(), m.GetLocationMessage().GetName(), m.GetContactMessage().GetDisplayName(),
	} {
		if s != "" {
			return s
		}
	}
	return ""
}

// text makes s fit to be stored and cuts it to limit bytes at the start of a rune.
func text(s string, limit int) string {
	s = db.Text(s)
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// degrees makes a coordinate that JSON can carry.
func degrees(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}
