package template

import (
	"context"
	"fmt"
	"strings"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

// The faults of shortcuts.
var (
	ErrShortcut = fault.New(fault.Invalid, "template_shortcut_bad", fault.Text{
		ID: "Pintasan hanya huruf kecil, angka, - dan _, paling panjang 32.", EN: "A shortcut is small letters, digits, - and _, 32 at most.",
	}).WithField("shortcut")
	ErrShortcutTaken = fault.New(fault.Conflict, "template_shortcut_exists", fault.Text{
		ID: "Pintasan ini sudah dipakai template lain.", EN: "Another template has this shortcut already.",
	}).WithField("shortcut")
)

// maxShortcut is the longest shortcut, maxCanned how many are found at once.
const (
	maxShortcut = 32
	maxCanned   = 20
)

// shortcutOf tidies a shortcut: without its stroke, in small letters.
func shortcutOf(s string) (string, error) {
	s = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(s), "/"))
	bad := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' }
	if len(s) > maxShortcut || strings.ContainsFunc(s, bad) {
		return "", ErrShortcut
	}
	return s, nil
}

const selectCanned = `SELECT ` + columns + ` FROM templates WHERE workspace_id = $1 AND shortcut <> '' AND shortcut LIKE $2 ESCAPE '\'
	ORDER BY shortcut LIMIT $3`

// Canned returns the canned replies whose shortcut begins like this, in the order of their shortcuts; "" is for all. What
// can begin none finds none.
func (s *Service) Canned(ctx context.Context, workspaceID, begun string) ([]Template, error) {
	begun, err := shortcutOf(begun)
	if err != nil {
		return nil, nil //nolint:nilerr // nothing begins like that
	}
	rows, err := s.db.Query(ctx, selectCanned, workspaceID, strings.ReplaceAll(begun, "_", `\_`)+"%", maxCanned)
	if err != nil {
		return nil, fmt.Errorf("find canned replies: %w", err)
	}
	return dbutil.NewRowIterWithError(rows, scan, nil).AsList()
}

const countShortcut = `SELECT COUNT(*) FROM templates WHERE workspace_id = $1 AND id <> $2 AND shortcut = $3 AND shortcut <> ''`

// whichTaken says what another template has already: cause is a unique key's.
func (s *Service) whichTaken(ctx context.Context, t Template, cause error) error {
	if s.db.Postgres() { // the transaction is over; the key is in the error
		if strings.Contains(cause.Error(), "templates_shortcut") {
			return ErrShortcutTaken.WithCause(cause)
		}
		return ErrTaken.WithCause(cause)
	}
	var n int
	if err := s.db.QueryRow(ctx, countShortcut, t.WorkspaceID, t.ID, t.Shortcut).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return ErrShortcutTaken.WithCause(cause)
	}
	return ErrTaken.WithCause(cause)
}

func (a api) canned(ctx context.Context, begun string) (*listOut, error) {
	list, err := a.s.Canned(ctx, a.caller(ctx), begun)
	out := &listOut{Body: httpx.List[View]{Items: []View{}}}
	for _, t := range list {
		out.Body.Items = append(out.Body.Items, viewOf(t))
	}
	return out, err
}
