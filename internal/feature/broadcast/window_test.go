package broadcast

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/outbox"
)

func TestWindows(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("WIB", 7*3600)
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		w     Window
		at    string
		open  bool
		until string
	}{
		{Window{From: "09:00", To: "17:00"}, "2026-11-25 08:59", false, "2026-11-25 09:00"},
		{Window{From: "09:00", To: "17:00"}, "2026-11-25 09:00", true, "2026-11-25 17:00"},
		{Window{From: "09:00", To: "17:00"}, "2026-11-25 17:00", false, "2026-11-26 09:00"},
		{Window{From: "22:00", To: "02:00"}, "2026-11-25 01:30", true, "2026-11-25 02:00"},
		{Window{From: "09:00", To: "17:00", Days: []int{1}}, "2026-11-25 10:00", false, "2026-11-30 09:00"},
	} {
		w := c.w
		ok, until := w.open(at(c.at))
		if ok != c.open || !until.Equal(at(c.until)) {
			t.Errorf("%+v at %s: %v until %v, want %v until %s", c.w, c.at, ok, until, c.open, c.until)
		}
	}
	for _, bad := range []Window{{From: "9:00", To: "17:00"}, {From: "09:00", To: "09:00"}, {From: "24:00", To: "01:00"}, {From: "aa:bb", To: "01:00"}, {From: "01:00", To: "02:00", Days: []int{7}}} {
		if err := bad.check(); !errors.Is(err, ErrWindow) {
			t.Errorf("%+v: %v, want ErrWindow", bad, err)
		}
	}
}

// A person keeps the device as long as it is there, and the shares follow the weights.
func TestPeopleAreDealt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		list []Sender
		want []int // of 4000
	}{
		{[]Sender{{"a", 1}, {"b", 3}}, []int{1000, 3000}},
		{[]Sender{{"a", 2}, {"b", 2}, {"d", 2}, {"e", 2}}, []int{1000, 1000, 1000, 1000}},
	} {
		n := make([]int, len(c.list))
		few, many := newDealer(c.list), newDealer(append(c.list, Sender{"c", 1}))
		for i := range 4000 {
			who := fmt.Sprint("62812", i)
			first, more := few.deal(who), many.deal(who)
			n[first]++
			if more != first && more != len(c.list) {
				t.Fatalf("%s moves from %d to %d when another device comes", who, first, more)
			}
		}
		for i, want := range c.want {
			if n[i] < want-200 || n[i] > want+200 {
				t.Errorf("dealt %v, want about %v", n, c.want)
			}
		}
	}
}

// What is fed is never over a limit in any window, and it is said when to ask again.
func TestThePaceHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rates{minute: rapid.IntRange(1, 5).Draw(t, "minute"), hour: rapid.IntRange(3, 20).Draw(t, "hour"), day: rapid.IntRange(5, 60).Draw(t, "day")}
		var fed []int64
		now := int64(1)
		for range 100 {
			n, again := r.allowed(fed, now, rapid.IntRange(1, 8).Draw(t, "want"))
			if n == 0 {
				if again <= now {
					t.Fatalf("nothing may go at %d and again is %d", now, again)
				}
				now = again
				if n, _ := r.allowed(fed, now, 1); n != 1 {
					t.Fatalf("it was said that something may go at %d", now)
				}
				continue
			}
			for range n {
				fed = append(fed, now)
			}
			for span, limit := range map[int64]int{60_000: r.minute, 3_600_000: r.hour, 86_400_000: r.day} {
				used := 0
				for _, at := range fed {
					if at > now-span {
						used++
					}
				}
				if used > limit {
					t.Fatalf("%d in %d ms, want at most %d", used, span, limit)
				}
			}
			now += int64(rapid.IntRange(0, 30_000).Draw(t, "pause"))
		}
	})
}

// A receipt may be there before the network's ack is written. Whoever has it has got it: what they write is an answer.
func TestWhoHasItHasGotIt(t *testing.T) {
	t.Parallel()
	var r Recipient
	r.follow(outbox.Send{State: outbox.StateDelivered, DeliveredAt: 20}, 21)
	if r.SentAt != 20 || r.Status != Delivered {
		t.Errorf("got %+v, want it sent when it was delivered", r)
	}
	r.follow(outbox.Send{State: outbox.StateRead, SentAt: 19, DeliveredAt: 20, ReadAt: 30}, 31)
	if r.SentAt != 20 || r.ReadAt != 30 || r.Status != Read {
		t.Errorf("got %+v, want it read", r)
	}
}
