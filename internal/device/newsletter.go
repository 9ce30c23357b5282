package device

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of newsletters.
var (
	ErrNewsletter = fault.New(fault.NotFound, "newsletter_not_found", fault.Text{
		ID: "Saluran tidak ditemukan. Periksa alamat atau tautannya.", EN: "There is no such newsletter. Check its address or link.",
	})
	ErrNewsletterPost = fault.New(fault.Invalid, "newsletter_post_invalid", fault.Text{
		ID: "Saluran hanya menerima teks, gambar, video, audio, suara, stiker dan dokumen.",
		EN: "A newsletter takes text, images, videos, audio, voice notes, stickers and documents only.",
	})
)

// Newsletter is a one-to-many channel of a network that an account follows or writes.
type Newsletter struct {
	ID          string // the network's address of it
	Name        string
	Description string
	Invite      string // the code of its link
	Followers   int
	Role        string // owner, admin, subscriber or guest
	Muted       bool
	CreatedAt   int64 // unix ms
}

// NewsletterPost is one post of a newsletter.
type NewsletterPost struct {
	Number    int    // by which the network counts the posts of a newsletter
	NetworkID string // the writer's id
	Kind      Kind
	Text      string
	Media     *Media // its file, to be fetched; nil without one
	At        int64  // unix ms
	Views     int
	Reactions map[string]int // emoji → how many
}

// NewsletterLister is a session that lists the newsletters that its account follows or writes.
type NewsletterLister interface {
	Newsletters(ctx context.Context) ([]Newsletter, error)
}

// NewsletterFinder is a session that finds a newsletter by its address, its invitation's code or its link. ErrNewsletter.
type NewsletterFinder interface {
	Newsletter(ctx context.Context, ref string) (Newsletter, error)
}

// NewsletterMaker is a session that can make one.
type NewsletterMaker interface {
	CreateNewsletter(ctx context.Context, name, description string) (Newsletter, error)
}

// FollowAction is what to do about a newsletter.
type FollowAction string

// The actions.
const (
	Follow   FollowAction = "follow"
	Unfollow FollowAction = "unfollow"
)

// NewsletterFollower is a session that can follow newsletters (by address) and leave them; twice is fine.
type NewsletterFollower interface {
	FollowNewsletter(ctx context.Context, id string, action FollowAction) error
}

// NewsletterWriter is a session that can post to a newsletter of its account. The same networkID is the same post.
// ErrNewsletterPost, ErrNewsletter; a *RefusedError when the account may not.
type NewsletterWriter interface {
	PostNewsletter(ctx context.Context, id, networkID string, c Content) (NewsletterPost, error)
}

// NewsletterReader is a session that can read the posts of a newsletter: up to n that come before a number (0: the
// newest), in time order.
type NewsletterReader interface {
	NewsletterPosts(ctx context.Context, id string, before, n int) ([]NewsletterPost, error)
}

// NewsletterReacter is a session that can react to a post; an empty emoji takes the reaction back.
type NewsletterReacter interface {
	ReactNewsletter(ctx context.Context, id string, number int, emoji string) error
}

// MuteAction is what to do about the notifications of a newsletter.
type MuteAction string

// The actions.
const (
	Mute   MuteAction = "mute"
	Unmute MuteAction = "unmute"
)

// NewsletterMuter is a session that can mute a newsletter that its account follows (by address); twice is fine.
type NewsletterMuter interface {
	MuteNewsletter(ctx context.Context, id string, action MuteAction) error
}

// NewsletterSink is a Sink that is told of new posts in newsletters that the account follows or writes. Nil only when it
// is durable; the same may come again.
type NewsletterSink interface {
	NewsletterPosted(ctx context.Context, d Device, id string, p NewsletterPost) error
}

// PostHeard is a post in a newsletter of a device of ours.
type PostHeard struct {
	Device     Device
	Newsletter string // the network's address of it
	Post       NewsletterPost
}

// NewsletterPosted commits a post; what can't be taken in is logged and dropped.
func (k sink) NewsletterPosted(ctx context.Context, d Device, id string, p NewsletterPost) error {
	return k.told(ctx, d, "a newsletter's post", func(ctx context.Context, d Device) error {
		return k.s.Posts.Fire(ctx, PostHeard{d, id, p})
	})
}

var _ NewsletterSink = sink{}
