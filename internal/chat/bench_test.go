package chat_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// BenchmarkReceive takes in messages of 50 contacts and answers each, with every commit on the disk.
func BenchmarkReceive(b *testing.B) {
	for _, writers := range []int{1, 20} {
		b.Run(fmt.Sprint(writers, "-at-once"), func(b *testing.B) {
			w := newWorld(b, dbtest.SQLite(b), chat.Config{Answerers: []chat.Answerer{&parrot{}}})
			w.s.Arrived = (&chat.Service{}).Arrived
			var wg sync.WaitGroup
			b.ResetTimer()
			for n := range writers {
				wg.Go(func() {
					for i := n; i < b.N; i += writers {
						p := device.Peer{Name: "x", Addresses: []device.Address{phone(fmt.Sprint("62", i%50)), lid(fmt.Sprint(i % 50))}}
						in := device.Inbound{NetworkID: fmt.Sprint(i), Chat: p, Sender: p, At: 1, Origin: device.OriginLive, Content: text("halo"), Raw: make([]byte, 300)}
						if err := w.s.Receive(context.Background(), dev, in); err != nil {
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
