package chat_test

import (
	"context"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// A message that was deleted for everyone leaves nothing that could be sent again.
func TestARevokedMessageLosesItsRawForm(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		g := newGallery(t, d)
		p := peer(phone("6281"))
		settled := func(m device.Inbound) string {
			t.Helper()
			id := g.net.Write(g.dev.ID, m)
			ctx, cancel := context.WithTimeout(t.Context(), devicetest.Patience)
			defer cancel()
			if err := g.net.Settle(ctx, g.dev.ID); err != nil {
				t.Fatal(err)
			}
			return id
		}
		id := settled(device.Inbound{Chat: p, Sender: p, Content: device.Content{Kind: device.KindText, Text: "rahasia"}, Raw: []byte("rahasia")})
		if m, err := g.chats.GetByNetworkID(t.Context(), ws, g.dev.ID, id); err != nil || string(m.Raw) != "rahasia" {
			t.Fatalf("before: %q, %v", m.Raw, err)
		}
		settled(device.Inbound{Chat: p, Sender: p, Content: device.Content{Kind: device.KindRevoke, Target: id}})
		if m, err := g.chats.GetByNetworkID(t.Context(), ws, g.dev.ID, id); err != nil || m.RevokedAt == 0 || len(m.Raw) != 0 {
			t.Errorf("after: revoked at %d, raw %q, %v; want it gone", m.RevokedAt, m.Raw, err)
		}
	})
}
