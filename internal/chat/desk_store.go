package chat

import (
	"context"

	"go.mau.fi/util/dbutil"
)

const assignChat = `UPDATE chats SET assignee_id = $4, team_id = $5, assign_version = assign_version + 1
	WHERE workspace_id = $1 AND id = $2 AND assign_version = $3`

// assign is a compare-and-set; false when somebody else has assigned the chat since it was read.
func (s store) assign(ctx context.Context, c Chat, a Assignment) (bool, error) {
	res, err := s.db.Exec(ctx, assignChat, c.WorkspaceID, c.ID, c.AssignVersion, a.MemberID, a.TeamID)
	return affected(res, err)
}

// deskBatch is how many chats are taken off somebody, or woken, at once.
const deskBatch = 200

const selectAssignedTo = `SELECT ` + chatColumns + ` FROM chats h WHERE h.workspace_id = $1 AND h.assignee_id = $2
	AND h.merged_into = '' LIMIT $3`

func (s store) assignedTo(ctx context.Context, workspaceID, memberID string) ([]Chat, error) {
	rows, err := s.db.Query(ctx, selectAssignedTo, workspaceID, memberID, deskBatch)
	return dbutil.NewRowIterWithError(rows, scanChat, err).AsList()
}

const selectOfTeam = `SELECT ` + chatColumns + ` FROM chats h WHERE h.workspace_id = $1 AND h.team_id = $2 AND h.team_id <> ''
	AND h.merged_into = '' LIMIT $3`

func (s store) ofTeam(ctx context.Context, workspaceID, teamID string) ([]Chat, error) {
	rows, err := s.db.Query(ctx, selectOfTeam, workspaceID, teamID, deskBatch)
	return dbutil.NewRowIterWithError(rows, scanChat, err).AsList()
}

const setStatus = `UPDATE chats SET status = $3, wake_at = $4, status_at = $5 WHERE workspace_id = $1 AND id = $2
	AND status = $6 AND wake_at = $7`

// setStatus is a compare-and-set; false when the status is not what was any more.
func (s store) setStatus(ctx context.Context, c, was Chat) (bool, error) {
	res, err := s.db.Exec(ctx, setStatus, c.WorkspaceID, c.ID, string(c.Status), c.WakeAt, c.StatusAt, string(was.Status), was.WakeAt)
	return affected(res, err)
}

// selectAsleep finds the snoozed chats whose time has come.
//
//sql:global one sweep wakes the chats of all workspaces
const selectAsleep = `SELECT ` + chatColumns + ` FROM chats h WHERE h.status = 'snoozed' AND h.merged_into = '' AND h.wake_at <= $1
	ORDER BY h.wake_at LIMIT $2`

func (s store) asleep(ctx context.Context, now int64) ([]Chat, error) {
	rows, err := s.db.Query(ctx, selectAsleep, now, deskBatch)
	return dbutil.NewRowIterWithError(rows, scanChat, err).AsList()
}

// selectNextWake is when the next chat wakes.
//
//sql:global one sweep wakes the chats of all workspaces
const selectNextWake = `SELECT COALESCE(MIN(h.wake_at), 0) FROM chats h WHERE h.status = 'snoozed' AND h.merged_into = ''`

func (s store) nextWake(ctx context.Context) (at int64, err error) {
	err = s.db.QueryRow(ctx, selectNextWake).Scan(&at)
	return at, err
}
