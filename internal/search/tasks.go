package search

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"go.mau.fi/util/dbutil"
)

// The tasks: what is done in the background, in steps that each leave a mark of how far it is.
const (
	taskFill  = "fill"  // index the messages that were there before the index
	taskSweep = "sweep" // take out what is no message any more
)

const (
	// step is how many messages are looked at in one transaction.
	step = 200
	// rest is the pause between two steps: messages that come in have the database in between.
	rest = 20 * time.Millisecond
	// idle is how long it takes at most to see a task that another node has left.
	idle = time.Minute
)

// task is one of a workspace, done up to a message's id.
type task struct{ WorkspaceID, Task, DoneTo string }

// run works on the tasks until ctx ends.
func (s *Service) run(ctx context.Context) error {
	for ctx.Err() == nil {
		more, err := s.Work(ctx)
		wait := idle
		if more {
			wait = rest
		}
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "the search index waits", "error", err)
			wait = 5 * time.Second
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-s.nudge:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// selectTask finds one task.
//
//sql:global tasks of all workspaces are done one after the other
const selectTask = `SELECT workspace_id, task, done_to FROM search_tasks ORDER BY workspace_id, task LIMIT 1`

// Work does one step of what is to be done for the index, and reports whether there may be more. Module's Run calls it
// by itself. A power cut may take a step back, with the note that it was done.
func (s *Service) Work(ctx context.Context) (more bool, err error) {
	err = s.db.TxRelaxed(ctx, func(ctx context.Context) error {
		var err error
		if more, err = s.freshenAny(ctx); err != nil || more {
			return err
		}
		rows, err := s.db.Query(ctx, selectTask)
		list, err := dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (t task, err error) {
			err = r.Scan(&t.WorkspaceID, &t.Task, &t.DoneTo)
			return t, err
		}, err).AsList()
		if err != nil || len(list) == 0 {
			return err
		}
		more = true
		if list[0].Task == taskSweep {
			return s.sweep(ctx, list[0])
		}
		return s.fill(ctx, list[0])
	})
	return more, err
}

const putTask = `INSERT INTO search_tasks (workspace_id, task) VALUES ($1, $2) ON CONFLICT (workspace_id, task) DO UPDATE SET done_to = ''`

// todo notes a task; one that is under way begins anew.
func (s store) todo(ctx context.Context, workspaceID, name string) error {
	_, err := s.db.Exec(ctx, putTask, workspaceID, name)
	return err
}

const moveTask = `UPDATE search_tasks SET done_to = $3 WHERE workspace_id = $1 AND task = $2`

const endTask = `DELETE FROM search_tasks WHERE workspace_id = $1 AND task = $2`

// advance notes how far a task is; last is "" when it is done.
func (s store) advance(ctx context.Context, t task, last string) error {
	if last == "" {
		_, err := s.db.Exec(ctx, endTask, t.WorkspaceID, t.Task)
		return err
	}
	_, err := s.db.Exec(ctx, moveTask, t.WorkspaceID, t.Task, last)
	return err
}

const oldColumns = `m.id, m.ordered_at, m.content, m.shown, m.revoked_at`

const selectOld = `SELECT ` + oldColumns + ` FROM messages m WHERE m.workspace_id = $1 AND m.id > $2 ORDER BY m.id LIMIT $3`

// old is a message that may not be indexed yet.
type old struct {
	id      string
	at      int64
	content []byte
	shown   int
	revoked int64
}

func scanOld(r dbutil.Scannable) (o old, err error) {
	err = r.Scan(&o.id, &o.at, &o.content, &o.shown, &o.revoked)
	return o, err
}

const selectPresent = `SELECT ` + oldColumns + ` FROM messages m WHERE m.workspace_id = $1 AND m.id = $2`

var errGone = errors.New("there is no such message any more")

// present is a message as it is now; errGone when it is not there.
func (s store) present(ctx context.Context, workspaceID, id string) (old, error) {
	o, err := scanOld(s.db.QueryRow(ctx, selectPresent, workspaceID, id))
	if errors.Is(err, sql.ErrNoRows) {
		return o, errGone
	}
	return o, err
}

func (s *Service) fill(ctx context.Context, t task) error {
	rows, err := s.db.Query(ctx, selectOld, t.WorkspaceID, t.DoneTo, step)
	list, err := dbutil.NewRowIterWithError(rows, scanOld, err).AsList()
	if err != nil {
		return err
	}
	last := ""
	for _, o := range list {
		last = o.id
		if !o.found() {
			continue
		}
		e, err := o.entry(t.WorkspaceID)
		if err != nil {
			return err
		}
		if err := s.store.insert(ctx, e); err != nil {
			return err
		}
	}
	return s.store.advance(ctx, t, last)
}

const selectIndexed = `SELECT i.message_id, COALESCE(m.shown, 0) FROM message_index i
	LEFT JOIN messages m ON m.workspace_id = i.workspace_id AND m.id = i.message_id
	WHERE i.workspace_id = $1 AND i.message_id > $2 ORDER BY i.message_id LIMIT $3`

func (s *Service) sweep(ctx context.Context, t task) error {
	type indexed struct {
		id    string
		shown int
	}
	rows, err := s.db.Query(ctx, selectIndexed, t.WorkspaceID, t.DoneTo, step)
	list, err := dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (i indexed, err error) {
		err = r.Scan(&i.id, &i.shown)
		return i, err
	}, err).AsList()
	if err != nil {
		return err
	}
	last := ""
	for _, i := range list {
		last = i.id
		if i.shown == 1 {
			continue
		}
		if err := s.store.remove(ctx, t.WorkspaceID, i.id); err != nil {
			return err
		}
	}
	return s.store.advance(ctx, t, last)
}
