package outbox

import (
	"cmp"
	"slices"
	"strings"
)

// line is who waits for the same: the sends of a batch to strangers, or its other ones. What is of no batch is in a line of
// its own.
type line struct {
	batch string
	cold  bool
}

func (s Send) line() line { return line{s.Batch.ID, s.Cold} }

// stand is how far a line is.
type stand struct {
	until int64 // it is not asked about before
	due   int64 // when it could have gone by its own pace since it last went; 0 until it is told to wait
}

// lines have the batches of a device take turns. One whose pause is over may go before another one that wants longer pauses,
// so that the quicker one does not stand still for the slower; until the time comes at which the slower one could have gone
// alone. From then on it is its turn: the others wait until it has gone, or it would never find its pause. So each
// of them loses as much of its own pace as the others use. Times are unix ms.
type lines struct {
	all  map[line]stand
	went map[string]int64 // batches, by whose turn was when
	n    int64
	turn line // whose turn it is; of no batch is nobody's
}

const (
	// apartAtMost is how many waiting batches a look leaves out.
	apartAtMost = 4
	// turnAtMost is how long others may have to wait for a turn: no gap is longer. What waits for longer waits for its budget or
	// its long pause, and that is nobody's concern but its own.
	turnAtMost = int64(2 * 60 * 1000)
	// linesAtMost is how many lines are remembered of which nothing waits.
	linesAtMost = 64
)

// rank is the place of a line among those that wait: first the one whose turn it is, then who has gone least lately.
func (l *lines) rank(of line) int64 {
	if l.turn.batch != "" && of == l.turn {
		return -1
	}
	return l.went[of.batch]
}

// order sorts candidates as they are asked about: by lane, rank and age.
func (l *lines) order(found []Send) {
	slices.SortStableFunc(found, func(a, b Send) int {
		return cmp.Or(cmp.Compare(a.Lane, b.Lane), cmp.Compare(l.rank(a.line()), l.rank(b.line())), strings.Compare(a.ID, b.ID))
	})
}

// behind says until when a line waits for another one's turn; 0 when it need not. Who has written doesn't wait for strangers.
func (l *lines) behind(of line, now int64) int64 {
	until := l.all[l.turn].until
	if l.turn.batch == "" || of.batch == "" || of.batch == l.turn.batch || l.turn.cold && !of.cold || until <= now {
		return 0
	}
	return until
}

// stay has a line wait for another one's turn.
func (l *lines) stay(of line, until int64) { l.put(of, stand{until, l.all[of].due}) }

// wait has a line wait as the governor said; known is whether that is when its pause is over.
func (l *lines) wait(of line, until, now int64, known bool) {
	s := l.all[of]
	mine := l.turn.batch == "" || l.turn == of || l.all[l.turn].until <= now
	if of.batch != "" && s.due > 0 && s.due <= now && mine {
		if l.turn = (line{}); known && until-now <= turnAtMost {
			l.turn = of
		}
	}
	if known && (s.due == 0 || until < s.due) {
		s.due = until
	}
	if l.several(of) {
		until = min(until, now+askAgain.Milliseconds())
	}
	l.put(of, stand{until, s.due})
}

// several reports whether a batch shares the device: while others go, its own long pause may be over sooner than was said.
func (l *lines) several(of line) bool {
	if of.batch == "" {
		return false
	}
	for batch := range l.went {
		if batch != of.batch {
			return true
		}
	}
	return false
}

func (l *lines) put(of line, s stand) {
	if l.all == nil {
		l.all = map[line]stand{}
	}
	l.all[of] = s
}

// gone notes that one of a line goes.
func (l *lines) gone(of line) {
	l.leave(of)
	if of.batch == "" {
		return
	}
	if l.went == nil || len(l.went) > linesAtMost {
		l.went = map[string]int64{}
	}
	l.n++
	l.went[of.batch] = l.n
}

// leave ends what a line waits for.
func (l *lines) leave(of line) {
	delete(l.all, of)
	if l.turn == of {
		l.turn = line{}
	}
}

// drop forgets a batch, and has everybody asked about again; false when nothing was known of it.
func (l *lines) drop(batch string) bool {
	if !l.has(batch) {
		return false
	}
	l.all, l.turn = nil, line{}
	return true
}

func (l *lines) has(batch string) bool {
	_, warm := l.all[line{batch, false}]
	_, cold := l.all[line{batch, true}]
	return warm || cold
}

// view is what a look sees: everything but some batches, of those who have written and of strangers.
type view struct {
	warm, cold [apartAtMost]string // filled up with what no batch is called
	first      []line              // whose time has come before that of others
	behind     bool                // others are left out for them, and looked for next
}

// view leaves out those that wait, and those that are to be asked about only after others whose time has come. Those who have
// written and are of no batch always are in it.
func (l *lines) view(now int64) (v view) {
	least := int64(-2)
	for of, s := range l.all {
		if of.batch == "" || s.until > now {
			continue
		}
		if rank := l.rank(of); len(v.first) == 0 || rank < least {
			v.first, least = []line{of}, rank
		} else if rank == least {
			v.first = append(v.first, of)
		}
	}
	var later []string // the latest first: the others may be over
	for batch, went := range l.went {
		if len(v.first) > 0 && went > least && !slices.ContainsFunc(v.first, func(of line) bool { return of.batch == batch }) {
			later = append(later, batch)
		}
	}
	slices.SortFunc(later, func(a, b string) int { return cmp.Compare(l.went[b], l.went[a]) })
	v.behind = len(later) > 0
	v.warm, v.cold = l.apart(false, now, later), l.apart(true, now, later)
	return v
}

func (l *lines) apart(cold bool, now int64, later []string) (out [apartAtMost]string) {
	var list []string
	for of, s := range l.all {
		if of.cold == cold && s.until > now && (cold || of.batch != "") {
			list = append(list, of.batch)
		}
	}
	list = append(list, later...)
	for i := range out {
		if out[i] = "-"; i < len(list) {
			out[i] = list[i]
		}
	}
	return out
}

// seen forgets those of a complete view's first who have nothing to send any more.
func (l *lines) seen(v view, found []Send) {
	for _, of := range v.first {
		if !slices.ContainsFunc(found, func(s Send) bool { return s.line() == of }) {
			l.leave(of)
		}
	}
}

// spare reports whether a line can be left out of the next look.
func (l *lines) spare(of line, now int64) bool {
	if !of.cold && of.batch == "" {
		return false
	}
	n := 0
	for o, s := range l.all {
		if o.cold == of.cold && s.until > now && (o.cold || o.batch != "") {
			n++
		}
	}
	return n <= apartAtMost
}

// due is when the next line is asked about again; 0 when none waits. What has waited long ago is forgotten.
func (l *lines) due(now int64) (at int64) {
	for of, s := range l.all {
		switch {
		case s.until > now:
			at = earliest(at, s.until)
		case len(l.all) > linesAtMost && of != l.turn:
			delete(l.all, of)
		}
	}
	return at
}
