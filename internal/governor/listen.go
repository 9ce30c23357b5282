package governor

import (
	"context"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/governor/health"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// Taken is for outbox.Service.Taken: the network has a message.
func (s *Service) Taken(ctx context.Context, t outbox.Taken) error {
	if t.Send.Budget == outbox.BudgetNone {
		return nil
	}
	return s.became(ctx, t.Send, t.Send.SpentAt)
}

// SendChanged is for outbox.Service.Changed: a message has not gone.
func (s *Service) SendChanged(ctx context.Context, c outbox.Change) error {
	if c.From != outbox.StateClaimed {
		return nil
	}
	send, now := c.Send, s.now()
	switch send.State {
	case outbox.StateFailed:
		if send.Budget != outbox.BudgetNone {
			return s.became(ctx, send, now)
		}
	case outbox.StateQueued, outbox.StateHeld, outbox.StateCancelled:
		if send.Budget != outbox.BudgetNone {
			db.AfterCommit(ctx, func() { s.undo(send) })
		}
		// The first 463 is tried again with a token that the client fetches; the second one holds.
		if send.Code == "" || send.Code == string(health.Why463) && send.State != outbox.StateHeld {
			return nil
		}
		if concern, ok := health.Refusal(send.Code, send.Until, now); ok {
			if concern.Why == health.Why429 && s.free(send.DeviceID) { // it is only the runner that waits
				concern.Until = now + time.Minute.Milliseconds()
			}
			return s.raise(ctx, send.WorkspaceID, send.DeviceID, concern)
		}
	}
	return nil
}

// free reports whether the device's pace paces nothing.
func (s *Service) free(deviceID string) bool {
	w := s.ward(deviceID)
	if w == nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.policy.Free()
}

func (s *Service) undo(send outbox.Send) {
	if w := s.ward(send.DeviceID); w != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.history.Undo(send.ID)
	}
}

// became notes what became of a message that counts, and judges.
func (s *Service) became(ctx context.Context, send outbox.Send, at int64) error {
	w := s.ward(send.DeviceID)
	if w == nil {
		return nil
	}
	went := outbox.Went{
		At: at, Budget: send.Budget, State: send.State, Code: send.Code, Lane: send.Lane, ChatID: send.ChatID, ContactID: send.ContactID,
	}
	w.mu.Lock()
	with := ward{sample: health.Sample{
		Outcomes: append([]health.Outcome(nil), w.sample.Outcomes...), Asked: append([]health.Asked(nil), w.sample.Asked...),
	}}
	with.remember(went)
	policy, h := w.policy, w.health
	w.mu.Unlock()
	db.AfterCommit(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.remember(went)
		if send.State == outbox.StateFailed {
			w.history.Undo(send.ID)
			return
		}
		w.history.Done(send.ID, at)
	})
	if policy.Free() {
		return nil
	}
	if _, changed := h.Judge(with.sample, policy.Watch, s.now()); !changed {
		return nil
	}
	return s.change(ctx, send.WorkspaceID, send.DeviceID, "", func(h health.Health) health.Health {
		h, _ = h.Judge(with.sample, policy.Watch, s.now())
		return h
	})
}

// StateChanged is for device.Service.StateChanged: the network has restricted or banned the account, or taken it back.
func (s *Service) StateChanged(ctx context.Context, c device.StateChange) error {
	d, now := c.Device, s.now()
	switch d.State.Code {
	case device.StateRestricted:
		return s.raise(ctx, d.WorkspaceID, d.ID, health.Concern{
			Why: health.WhyTimelock, Level: health.Restricted, Since: now, Until: d.State.Until,
		})
	case device.StateBanned:
		return s.raise(ctx, d.WorkspaceID, d.ID, health.Concern{Why: health.WhyBan, Level: health.Banned, Since: now, Until: d.State.Until})
	case device.StateOnline:
		if c.Before.Code == device.StateRestricted || c.Before.Code == device.StateBanned {
			return s.change(ctx, d.WorkspaceID, d.ID, "", func(h health.Health) health.Health {
				return h.Drop(health.WhyTimelock, health.WhyBan, health.Why463)
			})
		}
	}
	return nil
}

// DeviceChanged is for device.Service.Changed: a member has paused a device, or let it go on.
func (s *Service) DeviceChanged(ctx context.Context, d device.Device) error {
	return s.change(ctx, d.WorkspaceID, d.ID, "", func(h health.Health) health.Health {
		return byMember(h, d, s.now())
	})
}

func byMember(h health.Health, d device.Device, now int64) health.Health {
	if d.Settings.Paused {
		return h.Raise(health.Concern{Why: health.WhyMember, Level: health.Paused, Since: now})
	}
	return h.Drop(health.WhyMember)
}

// Heard says that somebody wrote to a device: what waits for them is an answer by now.
func (s *Service) Heard(ctx context.Context, d device.Device, chatID string, at int64) {
	if s.ward(d.ID) == nil {
		return
	}
	db.AfterCommit(ctx, func() {
		w := s.ward(d.ID)
		if w == nil {
			return
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.policy.Free() && len(w.asked) == 0 {
			return
		}
		if len(w.wrote) > 10_000 {
			for chat, at := range w.wrote {
				if at < s.now()-(24*time.Hour).Milliseconds() {
					delete(w.wrote, chat)
				}
			}
		}
		w.wrote[chatID] = max(w.wrote[chatID], at)
		for i := len(w.asked) - 1; i >= 0; i-- {
			if w.asked[i].ChatID == chatID && w.asked[i].At < at {
				w.sample.Asked[i].Replied = true
				break
			}
		}
	})
}

// OptedOut says that somebody wants no more: it counts against every number that wrote to them of late.
func (s *Service) OptedOut(ctx context.Context, workspaceID, contactID string) {
	db.AfterCommit(ctx, func() {
		s.mu.Lock()
		all := make([]*ward, 0, len(s.wards))
		for _, w := range s.wards {
			all = append(all, w)
		}
		s.mu.Unlock()
		for _, w := range all {
			w.optedOut(workspaceID, contactID)
		}
	})
}

func (w *ward) optedOut(workspaceID, contactID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dev.WorkspaceID != workspaceID {
		return
	}
	for i := len(w.asked) - 1; i >= 0; i-- {
		if w.asked[i].ContactID == contactID {
			w.sample.Asked[i].OptedOut = true
			return
		}
	}
}

// Forget deletes what is kept of a device that is being deleted.
func (s *Service) Forget(ctx context.Context, d device.Device) error {
	return s.store.forget(ctx, d.WorkspaceID, d.ID)
}
