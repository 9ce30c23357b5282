// Package template owns the messages that a workspace keeps ready: a text with variables and alternatives, and perhaps a file.
package template

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf8"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/fill"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "template_not_found", fault.Text{
		ID: "Template tidak ditemukan.", EN: "There is no such template.",
	})
	ErrName = fault.New(fault.Invalid, "template_name_bad", fault.Text{
		ID: "Nama template wajib diisi, paling panjang 100 karakter.", EN: "The template needs a name of at most 100 characters.",
	}).WithField("name")
	ErrTaken = fault.New(fault.Conflict, "template_exists", fault.Text{
		ID: "Sudah ada template dengan nama ini.", EN: "There is a template of this name already.",
	}).WithField("name")
	ErrCategory = fault.New(fault.Invalid, "template_category_bad", fault.Text{
		ID: "Kategori paling panjang 50 karakter.", EN: "A category has at most 50 characters.",
	}).WithField("category")
	ErrEmpty = fault.New(fault.Invalid, "template_empty", fault.Text{
		ID: "Template harus berisi teks atau berkas.", EN: "A template needs a text or a file.",
	}).WithField("body")
)

// maxCategory is the longest name of a category, in characters.
const maxCategory = 50

// Template is one message kept ready.
type Template struct {
	ID          string
	WorkspaceID string
	Name        string
	Body        string // kit/fill's language: {name}, {name=fallback}, {Halo|Hai}
	FileID      string // a file of the workspace, or ""
	Shortcut    string // what is typed after / to find it, see shortcutOf; "": it is no canned reply
	Category    string // what it is listed under, as the workspace calls it; "": nothing
	CreatedAt   int64  // unix ms
	UpdatedAt   int64  // unix ms
}

// Vars lists the variables that the body uses, in alphabetical order.
func (t Template) Vars() []string {
	text, err := fill.Parse(t.Body)
	if err != nil {
		return nil
	}
	return text.Vars()
}

// Render fills in the body. Names of variables may come with their braces ("{name}") or without; one that the body
// needs and vars lacks is fill.ErrMissing, which names it.
func (t Template) Render(vars map[string]string) (string, error) {
	text, err := fill.Parse(t.Body)
	if err != nil {
		return "", err
	}
	plain := make(map[string]string, len(vars))
	for k, v := range vars {
		plain[strings.TrimSuffix(strings.TrimPrefix(k, "{"), "}")] = db.Text(v)
	}
	return text.Render(plain, rand.IntN)
}

// Service keeps the templates of all workspaces.
type Service struct {
	// Changed tells, after the commit, that the workspace of that id has other templates.
	Changed hook.Note[string]

	db  *db.DB
	now func() time.Time
	// file reports whether a file of the workspace exists, with a fault when it does not.
	file func(ctx context.Context, workspaceID, fileID string) error
}

// New makes the service; checkFile returns a fault when a workspace has no such file.
func New(d *db.DB, checkFile func(ctx context.Context, workspaceID, fileID string) error) *Service {
	return &Service{db: d, now: time.Now, file: checkFile}
}

// check tidies a template and says what is wrong with it, or nil.
func (s *Service) check(ctx context.Context, t *Template) error {
	t.Name = strings.TrimSpace(t.Name)
	if t.Name == "" || len([]rune(t.Name)) > 100 {
		return ErrName
	}
	var err error
	if t.Shortcut, err = shortcutOf(t.Shortcut); err != nil {
		return err
	}
	if t.Category = strings.Join(strings.Fields(t.Category), " "); utf8.RuneCountInString(t.Category) > maxCategory {
		return ErrCategory
	}
	if strings.TrimSpace(t.Body) == "" && t.FileID == "" {
		return ErrEmpty
	}
	if _, err := fill.Parse(t.Body); err != nil {
		return err
	}
	if t.FileID == "" {
		return nil
	}
	return s.file(ctx, t.WorkspaceID, t.FileID)
}

const insertTemplate = `INSERT INTO templates (workspace_id, id, name, body, file_id, created_at, updated_at, shortcut, category)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (workspace_id, name) DO NOTHING`

// Create checks and stores a new template.
func (s *Service) Create(ctx context.Context, t Template) (Template, error) {
	t.ID, t.CreatedAt = id.New(), s.now().UnixMilli()
	t.UpdatedAt = t.CreatedAt
	if err := s.check(ctx, &t); err != nil {
		return Template{}, err
	}
	res, err := s.db.Exec(ctx, insertTemplate, t.WorkspaceID, t.ID, t.Name, t.Body, t.FileID, t.CreatedAt, t.UpdatedAt, t.Shortcut, t.Category)
	if db.IsUnique(err) {
		return Template{}, ErrShortcutTaken.WithCause(err)
	}
	if err != nil {
		return Template{}, fmt.Errorf("store template: %w", err)
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return Template{}, ErrTaken
	}
	s.changed(ctx, t.WorkspaceID)
	return t, nil
}

const (
	holdTemplate   = `UPDATE templates SET updated_at = updated_at WHERE workspace_id = $1 AND id = $2`
	updateTemplate = `UPDATE templates SET name = $3, body = $4, file_id = $5, updated_at = $6, shortcut = $7, category = $8
		WHERE workspace_id = $1 AND id = $2`
)

// Update changes a template by edit, if the result is a good one; nothing changes otherwise.
func (s *Service) Update(ctx context.Context, workspaceID, templateID string, edit func(*Template)) (t Template, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, holdTemplate, workspaceID, templateID); err != nil {
			return fmt.Errorf("hold a template: %w", err) // two changes at once are one after the other
		}
		if t, err = s.Get(ctx, workspaceID, templateID); err != nil {
			return err
		}
		edit(&t)
		if err := s.check(ctx, &t); err != nil {
			return err
		}
		t.UpdatedAt = s.now().UnixMilli()
		_, err := s.db.Exec(ctx, updateTemplate, workspaceID, t.ID, t.Name, t.Body, t.FileID, t.UpdatedAt, t.Shortcut, t.Category)
		if db.IsUnique(err) {
			return s.whichTaken(ctx, t, err)
		}
		s.changed(ctx, workspaceID)
		return err
	})
	return t, err
}

const deleteTemplate = `DELETE FROM templates WHERE workspace_id = $1 AND id = $2`

// Delete removes a template; one that is not there is ErrNotFound.
func (s *Service) Delete(ctx context.Context, workspaceID, templateID string) error {
	res, err := s.db.Exec(ctx, deleteTemplate, workspaceID, templateID)
	if err != nil {
		return fmt.Errorf("delete template: %w", err)
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return ErrNotFound
	}
	s.changed(ctx, workspaceID)
	return nil
}

func (s *Service) changed(ctx context.Context, workspaceID string) {
	db.AfterCommit(ctx, func() { s.Changed.Fire(context.WithoutCancel(ctx), workspaceID) })
}

const columns = `workspace_id, id, name, body, file_id, created_at, updated_at, shortcut, category`

const getTemplate = `SELECT ` + columns + ` FROM templates WHERE workspace_id = $1 AND id = $2`

// Get returns a template; another workspace's is ErrNotFound like one that is not there.
func (s *Service) Get(ctx context.Context, workspaceID, templateID string) (Template, error) {
	t, err := scan(s.db.QueryRow(ctx, getTemplate, workspaceID, templateID))
	if errors.Is(err, sql.ErrNoRows) {
		return Template{}, ErrNotFound
	}
	return t, err
}

const listTemplates = `SELECT ` + columns + ` FROM templates WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3`

// List returns up to limit templates, the oldest first, that come after the id after ("" is from the start).
func (s *Service) List(ctx context.Context, workspaceID, after string, limit int) ([]Template, error) {
	rows, err := s.db.Query(ctx, listTemplates, workspaceID, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

func scan(row dbutil.Scannable) (t Template, err error) {
	err = row.Scan(&t.WorkspaceID, &t.ID, &t.Name, &t.Body, &t.FileID, &t.CreatedAt, &t.UpdatedAt, &t.Shortcut, &t.Category)
	return t, err
}
