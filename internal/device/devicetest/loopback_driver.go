package devicetest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/pingcrm/pingcrm/internal/device"
)

var (
	errReplaced = &device.EndError{State: device.StateOffline, Why: device.WhyReplaced}
	errNoLine   = errors.New("not connected")
)

// Channel is LoopbackChannel.
func (l *Loopback) Channel() string { return LoopbackChannel }

// NewNetworkID makes an id in capitals, so that it can be told from an id of ours.
func (l *Loopback) NewNetworkID() string {
	return "LB" + strings.ToUpper(strings.ReplaceAll(uuid.NewString(), "-", ""))
}

// Open gives the session of a linked device.
func (l *Loopback) Open(_ context.Context, d device.Device, sink device.Sink) (device.Session, error) {
	if !l.Linked(d.ID) {
		return nil, device.ErrNotLinked
	}
	return &session{net: l, d: d, sink: sink}, nil
}

// Link shows a code until somebody scans it.
func (l *Loopback) Link(ctx context.Context, d device.Device, req device.LinkRequest, sink device.Sink, tell func(device.Step)) error {
	code, scanned := uuid.NewString(), make(chan device.Account)
	if req.Method == device.LinkCode {
		code = strings.ToUpper(code[:8])
	}
	l.update(func() { l.codes[code] = scanned })
	defer l.update(func() { delete(l.codes, code) })
	tell(device.Step{Code: device.StepShowCode, Show: code, ExpiresAt: time.Now().Add(time.Minute).UnixMilli()})
	expired := time.NewTimer(time.Minute)
	defer expired.Stop()
	select {
	case a := <-scanned:
		if !l.passGate(ctx, req, tell) {
			return nil
		}
		a.Address = d.ID
		if err := sink.Linked(ctx, d, a); err != nil {
			tell(device.Step{Code: device.StepFailed, Reason: device.RefusedReason(err)})
			return nil
		}
		l.update(func() { l.line(d.ID).linked = true })
		tell(device.Step{Code: device.StepDone})
	case <-expired.C:
		tell(device.Step{Code: device.StepFailed, Reason: device.ReasonExpired})
	case <-ctx.Done():
	}
	return nil
}

// Forget unlinks the device here. What waits for it at the network stays.
func (l *Loopback) Forget(_ context.Context, d device.Device) error {
	l.update(func() { l.line(d.ID).linked = false })
	return nil
}

// session is one linked device of a Loopback.
type session struct {
	net  *Loopback
	d    device.Device
	sink device.Sink

	mu    sync.Mutex
	over  chan struct{}
	cause error
}

// end ends the connection; the first cause counts.
func (s *session) end(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.over:
	default:
		s.cause = cause
		close(s.over)
	}
}

// Run takes the line and hands over what waits on it, in order, each until it is acknowledged.
func (s *session) Run(ctx context.Context) error {
	over := make(chan struct{})
	s.mu.Lock()
	s.over, s.cause = over, nil
	s.mu.Unlock()
	linked := false
	s.net.update(func() {
		line := s.net.line(s.d.ID)
		if linked = line.linked; !linked {
			return
		}
		if line.session != nil {
			line.session.end(errReplaced)
		}
		line.session = s
	})
	if !linked {
		return &device.EndError{State: device.StateLoggedOut, Why: "401"}
	}
	defer s.net.update(func() {
		if line := s.net.line(s.d.ID); line.session == s {
			line.session = nil
		}
	})
	s.sink.State(ctx, s.d, device.State{Code: device.StateOnline})
	return s.serve(ctx, over)
}

func (s *session) serve(ctx context.Context, over <-chan struct{}) error {
	for {
		s.net.mu.Lock()
		queue, changed := s.net.line(s.d.ID).queue, s.net.changed
		s.net.mu.Unlock()
		select {
		case <-over:
			return s.cause
		case <-ctx.Done():
			return nil
		default:
		}
		if len(queue) > 0 {
			if err := s.deliver(ctx, queue[0]); err != nil {
				return err
			}
			s.net.update(func() {
				line := s.net.line(s.d.ID)
				line.queue = line.queue[1:]
			})
			continue
		}
		select {
		case <-over:
			return s.cause
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

func (s *session) deliver(ctx context.Context, i item) error {
	switch {
	case i.receipt != nil:
		return s.sink.Receipts(ctx, s.d, *i.receipt)
	case i.same != nil:
		return s.sink.Same(ctx, s.d, *i.same)
	}
	m := *i.message
	if m.Origin == "" {
		m.Origin = device.OriginLive
		if i.waiting {
			m.Origin = device.OriginOffline
		}
	}
	return s.sink.Received(ctx, s.d, m)
}

// Send hands a message to the network, which takes each network id once.
func (s *session) Send(ctx context.Context, m device.Outgoing) (device.Sent, error) {
	s.net.mu.Lock()
	live, fail := s.net.line(s.d.ID).session == s, s.net.fail
	s.net.mu.Unlock()
	if !live {
		return device.Sent{}, &device.SendError{Class: device.SendHold, Code: "offline", Err: errNoLine}
	}
	var verdict error
	if fail != nil {
		verdict = fail(s.d, m)
	}
	if verdict != nil && !errors.Is(verdict, ErrAckLost) {
		return device.Sent{}, verdict
	}
	s.net.update(func() {
		line := s.net.line(s.d.ID)
		if !line.ids[m.NetworkID] {
			line.ids[m.NetworkID] = true
			line.taken = append(line.taken, m)
		}
	})
	if verdict != nil {
		return device.Sent{}, &device.SendError{Class: device.SendRetry, Code: "timeout", Err: verdict}
	}
	return device.Sent{At: time.Now().UnixMilli()}, ctx.Err()
}

// Unlink takes the device off the network, which closes its connection.
func (s *session) Unlink(context.Context) error {
	s.net.Drop(s.d.ID, &device.EndError{State: device.StateLoggedOut, Why: "unlinked"})
	return nil
}

// Typing shows typing.
func (s *session) Typing(_ context.Context, to device.Peer, on bool) error {
	s.net.update(func() {
		line := s.net.line(s.d.ID)
		line.typed = append(line.typed, device.Typing{Chat: to, On: on})
	})
	return nil
}

// Present shows the account as online or not.
func (s *session) Present(_ context.Context, p device.Presence) error {
	s.net.update(func() {
		line := s.net.line(s.d.ID)
		line.shown = append(line.shown, p)
	})
	return nil
}

// MarkRead sends a read receipt.
func (s *session) MarkRead(_ context.Context, chat, sender device.Peer, ids []string) error {
	s.net.update(func() {
		line := s.net.line(s.d.ID)
		line.read = append(line.read, device.Receipt{Kind: device.ReceiptRead, Chat: chat, Sender: sender, NetworkIDs: ids})
	})
	return nil
}

// Download fetches a file that Upload put there.
func (s *session) Download(_ context.Context, m device.Media) ([]byte, error) {
	var data []byte
	s.net.update(func() { data, s.net.fetched = s.net.media[string(m.Remote)], s.net.fetched+1 })
	if data == nil {
		return nil, device.ErrMediaGone
	}
	return data, nil
}

var (
	_ device.Driver      = (*Loopback)(nil)
	_ device.NetworkIDer = (*Loopback)(nil)
	_ device.Session     = (*session)(nil)
	_ device.Typer       = (*session)(nil)
	_ device.Reader      = (*session)(nil)
	_ device.Presenter   = (*session)(nil)
	_ device.Downloader  = (*session)(nil)
)
