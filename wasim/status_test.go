package wasim_test

import (
	"testing"

	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

func TestAStatusUpdateReachesContacts(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi, rudi := openShop(t, n), n.Phone("Budi"), n.Phone("Rudi")
	ctx := deadline(t)
	if err := s.Store.Contacts.PutContactName(ctx, budi.JID(), "Budi Santoso", "Budi"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SendMessage(ctx, types.StatusBroadcastJID, textMessage("Buka sampai jam 9")); err != nil {
		t.Fatal(err)
	}
	m, err := budi.Await(ctx, hasText("Buka sampai jam 9"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Chat != types.StatusBroadcastJID.String() || m.From != s.phone.Number() {
		t.Errorf("Budi sees it in %s from %s", m.Chat, m.From)
	}
	if own, err := s.phone.Await(ctx, hasText("Buka sampai jam 9")); err != nil || !own.FromMe {
		t.Errorf("on the own phone: %+v, %v", own, err)
	}
	if len(rudi.Messages("", "")) != 0 {
		t.Error("who is no contact sees it")
	}
}
