package device

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// firstStep is how long starting a link waits for something to show.
const firstStep = 5 * time.Second

// attempt is one try to link a device; its latest step is kept in memory of the node that runs it.
type attempt struct {
	cancel  context.CancelFunc
	done    chan struct{}
	answers chan Answer

	mu      sync.Mutex
	step    Step
	changed chan struct{} // closed and made anew with every step
}

func (a *attempt) tell(s Step) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.step = s
	close(a.changed)
	a.changed = make(chan struct{})
}

func (a *attempt) look() (Step, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.step, a.changed
}

// final reports whether nothing comes after the step.
func (s Step) final() bool { return s.Code == StepDone || s.Code == StepFailed }

// StartLink starts an attempt to link a device, which replaces one that runs, and returns as soon as there is
// something to show, at the latest after 5 s. The attempt goes on after ctx has ended.
func (s *Service) StartLink(ctx context.Context, workspaceID, deviceID string, req LinkRequest) (Step, error) {
	req, err := checkRequest(req)
	if err != nil {
		return Step{}, err
	}
	r, err := s.store.get(ctx, workspaceID, deviceID)
	if err != nil {
		return Step{}, err
	}
	if r.Linked {
		return Step{}, ErrLinked
	}
	a := &attempt{step: Step{Code: StepWait}, done: make(chan struct{}), answers: make(chan Answer), changed: make(chan struct{})}
	req.Answers = a.answers
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancel = cancel
	for {
		s.cancelLink(deviceID)
		s.mu.Lock()
		if s.draining {
			s.mu.Unlock()
			cancel()
			return Step{}, ErrStopping
		}
		if s.links[deviceID] == nil || s.links[deviceID].ended() {
			s.links[deviceID] = a
			s.mu.Unlock()
			break
		}
		s.mu.Unlock()
	}
	go s.link(background, r.Device, req, a)
	return a.first(ctx), nil
}

func checkRequest(req LinkRequest) (LinkRequest, error) {
	switch req.Method {
	case LinkQR:
		return req, nil
	case LinkCode:
		req.Phone = strings.Map(func(r rune) rune {
			if strings.ContainsRune(" +-().", r) {
				return -1
			}
			return r
		}, req.Phone)
		if len(req.Phone) < 7 || len(req.Phone) > 15 || strings.Trim(req.Phone, "0123456789") != "" || req.Phone[0] == '0' {
			return req, ErrPhone.WithField("phone")
		}
		return req, nil
	}
	return req, ErrMethod.WithField("method")
}

func (a *attempt) ended() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// first waits for the first step that asks for something.
func (a *attempt) first(ctx context.Context) Step {
	late := time.NewTimer(firstStep)
	defer late.Stop()
	for {
		step, changed := a.look()
		if step.Code != StepWait {
			return step
		}
		select {
		case <-changed:
		case <-late.C:
			return step
		case <-ctx.Done():
			return step
		}
	}
}

// link runs one attempt to its end.
func (s *Service) link(ctx context.Context, d Device, req LinkRequest, a *attempt) {
	defer close(a.done)
	defer a.cancel()
	write := context.WithoutCancel(ctx)
	before := d.State
	if before.Code == StateLinking || before.Code == StateConnecting { // left behind by a node that died
		before = unlinkedState(d)
	}
	if err := s.change(write, d, func(r *row) { r.State = State{Code: StateLinking} }); err != nil {
		s.log.Error("write a device's state", "device", d.ID, "error", err)
	}
	tell := func(step Step) {
		a.tell(step)
		if s.c.Told != nil {
			s.c.Told(write, d, step)
		}
	}
	err := s.runLink(ctx, d, req, tell)
	last, _ := a.look()
	if last.Code == StepDone {
		// As it is now: d is from before and names no account, and a sweep may have begun to run the device already.
		if r, err := s.store.get(write, d.WorkspaceID, d.ID); err == nil {
			s.Adopt(write, r.Device)
		}
		return
	}
	if err != nil && ctx.Err() == nil {
		s.log.Error("link a device", "device", d.ID, "error", err)
	}
	if last.Code != StepFailed {
		reason := "internal"
		if ctx.Err() != nil {
			reason = ReasonCancelled
		}
		tell(Step{Code: StepFailed, Reason: reason})
		last.Reason = reason
	}
	after := State{Code: before.Code, Why: before.Why}
	if after.Code == StateNew { // of one that was linked before it says why it no longer is
		after.Why = ""
		if last.Reason != ReasonCancelled {
			after.Why = last.Reason
		}
	}
	err = s.change(write, d, func(r *row) {
		if r.State.Code == StateLinking || r.State.Code == StateConnecting {
			r.Linked, r.State = false, after
		}
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		s.log.Error("write a device's state", "device", d.ID, "error", err)
	}
}

// unlinkedState is the state of a device that is not linked and whose earlier state is not known.
func unlinkedState(d Device) State {
	if d.LinkedAt != 0 {
		return State{Code: StateLoggedOut, Why: "not_linked"}
	}
	return State{Code: StateNew}
}

func (s *Service) runLink(ctx context.Context, d Device, req LinkRequest, tell func(Step)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("linking panicked", "device", d.ID, "panic", p, "stack", string(debug.Stack()))
			tell(Step{Code: StepFailed, Reason: "internal"})
		}
	}()
	driver := s.drivers[d.Channel]
	if err := driver.Forget(ctx, d); err != nil { // keys of an account that removed the device
		return err
	}
	return driver.Link(ctx, d, req, sink{s: s}, tell)
}

// LinkStep is the latest step of the device's linking. A device that is linked is done; ErrNoLink when it is not
// and no attempt was started on this node.
func (s *Service) LinkStep(ctx context.Context, workspaceID, deviceID string) (Step, error) {
	r, err := s.store.get(ctx, workspaceID, deviceID)
	if err != nil {
		return Step{}, err
	}
	s.mu.Lock()
	a := s.links[deviceID]
	s.mu.Unlock()
	if a != nil {
		if step, _ := a.look(); !r.Linked || !step.final() {
			return step, nil
		}
	}
	if r.Linked {
		return Step{Code: StepDone}, nil
	}
	return Step{}, ErrNoLink
}

// cancelLink ends the device's attempt, if one runs, and waits until it has.
func (s *Service) cancelLink(deviceID string) {
	s.mu.Lock()
	a := s.links[deviceID]
	s.mu.Unlock()
	if a != nil {
		a.cancel()
		<-a.done
	}
}

func (s *Service) cancelLinks() {
	s.mu.Lock()
	list := make([]*attempt, 0, len(s.links))
	for _, a := range s.links {
		list = append(list, a)
	}
	s.mu.Unlock()
	for _, a := range list {
		a.cancel()
		<-a.done
	}
}

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }

// isLinking reports whether an attempt to link the device runs on this node.
func (s *Service) isLinking(deviceID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.links[deviceID]
	return a != nil && !a.ended()
}
