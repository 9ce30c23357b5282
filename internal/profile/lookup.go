package profile

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

// asking counts the numbers that are being asked for right now, by device, so that calls at the same time share one budget.
type asking struct {
	mu  sync.Mutex
	now map[string]int
}

// take adds n to what a device asks for, if that and what used says stay within the budget.
func (a *asking) take(deviceID string, n int, used func() (int, error)) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	spent, err := used()
	if err != nil || spent+a.now[deviceID]+n > budget {
		return false, err
	}
	if a.now == nil {
		a.now = map[string]int{}
	}
	a.now[deviceID] += n
	return true, nil
}

func (a *asking) give(deviceID string, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now[deviceID] -= n; a.now[deviceID] <= 0 {
		delete(a.now, deviceID)
	}
}

// Found is what is known of a number, and since when.
type Found struct {
	device.Number
	CheckedAt int64 // unix ms: when the network said so
}

// Lookup says which numbers, in any form, the network of a device knows, in their order. Answers are remembered: a
// number is asked for again after a week, one that did not exist after a day. ErrTooMany, ErrPhone, ErrBudget with the
// time to wait, and the faults of device.Ask.
func (s *Service) Lookup(ctx context.Context, workspaceID, deviceID string, phones []string) ([]Found, error) {
	d, err := s.Devices.Get(ctx, workspaceID, deviceID)
	if err != nil {
		return nil, err
	}
	if len(phones) == 0 || len(phones) > MaxPhones {
		return nil, ErrTooMany
	}
	digits := make([]string, len(phones))
	for i, p := range phones {
		if digits[i], err = contact.ParsePhone(p, ""); err != nil {
			return nil, ErrPhone.Withf(i + 1)
		}
	}
	known, missing, err := s.remembered(ctx, d, digits)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		if err := s.ask(ctx, d, missing, known); err != nil {
			return nil, err
		}
	}
	out := make([]Found, len(digits))
	for i, p := range digits {
		out[i] = known[p]
	}
	return out, nil
}

// Known is what is remembered of many numbers, given as digits, without asking anybody: whether the channel knows them.
// Those of which nothing is remembered are not in it.
func (s *Service) Known(ctx context.Context, workspaceID, channel string, phones []string) (map[string]bool, error) {
	known, now := map[string]bool{}, s.now()
	for len(phones) > 0 {
		n := min(knownAtOnce, len(phones))
		found, err := s.store.lookups(ctx, workspaceID, channel, phones[:n])
		if err != nil {
			return nil, err
		}
		phones = phones[n:]
		for _, f := range found {
			if f.fresh(now) {
				known[f.Phone] = f.Registered
			}
		}
	}
	return known, nil
}

// fresh reports whether an answer still counts.
func (f Found) fresh(now int64) bool {
	life := freshMiss
	if f.Registered {
		life = freshHit
	}
	return f.CheckedAt >= now-life.Milliseconds()
}

// remembered are the numbers whose answers are fresh, and those that have to be asked for, each once.
func (s *Service) remembered(ctx context.Context, d device.Device, digits []string) (map[string]Found, []string, error) {
	known, now := map[string]Found{}, s.now()
	var missing []string
	for _, p := range digits {
		if _, ok := known[p]; ok || slices.Contains(missing, p) {
			continue
		}
		f, ok, err := s.store.lookup(ctx, d.WorkspaceID, d.Channel, p)
		if err != nil {
			return nil, nil, err
		}
		if !ok || !f.fresh(now) {
			missing = append(missing, p)
			continue
		}
		known[p] = f
	}
	return known, missing, nil
}

// ask asks the network and remembers what it says in known and in the table.
func (s *Service) ask(ctx context.Context, d device.Device, missing []string, known map[string]Found) error {
	if err := s.spend(ctx, d, len(missing)); err != nil {
		return err
	}
	defer s.asking.give(d.ID, len(missing))
	ctx, cancel := bounded(ctx)
	defer cancel()
	var found []device.Number
	err := device.Ask(ctx, s.Devices, d.WorkspaceID, d.ID, func(ctx context.Context, _ device.Device, f device.NumberFinder) (err error) {
		found, err = f.FindNumbers(ctx, missing)
		return err
	})
	if err != nil {
		return err
	}
	now := s.now()
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		for _, n := range found {
			known[n.Phone] = Found{n, now}
			if err := s.store.remember(ctx, d, known[n.Phone]); err != nil {
				return err
			}
		}
		return nil
	})
}

// spend takes n lookups out of the device's budget, or says when there will be some again.
func (s *Service) spend(ctx context.Context, d device.Device, n int) error {
	var oldest int64
	ok, err := s.asking.take(d.ID, n, func() (used int, err error) {
		used, oldest, err = s.store.asked(ctx, d.WorkspaceID, d.ID, s.now()-time.Hour.Milliseconds())
		return used, err
	})
	if err != nil || ok {
		return err
	}
	wait := time.Minute // others are asking right now
	if oldest > 0 {
		wait = max(time.Until(time.UnixMilli(oldest).Add(time.Hour)), time.Second)
	}
	return ErrBudget.WithRetryAfter(wait)
}
