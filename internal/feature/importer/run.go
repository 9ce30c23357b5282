package importer

import (
	"context"
	"errors"
	"time"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

const (
	poll = 2 * time.Second
	// claimed is how long a node may say nothing of an import before another one goes on with it.
	claimed = 60 * time.Second
	// news is after how many chunks the progress is told.
	news = 10
)

// errLost ends a run whose import was cancelled or is another node's now.
var errLost = errors.New("the import is not ours any more")

func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run writes the imports that wait, one after the other, until ctx ends. What was under way goes on with the next row
// that is not written, after a restart too.
func (s *Service) Run(ctx context.Context) error {
	if err := s.store.release(ctx, s.Node); err != nil {
		if ctx.Err() != nil {
			return nil // stopped before it began
		}
		return err
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if err := s.runWaiting(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "imports could not be run", "error", err)
		}
		select {
		case <-ctx.Done():
			return s.store.release(context.WithoutCancel(ctx), s.Node)
		case <-s.wake:
		case <-tick.C:
		}
	}
}

func (s *Service) runWaiting(ctx context.Context) error {
	list, err := s.store.waiting(ctx, s.steady())
	if err != nil {
		return err
	}
	for _, i := range list {
		ok, err := s.store.claim(ctx, i, s.Node, s.steady()+claimed.Milliseconds(), s.steady())
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if i, err = s.store.get(ctx, i.WorkspaceID, i.ID); err != nil { // another node may have written meanwhile
			return err
		}
		if err := s.runOne(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// runOne runs an import to its end. Only an end of ctx or the database leaves it unfinished.
func (s *Service) runOne(ctx context.Context, i Import) error {
	err := s.write(ctx, &i)
	switch {
	case errors.Is(err, errLost):
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && db.Transient(err):
		return err // it is tried again from where it is, once the claim is over
	case err != nil:
		s.Log.WarnContext(ctx, "an import failed", "import", i.ID, "error", err)
		i.State, i.Problem = Failed, problemOf(err)
	default:
		i.State = Done
	}
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		ok, err := s.store.finish(ctx, i, s.Node, s.now())
		if err != nil || !ok {
			return err
		}
		return s.tell(ctx, i)
	})
}

// write writes the rows that are not written yet.
func (s *Service) write(ctx context.Context, i *Import) error {
	j, err := s.judge(ctx, *i)
	if err != nil {
		return err
	}
	if i.Counts == nil {
		i.Counts = map[Verdict]int{}
	}
	skip, chunks := i.Done, 0
	return fileFault(s.rows(ctx, j, func(list []row) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(skip, len(list)) // a chunk is written whole, so these are whole chunks
		skip -= n
		if list = list[n:]; len(list) == 0 {
			return nil
		}
		chunks++
		return s.writeChunk(ctx, j, i, list, chunks%news == 1)
	}))
}

// writeChunk writes some rows, their lines and the progress in one transaction: after a crash either all of it is there,
// or none.
func (s *Service) writeChunk(ctx context.Context, j *judge, i *Import, list []row, telling bool) error {
	var after Import
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.makeTags(ctx, j, list); err != nil {
			return err
		}
		if err := j.decide(ctx, list); err != nil {
			return err
		}
		lines, err := s.enter(ctx, i.WorkspaceID, list)
		if err != nil {
			return err
		}
		after = *i
		after.Counts = map[Verdict]int{}
		for v, n := range i.Counts {
			after.Counts[v] = n
		}
		for _, l := range lines {
			after.Counts[l.Verdict]++
		}
		after.Done, after.State = i.Done+len(lines), Running
		if err := s.store.addLines(ctx, after, i.Done, lines); err != nil {
			return err
		}
		ok, err := s.store.advance(ctx, after, s.Node, i.Done, s.steady()+claimed.Milliseconds(), s.now())
		if err != nil {
			return err
		}
		if !ok {
			return errLost
		}
		if telling {
			return s.tell(ctx, after)
		}
		return nil
	})
	if err == nil {
		*i = after
	}
	return err
}

// makeTags makes the tags that the rows name and that are not there yet. When there may be no more, the rows go without.
func (s *Service) makeTags(ctx context.Context, j *judge, list []row) error {
	for _, r := range list {
		for _, name := range r.tags {
			if _, ok := j.tags[filter.Fold(name)]; ok {
				continue
			}
			t, err := s.Contacts.AddTag(ctx, j.i.WorkspaceID, cut(name, 50), "")
			if errors.Is(err, contact.ErrTags) || errors.Is(err, contact.ErrTagName) {
				continue
			}
			if err != nil {
				return err
			}
			j.tags[filter.Fold(name)] = t.ID
		}
	}
	return nil
}

// enter writes the rows that are to be written, and returns the lines of all.
func (s *Service) enter(ctx context.Context, workspaceID string, list []row) ([]Line, error) {
	var entries []contact.Entry
	lines := make([]Line, 0, len(list))
	for _, r := range list {
		if r.writes() {
			entries = append(entries, r.entry)
		}
		lines = append(lines, r.line)
	}
	done, err := s.Contacts.EnterMany(ctx, workspaceID, entries)
	if err != nil {
		return nil, err
	}
	for at := range lines {
		if list[at].writes() {
			lines[at].ContactID, done = done[0].ContactID, done[1:]
		}
	}
	return lines, nil
}

// writes reports whether anything of a row is to be written.
func (r row) writes() bool {
	switch r.line.Verdict {
	case Added, Update, OptedOut:
		return true
	case Duplicate:
		return r.entry.Consent.State == contact.ConsentOut
	}
	return false
}
