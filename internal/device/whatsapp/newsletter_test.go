package whatsapp

import (
	"errors"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/wasim"
)

func TestNewslettersAreWrittenAndRead(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	s, budi := r.session.(*session), r.net.Phone("Budi")
	ctx := ctxOf(t)
	made, err := s.CreateNewsletter(ctx, "Promo", "Tiap Senin")
	if err != nil || made.Name != "Promo" || made.Role != "owner" || made.Invite == "" || made.CreatedAt == 0 {
		t.Fatalf("made %+v, %v", made, err)
	}
	if err := budi.FollowNewsletter(ctx, made.Invite); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{made.ID, made.Invite, "https://whatsapp.com/channel/" + made.Invite} {
		if got, err := s.Newsletter(ctx, ref); err != nil || got.ID != made.ID || got.Followers != 2 {
			t.Errorf("by %s: %+v, %v", ref, got, err)
		}
	}
	first, err := s.PostNewsletter(ctx, made.ID, s.NewNetworkID(), device.Content{Kind: device.KindText, Text: "Diskon"})
	if err != nil || first.Number == 0 || first.At == 0 {
		t.Fatalf("post: %+v, %v", first, err)
	}
	picture := device.Content{Kind: device.KindImage, Text: "Foto", Media: &device.Media{Blob: "pic", MIME: "image/png"}}
	if _, err := s.PostNewsletter(ctx, made.ID, s.NewNetworkID(), picture); err != nil {
		t.Fatal(err)
	}
	if err := s.ReactNewsletter(ctx, made.ID, first.Number, "👍"); err != nil {
		t.Fatal(err)
	}
	posts, err := s.NewsletterPosts(ctx, made.ID, 0, 10)
	if err != nil || len(posts) != 2 || posts[0].Text != "Diskon" || posts[1].Kind != device.KindImage || posts[1].Text != "Foto" || posts[0].Reactions["👍"] != 1 {
		t.Errorf("posts: %+v, %v", posts, err)
	}
	if seen, err := budi.NewsletterPosts(made.ID); err != nil || len(seen) != 2 || seen[1].Kind != "image" {
		t.Errorf("Budi sees %+v, %v", seen, err)
	}
	if _, err := s.PostNewsletter(ctx, made.ID, "X", device.Content{Kind: device.KindPoll}); !errors.Is(err, device.ErrNewsletterPost) {
		t.Errorf("a poll: %v, want ErrNewsletterPost", err)
	}
}

func TestNewslettersAreFollowedAndLeft(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	s, budi := r.session.(*session), r.net.Phone("Budi")
	ctx := ctxOf(t)
	id, err := budi.CreateNewsletter(ctx, "Kabar", "")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.FollowNewsletter(ctx, id, device.Follow); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := s.Newsletters(ctx); err != nil || len(list) != 1 || list[0].ID != id || list[0].Role != "subscriber" {
		t.Errorf("listed %+v, %v", list, err)
	}
	var refused *device.RefusedError
	if _, err := s.PostNewsletter(ctx, id, s.NewNetworkID(), device.Content{Kind: device.KindText, Text: "x"}); !errors.As(err, &refused) || refused.Code != "403" {
		t.Errorf("posting where one only reads: %v, want 403 of the network", err)
	}
	if _, err := budi.PostNewsletter(ctx, id, "Halo"); err != nil {
		t.Fatal(err)
	}
	if err := r.phone.Settle(ctx, r.device.Account.Address); err != nil {
		t.Error(err)
	}
	r.sink.note(func() {
		if len(r.sink.got) > 0 {
			t.Errorf("a post came into the inbox: %+v", r.sink.got)
		}
	})
	if err := s.FollowNewsletter(ctx, id, device.Unfollow); err != nil || len(r.phone.Newsletters()) != 0 {
		t.Errorf("leave: %v; the phone still has %v", err, r.phone.Newsletters())
	}
	for _, bad := range []string{"", "x", "1@newsletter", "12ab@newsletter", "120363@g.us", "a:1@newsletter"} {
		if err := s.FollowNewsletter(ctx, bad, device.Follow); !errors.Is(err, device.ErrNewsletter) {
			t.Errorf("following %q: %v, want ErrNewsletter", bad, err)
		}
		if _, err := s.NewsletterPosts(ctx, bad, 0, 1); !errors.Is(err, device.ErrNewsletter) {
			t.Errorf("reading %q: %v, want ErrNewsletter", bad, err)
		}
	}
}
