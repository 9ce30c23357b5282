package broadcast_test

import (
	"context"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/feature/broadcast"
	"github.com/pingcrm/pingcrm/internal/governor"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// A broadcast that waits for a long pause says so and until when, and that it takes turns where another one of its device goes.
func TestWhoSharesADeviceSaysSo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, 1)
		r.sky.gate = make(chan struct{})
		r.Outlook = func(context.Context, device.Device, pace.Preset) (governor.Outlook, error) {
			p, now := pace.Of(pace.Cautious), time.Now().UnixMilli()
			p.Hours = pace.Hours{From: "00:00", To: "24:00", Days: p.Hours.Days}
			o := governor.Unknown(p, pace.Calendar{Zone: time.UTC}, now)
			stranger := pace.Candidate{Bulk: true, Stranger: true}
			o.History.Spend("one", stranger, pace.Decide(o.State, stranger, now, func() float64 { return 1 }), now)
			return o, nil
		}
		r.run()
		one := r.make(broadcast.Audience{Numbers: []string{"628129000001", "628129000002"}})
		other := r.make(broadcast.Audience{Numbers: []string{"628129000003", "628129000004"}})
		r.until(one, broadcast.Ready)
		r.until(other, broadcast.Ready)
		r.must(r.Start(t.Context(), ws, one.ID))
		holds := func(want string) {
			t.Helper()
			got := r.view(one).Forecast.Holds
			if len(got) != 1 || got[0].Code != want || got[0].Until < time.Now().Add(time.Minute).UnixMilli() || got[0].Reason == "" || got[0].ReasonEN == "" {
				t.Errorf("it is held by %+v, want %s with its end", got, want)
			}
		}
		holds("pace_gap")
		r.must(r.Start(t.Context(), ws, other.ID))
		holds("device_shared")
		r.must(r.Pause(t.Context(), ws, other.ID))
		holds("pace_gap")
	})
}
