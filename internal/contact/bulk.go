package contact

import (
	"context"
	"slices"

	"github.com/pingcrm/pingcrm/internal/contact/filter"
)

// EditMany changes several cards in one transaction: all of them or, with the faults of Edit, none. It returns how many
// are different then.
func (s *Service) EditMany(ctx context.Context, workspaceID string, ids []string, e Edit) (changed int, err error) {
	// In one order for all writers, so that two of them can't wait for each other.
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		changed = 0
		names, err := s.known(ctx, workspaceID, e)
		if err != nil {
			return err
		}
		for _, id := range ids {
			_, did, err := s.edit(ctx, workspaceID, id, e, names)
			if err != nil {
				return err
			}
			if did {
				changed++
			}
		}
		return nil
	})
	return changed, err
}

// EditWhere changes all cards that a tree picks, some hundred at a time; when it ends with an error, those before are
// changed. ErrMany for more than 20,000, which changes nothing; the faults of Edit and of filter.Check.
func (s *Service) EditWhere(ctx context.Context, workspaceID string, where filter.Node, e Edit) (changed int, err error) {
	if _, err := s.known(ctx, workspaceID, e); err != nil {
		return 0, err
	}
	n, err := s.Count(ctx, workspaceID, where)
	if err != nil {
		return 0, err
	}
	if n > maxBulk {
		return 0, ErrMany.Withf(n)
	}
	err = s.Each(ctx, workspaceID, where, func(cards []Card) error {
		ids := make([]string, 0, len(cards))
		for _, c := range cards {
			ids = append(ids, c.ID)
		}
		n, err := s.EditMany(ctx, workspaceID, ids, e)
		changed += n
		return err
	})
	return changed, err
}
