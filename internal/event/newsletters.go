package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/device"
)

// NewsletterPosted is the type of events about newsletters' posts.
const NewsletterPosted Type = "newsletter.posted"

// Post is the data of newsletter.posted.
type Post struct {
	NewsletterID string        `json:"newsletter_id" doc:"Its address on the network"`
	Number       int           `json:"number" doc:"By which the network counts the posts of a newsletter"`
	NetworkID    string        `json:"network_id" doc:"The channel's own id"`
	Kind         device.Kind   `json:"kind"`
	Text         string        `json:"text,omitempty"`
	Media        *device.Media `json:"media,omitempty" doc:"What is known of its file, which is fetched by the post's number"`
	At           int64         `json:"at" doc:"Unix milliseconds, the network's clock"`
}

func newsletterKinds() []Kind {
	return []Kind{{NewsletterPosted, 1, "A newsletter that a device's account follows or writes has a new post.", Post{
		NewsletterID: "120363144038483540@newsletter", Number: 117, NetworkID: "3EB0C127D8F1A2B3C4D5", Kind: device.KindText,
		Text: "Diskon 10% sampai Minggu", At: exampleAt,
	}}}
}

// NewsletterPosted is for what the newsletters tell of new posts.
func (l Listener) NewsletterPosted(ctx context.Context, h device.PostHeard) error {
	p := Post{
		NewsletterID: h.Newsletter, Number: h.Post.Number, NetworkID: h.Post.NetworkID, Kind: h.Post.Kind, Text: h.Post.Text, At: h.Post.At,
	}
	if h.Post.Media != nil {
		m := *h.Post.Media
		m.Remote = nil
		p.Media = &m
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: h.Device.WorkspaceID, DeviceID: h.Device.ID, Subject: h.Newsletter, Type: NewsletterPosted, Data: p,
	})
}
