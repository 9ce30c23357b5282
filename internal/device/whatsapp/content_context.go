package whatsapp

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
)

// withContext adds what goes with a message whatever its kind: what it replies to, whom it mentions, whether it was
// handed on, and when it disappears.
func withContext(c *device.Content, ctx *waE2E.ContextInfo) {
	if id := ctx.GetStanzaID(); id != "" {
		c.Quote = &device.Quote{NetworkID: text(id, maxName), Sender: text(ctx.GetParticipant(), maxName)}
		c.Quote.Text = text(words(ctx.GetQuotedMessage()), maxText)
	}
	c.Forwarded = whole(ctx.GetForwardingScore())
	if c.Forwarded == 0 && ctx.GetIsForwarded() {
		c.Forwarded = 1
	}
	c.Expires, c.MentionAll = whole(ctx.GetExpiration()), ctx.GetNonJIDMentions() > 0
	for _, jid := range ctx.GetMentionedJID() {
		if len(c.Mentions) == maxMentions {
			return
		}
		c.Mentions = append(c.Mentions, text(jid, maxName))
	}
}

// contextOf is the way back; nil when a message needs none.
func contextOf(c device.Content, to addressee) *waE2E.ContextInfo {
	if c.Quote == nil && len(c.Mentions) == 0 && !c.MentionAll && c.Forwarded <= 0 && c.Expires <= 0 {
		return nil
	}
	ctx := &waE2E.ContextInfo{Expiration: positive(c.Expires), ForwardingScore: positive(c.Forwarded), IsForwarded: yes(c.Forwarded > 0)}
	for _, m := range c.Mentions {
		ctx.MentionedJID = append(ctx.MentionedJID, jidText(m))
	}
	if c.MentionAll {
		ctx.NonJIDMentions = proto.Uint32(1)
	}
	if q := c.Quote; q != nil {
		ctx.StanzaID = proto.String(q.NetworkID)
		ctx.QuotedMessage = &waE2E.Message{Conversation: proto.String(q.Text)}
		switch q.Sender {
		case "":
			ctx.Participant = proto.String(to.chat.String())
		case device.TargetSelf:
			ctx.Participant = proto.String(to.own.ToNonAD().String())
		default:
			ctx.Participant = proto.String(jidText(q.Sender))
		}
	}
	return ctx
}

// mentioned is somebody's number in a text.
//
//arch:global compiled once, never written
var mentioned = regexp.MustCompile(`@[0-9]+`)

// mention has a message to a group mention people, in its text, too, by the form of address that the group uses: phones
// show and tell no other. Who is not known by that form stays as they were given.
func (s *session) mention(ctx context.Context, c device.Content, chat types.JID) device.Content {
	if len(c.Mentions) == 0 || chat.Server != types.GroupServer {
		return c
	}
	group, err := s.client.DangerousInternals().GetCachedGroupData(ctx, chat) //nolint:staticcheck // what the library remembers of a group can't be had otherwise, and asking the network for each message could
	if err != nil {
		return c // sending asks for the same, and says why it can't be had
	}
	form := types.DefaultUserServer
	if group.AddressingMode == types.AddressingModeLID {
		form = types.HiddenUserServer
	}
	said, known := map[string]string{}, make([]string, 0, len(c.Mentions))
	for _, m := range c.Mentions {
		if jid, err := types.ParseJID(jidText(m)); err == nil && jid.Server != form {
			if alt := other(ctx, s.people.lids, jid); alt.Server == form {
				said["@"+jid.User], m = "@"+alt.User, alt.String()
			}
		}
		known = append(known, m)
	}
	c.Mentions = known
	c.Text = mentioned.ReplaceAllStringFunc(c.Text, func(m string) string { return cmp.Or(said[m], m) })
	return c
}

// linkOf is the preview that a text brought along; nil without one.
func linkOf(e *waE2E.ExtendedTextMessage) *device.Link {
	if e.GetMatchedText() == "" || e.GetTitle() == "" && e.GetDescription() == "" && len(e.GetJPEGThumbnail()) == 0 {
		return nil
	}
	return &device.Link{
		URL: text(e.GetMatchedText(), maxURL), Title: text(e.GetTitle(), maxName), Description: text(e.GetDescription(), maxDescription),
		Thumbnail: thumbnail(e.GetJPEGThumbnail()),
	}
}

// withLink puts a preview into a text. The network shows it only when the text has the address in it.
func withLink(e *waE2E.ExtendedTextMessage, l *device.Link) {
	if l == nil || l.URL == "" || !strings.Contains(e.GetText(), l.URL) {
		return
	}
	e.MatchedText, e.Title, e.Description = proto.String(l.URL), proto.String(l.Title), optional(l.Description)
	e.JPEGThumbnail = thumbnail(l.Thumbnail)
}
