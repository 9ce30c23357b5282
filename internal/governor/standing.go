package governor

import (
	"context"
	"slices"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/governor/health"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// ErrNothingToResume is for a device on which nothing is stopped that a person could let go on.
var ErrNothingToResume = fault.New(fault.Conflict, "network_restricts", fault.Text{
	ID: "Pembatasan ini dari WhatsApp sendiri dan berakhir dengan sendirinya. Lihat waktunya di kesehatan perangkat.",
	EN: "This restriction is WhatsApp's own and ends by itself. The device's health says when.",
})

// raise adds a concern, in the caller's transaction.
func (s *Service) raise(ctx context.Context, workspaceID, deviceID string, c health.Concern) error {
	return s.change(ctx, workspaceID, deviceID, "", func(h health.Health) health.Health { return h.Raise(c) })
}

// change makes a number's standing another one, in the caller's transaction or one of its own. What stays the same is
// neither written nor told.
func (s *Service) change(ctx context.Context, workspaceID, deviceID, by string, edit func(health.Health) health.Health) error {
	return s.conf.DB.Tx(ctx, func(ctx context.Context) error {
		old, err := s.store.standing(ctx, workspaceID, deviceID)
		if err != nil {
			return err
		}
		now := s.now()
		after := standing{Health: edit(old.Health.Tidy(now))}
		if same(old.Health, after.Health) {
			return nil
		}
		after.Told = after.Health.At(now)
		if err := s.store.setStanding(ctx, workspaceID, deviceID, after, now); err != nil {
			return err
		}
		db.AfterCommit(ctx, func() { s.follow(deviceID, after.Health) })
		if old.Told.Level == after.Told.Level && old.Told.Why == after.Told.Why && old.Told.Until == after.Told.Until {
			return nil
		}
		if err := s.store.log(ctx, workspaceID, deviceID, Entry{Before: old.Told.Level, Concern: after.Told, At: now, By: by}); err != nil {
			return err
		}
		d, err := s.conf.Devices.Get(ctx, workspaceID, deviceID)
		if err != nil {
			return err
		}
		return s.Changed.Fire(ctx, Change{Device: d, Before: old.Told, After: after.Told, By: by})
	})
}

func same(a, b health.Health) bool {
	return a.From == b.From && slices.Equal(a.Concerns, b.Concerns)
}

// follow brings what is remembered up to date. After a stop has ended, sending begins slowly.
func (s *Service) follow(deviceID string, h health.Health) {
	w := s.ward(deviceID)
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := s.now()
	if before := w.health.Stops(now); before != (pace.Stops{}) && h.Stops(now) == (pace.Stops{}) {
		w.history.Began = now
	}
	w.health = h
}

// settle is the standing of a device that begins, without what its state shows to be over.
func (s *Service) settle(ctx context.Context, d device.Device) (health.Health, error) {
	now := s.now()
	old, err := s.store.standing(ctx, d.WorkspaceID, d.ID)
	if err != nil {
		return health.Health{}, err
	}
	edit := func(h health.Health) health.Health {
		switch d.State.Code {
		case device.StateOnline:
			h = h.Drop(health.WhyTimelock, health.WhyBan)
		case device.StateRestricted:
			h = h.Drop(health.WhyBan).Raise(health.Concern{Why: health.WhyTimelock, Level: health.Restricted, Since: now, Until: d.State.Until})
		}
		return byMember(h, d, now)
	}
	if same(old.Health, edit(old.Health.Tidy(now))) {
		return old.Health, nil
	}
	if err := s.change(ctx, d.WorkspaceID, d.ID, "", edit); err != nil {
		return health.Health{}, err
	}
	old, err = s.store.standing(ctx, d.WorkspaceID, d.ID)
	return old.Health, err
}

// Resume lets a device go on that was stopped or slowed down for reasons of ours, and one that a member has paused. What
// counted until now counts no more. ErrNothingToResume when what holds it is the network's own word.
func (s *Service) Resume(ctx context.Context, workspaceID, deviceID, by string) error {
	d, err := s.conf.Devices.Get(ctx, workspaceID, deviceID)
	if err != nil {
		return err
	}
	return s.conf.DB.Tx(ctx, func(ctx context.Context) error {
		done := false
		if err := s.change(ctx, workspaceID, deviceID, by, func(h health.Health) health.Health {
			h, done = h.Resume(s.now())
			return h
		}); err != nil {
			return err
		}
		if !done {
			return ErrNothingToResume
		}
		// The device carries the word to the node that runs it.
		w := wishOf(d)
		w.Resumed = s.now()
		raw, on := w.String(), false
		if d, err = s.conf.Devices.Update(ctx, workspaceID, deviceID, device.Change{Pace: &raw, Paused: &on}); err != nil {
			return err
		}
		return s.Resumed.Fire(ctx, d)
	})
}

// sweepEvery is how often what is over is noted.
const sweepEvery = 5 * time.Second

// run notes what is over, until ctx ends.
func (s *Service) run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.sweep(ctx)
		}
	}
}

func (s *Service) sweep(ctx context.Context) {
	s.mu.Lock()
	all := make([]*ward, 0, len(s.wards))
	for _, w := range s.wards {
		all = append(all, w)
	}
	s.mu.Unlock()
	now := s.now()
	for _, w := range all {
		w.mu.Lock()
		d, over, unready := w.dev, w.health.Ends(), !w.policy.Free() && !w.history.Ready
		landed := w.history.Land(now)
		w.mu.Unlock()
		if landed && s.conf.Reconsider != nil {
			s.conf.Reconsider(d.ID)
		}
		if unready && s.ready(ctx, d) {
			w.mu.Lock()
			w.history.Ready = true
			w.mu.Unlock()
		}
		if over == 0 || over > now {
			continue
		}
		if err := s.change(ctx, d.WorkspaceID, d.ID, "", func(h health.Health) health.Health { return h }); err != nil && ctx.Err() == nil {
			s.log.Error("note that a restriction is over", "device", d.ID, "error", err)
		}
	}
}
