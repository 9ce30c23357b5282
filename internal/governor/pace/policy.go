// Package pace owns the arithmetic of sending safely: given a policy, what went before and the time, when may the next message go, and why not earlier. It asks nobody and remembers nothing by itself.
package pace

import (
	"cmp"
	"slices"
)

// Preset names a policy whose numbers are known.
type Preset string

// The presets. None paces nothing; it is for simulated networks.
const (
	Cautious Preset = "cautious"
	Normal   Preset = "normal"
	Bold     Preset = "bold"
	None     Preset = "none"
)

// Policy is how fast a device may send. Every budget holds in each window of its length, wherever that begins.
type Policy struct {
	Preset Preset `json:"preset" enum:"cautious,normal,bold,none" doc:"Whose numbers these are, apart from those that were changed. none paces nothing, and is for simulated networks only"`
	Warm   Budget `json:"warm" doc:"Messages to people who wrote to this number within 28 days"`
	Cold   Budget `json:"cold" doc:"First messages, and broadcasts to people who have been silent for 28 days"`
	// FirstDay is how many cold ones go on the number's first day; from there it grows to Cold.Day in RampDays.
	FirstDay int    `json:"cold_first_day" doc:"Cold messages on the day on which the number was linked"`
	RampDays int    `json:"cold_ramp_days" doc:"In how many days that grows to the whole day's budget"`
	Gap      Span   `json:"gap" doc:"Seconds between two messages of broadcasts, drawn anew each time"`
	FirstGap Span   `json:"first_gap" doc:"Seconds around a first message to a person"`
	RestEach Span   `json:"rest_each" doc:"After so many messages of broadcasts there is a long pause"`
	Rest     Span   `json:"rest" doc:"Seconds of the long pause"`
	Human    int    `json:"human_ms" doc:"Milliseconds between two answers, or two messages asked for one by one"`
	Reserve  int    `json:"reserve_percent" doc:"Share of the warm budget that broadcasts leave to messages asked for one by one"`
	Typing   int    `json:"typing_per_second" doc:"Letters a second that typing is shown for, before a text of a broadcast or to a stranger; 0 shows none"`
	RampMins int    `json:"ramp_minutes" doc:"For so long after a reconnect or a pause the gaps are up to three times as long"`
	Hours    Hours  `json:"hours" doc:"When broadcasts and first messages go, on the recipient's clock"`
	Watch    Limits `json:"watch" doc:"From where on sending slows down, and pauses when it stays so; in percent"`
}

// Budget is how many may go within a minute, an hour and a day.
type Budget struct {
	Minute int `json:"minute"`
	Hour   int `json:"hour"`
	Day    int `json:"day"`
}

// Span is a range from which is drawn.
type Span struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

// Hours are the times of the day at which people may be written to unasked.
type Hours struct {
	From     string   `json:"from" example:"08:00"`
	To       string   `json:"to" example:"20:00" doc:"Later than from; 24:00 is the end of the day"`
	Days     []string `json:"days" doc:"monday to sunday, at least one"`
	Holidays bool     `json:"holidays" doc:"Whether nothing goes on the workspace's holidays"`
}

// Limits are rates in percent.
type Limits struct {
	Failures int `json:"failures" doc:"Messages that the network refused, of the last 50"`
	Unknown  int `json:"unknown" doc:"Numbers that are not on the network, of the last 50"`
	OptOuts  int `json:"opt_outs" doc:"People who opted out, of the last 200 that a broadcast reached"`
	Replies  int `json:"replies" doc:"At least so many answer, of the last 200 that a broadcast reached more than a day ago"`
}

// Of is the policy of a preset; Normal's for one that is unknown.
func Of(preset Preset) Policy {
	p := Policy{
		Preset: Normal, Warm: Budget{8, 200, 1000}, Cold: Budget{1, 10, 20}, FirstDay: 5, RampDays: 14,
		Gap: Span{8, 25}, FirstGap: Span{20, 60}, RestEach: Span{20, 40}, Rest: Span{120, 480}, Human: 1000, Reserve: 20, Typing: 14,
		RampMins: 10, Hours: Hours{From: "08:00", To: "20:00", Days: week(), Holidays: true}, Watch: Limits{5, 20, 3, 2},
	}
	switch preset {
	case Cautious:
		p.Warm, p.Cold, p.FirstDay = Budget{4, 100, 400}, Budget{1, 5, 10}, 3
		p.Gap, p.FirstGap, p.RestEach, p.Rest = Span{15, 45}, Span{45, 120}, Span{15, 25}, Span{240, 900}
		p.Human, p.Reserve, p.Typing, p.RampMins = 2000, 30, 9, 20
		p.Hours.From, p.Hours.To, p.Watch = "09:00", "18:00", Limits{3, 10, 2, 5}
	case Bold:
		p.Warm, p.Cold, p.FirstDay, p.RampDays = Budget{15, 400, 2500}, Budget{2, 20, 50}, 10, 10
		p.Gap, p.FirstGap, p.RestEach, p.Rest = Span{4, 12}, Span{10, 30}, Span{30, 60}, Span{60, 240}
		p.Human, p.Reserve, p.Typing, p.RampMins = 500, 10, 25, 5
		p.Hours.From, p.Hours.To, p.Watch = "07:00", "21:00", Limits{8, 30, 5, 1}
	case None:
		p.Reserve, p.Typing, p.RampMins, p.Human = 0, 0, 0, 0
	default:
		return p
	}
	p.Preset = preset
	return p
}

func week() []string {
	return []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
}

// Free reports whether the policy paces nothing.
func (p Policy) Free() bool { return p.Preset == None }

// Narrow is a policy under which only goes what goes under both.
func (p Policy) Narrow(q Policy) Policy {
	switch {
	case p.Free():
		return q
	case q.Free():
		return p
	}
	p.Warm, p.Cold = p.Warm.least(q.Warm), p.Cold.least(q.Cold)
	p.FirstDay, p.RampDays = min(p.FirstDay, q.FirstDay), max(p.RampDays, q.RampDays)
	p.Gap, p.FirstGap, p.Rest = p.Gap.most(q.Gap), p.FirstGap.most(q.FirstGap), p.Rest.most(q.Rest)
	p.RestEach = Span{min(p.RestEach.Min, q.RestEach.Min), min(p.RestEach.Max, q.RestEach.Max)}
	p.Human, p.Reserve, p.RampMins = max(p.Human, q.Human), max(p.Reserve, q.Reserve), max(p.RampMins, q.RampMins)
	if p.Typing == 0 || q.Typing > 0 {
		p.Typing = min(cmp.Or(p.Typing, q.Typing), q.Typing)
	}
	p.Hours = p.Hours.both(q.Hours)
	p.Watch = Limits{
		min(p.Watch.Failures, q.Watch.Failures), min(p.Watch.Unknown, q.Watch.Unknown), min(p.Watch.OptOuts, q.Watch.OptOuts),
		max(p.Watch.Replies, q.Watch.Replies),
	}
	return p
}

// Slow is the policy while there is reason to take care: half the budgets, twice the gaps.
func (p Policy) Slow() Policy {
	half := func(b Budget) Budget { return Budget{(b.Minute + 1) / 2, (b.Hour + 1) / 2, (b.Day + 1) / 2} }
	p.Warm, p.Cold, p.FirstDay = half(p.Warm), half(p.Cold), (p.FirstDay+1)/2
	for _, s := range []*Span{&p.Gap, &p.FirstGap, &p.Rest} {
		*s = Span{2 * s.Min, 2 * s.Max}
	}
	return p
}

func (b Budget) least(c Budget) Budget {
	return Budget{min(b.Minute, c.Minute), min(b.Hour, c.Hour), min(b.Day, c.Day)}
}

func (s Span) most(t Span) Span { return Span{max(s.Min, t.Min), max(s.Max, t.Max)} }

// both is when both are open; where that is never, it is the first.
func (h Hours) both(o Hours) Hours {
	out := Hours{From: max(h.From, o.From), To: min(h.To, o.To), Holidays: h.Holidays || o.Holidays}
	if out.From >= out.To {
		out.From, out.To = h.From, h.To
	}
	for _, d := range h.Days {
		if slices.Contains(o.Days, d) {
			out.Days = append(out.Days, d)
		}
	}
	if len(out.Days) == 0 {
		out.Days = h.Days
	}
	return out
}
