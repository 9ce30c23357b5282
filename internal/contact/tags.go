package contact

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

const (
	// maxTags is how many tags a workspace may have.
	maxTags = 500
	// maxTagName bounds a tag's name, in characters.
	maxTagName = 50
	// noColor is the colour of a tag for which nobody chose one.
	noColor = "#64748b"
)

// The faults of tags.
var (
	ErrTagNotFound = fault.New(fault.NotFound, "tag_not_found", fault.Text{
		ID: "Tag tidak ditemukan.", EN: "There is no such tag.",
	})
	ErrTagName = fault.New(fault.Invalid, "tag_name_invalid", fault.Text{
		ID: "Nama tag harus 1 sampai 50 karakter.", EN: "A tag's name must have 1 to 50 characters.",
	}).WithField("name")
	ErrTagColor = fault.New(fault.Invalid, "tag_color_invalid", fault.Text{
		ID: "Warna tag ditulis seperti #16a34a.", EN: "A tag's colour is written like #16a34a.",
	}).WithField("color")
	ErrTagTaken = fault.New(fault.Conflict, "tag_exists", fault.Text{
		ID: "Sudah ada tag dengan nama ini.", EN: "There is a tag with this name already.",
	}).WithField("name")
	ErrTags = fault.New(fault.Conflict, "too_many_tags", fault.Text{
		ID: "Ruang kerja ini sudah punya 500 tag. Hapus yang tidak dipakai.", EN: "This workspace has 500 tags already. Delete those that are not used.",
	})
	ErrInUse = fault.New(fault.Conflict, "used_by_segment", fault.Text{
		ID: "Masih dipakai segmen %s. Ubah segmen itu dulu.", EN: "The segment %s still uses it. Change that segment first.",
	})
)

// Tag is a coloured word that a business puts on its contacts.
type Tag struct {
	ID          string
	WorkspaceID string
	Name        string
	Color       string // #rrggbb
	CreatedAt   int64  // unix ms
}

//arch:global a table, never written
var hexColor = regexp.MustCompile(`^#[0-9a-f]{6}$`)

func (t *Tag) check() error {
	t.Name = cleanName(t.Name)
	if n := utf8.RuneCountInString(t.Name); n < 1 || n > maxTagName {
		return ErrTagName
	}
	if t.Color = strings.ToLower(t.Color); t.Color == "" {
		t.Color = noColor
	}
	if !hexColor.MatchString(t.Color) {
		return ErrTagColor
	}
	return nil
}

// Tags lists the tags of a workspace by name.
func (s *Service) Tags(ctx context.Context, workspaceID string) ([]Tag, error) {
	return s.store.tags(ctx, workspaceID)
}

// AddTag makes a tag; an empty color is grey. ErrTagName, ErrTagColor, ErrTagTaken, ErrTags.
func (s *Service) AddTag(ctx context.Context, workspaceID, name, color string) (Tag, error) {
	t := Tag{ID: id.New(), WorkspaceID: workspaceID, Name: name, Color: color, CreatedAt: s.now().UnixMilli()}
	if err := t.check(); err != nil {
		return Tag{}, err
	}
	return t, s.db.Tx(ctx, func(ctx context.Context) error {
		list, err := s.store.tags(ctx, workspaceID)
		if err != nil {
			return err
		}
		if len(list) >= maxTags {
			return ErrTags
		}
		return s.arranged(ctx, workspaceID, s.store.insertTag(ctx, t))
	})
}

// TagChange is what ChangeTag changes; nil stays.
type TagChange struct {
	Name  *string
	Color *string
}

// ChangeTag gives a tag another name or colour; segments that name it follow. ErrTagNotFound, ErrTagName, ErrTagColor,
// ErrTagTaken.
func (s *Service) ChangeTag(ctx context.Context, workspaceID, tagID string, ch TagChange) (t Tag, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if t, err = s.store.tag(ctx, workspaceID, tagID); err != nil {
			return err
		}
		was := t.Name
		if ch.Name != nil {
			t.Name = *ch.Name
		}
		if ch.Color != nil {
			t.Color = *ch.Color
		}
		if err := t.check(); err != nil {
			return err
		}
		if err := s.store.updateTag(ctx, t); err != nil {
			return err
		}
		return s.arranged(ctx, workspaceID, s.renameTag(ctx, workspaceID, was, t.Name))
	})
	return t, err
}

// DeleteTag takes a tag off all contacts. ErrTagNotFound, also the second time; ErrInUse while a segment names it.
func (s *Service) DeleteTag(ctx context.Context, workspaceID, tagID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		t, err := s.store.tag(ctx, workspaceID, tagID)
		if err != nil {
			return err
		}
		if err := s.unused(ctx, workspaceID, "tag", t.Name); err != nil {
			return err
		}
		return s.arranged(ctx, workspaceID, s.store.deleteTag(ctx, workspaceID, tagID))
	})
}

const tagColumns = `workspace_id, id, name, color, created_at`

func scanTag(r dbutil.Scannable) (t Tag, err error) {
	err = r.Scan(&t.WorkspaceID, &t.ID, &t.Name, &t.Color, &t.CreatedAt)
	return t, err
}

const selectTags = `SELECT ` + tagColumns + ` FROM tags WHERE workspace_id = $1 ORDER BY folded`

func (s store) tags(ctx context.Context, workspaceID string) ([]Tag, error) {
	rows, err := s.db.Query(ctx, selectTags, workspaceID)
	return dbutil.NewRowIterWithError(rows, scanTag, err).AsList()
}

const selectTag = `SELECT ` + tagColumns + ` FROM tags WHERE workspace_id = $1 AND id = $2`

func (s store) tag(ctx context.Context, workspaceID, tagID string) (Tag, error) {
	t, err := scanTag(s.db.QueryRow(ctx, selectTag, workspaceID, tagID))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrTagNotFound
	}
	return t, err
}

const insertTag = `INSERT INTO tags (workspace_id, id, name, folded, color, created_at) VALUES ($1, $2, $3, $4, $5, $6)`

func (s store) insertTag(ctx context.Context, t Tag) error {
	_, err := s.db.Exec(ctx, insertTag, t.WorkspaceID, t.ID, t.Name, filter.Fold(t.Name), t.Color, t.CreatedAt)
	return taken(err, ErrTagTaken)
}

const updateTag = `UPDATE tags SET name = $3, folded = $4, color = $5 WHERE workspace_id = $1 AND id = $2`

func (s store) updateTag(ctx context.Context, t Tag) error {
	_, err := s.db.Exec(ctx, updateTag, t.WorkspaceID, t.ID, t.Name, filter.Fold(t.Name), t.Color)
	return taken(err, ErrTagTaken)
}

// taken turns the violation of a unique key into a fault.
func taken(err error, f *fault.Fault) error {
	if db.IsUnique(err) {
		return f
	}
	return err
}

// A row's list of tags has commas between the ids, which have none and are all of one length.
const stripTag = `UPDATE contacts SET tags = TRIM(REPLACE(',' || tags || ',', ',' || $2 || ',', ','), ',')
	WHERE workspace_id = $1 AND id IN (SELECT x.contact_id FROM contact_tags x WHERE x.workspace_id = $1 AND x.tag_id = $2)`

const deleteTagged = `DELETE FROM contact_tags WHERE workspace_id = $1 AND tag_id = $2`

const deleteTag = `DELETE FROM tags WHERE workspace_id = $1 AND id = $2`

func (s store) deleteTag(ctx context.Context, workspaceID, tagID string) error {
	for _, text := range []string{stripTag, deleteTagged, deleteTag} {
		if _, err := s.db.Exec(ctx, text, workspaceID, tagID); err != nil {
			return err
		}
	}
	return nil
}
