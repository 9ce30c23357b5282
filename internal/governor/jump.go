package governor

import (
	"context"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// Jumped says that the clock has jumped, back when by is negative: what was sent is as long ago as it was, rests that are
// our own last as long as they were to, and what waits is looked at again.
func (s *Service) Jumped(ctx context.Context, by time.Duration) {
	s.mu.Lock()
	all := make([]*ward, 0, len(s.wards))
	for _, w := range s.wards {
		all = append(all, w)
	}
	s.mu.Unlock()
	for _, w := range all {
		d := w.leap(by.Milliseconds(), s.now())
		if err := s.leap(ctx, d, by.Milliseconds()); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "a rest is as much longer or shorter as the clock was set", "device", d.ID, "error", err)
		}
		if s.conf.Reconsider != nil {
			s.conf.Reconsider(d.ID)
		}
	}
}

func (w *ward) leap(by, now int64) device.Device {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.history.Leap(by, now)
	w.sample.Leap(by, now)
	w.health = w.health.Leap(by, now)
	return w.dev
}

// leap is the same for what is kept of a number's standing. Only the node that runs the device does it.
func (s *Service) leap(ctx context.Context, d device.Device, by int64) error {
	return s.conf.DB.Tx(ctx, func(ctx context.Context) error {
		old, err := s.store.standing(ctx, d.WorkspaceID, d.ID)
		if err != nil {
			return err
		}
		now := s.now()
		after := standing{Health: old.Leap(by, now), Told: old.Told}
		if same(old.Health, after.Health) {
			return nil
		}
		for _, c := range after.Concerns { // it is the same one, and nothing to tell of
			if c.Why == after.Told.Why {
				after.Told = c
			}
		}
		db.AfterCommit(ctx, func() { s.follow(d.ID, after.Health) })
		return s.store.setStanding(ctx, d.WorkspaceID, d.ID, after, now)
	})
}
