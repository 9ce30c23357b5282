package device

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/clock"
)

// How long a device waits before it goes to its network again.
const (
	firstWait    = 500 * time.Millisecond
	longestWait  = time.Minute
	replacedWait = time.Minute      // somebody else uses the same link: never fight over it
	outdatedWait = time.Hour        // only a newer version mends it
	unknownBan   = time.Hour        // a ban whose end the network did not tell
	afterBan     = time.Second      // networks tell the time that is left in whole seconds
	steadyAfter  = 10 * time.Second // a connection that lived this long starts the back-off anew
)

// runner keeps one device connected as long as this node holds its lease.
type runner struct {
	s       *Service
	channel string
	lease   lease
	cancel  context.CancelFunc
	done    chan struct{}

	mu      sync.Mutex
	device  Device
	session Session
	online  bool
	retired bool
	lifting *time.Timer // ends a restriction at its time

	stating sync.Mutex // held while a state is stored and noted

	showing sync.Mutex // held while the account is shown as its settings say
	shown   bool       // it is shown as online

	tell sync.Mutex // held while listeners hear of it, so that Online and Gone come in turn
	told bool       // they have heard Online
}

// start runs the device in the background until stop.
func (s *Service) start(ctx context.Context, d Device, l lease) *runner {
	ctx, cancel := context.WithCancel(ctx)
	r := &runner{s: s, channel: d.Channel, device: d, lease: l, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.run(ctx)
	}()
	return r
}

// stop ends the device's session and waits until it has.
func (r *runner) stop() {
	r.cancel()
	<-r.done
}

// live is the device when sends can go out.
func (r *runner) live() (Live, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Live{r.device, r.session, r.lease.epoch}, r.online
}

// retire tells the network that the device is no more, ends it and forgets its keys.
func (r *runner) retire(ctx context.Context) {
	r.mu.Lock()
	session, online, twice := r.session, r.online, r.retired
	r.retired = true
	r.mu.Unlock()
	if twice {
		<-r.done
		return
	}
	if !online {
		r.stop() // or it would connect while it is told to go
	}
	if session != nil {
		part, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		if err := session.Unlink(part); err != nil {
			r.s.log.Warn("tell the network that a device is unlinked", "device", r.lease.deviceID, "error", err)
		}
	}
	r.stop()
	if err := r.s.drivers[r.channel].Forget(ctx, r.known()); err != nil {
		r.s.log.Error("forget a device's keys", "device", r.lease.deviceID, "error", err)
	}
	if err := r.s.leases.drop(ctx, r.lease); err != nil {
		r.s.log.Error("delete a device's lease", "device", r.lease.deviceID, "error", err)
	}
}

// connected notes that sends can go out from now on, and reports whether that is new.
func (r *runner) connected() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := !r.online && r.session != nil && !r.retired
	r.online = r.online || first
	return first
}

// announce tells the listeners that the device is online, unless they know or it no longer is.
func (r *runner) announce(ctx context.Context) {
	r.tell.Lock()
	defer r.tell.Unlock()
	if l, online := r.live(); online && !r.told {
		r.told = true
		r.s.Online.Fire(ctx, l)
	}
}

// disconnected notes that sends no longer can go out, and tells the listeners.
func (r *runner) disconnected(ctx context.Context) {
	r.mu.Lock()
	r.online = false
	r.mu.Unlock()
	r.unshown()
	r.tell.Lock()
	defer r.tell.Unlock()
	if r.told {
		l, _ := r.live()
		r.told = false
		r.s.Gone.Fire(ctx, l)
	}
}

// refresh takes over what a member has changed about the device, and reports whether it must connect anew for that.
func (r *runner) refresh(d Device) (anew bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	anew = r.device.Settings.Proxy != d.Settings.Proxy
	r.device.Name, r.device.Settings, r.device.Account, r.device.State = d.Name, d.Settings, d.Account, d.State
	return anew
}

// is notes the state that the session is in now, for those who are told of the device.
func (r *runner) is(st State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.device.State = st
}

// known is the device as this node knows it.
func (r *runner) known() Device {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.device
}

// lift has the device return to online when the restriction st is over; any other state forgets an earlier one.
func (r *runner) lift(st State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lifting != nil {
		r.lifting.Stop()
		r.lifting = nil
	}
	if st.Code != StateRestricted || st.Until == 0 {
		return
	}
	in := time.UnixMilli(st.Until + 1).Sub(r.s.c.Now())
	r.lifting = time.AfterFunc(in, func() {
		if _, online := r.live(); online {
			r.report(context.Background(), State{Code: StateOnline, Why: WhyLifted})
		}
	})
}

// reconcile takes over what was changed elsewhere and mends the stored state where writing it failed.
func (r *runner) reconcile(ctx context.Context, stored Device) {
	before := r.known().Settings
	anew := r.refresh(stored)
	if before != stored.Settings {
		r.s.Elsewhere.Fire(ctx, r.known())
	}
	if anew {
		r.s.restart(ctx, r)
		return
	}
	r.show(ctx)
	if _, online := r.live(); online && !stored.State.Connected() {
		r.report(ctx, State{Code: StateOnline})
	}
}

// report writes a state.
func (r *runner) report(ctx context.Context, st State) { sink{r.s, r}.State(ctx, r.known(), st) }

func (r *runner) run(ctx context.Context) {
	defer r.finish(ctx)
	if !r.waitBan(ctx) {
		return
	}
	session, err := r.open(ctx)
	if err != nil {
		return // said by open
	}
	failures := 0
	for {
		r.report(ctx, State{Code: StateConnecting}) // before its turn comes, or it would show what it was in an earlier life
		if !r.s.pace.wait(ctx) {
			return
		}
		began := time.Now()
		err := r.connect(ctx, session)
		if l, online := r.live(); online && errors.Is(err, ErrReopen) {
			r.s.Reopening.Fire(ctx, l)
		}
		r.disconnected(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > steadyAfter {
			failures = 0
		}
		if errors.Is(err, ErrReopen) {
			if session, err = r.open(ctx); err != nil {
				return
			}
			continue
		}
		wait, again := r.judge(ctx, err, failures)
		if !again || !clock.Sleep(ctx, wait) {
			return
		}
		failures++
	}
}

// finish lets go of the lease, so that another node, or the next start, has the device at once.
func (r *runner) finish(ctx context.Context) {
	free := context.WithoutCancel(ctx)
	r.lift(State{})
	if ctx.Err() != nil {
		r.report(free, State{Code: StateOffline, Why: "stopped"})
	}
	if err := r.s.leases.release(free, r.lease); err != nil {
		r.s.log.Error("release a device", "device", r.lease.deviceID, "error", err)
	}
	r.s.forget(r)
}

// open prepares the session, again and again while it is only the database that fails.
func (r *runner) open(ctx context.Context) (Session, error) {
	for failures := 0; ; failures++ {
		session, err := r.s.drivers[r.channel].Open(ctx, r.known(), sink{r.s, r})
		if err == nil {
			r.mu.Lock()
			r.session = session
			r.mu.Unlock()
			return session, nil
		}
		if errors.Is(err, ErrNotLinked) {
			r.end(ctx, State{Code: StateLoggedOut, Why: "not_linked"})
			return nil, err
		}
		r.s.log.Error("open a device", "device", r.lease.deviceID, "error", err)
		r.report(ctx, State{Code: StateOffline, Why: "open_failed"})
		if !clock.Sleep(ctx, backoff(failures)) {
			return nil, ctx.Err()
		}
	}
}

// end writes a state from which only linking anew leads on.
func (r *runner) end(ctx context.Context, st State) {
	err := r.s.change(context.WithoutCancel(ctx), r.known(), func(row *row) {
		if row.Linked {
			row.Linked, row.State = false, st
		}
	}, sink{r.s, r}.Fence)
	if err != nil && !errors.Is(err, errFenced) && !isNotFound(err) {
		r.s.log.Error("write a device's state", "device", r.lease.deviceID, "state", st.Code, "error", err)
	}
}

// connect runs the session once; a panic is an error like another.
func (r *runner) connect(ctx context.Context, session Session) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.s.log.Error("a session panicked", "device", r.lease.deviceID, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return session.Run(ctx)
}

// judge says what the end of a connection means: how long to wait, and whether there is a next time at all.
func (r *runner) judge(ctx context.Context, err error, failures int) (wait time.Duration, again bool) {
	wait = backoff(failures)
	var end *EndError
	if !errors.As(err, &end) {
		why := "connection_lost"
		if err != nil {
			r.s.log.Warn("a device's connection ended", "device", r.lease.deviceID, "error", err)
		}
		r.report(ctx, State{Code: StateOffline, Why: why})
		return wait, true
	}
	r.s.log.Info("a device's connection ended", "device", r.lease.deviceID, "state", end.State, "why", end.Why)
	switch end.State {
	case StateLoggedOut:
		r.end(ctx, State{Code: StateLoggedOut, Why: end.Why})
		return 0, false
	case StateBanned:
		until := end.Until
		if until.IsZero() {
			until = r.s.c.Now().Add(unknownBan)
		}
		r.report(ctx, State{Code: StateBanned, Why: end.Why, Until: until.UnixMilli()})
		return max(until.Sub(r.s.c.Now())+afterBan, wait), true
	}
	r.report(ctx, State{Code: StateOffline, Why: end.Why})
	switch end.Why {
	case WhyReplaced:
		wait = min(replacedWait<<min(failures, 4), 15*time.Minute)
	case WhyOutdated:
		wait = outdatedWait
	}
	return wait, true
}

// The reasons of StateOffline that are waited out longer than a lost connection.
const (
	WhyReplaced = "replaced"
	WhyOutdated = "client_outdated"
)

// waitBan waits out a ban that was known before this node took the device.
func (r *runner) waitBan(ctx context.Context) bool {
	st := r.known().State
	if st.Code != StateBanned {
		return true
	}
	return clock.Sleep(ctx, time.UnixMilli(st.Until).Sub(r.s.c.Now())+afterBan)
}

// backoff doubles from firstWait to longestWait, with a random half, so that many devices don't come in step.
func backoff(failures int) time.Duration {
	d := min(firstWait<<min(failures, 10), longestWait)
	return d/2 + rand.N(d/2+1)
}
