package whatsapp

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
)

// What makes a content impossible to send, whoever it is for.
var (
	errUnsupported = errors.New("this kind of message can't be sent on WhatsApp")
	errIncomplete  = errors.New("the message lacks what its kind needs")
)

// addressee says who a message is written to and by whom, for the keys inside it. secret is what answers to the message
// are encrypted with, for those kinds that need one.
type addressee struct {
	chat   types.JID
	own    types.JID
	secret []byte
}

// messageOf makes the network's form of c. up is the uploaded file of a content with media, nil otherwise.
func messageOf(c device.Content, up *whatsmeow.UploadResponse, to addressee) (*waE2E.Message, error) {
	switch c.Kind {
	case device.KindText:
		return textMessage(c, to)
	case device.KindImage, device.KindVideo, device.KindAudio, device.KindVoice, device.KindDocument, device.KindSticker:
		return mediaMessage(c, up, to)
	case device.KindLocation:
		return locationMessage(c, to)
	case device.KindContact:
		return contactMessage(c, to)
	case device.KindPoll:
		return pollMessage(c, to)
	case device.KindReaction, device.KindEdit, device.KindRevoke:
		return changeMessage(c, to)
	case device.KindPin:
		return pinMessage(c, to)
	case device.KindTimer:
		return timerMessage(c), nil
	default:
		return nil, fmt.Errorf("%w: %s", errUnsupported, c.Kind)
	}
}

func textMessage(c device.Content, to addressee) (*waE2E.Message, error) {
	if c.Text == "" {
		return nil, fmt.Errorf("%w: text", errIncomplete)
	}
	ctx := contextOf(c, to)
	if c.Invite != nil {
		return inviteMessage(c, ctx), nil
	}
	if ctx == nil && c.Link == nil {
		return &waE2E.Message{Conversation: proto.String(c.Text)}, nil
	}
	e := &waE2E.ExtendedTextMessage{Text: proto.String(c.Text), ContextInfo: ctx}
	withLink(e, c.Link)
	return &waE2E.Message{ExtendedTextMessage: e}, nil
}

func inviteMessage(c device.Content, ctx *waE2E.ContextInfo) *waE2E.Message {
	i := c.Invite
	m := &waE2E.GroupInviteMessage{
		GroupJID: proto.String(types.NewJID(i.Group, types.GroupServer).String()), GroupName: proto.String(i.Name),
		InviteCode: proto.String(i.Code), Caption: optional(c.Text), ContextInfo: ctx,
	}
	if i.ExpiresAt > 0 {
		m.InviteExpiration = proto.Int64(i.ExpiresAt / 1000)
	}
	return &waE2E.Message{GroupInviteMessage: m}
}

func locationMessage(c device.Content, to addressee) (*waE2E.Message, error) {
	if c.Location == nil {
		return nil, fmt.Errorf("%w: location", errIncomplete)
	}
	return &waE2E.Message{LocationMessage: &waE2E.LocationMessage{
		DegreesLatitude:  proto.Float64(degrees(c.Location.Latitude)),
		DegreesLongitude: proto.Float64(degrees(c.Location.Longitude)),
		Name:             optional(c.Location.Name), Address: optional(c.Location.Address), Comment: optional(c.Text),
		ContextInfo: contextOf(c, to),
	}}, nil
}

func contactMessage(c device.Content, to addressee) (*waE2E.Message, error) {
	var out []*waE2E.ContactMessage
	for _, card := range c.Contacts {
		out = append(out, &waE2E.ContactMessage{DisplayName: proto.String(card.Name), Vcard: proto.String(card.VCard)})
	}
	switch len(out) {
	case 0:
		return nil, fmt.Errorf("%w: contact", errIncomplete)
	case 1:
		out[0].ContextInfo = contextOf(c, to)
		return &waE2E.Message{ContactMessage: out[0]}, nil
	default:
		return &waE2E.Message{ContactsArrayMessage: &waE2E.ContactsArrayMessage{
			DisplayName: proto.String(c.Contacts[0].Name), Contacts: out, ContextInfo: contextOf(c, to),
		}}, nil
	}
}

func pollMessage(c device.Content, to addressee) (*waE2E.Message, error) {
	if c.Poll == nil || c.Poll.Name == "" || len(c.Poll.Options) < 2 {
		return nil, fmt.Errorf("%w: poll", errIncomplete)
	}
	n := c.Poll.Selectable
	if n < 0 || n > len(c.Poll.Options) {
		n = 0
	}
	poll := &waE2E.PollCreationMessage{
		Name: proto.String(c.Poll.Name), SelectableOptionsCount: proto.Uint32(uint32(n)), ContextInfo: contextOf(c, to),
	}
	for _, o := range c.Poll.Options {
		poll.Options = append(poll.Options, &waE2E.PollCreationMessage_Option{OptionName: proto.String(o)})
	}
	// Votes are encrypted with this secret.
	return &waE2E.Message{PollCreationMessage: poll, MessageContextInfo: &waE2E.MessageContextInfo{MessageSecret: to.secret}}, nil
}

// timerMessage tells the other side when the chat's messages disappear from now on.
func timerMessage(c device.Content) *waE2E.Message {
	return &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
		Type: waE2E.ProtocolMessage_EPHEMERAL_SETTING.Enum(), EphemeralExpiration: proto.Uint32(uint32(max(0, min(c.Expires, math.MaxInt32)))),
	}}
}

func changeMessage(c device.Content, to addressee) (*waE2E.Message, error) {
	if c.Target == "" {
		return nil, fmt.Errorf("%w: target", errIncomplete)
	}
	switch c.Kind {
	case device.KindReaction:
		return &waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{
			Key: keyOf(c.Target, c.TargetSender, to), Text: proto.String(c.Text),
		}}, nil
	case device.KindRevoke:
		return &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
			Type: waE2E.ProtocolMessage_REVOKE.Enum(), Key: keyOf(c.Target, device.TargetSelf, to),
		}}, nil
	default:
		if c.Text == "" {
			return nil, fmt.Errorf("%w: text", errIncomplete)
		}
		return &waE2E.Message{EditedMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{
			ProtocolMessage: &waE2E.ProtocolMessage{
				Type: waE2E.ProtocolMessage_MESSAGE_EDIT.Enum(), Key: keyOf(c.Target, device.TargetSelf, to),
				EditedMessage: &waE2E.Message{Conversation: proto.String(c.Text)},
			},
		}}}, nil
	}
}

// keyOf points at a message of the chat. sender is who wrote it: device.TargetSelf, an address, or empty for the other side.
func keyOf(id, sender string, to addressee) *waCommon.MessageKey {
	key := &waCommon.MessageKey{
		RemoteJID: proto.String(to.chat.String()), FromMe: proto.Bool(sender == device.TargetSelf), ID: proto.String(id),
	}
	if to.chat.Server == types.GroupServer && sender != device.TargetSelf && sender != "" {
		key.Participant = proto.String(jidText(sender))
	}
	return key
}

// jidText is an address in the network's form: one that has it already, "lid:" or "phone:" with the value of a
// device.Address, or digits, which are a phone number.
func jidText(s string) string {
	if strings.Contains(s, "@") {
		return s
	}
	if lid, ok := strings.CutPrefix(s, string(device.AddressLID)+":"); ok {
		return types.NewJID(lid, types.HiddenUserServer).String()
	}
	s = strings.TrimPrefix(s, string(device.AddressPhone)+":")
	return types.NewJID(strings.TrimPrefix(s, "+"), types.DefaultUserServer).String()
}

// optional leaves an empty string out.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
