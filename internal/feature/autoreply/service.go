package autoreply

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// maxRules bounds the rules of one workspace, so that looking through all of them stays quick.
const maxRules = 500

// ErrTooMany means that the workspace has as many rules as it may.
var ErrTooMany = fault.New(fault.Conflict, "rule_too_many", fault.Text{
	ID: "Paling banyak 500 aturan. Hapus yang tidak dipakai.", EN: "At most 500 rules are allowed. Delete the ones you don't use.",
})

// ErrBadOrder means that a new order does not list each rule once.
var ErrBadOrder = fault.New(fault.Invalid, "rule_order_bad", fault.Text{
	ID: "Urutan harus memuat setiap aturan tepat satu kali.", EN: "The order must list every rule exactly once.",
}).WithField("rule_ids")

// Workspaces is what rules ask about the workspace.
type Workspaces interface {
	// IsOpen reports whether at is inside the office hours; a workspace without office hours is always open.
	IsOpen(ctx context.Context, workspaceID string, at time.Time) (bool, error)
	// Shop returns the business's name and its time zone.
	Shop(ctx context.Context, workspaceID string) (name string, zone *time.Location, err error)
}

// Files makes messages of uploaded files.
type Files interface {
	Content(ctx context.Context, workspaceID, fileID string, kind device.Kind, text string) (device.Content, error)
}

// Devices is what rules ask about devices.
type Devices interface {
	// Get returns a device of the workspace, or a fault of kind not_found.
	Get(ctx context.Context, workspaceID, deviceID string) (device.Device, error)
}

// Service is the rules of all workspaces; an answerer of chats.
type Service struct {
	// Changed tells, after the commit, that the workspace of that id has other rules.
	Changed hook.Note[string]

	store      store
	log        *slog.Logger
	workspaces Workspaces
	files      Files
	devices    Devices
	now        func() time.Time
	cache      sync.Map // workspace id → *ruleset
}

var (
	_ chat.Answerer = (*Service)(nil)
	_ chat.Readier  = (*Service)(nil)
)

// New makes the service.
func New(d *db.DB, log *slog.Logger, w Workspaces, f Files, devices Devices) *Service {
	return &Service{store: store{d}, log: log, workspaces: w, files: f, devices: devices, now: time.Now}
}

// List returns the workspace's rules in their order.
func (s *Service) List(ctx context.Context, workspaceID string) ([]Rule, error) {
	return s.store.list(ctx, workspaceID)
}

// Get returns one rule.
func (s *Service) Get(ctx context.Context, workspaceID, ruleID string) (Rule, error) {
	return s.store.get(ctx, workspaceID, ruleID)
}

// Create checks a rule and puts it at the end of the order.
func (s *Service) Create(ctx context.Context, r Rule) (Rule, error) {
	r.ID, r.CreatedAt = id.New(), s.now().UnixMilli()
	return s.save(ctx, r, func(ctx context.Context, r *Rule) (before Rule, err error) {
		all, err := s.store.list(ctx, r.WorkspaceID)
		if err != nil {
			return before, err
		}
		if len(all) >= maxRules {
			return before, ErrTooMany
		}
		for _, other := range all {
			r.Position = max(r.Position, other.Position+1)
		}
		return before, nil
	})
}

// Update changes a rule by edit and stores it when it is still a good one; nothing changes otherwise.
func (s *Service) Update(ctx context.Context, workspaceID, ruleID string, edit func(*Rule)) (Rule, error) {
	return s.save(ctx, Rule{WorkspaceID: workspaceID, ID: ruleID}, func(ctx context.Context, r *Rule) (before Rule, err error) {
		if before, err = s.store.get(ctx, workspaceID, ruleID); err != nil {
			return before, err
		}
		*r = before
		edit(r)
		return before, nil
	})
}

// change runs fn in a transaction that changes the workspace's rules, one after the other.
func (s *Service) change(ctx context.Context, workspaceID string, fn func(context.Context) error) error {
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.bump(ctx, workspaceID); err != nil {
			return err
		}
		db.AfterCommit(ctx, func() { s.Changed.Fire(context.WithoutCancel(ctx), workspaceID) })
		return fn(ctx)
	})
}

// save prepares, checks and stores a rule in one transaction.
func (s *Service) save(ctx context.Context, r Rule, prepare func(context.Context, *Rule) (before Rule, err error)) (Rule, error) {
	err := s.change(ctx, r.WorkspaceID, func(ctx context.Context) error {
		before, err := prepare(ctx, &r)
		if err != nil {
			return err
		}
		if r.DeviceIDs == nil {
			r.DeviceIDs = []string{}
		}
		if err := r.check(); err != nil {
			return err
		}
		if err := s.checkOwned(ctx, r, before); err != nil {
			return err
		}
		r.UpdatedAt = s.now().UnixMilli()
		return s.store.put(ctx, r)
	})
	return r, err
}

// checkOwned refuses files and devices that the workspace does not have. A device that the rule had before may be gone:
// that must not stop other changes.
func (s *Service) checkOwned(ctx context.Context, r, before Rule) error {
	for i, step := range r.Then {
		if step.FileID == "" {
			continue
		}
		if _, err := s.files.Content(ctx, r.WorkspaceID, step.FileID, step.Kind, step.Text); err != nil {
			return inField(err, fmt.Sprintf("then[%d].file_id", i))
		}
	}
	for i, deviceID := range r.DeviceIDs {
		if slices.Contains(before.DeviceIDs, deviceID) {
			continue
		}
		if _, err := s.devices.Get(ctx, r.WorkspaceID, deviceID); err != nil {
			return inField(err, fmt.Sprintf("device_ids[%d]", i))
		}
	}
	return nil
}

// inField names the field that a missing thing was named in.
func inField(err error, field string) error {
	if f, ok := fault.From(err); ok && f.Kind == fault.NotFound {
		return f.WithField(field)
	}
	return err
}

// Delete removes a rule; one that is not there is ErrNotFound.
func (s *Service) Delete(ctx context.Context, workspaceID, ruleID string) error {
	return s.change(ctx, workspaceID, func(ctx context.Context) error { return s.store.delete(ctx, workspaceID, ruleID) })
}

// Reorder puts the rules in the given order, which must list each of them once.
func (s *Service) Reorder(ctx context.Context, workspaceID string, ids []string) error {
	return s.change(ctx, workspaceID, func(ctx context.Context) error {
		all, err := s.store.list(ctx, workspaceID)
		if err != nil {
			return err
		}
		byID := map[string]Rule{}
		for _, r := range all {
			byID[r.ID] = r
		}
		if len(ids) != len(all) {
			return ErrBadOrder
		}
		for i, ruleID := range ids {
			r, ok := byID[ruleID]
			if !ok {
				return ErrBadOrder
			}
			delete(byID, ruleID)
			if r.Position == i {
				continue
			}
			r.Position = i
			if err := s.store.put(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// Fires counts how often each rule of the workspace answered, by rule id.
func (s *Service) Fires(ctx context.Context, workspaceID string) (map[string]int64, error) {
	return s.store.fires(ctx, workspaceID)
}
