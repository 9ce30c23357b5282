package workspace

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// OfficeHours say when people are there. Without Enabled they always are.
type OfficeHours struct {
	Enabled  bool      `json:"enabled"`
	Hours    []Span    `json:"hours" maxItems:"70" doc:"When the business is open; a day without a span is closed"`
	Holidays []Holiday `json:"holidays,omitempty" maxItems:"366" doc:"Closed all day"`
}

// Equal reports whether two are the same, in the same order.
func (o OfficeHours) Equal(other OfficeHours) bool {
	return o.Enabled == other.Enabled && slices.Equal(o.Hours, other.Hours) && slices.Equal(o.Holidays, other.Holidays)
}

// Span is one opening of a weekday; a day may have several.
type Span struct {
	Day   string `json:"day" enum:"monday,tuesday,wednesday,thursday,friday,saturday,sunday"`
	Open  string `json:"open" maxLength:"5" example:"08:00"`
	Close string `json:"close" maxLength:"5" example:"17:00" doc:"Later than open; 24:00 is the end of the day"`
}

// Holiday is one closed date in the workspace's time zone.
type Holiday struct {
	Date string `json:"date" maxLength:"10" example:"2026-12-25"`
	Name string `json:"name,omitempty" maxLength:"100"`
}

// check returns the fault of the first field that is wrong, and tidies the name.
func (w *Workspace) check() error {
	w.Name = strings.TrimSpace(w.Name)
	if n := utf8.RuneCountInString(w.Name); n < 1 || n > 100 || strings.ContainsFunc(w.Name, func(r rune) bool { return r < ' ' }) {
		return errName.WithField("name")
	}
	if w.Timezone == "" || w.Timezone == "Local" {
		return errTimezone
	}
	if _, err := time.LoadLocation(w.Timezone); err != nil {
		return errTimezone.WithCause(err)
	}
	if w.Locale != "id" && w.Locale != "en" {
		return errLocale
	}
	if m := w.Settings.TurnIdleMinutes; m < 0 || m > 7*24*60 {
		return errIdle
	}
	if err := w.Settings.OptOut.check(w.Locale); err != nil {
		return err
	}
	return w.Settings.OfficeHours.check()
}

func (o *OfficeHours) check() error {
	if o.Hours == nil {
		o.Hours = []Span{}
	}
	if o.Holidays == nil {
		o.Holidays = []Holiday{}
	}
	taken := map[time.Weekday][][2]int{}
	for _, s := range o.Hours {
		day, known := weekday(s.Day)
		from, ok1 := minutes(s.Open)
		to, ok2 := minutes(s.Close)
		if !known || !ok1 || !ok2 || from >= to || len(o.Hours) > 70 {
			return errHours
		}
		for _, t := range taken[day] {
			if from < t[1] && t[0] < to {
				return errHours
			}
		}
		taken[day] = append(taken[day], [2]int{from, to})
	}
	seen := map[string]bool{}
	for _, h := range o.Holidays {
		if _, err := time.Parse(time.DateOnly, h.Date); err != nil || seen[h.Date] || len(o.Holidays) > 366 {
			return errHoliday
		}
		seen[h.Date] = true
	}
	return nil
}

// Location is the workspace's time zone; UTC should the stored name not be known to this program any more.
func (w Workspace) Location() *time.Location {
	loc, err := time.LoadLocation(w.Timezone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// OpenAt reports whether t is within the office hours, on the workspace's clocks. A span holds its first minute
// and not its last: from 08:00 to 17:00, 17:00:00 is closed.
func (w Workspace) OpenAt(t time.Time) bool {
	o := w.Settings.OfficeHours
	if !o.Enabled {
		return true
	}
	t = t.In(w.Location())
	date := t.Format(time.DateOnly)
	if slices.ContainsFunc(o.Holidays, func(h Holiday) bool { return h.Date == date }) {
		return false
	}
	now := t.Hour()*60 + t.Minute()
	return slices.ContainsFunc(o.Hours, func(s Span) bool {
		day, known := weekday(s.Day)
		from, ok1 := minutes(s.Open)
		to, ok2 := minutes(s.Close)
		return known && ok1 && ok2 && day == t.Weekday() && from <= now && now < to
	})
}

func weekday(name string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.ToLower(d.String()) == name {
			return d, true
		}
	}
	return 0, false
}

// minutes reads HH:MM from 00:00 to 24:00.
func minutes(s string) (int, bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	for _, i := range []int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	h, m := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	return h*60 + m, m < 60 && h*60+m <= 24*60
}

// IsOpen is OpenAt of the workspace with that id. ErrNotFound.
func (s *Service) IsOpen(ctx context.Context, workspaceID string, at time.Time) (bool, error) {
	w, err := s.Get(ctx, workspaceID)
	return w.OpenAt(at), err
}

// Shop is the name and the time zone of the workspace with that id. ErrNotFound.
func (s *Service) Shop(ctx context.Context, workspaceID string) (string, *time.Location, error) {
	w, err := s.Get(ctx, workspaceID)
	return w.Name, w.Location(), err
}
