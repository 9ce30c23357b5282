package whatsapp

import (
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/wasim"
)

func TestTextBothWays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, wasim.Options{}).link(t)
		budi := r.net.Phone("Budi")

		if _, err := budi.Send(ctxOf(t), r.phone.Number(), wasim.Content{Text: "Halo"}); err != nil {
			t.Fatal(err)
		}
		in := r.sink.message(t, "Halo")
		if in.Chat.Address(device.AddressLID) != budi.LID() || in.Chat.Address(device.AddressPhone) != budi.Number() {
			t.Errorf("chat = %+v, want both addresses of Budi (%s, %s)", in.Chat, budi.LID(), budi.Number())
		}
		if in.FromMe || in.Chat.Name != "Budi" || in.Origin != device.OriginLive || in.At == 0 || len(in.Raw) == 0 {
			t.Errorf("got %+v, want a live message of Budi with time and raw form", in)
		}

		sent := r.send(t, budi, device.Content{Kind: device.KindText, Text: "Halo juga"})
		if sent.At == 0 || len(sent.Raw) == 0 || len(sent.Learned) != 1 || sent.Learned[0].Value != budi.LID() {
			t.Errorf("sent = %+v, want a time, the raw form and Budi's LID", sent)
		}
		if m := r.await(t, budi, "Halo juga"); m.From != r.phone.Number() {
			t.Errorf("from = %s, want %s", m.From, r.phone.Number())
		}
		r.sink.wait(t, "a receipt", func() bool {
			return len(r.sink.receipts) > 0 && r.sink.receipts[0].Kind == device.ReceiptDelivered
		})
	})
}
