package broadcast

import (
	"fmt"
	"slices"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// ErrWindow is for hours that are none.
var ErrWindow = fault.New(fault.Invalid, "broadcast_window", fault.Text{
	ID: "Jam kirim ditulis seperti 09:00, harus berbeda, dan harinya 0 (Minggu) sampai 6.", EN: "Hours are written like 09:00 and must differ; days are 0 (Sunday) to 6.",
}).WithField("window")

// Window is when a broadcast may go, by the workspace's clock. From after To goes over midnight.
type Window struct {
	From string `json:"from" maxLength:"5" doc:"HH:MM by the workspace's clock"`
	To   string `json:"to" maxLength:"5" doc:"HH:MM; earlier than from is on the next day"`
	Days []int  `json:"days,omitempty" maxItems:"7" doc:"0 is Sunday; every day when left out"`
}

func (w Window) check() error {
	from, ok1 := minutes(w.From)
	to, ok2 := minutes(w.To)
	if !ok1 || !ok2 || from == to || slices.ContainsFunc(w.Days, func(d int) bool { return d < 0 || d > 6 }) {
		return ErrWindow
	}
	return nil
}

// minutes reads HH:MM.
func minutes(s string) (int, bool) {
	var h, m int
	if n, err := fmt.Sscanf(s, "%d:%d", &h, &m); n != 2 || err != nil || len(s) != 5 || h < 0 || h > 23 || m < 0 || m > 59 {
		return 0, false
	}
	return h*60 + m, true
}

// open reports whether something may go at a time, and when that changes: when it closes, or when it opens again.
// No window is always open.
func (w *Window) open(at time.Time) (ok bool, until time.Time) {
	if w == nil {
		return true, time.Time{}
	}
	from, _ := minutes(w.From)
	to, _ := minutes(w.To)
	length := (to - from + 24*60) % (24 * 60)
	for day := -1; day <= 8; day++ {
		// Noon is on its day in every zone; the hours are counted on the wall clock, so that a change of it moves nothing.
		date := time.Date(at.Year(), at.Month(), at.Day()+day, 12, 0, 0, 0, at.Location())
		if len(w.Days) > 0 && !slices.Contains(w.Days, int(date.Weekday())) {
			continue
		}
		begin := time.Date(date.Year(), date.Month(), date.Day(), 0, from, 0, 0, at.Location())
		end := time.Date(date.Year(), date.Month(), date.Day(), 0, from+length, 0, 0, at.Location())
		switch {
		case !at.Before(end):
		case at.Before(begin):
			return false, begin
		default:
			return true, end
		}
	}
	return false, at.Add(time.Hour)
}
