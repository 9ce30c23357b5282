// Package health owns what is thought of a number's standing with its network: the concerns that there are, what they keep from going out, and when they end.
package health

import (
	"math"
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/internal/governor/pace"
)

// Level is how bad it is.
type Level string

// The levels, from good to bad.
const (
	Healthy    Level = "healthy"
	Caution    Level = "caution"    // half the pace
	Restricted Level = "restricted" // no first messages
	Paused     Level = "paused"     // nothing that nobody waits for
	Banned     Level = "banned"     // nothing at all
)

func (l Level) rank() int {
	return slices.Index([]Level{Healthy, Caution, Restricted, Paused, Banned}, l)
}

// Why is a stable code for the reason of a concern.
type Why string

// The reasons.
const (
	WhyTimelock Why = "timelock"        // the network has said that new chats are locked
	Why463      Why = "463"             // it refuses first messages and says no more
	Why475      Why = "475"             // the day's new chats are used up
	Why429      Why = "429"             // too many messages
	WhyBan      Why = "ban"             // the account is banned
	WhyMember   Why = "member"          // somebody has paused it by hand
	WhyFailures Why = "failures"        // the network refuses too many
	WhyUnknown  Why = "unknown_numbers" // too many numbers are not on the network
	WhyOptOuts  Why = "opt_outs"        // too many want no more
	WhyReplies  Why = "replies"         // too few answer
)

// Concern is one reason for care.
type Concern struct {
	Why   Why   `json:"why"`
	Level Level `json:"level"`
	Since int64 `json:"since"`
	Until int64 `json:"until,omitempty"` // unix ms; 0 is until it is better, or somebody resumes
}

// Health is the concerns that there are, each Why once. The zero value is healthy.
type Health struct {
	Concerns []Concern `json:"concerns"`
	From     int64     `json:"from,omitempty"` // what went before doesn't count: somebody has resumed since, or it was counted
}

// At is the worst of the concerns at that time; a healthy one when there is none.
func (h Health) At(now int64) Concern {
	worst := Concern{Level: Healthy, Since: h.From}
	for _, c := range h.Concerns {
		if c.over(now) {
			continue
		}
		if r := c.Level.rank() - worst.Level.rank(); r > 0 || r == 0 && c.end() > worst.end() {
			worst = c
		}
	}
	return worst
}

func (c Concern) over(now int64) bool { return c.Until > 0 && c.Until <= now }

func (c Concern) end() int64 {
	if c.Until == 0 {
		return math.MaxInt64
	}
	return c.Until
}

// Stops are what the concerns keep from going out.
func (h Health) Stops(now int64) pace.Stops {
	var s pace.Stops
	for _, c := range h.Concerns {
		if c.over(now) {
			continue
		}
		switch {
		case c.Level == Banned, c.Why == Why429, c.Why == WhyMember:
			s.All = max(s.All, c.end())
		case c.Level == Paused:
			s.Bulk, s.Cold = max(s.Bulk, c.end()), max(s.Cold, c.end())
		case c.Level == Restricted:
			s.Cold = max(s.Cold, c.end())
		}
	}
	return s
}

// Careful reports whether the pace is to be halved.
func (h Health) Careful(now int64) bool {
	return slices.ContainsFunc(h.Concerns, func(c Concern) bool { return c.Level == Caution && !c.over(now) })
}

// Raise adds a concern, or makes one that is there worse or longer.
func (h Health) Raise(c Concern) Health {
	h.Concerns = slices.Clone(h.Concerns)
	i := slices.IndexFunc(h.Concerns, func(o Concern) bool { return o.Why == c.Why })
	if i < 0 {
		h.Concerns = append(h.Concerns, c)
		return h
	}
	old := h.Concerns[i]
	if old.Level == c.Level && !old.over(c.Since) {
		c.Since = old.Since
	}
	h.Concerns[i] = c
	return h
}

// Drop takes concerns away.
func (h Health) Drop(whys ...Why) Health {
	h.Concerns = slices.DeleteFunc(slices.Clone(h.Concerns), func(c Concern) bool { return slices.Contains(whys, c.Why) })
	return h
}

// Tidy takes away what is over.
func (h Health) Tidy(now int64) Health {
	h.Concerns = slices.DeleteFunc(slices.Clone(h.Concerns), func(c Concern) bool { return c.over(now) })
	return h
}

// Ends is when the next of the concerns is over; 0 when none is by itself.
func (h Health) Ends() (at int64) {
	for _, c := range h.Concerns {
		if c.Until > 0 && (at == 0 || c.Until < at) {
			at = c.Until
		}
	}
	return at
}

// Resume takes away what a person may take away. The network's own word stays: false when that is all there is.
func (h Health) Resume(now int64) (Health, bool) {
	before := len(h.Tidy(now).Concerns)
	h = h.Tidy(now).Drop(Why463, Why475, Why429, WhyFailures, WhyUnknown, WhyOptOuts, WhyReplies, WhyMember)
	done := before == 0 || len(h.Concerns) < before
	if done {
		h.From = now
	}
	return h, done
}

// unlocked is how long first messages rest after one was refused without a word of how long, in ms.
const unlocked = 3_600_000

// Refusal says what a code that the network refused a message with means for the number; false when it is of no
// meaning. until is the end that the network gave, 0 when it gave none.
func Refusal(code string, until, now int64) (Concern, bool) {
	const minute, hour = 60_000, unlocked
	c := Concern{Why: Why(code), Since: now, Until: until}
	least := func(ms int64) { c.Until = max(c.Until, now+ms) }
	switch c.Why {
	case Why463:
		c.Level = Restricted
		if until <= now {
			least(hour)
		}
	case Why475:
		c.Level = Restricted
		least(24 * hour)
	case Why429:
		c.Level = Paused
		least(30 * minute)
	default:
		return Concern{}, false
	}
	return c, true
}

// Result is what became of a message.
type Result int

// The results. What failed for our own reasons, such as a file that is gone, is none.
const (
	Taken   Result = iota
	Refused        // the network refused it
	Nobody         // the number is not on the network
)

// ResultOf reads a code of a message that failed; false when it says nothing of the number.
func ResultOf(code string) (Result, bool) {
	switch {
	case code == "not_on_whatsapp":
		return Nobody, true
	case code != "" && strings.Trim(code, "0123456789") == "":
		return Refused, true
	}
	return Taken, false
}

// Outcome is a message that went or failed.
type Outcome struct {
	At     int64
	Result Result
}

// Asked is a message of a broadcast, with what the person made of it.
type Asked struct {
	At       int64
	Replied  bool
	OptedOut bool
}

// Sample is what is judged, the newest last.
type Sample struct {
	Outcomes []Outcome
	Asked    []Asked
}

// How much is looked at, and how little says nothing yet.
const (
	LastOutcomes  = 50
	LastAsked     = 200
	leastOutcomes = 20
	leastAsked    = 40
	patience      = 24 * 3_600_000 // for an answer, ms
)

// Judge looks at a sample and raises a concern about each rate beyond its limit: caution at first, a pause when what has
// gone since then is no better. What a new sample finds in order is a concern no more. It reports whether anything is
// another than before.
func (h Health) Judge(s Sample, l pace.Limits, now int64) (Health, bool) {
	changed := false
	for _, v := range []struct {
		why   Why
		limit int
		rate  func(from int64) (percent float64, enough bool)
		floor bool
	}{
		{WhyFailures, l.Failures, func(from int64) (float64, bool) { return s.outcomes(from, Refused) }, false},
		{WhyUnknown, l.Unknown, func(from int64) (float64, bool) { return s.outcomes(from, Nobody) }, false},
		{WhyOptOuts, l.OptOuts, func(from int64) (float64, bool) { return s.optOuts(from) }, false},
		{WhyReplies, l.Replies, func(from int64) (float64, bool) { return s.replies(from, now) }, true},
	} {
		i := slices.IndexFunc(h.Concerns, func(c Concern) bool { return c.Why == v.why })
		from := h.From
		if i >= 0 {
			from = max(from, h.Concerns[i].Since)
		}
		rate, enough := v.rate(from)
		if !enough {
			continue
		}
		bad := rate > float64(v.limit)
		if v.floor {
			bad = rate < float64(v.limit)
		}
		switch {
		case bad && i < 0:
			h, changed = h.Raise(Concern{Why: v.why, Level: Caution, Since: now}), true
		case bad && h.Concerns[i].Level == Caution:
			h, changed = h.Raise(Concern{Why: v.why, Level: Paused, Since: now}), true
		case !bad && i >= 0 && h.Concerns[i].Level == Caution:
			h, changed = h.Drop(v.why), true
		}
	}
	return h, changed
}

func (s Sample) outcomes(from int64, r Result) (percent float64, enough bool) {
	var all, hits int
	for _, o := range slices.Backward(s.Outcomes) {
		if o.At <= from || all == LastOutcomes {
			break
		}
		if all++; o.Result == r {
			hits++
		}
	}
	return 100 * float64(hits) / float64(max(all, 1)), all >= leastOutcomes
}

func (s Sample) optOuts(from int64) (percent float64, enough bool) {
	var all, hits int
	for _, a := range slices.Backward(s.Asked) {
		if a.At <= from || all == LastAsked {
			break
		}
		if all++; a.OptedOut {
			hits++
		}
	}
	return 100 * float64(hits) / float64(max(all, 1)), all >= leastAsked
}

func (s Sample) replies(from, now int64) (percent float64, enough bool) {
	var all, hits int
	for _, a := range slices.Backward(s.Asked) {
		if a.At <= from || all == LastAsked {
			break
		}
		if a.At > now-patience { // there is time
			continue
		}
		if all++; a.Replied {
			hits++
		}
	}
	return 100 * float64(hits) / float64(max(all, 1)), all >= leastAsked
}
