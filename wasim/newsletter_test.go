package wasim_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

func TestAClientKeepsANewsletter(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	made, err := s.CreateNewsletter(ctx, whatsmeow.CreateNewsletterParams{Name: "Promo Toko", Description: "Tiap Senin"})
	if err != nil || made.ID.Server != types.NewsletterServer || made.ThreadMeta.Name.Text != "Promo Toko" || made.ViewerMeta.Role != types.NewsletterRoleOwner {
		t.Fatalf("CreateNewsletter: %+v, %v", made, err)
	}
	if err := budi.FollowNewsletter(ctx, made.ThreadMeta.InviteCode); err != nil {
		t.Fatal(err)
	}
	got, err := s.SendMessage(ctx, made.ID, textMessage("Diskon 10%"))
	if err != nil || got.ServerID == 0 {
		t.Fatalf("post: %+v, %v", got, err)
	}
	file := jpegOf("promo")
	up, err := s.UploadNewsletter(ctx, file, whatsmeow.MediaImage)
	if err != nil {
		t.Fatal(err)
	}
	picture := &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
		Caption: proto.String("Foto"), URL: &up.URL, DirectPath: &up.DirectPath, FileSHA256: up.FileSHA256, FileLength: &up.FileLength,
		Mimetype: proto.String("image/jpeg"),
	}}
	if _, err := s.SendMessage(ctx, made.ID, picture, whatsmeow.SendRequestExtra{MediaHandle: up.Handle}); err != nil {
		t.Fatal(err)
	}
	if data, err := s.Download(ctx, picture.ImageMessage); err != nil || string(data) != string(file) {
		t.Errorf("the picture: %q, %v", data, err)
	}
	if err := budi.ReactNewsletter(ctx, made.ID.String(), got.ServerID, "👍"); err != nil {
		t.Fatal(err)
	}
	posts, err := budi.NewsletterPosts(made.ID.String())
	if err != nil || len(posts) != 2 || posts[0].Text != "Diskon 10%" || posts[1].Kind != "image" || posts[1].Text != "Foto" || posts[0].Reactions["👍"] != 1 {
		t.Errorf("Budi sees %+v, %v", posts, err)
	}
	list, err := s.GetNewsletterMessages(ctx, made.ID, &whatsmeow.GetNewsletterMessagesParams{Count: 1, Before: 101})
	if err != nil || len(list) != 1 || list[0].MessageServerID != 100 || list[0].Message.GetConversation() != "Diskon 10%" || list[0].ReactionCounts["👍"] != 1 {
		t.Errorf("GetNewsletterMessages: %+v, %v", list, err)
	}
	if err := s.UnfollowNewsletter(ctx, made.ID); err == nil {
		t.Error("an owner has left")
	}
}

func TestAClientFollowsANewsletter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := wasimtest.Network(t, wasim.Options{Dir: dir})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	address, err := budi.CreateNewsletter(ctx, "Kabar Budi", "")
	if err != nil {
		t.Fatal(err)
	}
	jid, _ := types.ParseJID(address)
	if err := s.FollowNewsletter(ctx, jid); err != nil {
		t.Fatal(err)
	}
	if _, err := budi.PostNewsletter(ctx, address, "Halo semua"); err != nil {
		t.Fatal(err)
	}
	if m := next(t, s.messages); m.Message.GetConversation() != "Halo semua" || m.Info.Chat != jid || m.Info.ServerID != 100 {
		t.Errorf("the post came as %+v", m.Info)
	}
	if err := s.phone.Settle(ctx, s.Store.ID.String()); err != nil {
		t.Errorf("it was not confirmed: %v", err)
	}
	if err := s.NewsletterSendReaction(ctx, jid, 100, "❤", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SendMessage(ctx, jid, textMessage("?")); err == nil {
		t.Error("a follower has posted")
	}
	if err := s.NewsletterToggleMute(ctx, jid, true); err != nil {
		t.Fatal(err)
	}
	if list, err := s.GetSubscribedNewsletters(ctx); err != nil || len(list) != 1 || list[0].ViewerMeta.Mute != types.NewsletterMuteOn || list[0].ViewerMeta.Role != types.NewsletterRoleSubscriber {
		t.Errorf("GetSubscribedNewsletters: %+v, %v", list, err)
	}
	if _, err := s.GetNewsletterInfo(ctx, types.NewJID("1", types.NewsletterServer)); err == nil {
		t.Error("a newsletter that doesn't exist was found")
	}
	if err := s.UnfollowNewsletter(ctx, jid); err != nil || len(s.phone.Newsletters()) != 0 {
		t.Errorf("unfollow: %v; still %v", err, s.phone.Newsletters())
	}
	if err := budi.FollowNewsletter(ctx, "nothing"); !errors.Is(err, wasim.ErrNewsletter) {
		t.Errorf("following nothing: %v", err)
	}
	before, _ := budi.NewsletterPosts(address)
	if len(before) != 1 || before[0].Reactions["❤"] != 1 {
		t.Errorf("the post has %+v", before)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	again, _ := wasimtest.Network(t, wasim.Options{Dir: dir}).PhoneByNumber(budi.Number())
	after, err := again.NewsletterPosts(address)
	if diff := cmp.Diff(before, after); err != nil || diff != "" || !cmp.Equal(again.Newsletters(), []string{address}) {
		t.Errorf("after a restart: %v, %v (-before +after):\n%s", err, again.Newsletters(), diff)
	}
}
