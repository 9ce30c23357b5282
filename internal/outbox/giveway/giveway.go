// Package giveway owns the arithmetic by which what goes to very many gives way to those who talk to one another.
package giveway

import "time"

// Policy says how much. The same figures fit a small machine and a large one, because the rests are made of what the work
// takes there.
type Policy struct {
	// Calm is for how long after a word of a conversation bulk rests between one and the next; after that it is free.
	Calm time.Duration
	// Quiet is for how long after a word none begins: an answer is under way.
	Quiet time.Duration
	// Longest is how long the next one waits for such a quiet moment.
	Longest time.Duration
	// Rest is how many times as long as one takes is rested after it.
	Rest int
	// Least is how many a minute and device go all the same, so that no rest makes a number slower than its pace.
	Least int
}

// Usual is the policy of a node. With 8 a minute, the usual pace, 200 devices send 27 a second.
func Usual() Policy {
	return Policy{Calm: 3 * time.Second, Quiet: 10 * time.Millisecond, Longest: 100 * time.Millisecond, Rest: 12, Least: 9}
}

// Bounds of what is remembered.
const (
	// ahead is how many may follow without a rest when quiet moments were rare.
	ahead = 2
	// smooth is over how many the time that one takes is averaged.
	smooth = 16
)

// Road is what is known of the traffic of one node. It asks no clock; its times only go forward.
type Road struct {
	policy Policy
	spoke  time.Time // the last word of a conversation
	cost   time.Duration
}

// New makes a road on which nobody has said anything yet.
func New(p Policy) Road { return Road{policy: p, cost: 3 * time.Millisecond} }

// Line is one kind of bulk work, each piece of which waits for the one before. The zero value is ready.
type Line struct{ next time.Time }

// Spoke notes a word of a conversation: somebody has written, or is being written to.
func (r *Road) Spoke(now time.Time) { r.spoke = now }

// Took notes for how long a piece of bulk work kept the machine busy.
func (r *Road) Took(d time.Duration) { r.cost += (d - r.cost) / smooth }

// Free reports whether nobody talks.
func (r *Road) Free(now time.Time) bool { return r.spoke.IsZero() || now.Sub(r.spoke) >= r.policy.Calm }

// Rest is the time from one piece of bulk work to the next while somebody talks, with so many devices at work.
func (r *Road) Rest(devices int) time.Duration {
	return min(time.Duration(r.policy.Rest)*r.cost, time.Minute/time.Duration(r.policy.Least*max(devices, 1)))
}

// Ask is when the first of a line, which has been first since then, is to ask again; it may begin if that is not after now.
func (r *Road) Ask(l *Line, since, now time.Time) time.Time {
	if r.Free(now) {
		return now
	}
	quiet := r.spoke.Add(r.policy.Quiet)
	if last := since.Add(r.policy.Longest); quiet.After(last) {
		quiet = last
	}
	if l.next.After(quiet) {
		return l.next
	}
	return quiet
}

// Begin notes that the first of a line begins.
func (r *Road) Begin(l *Line, now time.Time, devices int) {
	rest := r.Rest(devices)
	if late := now.Add(-ahead * rest); l.next.Before(late) || r.Free(now) {
		l.next = late
		if r.Free(now) {
			l.next = now
		}
	}
	l.next = l.next.Add(rest)
}
