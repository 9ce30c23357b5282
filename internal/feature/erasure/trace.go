package erasure

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// trace is what a deleted contact has left elsewhere.
type trace struct {
	workspaceID, id string
	names           []string // ids by which it is named: the contact's, its chats'
	files           []string // that were in its chats
	place           place
	createdAt       int64 // unix ms
	dueAt           int64 // unix ms
}

// place is how far the erasing of a trace is: trail by trail, and then the files.
type place struct {
	Trail int    `json:"trail"`
	After string `json:"after"`
	Again bool   `json:"again"` // the trails are gone through a second time
}

// again is after what time the trails are looked at once more: who was told of the contact just when it was deleted has
// written it down by then.
const again = time.Minute

// Forget has everything erased that names one of names, and those of files that nothing else has, soon after the
// transaction in ctx.
func (s *Service) Forget(ctx context.Context, workspaceID string, names, files []string) error {
	now := s.now()
	slices.Sort(files)
	t := trace{workspaceID: workspaceID, id: id.New(), names: names, files: slices.Compact(files), createdAt: now, dueAt: now}
	if err := s.store.insertTrace(ctx, t); err != nil {
		return err
	}
	db.AfterCommit(ctx, s.nudge)
	return nil
}

func (s *Service) workTraces(ctx context.Context) error {
	list, err := s.store.dueTraces(ctx, s.now())
	for _, t := range list {
		err = errors.Join(err, s.erase(ctx, t))
	}
	return err
}

// erase goes on with a trace until it has to wait. Two nodes that do it at once do the same.
func (s *Service) erase(ctx context.Context, t trace) (err error) {
	for t.place.Trail < len(s.Trails) {
		next, err := s.Trails[t.place.Trail].Erase(ctx, t.workspaceID, t.names, t.place.After)
		if err != nil {
			return err
		}
		if t.place.After = next; next == "" {
			t.place.Trail++
		}
		if err := s.store.saveTrace(ctx, t); err != nil {
			return err
		}
	}
	if !t.place.Again {
		if err := s.eraseFiles(ctx, t); err != nil {
			return err
		}
		t.files, t.place = nil, place{Again: true}
		t.dueAt = t.createdAt + again.Milliseconds()
		return s.store.saveTrace(ctx, t)
	}
	return s.store.deleteTrace(ctx, t)
}

// eraseFiles erases the files that nothing of the workspace names any more.
func (s *Service) eraseFiles(ctx context.Context, t trace) error {
	loose := map[string]bool{}
	for _, f := range t.files {
		loose[f] = true
	}
	if len(loose) == 0 {
		return nil
	}
	tables, err := s.DB.TablesWith(ctx, "workspace_id")
	if err != nil {
		return err
	}
	for _, table := range tables {
		if slices.Contains(s.Silent, table.Name) {
			continue
		}
		if err := s.store.eachText(ctx, table, t.workspaceID, func(text string) { holdBack(loose, text) }); err != nil {
			return err
		}
	}
	var gone []string
	for f := range loose {
		gone = append(gone, f)
	}
	return s.Files.Erase(ctx, t.workspaceID, gone...)
}

// holdBack takes the ids that a text names out of loose.
func holdBack(loose map[string]bool, text string) {
	const first, whole = 8, 36 // an id is 8-4-4-4-12 digits
	for at := 0; ; at++ {
		dash := strings.IndexByte(text[at:], '-')
		if dash < 0 {
			return
		}
		at += dash
		if begin := at - first; begin >= 0 && begin+whole <= len(text) {
			delete(loose, text[begin:begin+whole])
		}
	}
}
