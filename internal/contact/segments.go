package contact

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// maxSegments is how many segments a workspace may have.
const maxSegments = 200

// The faults of segments.
var (
	ErrSegmentNotFound = fault.New(fault.NotFound, "segment_not_found", fault.Text{
		ID: "Segmen tidak ditemukan.", EN: "There is no such segment.",
	})
	ErrSegmentName = fault.New(fault.Invalid, "segment_name_invalid", fault.Text{
		ID: "Nama segmen harus 1 sampai 100 karakter.", EN: "A segment's name must have 1 to 100 characters.",
	}).WithField("name")
	ErrSegmentTaken = fault.New(fault.Conflict, "segment_exists", fault.Text{
		ID: "Sudah ada segmen dengan nama ini.", EN: "There is a segment with this name already.",
	}).WithField("name")
	ErrSegments = fault.New(fault.Conflict, "too_many_segments", fault.Text{
		ID: "Paling banyak 200 segmen. Hapus yang tidak dipakai.", EN: "There can be at most 200 segments. Delete those that are not used.",
	})
)

// Segment is a checked expression under a name: whoever it picks belongs to it, now and later.
type Segment struct {
	ID          string
	WorkspaceID string
	Name        string
	Tree        filter.Node
	CreatedAt   int64 // unix ms
	UpdatedAt   int64 // unix ms
}

// Segments lists the segments of a workspace by name.
func (s *Service) Segments(ctx context.Context, workspaceID string) ([]Segment, error) {
	return s.store.segments(ctx, workspaceID)
}

// Segment returns one. ErrSegmentNotFound.
func (s *Service) Segment(ctx context.Context, workspaceID, segmentID string) (Segment, error) {
	return s.store.segment(ctx, workspaceID, segmentID)
}

// AddSegment keeps an expression. ErrSegmentName, ErrSegmentTaken, ErrSegments, the faults of filter.Check.
func (s *Service) AddSegment(ctx context.Context, workspaceID, name string, tree filter.Node) (Segment, error) {
	now := s.now().UnixMilli()
	g := Segment{ID: id.New(), WorkspaceID: workspaceID, Name: name, Tree: tree, CreatedAt: now, UpdatedAt: now}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		list, err := s.store.segments(ctx, workspaceID)
		if err != nil {
			return err
		}
		if len(list) >= maxSegments {
			return ErrSegments
		}
		if err := s.checkSegment(ctx, &g); err != nil {
			return err
		}
		return s.arranged(ctx, workspaceID, s.store.insertSegment(ctx, g))
	})
	return g, err
}

// SegmentChange is what ChangeSegment changes; nil stays.
type SegmentChange struct {
	Name *string
	Tree *filter.Node
}

// ChangeSegment gives a segment another name or expression. ErrSegmentNotFound and the faults of AddSegment.
func (s *Service) ChangeSegment(ctx context.Context, workspaceID, segmentID string, ch SegmentChange) (g Segment, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if g, err = s.store.segment(ctx, workspaceID, segmentID); err != nil {
			return err
		}
		if ch.Name != nil {
			g.Name = *ch.Name
		}
		if ch.Tree != nil {
			g.Tree = *ch.Tree
		}
		g.UpdatedAt = s.now().UnixMilli()
		if err := s.checkSegment(ctx, &g); err != nil {
			return err
		}
		return s.arranged(ctx, workspaceID, s.store.updateSegment(ctx, g))
	})
	return g, err
}

// DeleteSegment forgets a segment; its contacts stay. ErrSegmentNotFound, also the second time.
func (s *Service) DeleteSegment(ctx context.Context, workspaceID, segmentID string) error {
	return s.arranged(ctx, workspaceID, s.store.deleteSegment(ctx, workspaceID, segmentID))
}

func (s *Service) checkSegment(ctx context.Context, g *Segment) error {
	if g.Name = cleanName(g.Name); g.Name == "" || utf8.RuneCountInString(g.Name) > 100 {
		return ErrSegmentName
	}
	_, err := s.Check(ctx, g.WorkspaceID, g.Tree)
	return err
}

// renameTag has the segments follow a tag's new name.
func (s *Service) renameTag(ctx context.Context, workspaceID, was, name string) error {
	if was == name {
		return nil
	}
	list, err := s.store.segments(ctx, workspaceID)
	if err != nil {
		return err
	}
	for _, g := range list {
		if !names(g.Tree, "tag", was) {
			continue
		}
		g.Tree = renamed(g.Tree, was, name)
		if err := s.store.updateSegment(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

// names reports whether a tree names a subject, with a value unless that is "".
func names(n filter.Node, on, value string) bool {
	if n.On == on && (value == "" || filter.Fold(n.Value) == filter.Fold(value)) {
		return true
	}
	for _, a := range n.Args {
		if names(a, on, value) {
			return true
		}
	}
	return false
}

func renamed(n filter.Node, was, name string) filter.Node {
	if n.On == "tag" && filter.Fold(n.Value) == filter.Fold(was) {
		n.Value = name
	}
	args := make([]filter.Node, 0, len(n.Args))
	for _, a := range n.Args {
		args = append(args, renamed(a, was, name))
	}
	n.Args = args
	return n
}

// unused refuses with ErrInUse when a segment names a subject.
func (s *Service) unused(ctx context.Context, workspaceID, on, value string) error {
	list, err := s.store.segments(ctx, workspaceID)
	if err != nil {
		return err
	}
	for _, g := range list {
		if names(g.Tree, on, value) {
			return ErrInUse.Withf(g.Name)
		}
	}
	return nil
}

const segmentColumns = `workspace_id, id, name, tree, created_at, updated_at`

func scanSegment(r dbutil.Scannable) (g Segment, err error) {
	var tree string
	if err = r.Scan(&g.WorkspaceID, &g.ID, &g.Name, &tree, &g.CreatedAt, &g.UpdatedAt); err != nil {
		return g, err
	}
	if err := json.Unmarshal([]byte(tree), &g.Tree); err != nil {
		return g, fmt.Errorf("read a segment: %w", err)
	}
	return g, nil
}

const selectSegments = `SELECT ` + segmentColumns + ` FROM segments WHERE workspace_id = $1 ORDER BY folded`

func (s store) segments(ctx context.Context, workspaceID string) ([]Segment, error) {
	rows, err := s.db.Query(ctx, selectSegments, workspaceID)
	return dbutil.NewRowIterWithError(rows, scanSegment, err).AsList()
}

const selectSegment = `SELECT ` + segmentColumns + ` FROM segments WHERE workspace_id = $1 AND id = $2`

func (s store) segment(ctx context.Context, workspaceID, segmentID string) (Segment, error) {
	g, err := scanSegment(s.db.QueryRow(ctx, selectSegment, workspaceID, segmentID))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrSegmentNotFound
	}
	return g, err
}

const insertSegment = `INSERT INTO segments (workspace_id, id, name, folded, tree, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

func (s store) insertSegment(ctx context.Context, g Segment) error {
	tree, err := json.Marshal(g.Tree)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, insertSegment, g.WorkspaceID, g.ID, g.Name, filter.Fold(g.Name), string(tree), g.CreatedAt, g.UpdatedAt)
	return taken(err, ErrSegmentTaken)
}

const updateSegment = `UPDATE segments SET name = $3, folded = $4, tree = $5, updated_at = $6 WHERE workspace_id = $1 AND id = $2`

func (s store) updateSegment(ctx context.Context, g Segment) error {
	tree, err := json.Marshal(g.Tree)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, updateSegment, g.WorkspaceID, g.ID, g.Name, filter.Fold(g.Name), string(tree), g.UpdatedAt)
	return taken(err, ErrSegmentTaken)
}

const deleteSegment = `DELETE FROM segments WHERE workspace_id = $1 AND id = $2`

func (s store) deleteSegment(ctx context.Context, workspaceID, segmentID string) error {
	res, err := s.db.Exec(ctx, deleteSegment, workspaceID, segmentID)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return ErrSegmentNotFound
}
