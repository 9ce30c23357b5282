package pace

import (
	"fmt"
	"slices"
)

// A Bound is what a number of a policy may be.
type Bound struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

// Bounds are the hard limits, by the field's name in JSON; of a span's both ends.
func Bounds() map[string]Bound {
	return map[string]Bound{
		"warm.minute": {1, 30}, "warm.hour": {1, 900}, "warm.day": {1, 5000},
		"cold.minute": {0, 5}, "cold.hour": {0, 50}, "cold.day": {0, 150},
		"cold_first_day": {0, 50}, "cold_ramp_days": {1, 60},
		"gap": {2, 600}, "first_gap": {5, 1800}, "rest_each": {5, 200}, "rest": {30, 7200},
		"human_ms": {200, 30_000}, "reserve_percent": {0, 90}, "typing_per_second": {0, 100}, "ramp_minutes": {0, 240},
		"watch.failures": {1, 50}, "watch.unknown": {1, 80}, "watch.opt_outs": {1, 30}, "watch.replies": {0, 50},
	}
}

// A FieldError names the field of a policy that is wrong.
type FieldError struct {
	Field string
	Bound Bound // what it may be; zero where that is no range
}

// Error names the field.
func (e *FieldError) Error() string {
	return fmt.Sprintf("%s is not within %d to %d", e.Field, e.Bound.Min, e.Bound.Max)
}

// Check returns a *FieldError for the first number that no policy may have. That of a free policy don't matter.
func (p Policy) Check() error {
	if p.Free() {
		return nil
	}
	if !slices.Contains([]Preset{Cautious, Normal, Bold}, p.Preset) {
		return &FieldError{Field: "preset"}
	}
	bounds := Bounds()
	for _, f := range p.numbers() {
		if b := bounds[f.name]; f.value < b.Min || f.value > b.Max {
			return &FieldError{f.name, b}
		}
	}
	for name, s := range map[string]Span{"gap": p.Gap, "first_gap": p.FirstGap, "rest_each": p.RestEach, "rest": p.Rest} {
		if s.Min > s.Max {
			return &FieldError{name, bounds[name]}
		}
	}
	return p.Hours.check()
}

type number struct {
	name  string
	value int
}

func (p Policy) numbers() []number {
	return []number{
		{"warm.minute", p.Warm.Minute},
		{"warm.hour", p.Warm.Hour},
		{"warm.day", p.Warm.Day},
		{"cold.minute", p.Cold.Minute},
		{"cold.hour", p.Cold.Hour},
		{"cold.day", p.Cold.Day},
		{"cold_first_day", p.FirstDay},
		{"cold_ramp_days", p.RampDays},
		{"gap", p.Gap.Min},
		{"gap", p.Gap.Max},
		{"first_gap", p.FirstGap.Min},
		{"first_gap", p.FirstGap.Max},
		{"rest_each", p.RestEach.Min},
		{"rest_each", p.RestEach.Max},
		{"rest", p.Rest.Min},
		{"rest", p.Rest.Max},
		{"human_ms", p.Human},
		{"reserve_percent", p.Reserve},
		{"typing_per_second", p.Typing},
		{"ramp_minutes", p.RampMins},
		{"watch.failures", p.Watch.Failures},
		{"watch.unknown", p.Watch.Unknown},
		{"watch.opt_outs", p.Watch.OptOuts},
		{"watch.replies", p.Watch.Replies},
	}
}

func (h Hours) check() error {
	from, ok1 := minutes(h.From)
	to, ok2 := minutes(h.To)
	switch {
	case !ok1 || from >= 24*60:
		return &FieldError{Field: "hours.from"}
	case !ok2 || to-from < 60:
		return &FieldError{Field: "hours.to"}
	}
	seen := map[string]bool{}
	for _, d := range h.Days {
		if !slices.Contains(week(), d) || seen[d] {
			return &FieldError{Field: "hours.days"}
		}
		seen[d] = true
	}
	if len(seen) == 0 {
		return &FieldError{Field: "hours.days"}
	}
	return nil
}

// minutes reads HH:MM from 00:00 to 24:00.
func minutes(s string) (int, bool) {
	var h, m int
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	for _, i := range []int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	h, m = int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	return h*60 + m, m < 60 && h*60+m <= 24*60
}
