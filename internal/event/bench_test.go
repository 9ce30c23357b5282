package event_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// BenchmarkReceive takes in messages of 50 contacts, 20 at once, with every commit on the disk, with the log and
// without: the ratio is what the log costs.
func BenchmarkReceive(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		for _, log := range []string{"without-log", "with-log"} {
			b.Run(engine.name+"/"+log, func(b *testing.B) {
				d := engine.open(b)
				dev := device.Device{ID: "dev", WorkspaceID: "w", Channel: "loopback", LinkedAt: 1}
				contacts, sends := contact.New(d, contact.Config{}), outbox.New(d, outbox.Config{})
				chats := chat.New(d, contacts, sends, chat.Config{Devices: one{dev}})
				dbtest.Migrated(b, d, contact.Module(contacts), outbox.Module(sends), chat.Module(chats))
				r := start(b, d, nil)
				if log == "with-log" {
					l := event.Listener{Log: r.Service, People: contacts}
					chats.Arrived.Add("event", l.Arrived)
					contacts.Created.Add("event", l.Created)
				}
				const writers = 20
				var wg sync.WaitGroup
				b.ResetTimer()
				for n := range writers {
					wg.Go(func() {
						for i := n; i < b.N; i += writers {
							p := device.Peer{Name: "x", Addresses: []device.Address{
								{Kind: device.AddressPhone, Value: fmt.Sprint("62", i%50)}, {Kind: device.AddressLID, Value: fmt.Sprint(i % 50)},
							}}
							in := device.Inbound{
								NetworkID: fmt.Sprint(i), Chat: p, Sender: p, At: 1, Origin: device.OriginLive, Raw: make([]byte, 300),
								Content: device.Content{Kind: device.KindText, Text: "halo"},
							}
							if err := chats.Receive(context.Background(), dev, in); err != nil {
								b.Error(err)
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
			})
		}
	}
}
