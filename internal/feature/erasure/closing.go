package erasure

import (
	"context"
	"errors"
	"time"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/member"
)

// ClosingState is how far the closing of a workspace is.
type ClosingState string

// The states.
const (
	Waiting ClosingState = "waiting" // it can be undone
	Going   ClosingState = "going"
	Gone    ClosingState = "gone" // nothing is left; what came late is looked for once more
)

// Closing is a workspace that is to be deleted.
type Closing struct {
	WorkspaceID string
	State       ClosingState
	ByID        string // the owner who wants it
	ByName      string // as it was then
	AskedAt     int64  // unix ms
	DueAt       int64  // unix ms; until then it can be undone

	nextAt int64 // unix ms: when there is something to do
}

// Late reports whether a step must not be put off any more: a day after its time.
func (c Closing) Late(now time.Time) bool {
	return now.UnixMilli() > c.DueAt+(24*time.Hour).Milliseconds()
}

const (
	putOff   = time.Minute      // how long a step that failed or waits is left alone
	lookBack = 10 * time.Minute // after what time rows that came late are looked for
	atOnce   = 2000             // rows that are deleted in one transaction
)

// Close has a workspace deleted after the time of grace, for an owner who says their password and its name. ErrName,
// ErrClosing, and the faults of member.Service.Confirm.
func (s *Service) Close(ctx context.Context, by member.Principal, password, name string) (c Closing, err error) {
	w, err := s.Workspaces.Get(ctx, by.WorkspaceID)
	if err != nil {
		return c, err
	}
	if filter.Fold(name) != filter.Fold(w.Name) {
		return c, ErrName
	}
	if err := s.Members.Confirm(ctx, by, password); err != nil {
		return c, err
	}
	now := s.Now()
	c = Closing{WorkspaceID: w.ID, State: Waiting, ByID: by.MemberID, ByName: by.Name, AskedAt: now.UnixMilli(), DueAt: now.Add(s.Grace).UnixMilli()}
	return c, s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insertClosing(ctx, c); err != nil {
			if db.IsUnique(err) {
				return ErrClosing.WithCause(err)
			}
			return err
		}
		return s.noted(ctx, c.WorkspaceID, "workspace.closing", w.Name)
	})
}

func (s *Service) noted(ctx context.Context, workspaceID string, deed audit.Deed, name string) error {
	db.AfterCommit(ctx, func() { s.Told(workspaceID) })
	return s.Audit.Write(ctx, workspaceID, deed, audit.Subject{Kind: "workspace", ID: workspaceID, Name: name}, nil)
}

// Keep undoes Close in time. ErrNotClosing.
func (s *Service) Keep(ctx context.Context, workspaceID string) error {
	w, err := s.Workspaces.Get(ctx, workspaceID)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		ok, err := s.store.undo(ctx, workspaceID)
		if err != nil {
			return err
		}
		if !ok {
			return ErrNotClosing
		}
		return s.noted(ctx, workspaceID, "workspace.kept", w.Name)
	})
}

// Closing is a workspace's. ErrNotClosing.
func (s *Service) Closing(ctx context.Context, workspaceID string) (Closing, error) {
	return s.store.closing(ctx, workspaceID)
}

func (s *Service) workClosings(ctx context.Context) error {
	list, err := s.store.dueClosings(ctx, s.now())
	for _, c := range list {
		err = errors.Join(err, s.goOn(ctx, c))
	}
	return err
}

// goOn takes a closing one state further. Every step may be done again.
func (s *Service) goOn(ctx context.Context, c Closing) error {
	switch c.State {
	case Waiting:
		if ok, err := s.store.move(ctx, c, Going, s.now()); err != nil || !ok {
			return err
		}
		c.State = Going
		return s.goOn(ctx, c)
	case Going:
		if err := s.delete(ctx, c); err != nil {
			_, moved := s.store.move(ctx, c, Going, s.now()+putOff.Milliseconds())
			if errors.Is(err, ErrLater) {
				err = nil
			}
			return errors.Join(err, moved)
		}
		s.Log.InfoContext(ctx, "a workspace was deleted", "workspace", c.WorkspaceID)
		_, err := s.store.move(ctx, c, Gone, s.now()+lookBack.Milliseconds())
		return err
	default:
		if err := s.deleteRows(ctx, c.WorkspaceID); err != nil {
			return err
		}
		if err := s.Files.EraseWorkspace(ctx, c.WorkspaceID); err != nil {
			return err
		}
		return s.store.deleteClosing(ctx, c.WorkspaceID)
	}
}

// delete deletes everything of a workspace but the note that it was closed.
func (s *Service) delete(ctx context.Context, c Closing) error {
	for _, step := range s.Steps {
		if err := step.Do(ctx, c); err != nil {
			return err
		}
	}
	if err := s.deleteRows(ctx, c.WorkspaceID); err != nil {
		return err
	}
	if err := s.Files.EraseWorkspace(ctx, c.WorkspaceID); err != nil {
		return err
	}
	return s.Workspaces.Delete(ctx, c.WorkspaceID)
}

// deleteRows empties every table of the workspace's rows, until a whole round finds none.
func (s *Service) deleteRows(ctx context.Context, workspaceID string) error {
	tables, err := s.DB.TablesWith(ctx, "workspace_id")
	if err != nil {
		return err
	}
	for found := true; found; {
		found = false
		for _, t := range tables {
			if t.Name == "closings" {
				continue
			}
			for n := int64(atOnce); n == atOnce; {
				if n, err = s.store.deleteSome(ctx, t, workspaceID, atOnce); err != nil {
					return err
				}
				found = found || n > 0
			}
		}
	}
	return nil
}
