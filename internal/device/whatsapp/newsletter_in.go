package whatsapp

import (
	"context"
	"encoding/json"
	"strings"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
)

// postOf is a post as all channels share it; ok is false for what shows nothing, or changes another post.
func postOf(number int, id string, m *waE2E.Message) (device.NewsletterPost, bool) {
	c, ok := contentOf(m)
	if !ok || c.Kind.Modifies() {
		return device.NewsletterPost{}, false
	}
	if c.Media != nil {
		c.Media.Remote = openFile(m)
	}
	return device.NewsletterPost{Number: number, NetworkID: text(id, maxName), Kind: c.Kind, Text: c.Text, Media: c.Media}, true
}

// openFile is how to fetch the file of a post: everybody may read it, so it is not encrypted. nil when it says too little.
func openFile(m *waE2E.Message) []byte {
	m = unwrap(m).message
	var f file
	r := remote{}
	switch {
	case m.GetImageMessage() != nil:
		r.Type, f = "image", m.GetImageMessage()
	case m.GetStickerMessage() != nil:
		r.Type, f = "image", m.GetStickerMessage()
	case m.GetVideoMessage() != nil:
		r.Type, f = "video", m.GetVideoMessage()
	case m.GetPtvMessage() != nil:
		r.Type, f = "video", m.GetPtvMessage()
	case m.GetAudioMessage() != nil:
		r.Type, f = "audio", m.GetAudioMessage()
	case m.GetDocumentMessage() != nil:
		r.Type, f = "document", m.GetDocumentMessage()
	default:
		return nil
	}
	if r.Path = f.GetDirectPath(); len(f.GetFileSHA256()) != 32 || !strings.HasPrefix(r.Path, "/") || len(r.Path) > 4096 {
		return nil
	}
	r.SHA256 = f.GetFileSHA256()
	b, _ := json.Marshal(r) // bytes and strings always can be marshalled
	return b
}

// posted tells the sink of a newsletter's new post. An edited one comes again under its number.
func (c *conn) posted(ctx context.Context, e *events.Message) bool {
	sink, ok := c.sink.(device.NewsletterSink)
	if !ok {
		return true
	}
	p, ok := postOf(e.Info.ServerID, e.Info.ID, e.RawMessage)
	if !ok || p.Number <= 0 {
		return true
	}
	p.At = e.Info.Timestamp.UnixMilli()
	return c.keep("newsletter's post", sink.NewsletterPosted(ctx, c.device, e.Info.Chat.String(), p))
}

// MuteNewsletter mutes a newsletter that the account follows, or takes that back.
func (s *session) MuteNewsletter(ctx context.Context, id string, action device.MuteAction) error {
	jid, err := newsletterJID(id)
	if err != nil {
		return err
	}
	return newsletterFailed("mute a newsletter", s.client.NewsletterToggleMute(ctx, jid, action == device.Mute))
}

// elsewhere takes what has no place in a chat: status updates and newsletters' posts. ok is false for other messages.
func (c *conn) elsewhere(ctx context.Context, e *events.Message) (kept, ok bool) {
	switch {
	case e.Info.Chat == types.StatusBroadcastJID:
		return c.statusSeen(ctx, e), true
	case e.Info.Chat.Server == types.NewsletterServer:
		return c.posted(ctx, e), true
	default:
		return false, false
	}
}
