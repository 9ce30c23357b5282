package broadcast

import (
	"context"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

const (
	// lookEvery is how often a node looks at what there is to do for whom.
	lookEvery = 500 * time.Millisecond
	// heldAtMost is how many sends of a device may be held for a reason of the governor's before no more are fed.
	heldAtMost = 32
	// feeders is how many devices are fed at the same time.
	feeders = 2
)

// slotKey is one device of one broadcast.
type slotKey struct {
	broadcastID string
	slot        int
}

// feeder gives the outbox of this node's devices a few sends ahead of their pace. All that it knows can be found in the
// database again: it may be killed at any point.
type feeder struct {
	s    *Service
	wake chan struct{}
	work chan struct{} // something is hungry

	mu     sync.Mutex
	live   map[string]bool // devices that are connected here
	jobs   map[string]*job // running broadcasts
	out    map[slotKey]int // sends that are not gone
	hungry map[slotKey]bool
	busy   map[slotKey]bool
	told   map[string]told
	turned map[string]int // broadcasts that somebody is changing
	revive map[string]int // broadcasts whose failed ones are about to go again
}

// told is what browsers were last told of a broadcast.
type told struct {
	at     int64
	counts Counts
}

func newFeeder(s *Service) *feeder {
	return &feeder{
		s: s, wake: make(chan struct{}, 1), work: make(chan struct{}, 1), live: map[string]bool{}, jobs: map[string]*job{},
		out: map[slotKey]int{}, hungry: map[slotKey]bool{}, busy: map[slotKey]bool{}, told: map[string]told{},
		turned: map[string]int{}, revive: map[string]int{},
	}
}

// hold keeps a broadcast from being fed until release is called. Each feeding shares the broadcast's row, and PostgreSQL lets
// those who share go before the one who waits to change it, for as long as there are any.
func (f *feeder) hold(broadcastID string) (release func()) {
	leave := f.enter(f.turned, broadcastID)
	return func() {
		leave()
		signal(f.work)
	}
}

// enter counts who does something to a broadcast, until leave is called.
func (f *feeder) enter(who map[string]int, broadcastID string) (leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	who[broadcastID]++
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if who[broadcastID]--; who[broadcastID] == 0 {
			delete(who, broadcastID)
		}
	}
}

// reviving reports whether some are about to go again of a broadcast of which nothing waits yet.
func (f *feeder) reviving(broadcastID string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.revive[broadcastID] > 0
}

// nudge has the feeder look at once.
func (f *feeder) nudge() { signal(f.wake) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Online is for device.Service.Online: a device of this node can be fed.
func (s *Service) Online(l device.Live) {
	s.feed.mu.Lock()
	s.feed.live[l.Device.ID] = true
	s.feed.mu.Unlock()
	s.feed.nudge()
}

// Gone is for device.Service.Gone.
func (s *Service) Gone(l device.Live) {
	s.feed.mu.Lock()
	delete(s.feed.live, l.Device.ID)
	s.feed.mu.Unlock()
}

// moved is told of each step of a send, after its commit.
func (f *feeder) moved(send outbox.Send) {
	if send.State == outbox.StateClaimed || send.State == outbox.StateQueued || send.State == outbox.StateDelivered || send.State == outbox.StateRead {
		return
	}
	k := slotKey{send.Batch.ID, slotOf(send.Batch.N)}
	f.mu.Lock()
	if f.out[k] > 0 {
		f.out[k]--
	}
	j := f.jobs[k.broadcastID]
	low := j != nil && f.out[k] <= j.rates.lookahead(len(j.b.Devices))/2
	if low {
		f.hungry[k] = true
	}
	f.mu.Unlock()
	if low {
		signal(f.work)
	}
}

// Run plans and feeds until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	if err := s.store.release(ctx, s.Node); err != nil && ctx.Err() == nil {
		s.Log.WarnContext(ctx, "plannings of before are taken up later", "error", err)
	}
	var all sync.WaitGroup
	unhurried := db.Unhurried(ctx)
	all.Go(func() { s.feed.plans(unhurried) })
	for range feeders {
		all.Go(func() { s.feed.feeds(unhurried) })
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := s.feed.look(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "broadcasts could not be looked after", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-s.feed.wake:
		case <-tick.C:
		}
	}
	all.Wait()
	return s.store.release(context.WithoutCancel(ctx), s.Node)
}

// plans plans what is to be planned, one after the other, beside everything else.
func (f *feeder) plans(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		list, err := f.s.store.active(ctx)
		for _, b := range list {
			if b.State == Planning && err == nil {
				err = f.s.plan(ctx, b)
			}
		}
		if err != nil && ctx.Err() == nil {
			f.s.Log.ErrorContext(ctx, "a broadcast could not be planned, it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look sees to every broadcast that is under way.
func (f *feeder) look(ctx context.Context) error {
	list, err := f.s.store.active(ctx)
	if err != nil {
		return err
	}
	running := map[string]bool{}
	for _, b := range list {
		running[b.ID] = b.State == Running
		if err := f.see(ctx, b); err != nil && ctx.Err() == nil {
			f.s.Log.ErrorContext(ctx, "a broadcast could not be looked after", "broadcast", b.ID, "error", err)
		}
	}
	f.mu.Lock()
	for id := range f.jobs {
		if !running[id] {
			delete(f.jobs, id)
			delete(f.told, id)
		}
	}
	for k := range f.out {
		if !running[k.broadcastID] {
			delete(f.out, k)
		}
	}
	f.mu.Unlock()
	return nil
}

// see does what one broadcast needs.
func (f *feeder) see(ctx context.Context, b Broadcast) error {
	waiting, err := f.s.Outbox.Waiting(ctx, b.WorkspaceID, b.ID)
	if err != nil {
		return err
	}
	ready := 0
	for _, w := range waiting {
		ready += w.Ready
	}
	switch b.State {
	case Scheduled:
		if b.StartAt <= f.s.now() {
			return f.s.begin(ctx, b)
		}
	case Paused:
		if ready > 0 { // they came while it was paused, or another node's runner had claimed them
			return f.s.Outbox.PauseBatch(ctx, b.WorkspaceID, b.ID, outbox.Pause{Until: forever, Code: heldPaused})
		}
	case Cancelled:
		if len(waiting) > 0 {
			return f.s.Outbox.CancelBatch(ctx, b.WorkspaceID, b.ID, outbox.Pause{Code: takenBack})
		}
		return f.s.store.settled(ctx, b)
	case Running:
		return f.drive(ctx, b, waiting, ready)
	}
	return nil
}

// begin starts a broadcast whose time has come; one that repeats makes the next one and is counted first.
func (s *Service) begin(ctx context.Context, b Broadcast) error {
	_, err := s.change(ctx, b.WorkspaceID, b.ID, DeedStarted, func(ctx context.Context, b *Broadcast) error {
		if b.State != Scheduled || b.StartAt > s.now() {
			return errSame
		}
		if b.Repeat != "" {
			return s.handOn(ctx, b)
		}
		c, err := s.counts(ctx, *b)
		if err != nil {
			return err
		}
		b.State, b.StartedAt = Running, s.now()
		if c.open() == 0 {
			b.State, b.Why, b.EndedAt = Failed, "no_recipients", s.now()
		}
		return nil
	})
	if err == errSame { //nolint:errorlint // ours, not wrapped
		return nil
	}
	return err
}

// drive keeps a running broadcast going: it tells which devices are hungry, and when all is done.
func (f *feeder) drive(ctx context.Context, b Broadcast, waiting map[string]outbox.Waiting, ready int) error {
	c, err := f.s.counts(ctx, b)
	if err != nil {
		return err
	}
	f.progress(ctx, b, c)
	if c.open() == 0 {
		if f.reviving(b.ID) {
			return nil
		}
		return f.s.done(ctx, b)
	}
	j, err := f.job(ctx, b)
	if err != nil {
		return f.s.stop(ctx, b, err)
	}
	if ok, until := b.Window.open(f.s.Now().In(j.zone)); !ok {
		if ready == 0 {
			return nil
		}
		return f.s.Outbox.PauseBatch(ctx, b.WorkspaceID, b.ID, outbox.Pause{Until: until.UnixMilli(), Code: heldHours})
	}
	if err := f.release(ctx, b, waiting); err != nil {
		return err
	}
	f.mu.Lock()
	for slot, d := range b.Devices {
		k, w := slotKey{b.ID, slot}, waiting[d.DeviceID]
		f.out[k] = w.Ready
		if f.live[d.DeviceID] && w.Ready < j.rates.lookahead(len(j.b.Devices)) && w.Held < heldAtMost {
			f.hungry[k] = true
		}
	}
	f.mu.Unlock()
	signal(f.work)
	return f.s.orphans(ctx, j)
}

// release lets go what is held as if the broadcast were paused or out of its hours: a runner may have given back what it
// had claimed only after the resumption.
func (f *feeder) release(ctx context.Context, b Broadcast, waiting map[string]outbox.Waiting) error {
	held := 0
	for _, w := range waiting {
		held += w.Held
	}
	if held == 0 {
		return nil
	}
	for _, code := range []string{heldPaused, heldHours} {
		if err := f.s.Outbox.ResumeBatch(ctx, b.WorkspaceID, b.ID, code); err != nil {
			return err
		}
	}
	return nil
}

// stop fails a broadcast that can't go on; an error that passes is returned.
func (s *Service) stop(ctx context.Context, b Broadcast, cause error) error {
	if db.Transient(cause) || ctx.Err() != nil {
		return cause
	}
	s.Log.WarnContext(ctx, "a broadcast can't go on", "broadcast", b.ID, "error", cause)
	_, err := s.change(ctx, b.WorkspaceID, b.ID, DeedFailed, func(ctx context.Context, b *Broadcast) error {
		b.State, b.Why, b.EndedAt = Failed, codeOf(cause), s.now()
		return s.Outbox.CancelBatch(ctx, b.WorkspaceID, b.ID, outbox.Pause{Code: takenBack})
	})
	return err
}

// done ends a broadcast that everybody got who will.
func (s *Service) done(ctx context.Context, b Broadcast) error {
	_, err := s.change(ctx, b.WorkspaceID, b.ID, DeedDone, func(ctx context.Context, b *Broadcast) error {
		if b.State != Running {
			return errSame
		}
		b.State, b.Why, b.EndedAt = Done, "", s.now()
		return s.account(ctx, b)
	})
	if err == errSame { //nolint:errorlint // ours, not wrapped
		return nil
	}
	return err
}

// account says why those were left out who were, and whether nobody got it at all.
func (s *Service) account(ctx context.Context, b *Broadcast) error {
	c, err := s.counts(ctx, *b)
	if err != nil {
		return err
	}
	if b.Reasons, err = s.store.codes(ctx, *b, Skipped); err != nil {
		return err
	}
	if doubles := int64(b.Planned) - c.Total(); doubles > 0 { // they have no rows
		b.Reasons["duplicate"] += int(doubles)
	}
	if c.reached() == 0 {
		b.Why = "nobody_reached"
	}
	return nil
}

// progress tells browsers how far a broadcast is, when that has changed and not more often than once a second.
func (f *feeder) progress(ctx context.Context, b Broadcast, c Counts) {
	now := f.s.now()
	f.mu.Lock()
	last := f.told[b.ID]
	tell := f.s.Progress != nil && last.counts != c && now >= last.at+1000
	if tell {
		f.told[b.ID] = told{now, c}
	}
	f.mu.Unlock()
	if !tell {
		return
	}
	v, err := f.s.ViewOf(ctx, b)
	if err != nil {
		f.s.Log.WarnContext(ctx, "how far a broadcast is was not told", "broadcast", b.ID, "error", err)
		return
	}
	f.s.Progress(b.WorkspaceID, v)
}
