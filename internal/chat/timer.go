package chat

import (
	"context"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/device"
)

// maxTimer is the longest time after which messages disappear that is taken over from a network, in seconds: ten years.
const maxTimer = 10 * 365 * 24 * 3600

// addTimer gives chats the time after which what is written in them disappears, in seconds; 0 is never.
func addTimer(ctx context.Context, d *dbutil.Database) error {
	_, err := d.Exec(ctx, `ALTER TABLE chats ADD COLUMN expires BIGINT NOT NULL DEFAULT 0`)
	return err
}

const setTimer = `UPDATE chats SET expires = $3 WHERE workspace_id = $1 AND id = $2 AND expires <> $3`

// setTimer reports whether that was news.
func (s store) setTimer(ctx context.Context, c Chat, seconds int) (bool, error) {
	res, err := s.db.Exec(ctx, setTimer, c.WorkspaceID, c.ID, seconds)
	return affected(res, err)
}

// follow keeps to the time that a message says: one that sets it, or one that disappears after another time than we
// know of. A message that does not disappear says nothing, because many clients forget to say it.
func (s *Service) follow(ctx context.Context, c *Chat, m Message) error {
	seconds := min(max(m.Content.Expires, 0), maxTimer)
	set := m.Content.Kind == device.KindTimer
	if seconds == c.Expires || m.Origin == device.OriginHistory || !set && (m.Content.Kind.Modifies() || seconds == 0) {
		return nil
	}
	changed, err := s.store.setTimer(ctx, *c, seconds)
	if err != nil || !changed {
		return err
	}
	c.Expires = seconds
	return nil
}
