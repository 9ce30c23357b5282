package pace

import (
	"slices"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// Calendar is what the shop's own days are.
type Calendar struct {
	Zone     *time.Location
	Holidays map[string]bool // dates as 2006-01-02
}

// Zones are the clocks on the walls where a number (digits with country code) may be. Indonesian ones and those of which
// nothing is known are at home with the shop. Of several zones of one country the first and the last count, as long as
// there is an hour in which both may be written to; else the one in the middle.
func Zones(number string, home *time.Location, h Hours) []*time.Location {
	if number == "" || strings.HasPrefix(number, "62") {
		return []*time.Location{home}
	}
	n, err := phonenumbers.Parse("+"+number, "")
	if err != nil {
		return []*time.Location{home}
	}
	names, err := phonenumbers.GetTimezonesForNumber(n)
	if err != nil {
		return []*time.Location{home}
	}
	var zones []*time.Location
	for _, name := range names {
		if loc, err := time.LoadLocation(name); err == nil && name != phonenumbers.UNKNOWN_TIMEZONE {
			zones = append(zones, loc)
		}
	}
	if len(zones) == 0 {
		return []*time.Location{home}
	}
	return ends(zones, h)
}

func ends(zones []*time.Location, h Hours) []*time.Location {
	at := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	offset := func(l *time.Location) int { _, s := at.In(l).Zone(); return s }
	slices.SortStableFunc(zones, func(a, b *time.Location) int { return offset(a) - offset(b) })
	first, last := zones[0], zones[len(zones)-1]
	from, _ := minutes(h.From)
	to, _ := minutes(h.To)
	switch apart := (offset(last) - offset(first)) / 60; {
	case apart == 0:
		return zones[:1]
	case apart > to-from-120: // an hour together, and one that summer time may take
		return zones[len(zones)/2 : len(zones)/2+1]
	}
	return []*time.Location{first, last}
}

// next is the first moment from t on (unix ms) at which all those zones may be written to, and why not earlier.
func (h Hours) next(t int64, zones []*time.Location, c Calendar) (int64, Why) {
	from, _ := minutes(h.From)
	to, _ := minutes(h.To)
	why := WhyGo
	for range 3000 { // years of holidays
		moved := false
		if c.Zone != nil && h.Holidays {
			if day := time.UnixMilli(t).In(c.Zone); c.Holidays[day.Format(time.DateOnly)] {
				t, why, moved = morrow(day, 0), WhyHoliday, true
			}
		}
		for _, z := range zones {
			local := time.UnixMilli(t).In(z)
			minute := local.Hour()*60 + local.Minute()
			switch {
			case !slices.Contains(h.Days, strings.ToLower(local.Weekday().String())):
				t, why, moved = morrow(local, from), WhyDayOff, true
			case minute < from:
				t, why, moved = opening(local, from), WhyHours, true
			case minute >= to:
				t, why, moved = morrow(local, from), WhyHours, true
			}
		}
		if !moved {
			return t, why
		}
	}
	return Never, why
}

func opening(day time.Time, minute int) int64 {
	y, m, d := day.Date()
	at := time.Date(y, m, d, minute/60, minute%60, 0, 0, day.Location())
	if !at.After(day) { // the clocks were put forward over it
		at = day.Add(time.Minute)
	}
	return at.UnixMilli()
}

func morrow(day time.Time, minute int) int64 {
	y, m, d := day.Date()
	return time.Date(y, m, d+1, minute/60, minute%60, 0, 0, day.Location()).UnixMilli()
}
