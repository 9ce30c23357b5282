package importer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/kit/table"
)

const (
	// samples is how many rows are shown with a new import.
	samples = 10
	// judged is how many rows a preview looks at; the whole file is judged when it runs.
	judged = 20_000
	// chunk is how many rows are written in one transaction.
	chunk = 200
)

// fileFault turns what a file is not into what a person reads.
func fileFault(err error) error {
	switch {
	case errors.Is(err, table.ErrOld):
		return ErrOld
	case errors.Is(err, table.ErrNone):
		return ErrTable.WithCause(err)
	}
	return err
}

// Add keeps a file and proposes what its columns are. Nothing of it is written yet. ErrTable, ErrOld, ErrEmpty, ErrLarge.
func (s *Service) Add(ctx context.Context, workspaceID, byID, filename string, r io.ReadSeeker) (Import, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return Import{}, fmt.Errorf("measure a file: %w", err)
	}
	if size > table.MaxFile {
		return Import{}, ErrLarge
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return Import{}, fmt.Errorf("go to a file's begin: %w", err)
	}
	i := Import{ID: id.New(), WorkspaceID: workspaceID, State: Draft, ByID: byID, CreatedAt: s.now(), Filename: cut(path.Base(db.Text(filename)), 200)}
	i.UpdatedAt = i.CreatedAt
	if err := look(r, &i); err != nil {
		return Import{}, fileFault(err)
	}
	fields, err := s.Contacts.Fields(ctx, workspaceID)
	if err != nil {
		return Import{}, err
	}
	i.Options = Options{Columns: propose(i.Header, i.Samples, fields), Policy: contact.FillEmpty, TagIDs: []string{}}
	f, err := s.Files.AddFrom(ctx, workspaceID, i.Filename, r)
	if err != nil {
		return Import{}, err
	}
	i.FileID = f.ID
	return i, s.store.insert(ctx, i)
}

// look reads the names of the columns, some samples, and counts the rows.
func look(r io.ReadSeeker, i *Import) (err error) {
	t, err := table.Open(r)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	for {
		cells, _, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		switch {
		case err != nil:
			return err
		case blank(cells):
			continue
		case i.Header == nil:
			i.Header = shortened(cells)
			continue
		}
		if i.Total++; i.Total > table.MaxRows {
			return ErrLarge
		}
		if len(i.Samples) < samples {
			i.Samples = append(i.Samples, shortened(cells))
		}
	}
	if i.Total == 0 {
		return ErrEmpty
	}
	return nil
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// shortened is a row to be shown.
func shortened(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = cut(strings.TrimSpace(db.Text(c)), 100)
	}
	return out
}

// rows calls fn with the rows below the header, in chunks.
func (s *Service) rows(ctx context.Context, j *judge, fn func([]row) error) (err error) {
	r, err := s.Files.Open(ctx, j.i.WorkspaceID, j.i.FileID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	t, err := table.Open(r)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	header := true
	list := make([]row, 0, chunk)
	for {
		cells, number, err := t.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return fn(list)
			}
			return err
		}
		if blank(cells) {
			continue
		}
		if header {
			header = false
			continue
		}
		if list = append(list, j.read(cells, number)); len(list) == chunk {
			if err := fn(list); err != nil {
				return err
			}
			list = list[:0]
		}
	}
}

// errEnough ends the reading of rows.
var errEnough = errors.New("enough")

// Preview is what would become of an import.
type Preview struct {
	Counts map[Verdict]int
	Looked int    // rows that were judged: all of a small file
	Lines  []Line // those that were asked for
}

// Ask says which lines of a preview are wanted.
type Ask struct {
	Only  Verdict // "" is every
	After int     // rows of the file up to this number are left out
	Limit int
}

// Preview judges the rows, up to 20,000, and writes nothing. ErrMapping, contact.ErrTagNotFound.
func (s *Service) Preview(ctx context.Context, i Import, a Ask) (Preview, error) {
	p := Preview{Counts: map[Verdict]int{}, Lines: []Line{}}
	j, err := s.judge(ctx, i)
	if err != nil {
		return p, err
	}
	err = s.rows(ctx, j, func(list []row) error {
		if err := j.decide(ctx, list); err != nil {
			return err
		}
		for _, r := range list {
			p.Counts[r.line.Verdict]++
			if r.line.Row > a.After && len(p.Lines) < a.Limit && (a.Only == "" || a.Only == r.line.Verdict) {
				p.Lines = append(p.Lines, r.line)
			}
		}
		if p.Looked += len(list); p.Looked >= judged {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return p, fileFault(err)
}

// Get returns one import. ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID, importID string) (Import, error) {
	return s.store.get(ctx, workspaceID, importID)
}

// Start has an import run in the background. ErrState, ErrMapping, contact.ErrTagNotFound.
func (s *Service) Start(ctx context.Context, i Import) (Import, error) {
	if _, err := s.judge(ctx, i); err != nil {
		return i, err
	}
	i.Options.Policy = cmp.Or(i.Options.Policy, contact.FillEmpty)
	i.State = Queued
	return s.moved(ctx, i, Draft)
}

// Cancel ends an import; what it has written stays. ErrState when it is over already.
func (s *Service) Cancel(ctx context.Context, i Import) (Import, error) {
	from := i.State
	if from != Draft && from != Queued && from != Running {
		return i, ErrState
	}
	i.State = Cancelled
	return s.moved(ctx, i, from)
}

func (s *Service) moved(ctx context.Context, i Import, from State) (Import, error) {
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		ok, err := s.store.move(ctx, i, from, s.now())
		if err != nil {
			return err
		}
		if !ok {
			return ErrState
		}
		db.AfterCommit(ctx, s.nudge)
		return s.tell(ctx, i)
	})
	return i, err
}

// Delete forgets an import and its report; the contacts stay. ErrState while it runs.
func (s *Service) Delete(ctx context.Context, i Import) error {
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		ok, err := s.store.delete(ctx, i)
		if err == nil && !ok {
			err = ErrState
		}
		return err
	})
}

// tell writes how far an import is into the event log.
func (s *Service) tell(ctx context.Context, i Import) error {
	counts := map[string]int{}
	for v, n := range i.Counts {
		counts[string(v)] = n
	}
	return s.Events.Append(ctx, event.Draft{
		WorkspaceID: i.WorkspaceID, Subject: i.ID, Type: event.ImportChanged,
		Data: event.ImportData{ImportID: i.ID, State: string(i.State), Done: i.Done, Total: i.Total, Counts: counts},
	})
}
