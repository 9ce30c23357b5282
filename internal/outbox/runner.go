package outbox

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

const (
	// maxTyping bounds how many sends of a device are being "typed" at the same time.
	maxTyping = 64
	// maxPending bounds what a runner has claimed and not sent.
	maxPending = 64
	// stopPatience is how long a stopping runner waits for the database.
	stopPatience = 5 * time.Second
	// askAgain is when a hold without a known end is looked at again.
	askAgain = time.Minute
)

// runner puts the sends of one device on its wire, one after the other, for as long as the device is online here.
type runner struct {
	s       *Service
	session device.Session
	epoch   int64
	marker  *marker
	ctx     context.Context //nolint:containedctx // ends with the runner: it belongs to no call
	cancel  context.CancelFunc
	done    chan struct{}
	signal  chan struct{} // something is new

	mu      sync.Mutex
	dev     device.Device
	reads   []ReadMark
	handed  []Send // enqueued here since the last look
	unknown bool   // something may be new that was not handed over
	afresh  bool   // the device is another than it was: what was put off is to be looked at again
	lifted  bool   // a restriction is over: what was held is to be looked at again
	warmed  bool   // a stranger has written: what was held for it is due
	recalls []recall
	left    []string      // contacts that have opted out since the last look
	leap    time.Duration // how far the clock has jumped since the last look
	leapt   bool          // it has
	parked  bool          // no goroutine works; see park
	alarm   *time.Timer

	// Only the goroutine that works touches these.
	pending   []Send   // claimed, by lane and age
	typing    []typing // claimed and being typed
	offered   []Send   // queued, as it was handed over; as good as what a look would find
	fresh     bool     // something was enqueued or changed since the last look
	drained   bool     // the last look found no more than what is pending
	due       int64    // when a waiting send becomes due, 0 is none
	stillness int64    // nothing goes before this
	coldUntil Verdict  // no cold ones before its Until
	lines     lines    // whose turn it is, and who is not asked about before when
	ahead     int64    // how far the clock was ahead of the steady one when deadlines were last set right
}

// typing is a send whose recipient sees us typing until at.
type typing struct {
	Send
	at int64
}

func newRunner(s *Service, d device.Device, session device.Session, epoch int64) *runner {
	ctx, cancel := context.WithCancel(context.Background())
	return &runner{
		s: s, session: session, epoch: epoch, marker: newMarker(ctx, s, stopPatience), ctx: ctx, cancel: cancel, dev: d,
		done: make(chan struct{}), signal: make(chan struct{}, 1), ahead: s.ahead(),
	}
}

// nudge has the runner look into the database.
func (r *runner) nudge() {
	r.mu.Lock()
	r.unknown = true
	r.mu.Unlock()
	r.wake()
}

// hand gives the runner a send that was just committed, which spares it the look into the database.
func (r *runner) hand(send Send) {
	r.mu.Lock()
	if len(r.handed) < maxPending {
		r.handed = append(r.handed, send)
	} else {
		r.unknown = true
	}
	r.mu.Unlock()
	r.wake()
}

func (r *runner) update(d device.Device) {
	r.mu.Lock()
	r.lifted = r.lifted || r.dev.State.Code == device.StateRestricted && d.State.Code != device.StateRestricted ||
		r.dev.Settings.Pace != d.Settings.Pace
	r.dev, r.afresh = d, true
	r.mu.Unlock()
	r.nudge()
}

// reconsider has what was put off looked at again.
func (r *runner) reconsider() {
	r.mu.Lock()
	r.lifted, r.afresh = true, true
	r.mu.Unlock()
	r.nudge()
}

func (r *runner) markRead(m ReadMark) {
	r.mu.Lock()
	if len(r.reads) < 256 {
		r.reads = append(r.reads, m)
	}
	r.mu.Unlock()
	r.wake()
}

func (r *runner) device() device.Device {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dev
}

// listen takes over what others left for the runner.
func (r *runner) listen() { r.yield(r.news()) }

// news takes over what was enqueued here and returns what is to be given up.
func (r *runner) news() []recall {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.offered = append(r.offered, r.handed...)
	if slices.ContainsFunc(r.handed, func(s Send) bool { return s.Cold && s.Lane < LaneFollowUp }) {
		r.lines.leave(line{cold: true}) // it was told to others, who are less urgent
	}
	r.handed = nil
	recalls := r.recalls
	r.recalls = nil
	if r.unknown || len(r.offered) > 0 && !r.complete() {
		r.fresh, r.drained = true, false
	}
	r.unknown = false
	return recalls
}

// insist does what needs the database until it works; false when the runner is to end.
func (r *runner) insist(what string, fn func(context.Context) (bool, error)) bool {
	for pause := 50 * time.Millisecond; r.ctx.Err() == nil; pause = min(2*pause, 5*time.Second) {
		ok, err := fn(r.ctx)
		if err == nil {
			return ok
		}
		if r.ctx.Err() == nil {
			r.s.log.Error("the database refused, it is tried again", "what", what, "device", r.device().ID, "error", err, "again_in", pause)
		}
		select {
		case <-time.After(pause):
		case <-r.ctx.Done():
		}
	}
	return false
}

// requeue puts back what a runner before us had claimed and not settled.
func (r *runner) requeue(ctx context.Context) (bool, error) {
	d := r.device()
	return true, r.s.db.Tx(ctx, func(ctx context.Context) error {
		back, err := r.s.store.requeue(ctx, d.WorkspaceID, d.ID, r.epoch)
		if err != nil {
			return err
		}
		return r.s.fire(ctx, back, StateClaimed)
	})
}

// begin tells the governor of the device, and what has gone on it.
func (r *runner) begin(ctx context.Context) (bool, error) {
	d := r.device()
	return true, r.s.conf.Governor.Begin(ctx, d, func(ctx context.Context, since int64, limit int) ([]Went, error) {
		return r.s.store.past(ctx, d.WorkspaceID, d.ID, since, limit)
	})
}

func (s *Service) fire(ctx context.Context, list []Send, from State) error {
	for _, send := range list {
		if err := s.Changed.Fire(ctx, Change{Send: send, From: from}); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) isDue() bool {
	now := r.s.now()
	return r.due > 0 && r.due <= now && r.stillness <= now
}

// next takes the send that is to go now out of what is claimed. One that shows typing first is set aside until its
// time, and so are those behind it in the same chat and lane; other chats go on.
func (r *runner) next() (Send, bool) {
	now := r.s.now()
	for i, t := range r.typing {
		if t.at <= now {
			r.typing = slices.Delete(r.typing, i, i+1)
			return t.Send, true
		}
	}
	typer, _ := r.session.(device.Typer)
	for i := 0; i < len(r.pending); i++ {
		c := r.pending[i]
		if r.behindTyping(c) {
			continue
		}
		if c.Typing == 0 || typer == nil || len(r.typing) >= maxTyping {
			r.pending = slices.Delete(r.pending, i, i+1)
			return c, true
		}
		r.pending = slices.Delete(r.pending, i, i+1)
		i--
		r.showTyping(typer, c, now)
		r.drained = false
	}
	return Send{}, false
}

// sameLine says that b must not go before a.
func sameLine(a, b Send) bool { return a.ChatID == b.ChatID && a.Lane == b.Lane }

// showTyping shows typing, a courtesy whose failure is nobody's concern, and sets the send aside for as long.
func (r *runner) showTyping(typer device.Typer, c Send, now int64) {
	ctx, cancel := context.WithTimeout(r.ctx, 5*time.Second)
	defer cancel()
	if err := typer.Typing(ctx, c.To, true); err != nil {
		r.s.log.Debug("show typing", "device", c.DeviceID, "error", err)
	}
	t := typing{Send: c, at: now + c.Typing.Milliseconds()}
	t.Typing = 0
	r.typing = append(r.typing, t)
}

// wait sleeps until something is new or due; false when it ended the goroutine's work, see park.
func (r *runner) wait() bool {
	now := r.s.now()
	if !r.drained && len(r.pending) < maxPending && len(r.typing) < maxTyping {
		return true
	}
	until := now + r.s.conf.Poll.Milliseconds()
	for _, t := range r.typing {
		until = min(until, t.at)
	}
	if r.stillness > now {
		until = min(until, r.stillness)
	} else if r.due > 0 {
		until = min(until, r.due)
	}
	sleep := time.Duration(until-now) * time.Millisecond
	if sleep > parkAfter && len(r.pending) == 0 && len(r.typing) == 0 {
		return r.rest(sleep)
	}
	t := time.NewTimer(sleep)
	defer t.Stop()
	select {
	case <-r.signal:
	case <-t.C:
		if len(r.typing) == 0 || r.stillness > 0 && r.stillness <= until {
			r.drained = false
		}
	case <-r.ctx.Done():
	}
	return true
}

// courtesies sends the read receipts that were asked for.
func (r *runner) courtesies() {
	r.mu.Lock()
	reads := r.reads
	r.reads = nil
	r.mu.Unlock()
	reader, ok := r.session.(device.Reader)
	if !ok {
		return
	}
	for _, m := range reads {
		ctx, cancel := context.WithTimeout(r.ctx, 10*time.Second)
		if err := reader.MarkRead(ctx, m.Chat, m.Sender, m.NetworkIDs); err != nil && r.ctx.Err() == nil {
			r.s.log.Warn("send read receipts", "device", r.device().ID, "error", err)
		}
		cancel()
	}
}

// send puts one message on the wire and hands over what became of it.
func (r *runner) send(c Send) {
	leave, ok := r.turn(c)
	if !ok {
		return
	}
	defer leave()
	out := device.Outgoing{NetworkID: c.NetworkID, To: c.To, Content: c.Content, Typing: c.Typing}
	if c.State == StateQueued { // see claimsItself
		out.Claim = r.claiming(&c)
	}
	ctx, cancel := context.WithTimeout(r.ctx, r.s.conf.SendTimeout+c.Typing)
	sent, err := r.session.Send(ctx, out)
	cancel()
	if err == nil {
		o := outcome{dev: r.device(), send: c, sent: &sent}
		if k, ok := r.session.(device.Keeper); ok {
			o.kept = func() { k.Kept(c.NetworkID) }
		}
		r.marker.add(o)
		return
	}
	if c.State == StateQueued {
		r.drained = false
		if errors.Is(err, device.ErrNotOurs) || r.ctx.Err() != nil {
			return
		}
		if c, ok = r.claimLate(c); !ok {
			return
		}
	}
	if r.ctx.Err() != nil { // we were stopped: nobody's failure, but it may have arrived
		c.Attempt++ // giving it back takes one away
		r.pending = append([]Send{c}, r.pending...)
		return
	}
	r.failed(c, device.AsSendError(err))
}

// claiming claims c in the transaction of its session. When that transaction is undone after all, c says that it is
// claimed and the database doesn't: then nothing becomes of its failure, and it is found again.
func (r *runner) claiming(c *Send) func(context.Context) error {
	queued, d := *c, r.device()
	return func(ctx context.Context) error {
		got, err := r.claimIn(ctx, d, []Send{queued})
		if err != nil {
			return err
		}
		if len(got) == 0 {
			return device.ErrNotOurs
		}
		*c = got[0]
		return nil
	}
}

// failed decides what a failure means for the send, for those behind it and for the device, and has it written
// before anything else goes.
func (r *runner) failed(c Send, e *device.SendError) {
	now := r.s.now()
	c.Code, c.Why = e.Code, db.Text(cut(e.Error(), 500))
	until := e.Until
	switch e.Class {
	case device.SendGiveUp:
		c.State = StateFailed
	case device.SendHoldCold:
		if until <= now {
			until = now + time.Hour.Milliseconds()
		}
		c.State, c.Until = StateHeld, until
		r.coldUntil = Verdict{Action: Hold, Until: until, Code: c.Code, Why: c.Why}
	case device.SendHold:
		if until <= now {
			until = now + askAgain.Milliseconds()
		}
		c.State, r.stillness = StateQueued, until
	default:
		c.State, c.NotBefore = StateQueued, now+r.pause(c.Attempt).Milliseconds()
	}
	if c.State == StateQueued && r.lapsed(c, now) {
		c.State = StateFailed
	}
	if e.Unsent && c.State == StateQueued && c.Batch.ID != "" { // it was not tried: another device may have it
		c.Attempt--
	}
	if c.Budget != BudgetNone && c.State == StateFailed {
		c.SpentAt = now
	}
	r.marker.add(outcome{send: c})
	r.releaseBehind(c, e.Class)
	r.marker.flush()
	r.drained = false
}

// lapsed reports whether a send has been tried for long enough. A jump of the clock that nobody has told of yet is none
// of the time that has passed.
func (r *runner) lapsed(c Send, now int64) bool {
	jump := r.s.ahead() - r.ahead
	if max(jump, -jump) <= jumpSlack {
		jump = 0
	}
	return now-jump >= c.Deadline
}

// pause is the time before the next attempt.
func (r *runner) pause(attempt int) time.Duration {
	d := min(r.s.conf.Backoff<<min(max(attempt-1, 0), 16), 5*time.Minute)
	return d/2 + rand.N(d)
}

// releaseBehind gives back those claimed sends that must not go now: all of them when the device holds, strangers'
// when these are held, and those behind a send that is tried again.
func (r *runner) releaseBehind(c Send, class device.SendClass) {
	r.pending = slices.DeleteFunc(r.pending, func(p Send) bool {
		behind := class == device.SendHold || class == device.SendHoldCold && p.Cold ||
			c.State == StateQueued && sameLine(c, p)
		if behind {
			r.release(p)
		}
		return behind
	})
}

// release puts a claimed send back as if it had not been claimed.
func (r *runner) release(p Send) {
	p.State, p.Attempt, p.NotBefore = StateQueued, p.Attempt-1, 0
	r.marker.add(outcome{send: p})
}

// cut shortens s to n bytes, for logs and columns.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
