package webhook

import (
	"context"
	"fmt"
	"slices"

	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// maxWebhooks bounds the webhooks of a workspace: each costs a row per event.
const maxWebhooks = 50

// Webhook is an address of a workspace that is told of the events that it chose.
type Webhook struct {
	ID          string
	WorkspaceID string
	URL         string
	Events      []string // types, or prefixes such as message.*
	DeviceIDs   []string // of these devices only; none: of all, and of none
	Enabled     bool
	DisabledWhy string // "gone": the receiver answered 410; "" when a member did it
	// Seq is up to which event of the log deliveries are written.
	Seq int64
	// ReplaySeq and ReplayTo are the stretch of the log that is still to be told again; both 0 when none is.
	ReplaySeq int64
	ReplayTo  int64
	CreatedAt int64 // unix ms
	UpdatedAt int64 // unix ms

	secret string // sealed
}

// WhyGone is why a webhook is disabled whose receiver answered 410.
const WhyGone = "gone"

func (w Webhook) key() key { return key{workspaceID: w.WorkspaceID, webhookID: w.ID} }

// wants reports whether an event is one that the webhook chose.
func (w Webhook) wants(e event.Event) bool {
	return len(w.DeviceIDs) == 0 || slices.Contains(w.DeviceIDs, e.DeviceID)
}

// Fields are what a member says of a webhook; nil leaves as it is.
type Fields struct {
	URL       *string
	Events    *[]string
	DeviceIDs *[]string
	Enabled   *bool
}

// Create makes a webhook, which is told of what happens from now on, and returns its signing secret (whsec_…), which
// is not shown again. Faults: ErrURL, event.ErrType, device.ErrNotFound, ErrMany.
func (s *Service) Create(ctx context.Context, workspaceID string, f Fields) (w Webhook, secret string, err error) {
	plain, sealed, err := s.newSecret()
	if err != nil {
		return Webhook{}, "", err
	}
	now := s.now().UnixMilli()
	w = Webhook{ID: id.New(), WorkspaceID: workspaceID, Enabled: true, CreatedAt: now, UpdatedAt: now, secret: sealed}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.fill(ctx, &w, f); err != nil {
			return err
		}
		n, err := s.store.countWebhooks(ctx, workspaceID)
		if err != nil {
			return err
		}
		if n >= maxWebhooks {
			return ErrMany
		}
		if _, w.Seq, err = s.events.Bounds(ctx, workspaceID); err != nil {
			return err
		}
		if err := s.store.insertWebhook(ctx, w); err != nil {
			return err
		}
		return s.Edited.Fire(ctx, Edited{w, Made})
	})
	return w, shown(plain), err
}

// fill checks what a member says and puts it into w.
func (s *Service) fill(ctx context.Context, w *Webhook, f Fields) error {
	if f.URL != nil {
		if s.check == nil {
			return ErrURL
		}
		if err := s.check(*f.URL); err != nil {
			return ErrURL.WithCause(err)
		}
		w.URL = *f.URL
	}
	if f.Events != nil {
		for i, pattern := range *f.Events {
			if err := event.Check(pattern); err != nil {
				return withField(err, fmt.Sprintf("events[%d]", i))
			}
		}
		w.Events = compact(*f.Events)
	}
	if f.DeviceIDs != nil {
		for i, deviceID := range *f.DeviceIDs {
			if _, err := s.devices.Get(ctx, w.WorkspaceID, deviceID); err != nil {
				return withField(err, fmt.Sprintf("device_ids[%d]", i))
			}
		}
		w.DeviceIDs = compact(*f.DeviceIDs)
	}
	if f.Enabled != nil {
		w.Enabled, w.DisabledWhy = *f.Enabled, ""
	}
	return nil
}

func compact(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// Update changes a webhook. One that is switched on again is told of what happens from now on; Replay brings what it
// missed. Faults as Create, and ErrWebhook.
func (s *Service) Update(ctx context.Context, workspaceID, webhookID string, f Fields) (w Webhook, err error) {
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if w, err = s.store.webhook(ctx, workspaceID, webhookID); err != nil {
			return err
		}
		was := w.Enabled
		if err := s.fill(ctx, &w, f); err != nil {
			return err
		}
		if w.Enabled && !was {
			if _, w.Seq, err = s.events.Bounds(ctx, workspaceID); err != nil {
				return err
			}
		}
		w.UpdatedAt = s.now().UnixMilli()
		if err := s.store.updateWebhook(ctx, w); err != nil {
			return err
		}
		return s.Edited.Fire(ctx, Edited{w, Changed})
	})
	if err != nil {
		return Webhook{}, err
	}
	s.moved(ctx, w.key(), w.URL)
	return w, nil
}

// Get returns one webhook. ErrWebhook.
func (s *Service) Get(ctx context.Context, workspaceID, webhookID string) (Webhook, error) {
	return s.store.webhook(ctx, workspaceID, webhookID)
}

// Webhooks returns up to n webhooks after the id after, the oldest first.
func (s *Service) Webhooks(ctx context.Context, workspaceID, after string, n int) ([]Webhook, error) {
	return s.store.webhooks(ctx, workspaceID, after, n)
}

// Delete removes a webhook with its deliveries. ErrWebhook.
func (s *Service) Delete(ctx context.Context, workspaceID, webhookID string) error {
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		w, err := s.store.webhook(ctx, workspaceID, webhookID)
		if err != nil {
			return err
		}
		s.drop(ctx, w.key())
		if err := s.store.deleteWebhook(ctx, w); err != nil {
			return err
		}
		return s.Edited.Fire(ctx, Edited{w, Deleted})
	})
}

// RenewSecret gives a webhook another signing secret, which is not shown again; the old one is worth nothing from the
// next attempt on. ErrWebhook.
func (s *Service) RenewSecret(ctx context.Context, workspaceID, webhookID string) (string, error) {
	plain, sealed, err := s.newSecret()
	if err != nil {
		return "", err
	}
	return shown(plain), s.store.setSecret(ctx, workspaceID, webhookID, sealed)
}

// Try sends a webhook.test to a webhook, logged like any other delivery. ErrWebhook, ErrOff.
func (s *Service) Try(ctx context.Context, workspaceID, webhookID string) error {
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		w, err := s.store.webhook(ctx, workspaceID, webhookID)
		if err != nil {
			return err
		}
		if !w.Enabled {
			return ErrOff
		}
		d, err := s.told(w, event.Example(event.WebhookTest, s.now()))
		if err != nil {
			return err
		}
		d.EventID = ""
		return s.write(ctx, d, d.CreatedAt)
	})
}

// Replay has a webhook told again of the events of its choice with numbers above after up to until (0: up to those
// that it was told of already): each with the webhook-id that it has or had, so that a receiver takes only what it
// missed. Faults: ErrWebhook, ErrOff, ErrReplaying, event.ErrSwept, event.ErrAhead.
func (s *Service) Replay(ctx context.Context, workspaceID, webhookID string, after, until int64) (w Webhook, err error) {
	if _, err := s.events.Read(ctx, workspaceID, event.Stretch{After: after, Limit: 1}); err != nil {
		return Webhook{}, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if w, err = s.store.webhook(ctx, workspaceID, webhookID); err != nil {
			return err
		}
		if !w.Enabled {
			return ErrOff
		}
		if w.ReplayTo > 0 {
			return ErrReplaying
		}
		if until <= 0 || until > w.Seq {
			until = w.Seq
		}
		if after >= until {
			return nil
		}
		w.ReplaySeq, w.ReplayTo = after, until
		return s.store.setReplay(ctx, w)
	})
	if err == nil {
		s.Grown(ctx, workspaceID)
	}
	return w, err
}

// behind is the number behind which a replay begins that is asked for by a number and a time.
func (s *Service) behind(ctx context.Context, workspaceID string, after, since int64) (int64, error) {
	if since == 0 {
		return after, nil
	}
	seq, err := s.events.Before(ctx, workspaceID, since)
	return max(after, seq), err
}

// withField names the field that a fault is about.
func withField(err error, field string) error {
	if f, ok := fault.From(err); ok {
		return f.WithField(field)
	}
	return err
}

// Deliveries returns those of a webhook, the newest first, those before the id before ("" is from the newest).
func (s *Service) Deliveries(ctx context.Context, workspaceID, webhookID string, state State, before string, limit int) ([]Delivery, error) {
	return s.store.list(ctx, key{workspaceID: workspaceID, webhookID: webhookID}, state, before, limit)
}

// patterns are those of what the webhook is told of. Notes are for the members: * does not mean them.
func (w Webhook) patterns() []string {
	if !slices.Contains(w.Events, "*") {
		return w.Events
	}
	all := slices.DeleteFunc(slices.Clone(w.Events), func(pattern string) bool { return pattern == "*" })
	for _, k := range event.Kinds() {
		if !event.Matches("note.*", k.Type) {
			all = append(all, string(k.Type))
		}
	}
	return all
}
