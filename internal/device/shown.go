package device

import (
	"context"
	"errors"
	"time"
)

// showTime bounds how long an account is waited for to be shown as online.
const showTime = 5 * time.Second

// show has the account be shown as online, or no longer, as the device's settings say now. What is so already is not said
// again, and to be off is what a connection begins with. An account whose name is not known yet (ErrNameless) is shown when
// that comes; what failed otherwise is tried again when this node next looks at its devices, or connects.
func (r *runner) show(ctx context.Context) {
	r.showing.Lock()
	defer r.showing.Unlock()
	l, online := r.live()
	shows, can := l.Session.(Presenter)
	want := l.Device.Settings.ShowOnline
	if !online || !can || want == r.shown {
		return
	}
	p := PresenceOffline
	if want {
		p = PresenceOnline
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), showTime)
	defer cancel()
	switch err := shows.Present(ctx, p); {
	case err == nil:
		r.shown = want
	case !errors.Is(err, ErrNameless):
		r.s.log.Warn("show whether an account is online", "device", r.lease.deviceID, "presence", p, "error", err)
	}
}

// unshown notes that the connection is over: the network forgets with it what was shown.
func (r *runner) unshown() {
	r.showing.Lock()
	defer r.showing.Unlock()
	r.shown = false
}
