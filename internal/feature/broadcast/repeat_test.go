package broadcast

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// zoned is a service that knows only where days begin.
func zoned(zone *time.Location, now time.Time) *Service {
	return New(Config{
		Now:  func() time.Time { return now },
		Zone: func(context.Context, string) (*time.Location, error) { return zone, nil },
	})
}

func TestTimesOfARule(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("WIB", 7*3600)
	const layout = "2006-01-02 15:04"
	for _, c := range []struct{ from, rule, want string }{
		{"2026-11-30 09:00", "FREQ=DAILY", "2026-11-30 09:00, 2026-12-01 09:00, 2026-12-02 09:00"},
		{"2026-11-30 09:00", "rrule:freq=daily;interval=3", "2026-11-30 09:00, 2026-12-03 09:00, 2026-12-06 09:00"},
		{"2026-11-30 09:00", "FREQ=DAILY;BYDAY=SA,SU", "2026-12-05 09:00, 2026-12-06 09:00, 2026-12-12 09:00"},
		{"2026-12-01 00:30", "FREQ=WEEKLY;BYDAY=MO,TH", "2026-12-03 00:30, 2026-12-07 00:30, 2026-12-10 00:30"},
		{"2026-12-03 23:30", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "2026-12-03 23:30, 2026-12-14 23:30, 2026-12-17 23:30"},
		{"2026-12-01 09:00", "FREQ=WEEKLY", "2026-12-01 09:00, 2026-12-08 09:00, 2026-12-15 09:00"},
		{"2026-12-31 09:00", "FREQ=MONTHLY", "2026-12-31 09:00, 2027-01-31 09:00, 2027-03-31 09:00"},
		{"2026-12-01 09:00", "FREQ=MONTHLY;BYMONTHDAY=-1", "2026-12-31 09:00, 2027-01-31 09:00, 2027-02-28 09:00"},
		{"2026-12-01 09:00", "FREQ=MONTHLY;BYDAY=1MO", "2026-12-07 09:00, 2027-01-04 09:00, 2027-02-01 09:00"},
		{"2026-12-01 09:00", "FREQ=DAILY;COUNT=2", "2026-12-01 09:00, 2026-12-02 09:00"},
		{"2026-12-01 09:00", "FREQ=DAILY;UNTIL=20261202", "2026-12-01 09:00, 2026-12-02 09:00"},
		{"2026-12-01 09:00", "FREQ=DAILY;UNTIL=20261202T020000Z", "2026-12-01 09:00, 2026-12-02 09:00"},
		{"2026-12-01 09:00", "FREQ=DAILY;UNTIL=20261202T015959Z", "2026-12-01 09:00"},
	} {
		from, err := time.ParseInLocation(layout, c.from, zone)
		if err != nil {
			t.Fatal(err)
		}
		list, err := zoned(zone, from).Times(t.Context(), "ws", from.UnixMilli(), c.rule)
		var got []string
		for _, at := range list {
			got = append(got, time.UnixMilli(at).In(zone).Format(layout))
		}
		if err != nil || strings.Join(got, ", ") != c.want {
			t.Errorf("%s from %s: %v, %v; want %s", c.rule, c.from, got, err, c.want)
		}
	}
}

// What can't be used is refused, and quickly: also what would have the library look through eight thousand years.
func TestHostileRules(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 2, 3, 9, 0, 0, 0, time.UTC) // a Tuesday
	for rule, want := range map[string]error{
		"":                                     ErrRepeat,
		"x":                                    ErrRepeat,
		"FREQ":                                 ErrRepeat,
		"FREQ=":                                ErrRepeat,
		"INTERVAL=2":                           ErrRepeat,
		"FREQ=YEARLY":                          ErrRepeat,
		"FREQ=HOURLY":                          ErrRepeat,
		"FREQ=SECONDLY;BYMONTH=2":              ErrRepeat,
		"FREQ=DAILY;FREQ=WEEKLY":               ErrRepeat,
		"FREQ=DAILY;BYHOUR=1,2,3":              ErrRepeat,
		"FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2": ErrRepeat,
		"FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1":     ErrRepeat,
		"FREQ=DAILY;DTSTART=19700101":          ErrRepeat,
		"DTSTART:19700101T000000Z\nRRULE:FREQ=DAILY":            ErrRepeat,
		"FREQ=DAILY;INTERVAL=0":                                 ErrRepeat,
		"FREQ=DAILY;INTERVAL=-1":                                ErrRepeat,
		"FREQ=DAILY;INTERVAL=367":                               ErrRepeat,
		"FREQ=DAILY;INTERVAL=9223372036854775807":               ErrRepeat,
		"FREQ=DAILY;INTERVAL=99999999999999999999":              ErrRepeat,
		"FREQ=DAILY;COUNT=0":                                    ErrRepeat,
		"FREQ=DAILY;COUNT=1001":                                 ErrRepeat,
		"FREQ=DAILY;COUNT=3;UNTIL=20270101":                     ErrRepeat,
		"FREQ=DAILY;UNTIL=soon":                                 ErrRepeat,
		"FREQ=DAILY;BYMONTHDAY=32":                              ErrRepeat,
		"FREQ=DAILY;BYMONTHDAY=0":                               ErrRepeat,
		"FREQ=DAILY;INTERVAL=7;BYDAY=MO":                        ErrRepeat,
		"FREQ=DAILY;BYDAY=1MO":                                  ErrRepeat,
		"FREQ=WEEKLY;BYMONTHDAY=1":                              ErrRepeat,
		"FREQ=WEEKLY;BYDAY=XX":                                  ErrRepeat,
		"FREQ=MONTHLY;BYDAY=6MO":                                ErrRepeat,
		"FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=20":                  ErrRepeat,
		"FREQ=DAILY;" + strings.Repeat("A", 1<<20):              ErrRepeat,
		"FREQ=WEEKLY;BYDAY=" + strings.Repeat("MO,", 60) + "MO": nil,
		"FREQ=DAILY;UNTIL=20250101":                             ErrRepeatNever,
		"FREQ=MONTHLY;BYMONTHDAY=31;INTERVAL=12":                ErrRepeatNever,
		"FREQ=MONTHLY;BYMONTHDAY=30;INTERVAL=36":                ErrRepeatNever,
		"FREQ=MONTHLY;BYDAY=MO;BYMONTHDAY=31;INTERVAL=12":       ErrRepeatNever,
		"FREQ=MONTHLY;BYMONTHDAY=29;INTERVAL=12":                nil,
		"FREQ=DAILY;BYDAY=FR;BYMONTHDAY=13":                     nil,
		"FREQ=MONTHLY;BYDAY=5MO;INTERVAL=366":                   nil,
		"FREQ=DAILY;INTERVAL=366":                               nil,
	} {
		for _, at := range []time.Time{from, time.UnixMilli(1)} {
			if !at.Equal(from) && errors.Is(want, ErrRepeatNever) {
				continue
			}
			began := time.Now()
			_, err := zoned(time.UTC, from).Times(t.Context(), "ws", at.UnixMilli(), rule)
			if !errors.Is(err, want) {
				t.Errorf("%.60q: %v, want %v", rule, err, want)
			}
			if took := time.Since(began); took > 500*time.Millisecond {
				t.Errorf("%.60q took %v", rule, took)
			}
		}
	}
}

// A time of the day that a day lacks is another one on that day only.
func TestTheClockIsMoved(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	b := Broadcast{Repeat: "FREQ=DAILY", StartAt: time.Date(2027, 3, 27, 2, 30, 0, 0, zone).UnixMilli()}
	now := time.Date(2027, 3, 27, 3, 0, 0, 0, zone)
	s := zoned(zone, now)
	var got []string
	if err := s.checkRepeat(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for range 3 { // each time as if it were handed on
		r, err := s.rule(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		list, _ := r.after(time.UnixMilli(b.StartAt), 1)
		b.StartAt = list[0].UnixMilli()
		if err := s.checkRepeat(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		got = append(got, time.UnixMilli(b.StartAt).In(zone).Format("02 15:04"))
	}
	if want := []string{"28 03:30", "29 02:30", "30 02:30"}; cmp.Diff(want, got) != "" {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Handed on again and again, a rule gives the times that it gave at first, as many as it said and one a day.
func TestARuleHandedOnIsTheSameRule(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("WITA", 8*3600)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{
			"FREQ=DAILY", "FREQ=DAILY;BYDAY=MO,WE,FR", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=WEEKLY;BYDAY=SU,SA", "FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=MONTHLY;BYMONTHDAY=31",
			"FREQ=MONTHLY;BYDAY=-1FR",
		}).Draw(t, "rule")
		if !strings.HasPrefix(text, "FREQ=DAILY;") {
			text += fmt.Sprintf(";INTERVAL=%d", rapid.IntRange(1, 5).Draw(t, "interval"))
		}
		count := rapid.IntRange(1, 12).Draw(t, "count")
		from := time.Date(2026, 11, 29, 8, 15, 0, 0, zone).Add(time.Duration(rapid.Int64Range(0, 500*24*3600).Draw(t, "start")) * time.Second)
		b := Broadcast{Repeat: fmt.Sprintf("%s;COUNT=%d", text, count), StartAt: from.UnixMilli()}
		s := zoned(zone, from)
		if err := s.checkRepeat(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		r, err := s.rule(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := r.after(from.Add(-time.Second), count+1)
		if len(want) != count {
			t.Fatalf("%d times, want %d", len(want), count)
		}
		for i := 0; i < len(want); {
			if got := time.UnixMilli(b.StartAt); !got.Equal(want[i]) || i > 0 && want[i].YearDay() == want[i-1].YearDay() && want[i].Year() == want[i-1].Year() {
				t.Fatalf("time %d is %v, want %v", i, got, want[i])
			}
			missed := rapid.IntRange(0, 2).Draw(t, "missed")
			r, err := s.rule(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			at := want[min(i+missed, count-1)]
			list, passed := r.after(at, 1)
			if i += missed + 1; i >= count {
				if len(list) > 0 {
					t.Fatalf("%v comes after the last one, by %s", list[0], b.Repeat)
				}
				return
			}
			if len(list) == 0 {
				t.Fatalf("nothing comes after %v by %s", at, b.Repeat)
			}
			b.StartAt, b.Repeat = list[0].UnixMilli(), r.less(passed)
		}
	})
}
