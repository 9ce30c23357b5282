package desk

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/member"
)

const putOrder = `INSERT INTO view_orders (workspace_id, member_id, ids) VALUES ($1, $2, $3)
	ON CONFLICT (workspace_id, member_id) DO UPDATE SET ids = excluded.ids`

// OrderViews keeps the order in which a member sees views, shared ones too; others see theirs. Views that are not named
// come after those that are. ErrViewNotFound, chat.ErrMembersOnly.
func (s *Service) OrderViews(ctx context.Context, by member.Principal, ids []string) error {
	seen, err := s.Views(ctx, by)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(seen, func(v View) bool { return v.ID == id }) {
			return ErrViewNotFound
		}
	}
	if by.MemberID == "" {
		return chat.ErrMembersOnly
	}
	_, err = s.db.Exec(ctx, putOrder, by.WorkspaceID, by.MemberID, strings.Join(ids, ","))
	return err
}

const selectOrder = `SELECT ids FROM view_orders WHERE workspace_id = $1 AND member_id = $2`

// inOrder sorts views as p wants to see them.
func (s *Service) inOrder(ctx context.Context, p member.Principal, list []View) error {
	var ids string
	err := s.db.QueryRow(ctx, selectOrder, p.WorkspaceID, p.MemberID).Scan(&ids)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	order := strings.Split(ids, ",")
	place := func(v View) int {
		if i := slices.Index(order, v.ID); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(list, func(a, b View) int { return place(a) - place(b) })
	return err
}
