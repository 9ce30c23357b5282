package whatsapp

import (
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/wasim"
)

func TestAStatusUpdateIsPosted(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	s, budi := r.session.(*session), r.net.Phone("Budi")
	if err := s.client.Store.Contacts.PutContactName(ctxOf(t), budi.JID(), "Budi Santoso", "Budi"); err != nil {
		t.Fatal(err)
	}
	sent, err := s.PostStatus(ctxOf(t), s.NewNetworkID(), device.Content{Kind: device.KindText, Text: "Buka sampai jam 9"})
	if err != nil || sent.At == 0 {
		t.Fatalf("PostStatus: %+v, %v", sent, err)
	}
	if m := r.await(t, budi, "Buka sampai jam 9"); m.From != r.phone.Number() || m.Chat != "status@broadcast" {
		t.Errorf("Budi sees it from %s in %s", m.From, m.Chat)
	}
	if _, err := s.PostStatus(ctxOf(t), s.NewNetworkID(), device.Content{
		Kind: device.KindImage, Text: "Foto", Media: &device.Media{Blob: "pic", MIME: "image/png"},
	}); err != nil {
		t.Fatal(err)
	}
	r.await(t, budi, "Foto")
}
