package device_test

import (
	"testing"

	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// BenchmarkReceived is what this package and a durable commit cost for one message on one device, one after the other.
func BenchmarkReceived(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			h := newHouse(b, open(b))
			devicetest.Serve(b, h.Service)
			dev := h.net.Connect(b, h.Service, "w", "62811")
			b.ResetTimer()
			for range b.N {
				h.net.WriteText(dev.ID, "62822", "Budi", "Halo", 1)
			}
			if err := h.net.Settle(b.Context(), dev.ID); err != nil {
				b.Fatal(err)
			}
		})
	}
}
