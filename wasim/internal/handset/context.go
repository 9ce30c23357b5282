package handset

import (
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

// context is what goes with a message of whatever kind: what it replies to, whom it mentions, how often it was handed
// on, when it disappears. nil when there is nothing of it.
func (h *Handset) context(c Content) (*waE2E.ContextInfo, error) {
	info, err := h.quote(c.ReplyTo)
	if err != nil || info == nil && len(c.Mentions) == 0 && !c.MentionAll && c.Forwarded <= 0 && c.Expires <= 0 {
		return info, err
	}
	if info == nil {
		info = &waE2E.ContextInfo{}
	}
	for _, m := range c.Mentions {
		who, err := h.lookUp(m)
		if err != nil {
			return nil, err
		}
		info.MentionedJID = append(info.MentionedJID, h.inMessage(who))
	}
	if c.MentionAll {
		info.NonJIDMentions = proto.Uint32(1)
	}
	if c.Forwarded > 0 {
		info.IsForwarded, info.ForwardingScore = proto.Bool(true), proto.Uint32(uint32(c.Forwarded))
	}
	if c.Expires > 0 {
		info.Expiration = proto.Uint32(uint32(c.Expires))
	}
	return info, nil
}

// thing makes the messages that show a place or people.
func (c Content) thing(info *waE2E.ContextInfo) *waE2E.Message {
	switch {
	case c.Location != nil && c.Location.Live:
		return &waE2E.Message{LiveLocationMessage: &waE2E.LiveLocationMessage{
			DegreesLatitude: &c.Location.Latitude, DegreesLongitude: &c.Location.Longitude, Caption: given(c.Location.Name), ContextInfo: info,
		}}
	case c.Location != nil:
		return &waE2E.Message{LocationMessage: &waE2E.LocationMessage{
			DegreesLatitude: &c.Location.Latitude, DegreesLongitude: &c.Location.Longitude,
			Name: given(c.Location.Name), Address: given(c.Location.Address), ContextInfo: info,
		}}
	case c.Contact != nil:
		return &waE2E.Message{ContactMessage: &waE2E.ContactMessage{DisplayName: &c.Contact.Name, Vcard: &c.Contact.VCard, ContextInfo: info}}
	default:
		list := &waE2E.ContactsArrayMessage{DisplayName: &c.Contacts[0].Name, ContextInfo: info}
		for i := range c.Contacts {
			list.Contacts = append(list.Contacts, &waE2E.ContactMessage{DisplayName: &c.Contacts[i].Name, Vcard: &c.Contacts[i].VCard})
		}
		return &waE2E.Message{ContactsArrayMessage: list}
	}
}

// note writes down what goes with a message, for whoever looks at the phone.
func (m *Message) note(raw *waE2E.Message) {
	msg := unwrap(raw)
	info := contextOf(msg)
	m.ReplyTo, m.Forwarded, m.Expires = info.GetStanzaID(), int(info.GetForwardingScore()), int(info.GetExpiration())
	m.GIF = msg.GetVideoMessage().GetGifPlayback()
	for _, w := range []*waE2E.FutureProofMessage{raw.GetViewOnceMessage(), raw.GetViewOnceMessageV2(), raw.GetViewOnceMessageV2Extension()} {
		m.ViewOnce = m.ViewOnce || w != nil
	}
	m.Seconds = int(max(msg.GetAudioMessage().GetSeconds(), msg.GetVideoMessage().GetSeconds()))
	m.Waveform = msg.GetAudioMessage().GetWaveform()
	m.Location, m.Contacts, m.Poll = placeOf(msg), cardsOf(msg), nil
	if p := pollOf(msg); p != nil {
		m.Poll = &Poll{Question: p.GetName(), Options: []string{}, Selectable: int(p.GetSelectableOptionsCount())}
		for _, o := range p.GetOptions() {
			m.Poll.Options = append(m.Poll.Options, o.GetOptionName())
		}
	}
}

// placeOf is the place that a message shows; nil for another message.
func placeOf(msg *waE2E.Message) *Location {
	if l := msg.GetLiveLocationMessage(); l != nil {
		return &Location{Latitude: l.GetDegreesLatitude(), Longitude: l.GetDegreesLongitude(), Name: l.GetCaption(), Live: true}
	}
	l := msg.GetLocationMessage()
	if l == nil {
		return nil
	}
	return &Location{Latitude: l.GetDegreesLatitude(), Longitude: l.GetDegreesLongitude(), Name: l.GetName(), Address: l.GetAddress()}
}

// cardsOf are the contact cards that a message carries.
func cardsOf(msg *waE2E.Message) []Card {
	list := msg.GetContactsArrayMessage().GetContacts()
	if c := msg.GetContactMessage(); c != nil {
		list = append(list[:len(list):len(list)], c)
	}
	var out []Card
	for _, c := range list {
		out = append(out, Card{Name: c.GetDisplayName(), VCard: c.GetVcard()})
	}
	return out
}

// dress adds to a file's message how it is to be shown.
func (m *Media) dress(msg *waE2E.Message) *waE2E.Message {
	seconds := proto.Uint32(uint32(max(m.Seconds, 0)))
	once := &waE2E.FutureProofMessage{Message: msg}
	switch {
	case msg.VideoMessage != nil:
		msg.VideoMessage.GifPlayback, msg.VideoMessage.Seconds, msg.VideoMessage.ViewOnce = proto.Bool(m.GIF), seconds, proto.Bool(m.ViewOnce)
	case msg.AudioMessage != nil:
		msg.AudioMessage.Seconds, msg.AudioMessage.Waveform, msg.AudioMessage.ViewOnce = seconds, m.Waveform, proto.Bool(m.ViewOnce)
	case msg.ImageMessage != nil:
		msg.ImageMessage.ViewOnce = proto.Bool(m.ViewOnce)
	}
	switch {
	case !m.ViewOnce:
		return msg
	case msg.AudioMessage != nil:
		return &waE2E.Message{ViewOnceMessageV2Extension: once}
	case msg.ImageMessage != nil, msg.VideoMessage != nil:
		return &waE2E.Message{ViewOnceMessageV2: once}
	default:
		return msg
	}
}
