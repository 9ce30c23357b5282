package broadcast

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of what repeats.
var (
	ErrRepeat = fault.New(fault.Invalid, "broadcast_repeat", fault.Text{
		ID: "Pengulangan ini tidak bisa dipakai. Pakai FREQ=DAILY, WEEKLY atau MONTHLY dengan INTERVAL (1 sampai 366), BYDAY, BYMONTHDAY, dan COUNT (1 sampai 1000) atau UNTIL, misalnya FREQ=WEEKLY;BYDAY=MO,TH.",
		EN: "This repetition can't be used. Use FREQ=DAILY, WEEKLY or MONTHLY with INTERVAL (1 to 366), BYDAY, BYMONTHDAY, and COUNT (1 to 1000) or UNTIL, for example FREQ=WEEKLY;BYDAY=MO,TH.",
	}).WithField("repeat")
	ErrRepeatNever = fault.New(fault.Invalid, "broadcast_repeat_never", fault.Text{
		ID: "Pengulangan ini tidak pernah jatuh pada hari apa pun sejak waktu mulainya. Ubah harinya atau batas akhirnya.",
		EN: "This repetition falls on no day from its start on. Change its days or its end.",
	}).WithField("repeat")
	ErrRepeatStart = fault.New(fault.Invalid, "broadcast_repeat_start", fault.Text{
		ID: "Siaran yang berulang butuh start_at: waktu pertamanya.", EN: "A broadcast that repeats needs a start_at: its first time.",
	}).WithField("start_at")
	ErrRepeatOver = fault.New(fault.Conflict, "broadcast_repeat_over", fault.Text{
		ID: "Semua waktu pengulangan ini sudah lewat. Beri start_at yang baru, atau batalkan siaran ini.",
		EN: "All times of this repetition have passed. Give it a new start_at, or cancel it.",
	})
)

const (
	maxRule     = 200 // bytes of a rule's text
	maxInterval = 366
	maxTimes    = 1000
)

// rule is when a broadcast repeats: on some days, at most once on each, at one time of the day.
type rule struct {
	text string
	r    *rrule.RRule
}

// readRule reads an RRULE that begins on a day, at a time of the day in seconds, in that day's zone. Only what meets a day
// within a few thousand steps, or runs out of days as quickly, is taken: ErrRepeat for the rest.
func readRule(text string, day time.Time, clock int) (rule, error) {
	text = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "RRULE:")
	parts, ok := partsOf(text)
	if !ok || !bounded(parts) {
		return rule{}, ErrRepeat
	}
	o, err := rrule.StrToROptionInLocation(text, day.Location())
	if err != nil || !calm(o) {
		return rule{}, ErrRepeat
	}
	if len(parts["UNTIL"]) == len(rrule.DateFormat) { // that day, too
		o.Until = time.Date(o.Until.Year(), o.Until.Month(), o.Until.Day(), 23, 59, 59, 0, day.Location())
	}
	o.Dtstart = begins(day, clock)
	o.Byhour, o.Byminute, o.Bysecond = []int{clock / 3600}, []int{clock / 60 % 60}, []int{clock % 60}
	r, err := rrule.NewRRule(*o)
	if err != nil {
		return rule{}, ErrRepeat
	}
	return rule{text, r}, nil
}

// partsOf splits a rule's text; false where it has anything that is not offered, or has it twice.
func partsOf(text string) (map[string]string, bool) {
	parts := map[string]string{}
	if len(text) > maxRule {
		return nil, false
	}
	for part := range strings.SplitSeq(text, ";") {
		key, value, _ := strings.Cut(part, "=")
		_, twice := parts[key]
		if twice || value == "" || !slices.Contains([]string{"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "COUNT", "UNTIL"}, key) {
			return nil, false
		}
		parts[key] = value
	}
	return parts, true
}

// bounded reports whether a rule's numbers are small and its end is given once.
func bounded(parts map[string]string) bool {
	within := func(key string, most int) bool {
		value, given := parts[key]
		n, err := strconv.Atoi(value)
		return !given || err == nil && n >= 1 && n <= most
	}
	return within("INTERVAL", maxInterval) && within("COUNT", maxTimes) && (parts["COUNT"] == "" || parts["UNTIL"] == "")
}

// calm reports whether a rule meets a day soon, or runs out of days soon: what picks among days takes every period, and
// nothing asks for the second Monday that is also a certain day of the month.
func calm(o *rrule.ROption) bool {
	nth := slices.ContainsFunc(o.Byweekday, func(d rrule.Weekday) bool { return d.N() != 0 })
	far := slices.ContainsFunc(o.Byweekday, func(d rrule.Weekday) bool { return d.N() < -5 || d.N() > 5 })
	if slices.Contains(o.Bymonthday, 0) {
		return false
	}
	switch o.Freq {
	case rrule.DAILY:
		return !nth && (o.Interval <= 1 || len(o.Byweekday)+len(o.Bymonthday) == 0)
	case rrule.WEEKLY:
		return !nth && len(o.Bymonthday) == 0
	case rrule.MONTHLY:
		return !far && (!nth || len(o.Bymonthday) == 0)
	}
	return false
}

// clockOf is the time of the day by a zone's clock, in seconds.
func clockOf(at time.Time) int {
	h, m, s := at.Clock()
	return (h*60+m)*60 + s
}

// begins is a day's time that a clock shows. Where the clock is moved over it, it is the nearest that there is.
func begins(day time.Time, clock int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), clock/3600, clock/60%60, clock%60, 0, day.Location())
}

// after returns the first n times that are later than at, and how many come before them.
func (r rule) after(at time.Time, n int) (list []time.Time, passed int) {
	next := r.r.Iterator()
	for t, ok := next(); ok && len(list) < n; t, ok = next() {
		if t.After(at) {
			list = append(list, t)
		} else {
			passed++
		}
	}
	return list, passed
}

// less is the rule's text with so many of its times gone.
func (r rule) less(passed int) string {
	parts := strings.Split(r.text, ";")
	for i, part := range parts {
		if count, ok := strings.CutPrefix(part, "COUNT="); ok {
			n, _ := strconv.Atoi(count) // read before
			parts[i] = "COUNT=" + strconv.Itoa(max(n-passed, 1))
		}
	}
	return strings.Join(parts, ";")
}
