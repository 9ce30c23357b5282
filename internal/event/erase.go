package event

import (
	"context"
	"fmt"
	"strconv"
)

const eraseEvents = `DELETE FROM events WHERE workspace_id = $1 AND seq > $2 AND seq <= $3 AND seq < $4 AND type <> 'contact.deleted'
	AND (subject = $5 OR data LIKE $6)`

// eraseAtOnce is how many events one Erase looks at.
const eraseAtOnce = 2_000

// Erase takes the events out of a log that are about one of ids, or name it; that a contact was deleted stays. It looks
// at a stretch of the log behind after ("" is from its begin) and returns where to go on, "" at the end. The numbers of
// the others stay, and so does the newest event.
func (s *Service) Erase(ctx context.Context, workspaceID string, ids []string, after string) (next string, err error) {
	from := int64(0)
	if after != "" {
		if from, err = strconv.ParseInt(after, 10, 64); err != nil {
			return "", fmt.Errorf("go on erasing events: %w", err)
		}
	}
	oldest, last, err := s.store.bounds(ctx, workspaceID)
	if err != nil {
		return "", err
	}
	to := min(last, max(from, oldest-1)+eraseAtOnce)
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		for _, id := range ids {
			if _, err := s.db.Exec(ctx, eraseEvents, workspaceID, from, to, last, id, "%"+id+"%"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || to >= last {
		return "", err
	}
	return strconv.FormatInt(to, 10), nil
}
