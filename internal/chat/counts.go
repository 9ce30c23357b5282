package chat

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// maxCount is where counting ends: a badge has no room for more, and nobody waits for a hundred thousand rows.
const maxCount = 1000

// Counts is how many chats there are in each view of the inbox, up to maxCount in each. All but Snoozed are of open
// chats, or (Unread, Devices) of unread ones.
type Counts struct {
	Open    int            `json:"open"`
	Mine    int            `json:"mine" doc:"Open, and assigned to who asks; 0 for an API key"`
	Nobody  int            `json:"nobody" doc:"Open, and assigned to no member"`
	Unread  int            `json:"unread"`
	Waiting int            `json:"waiting" doc:"Open, the last word is theirs, and nobody has answered: it is a person's turn, or nothing that answers by itself did; in groups only a person's turn counts"`
	Snoozed int            `json:"snoozed"`
	Teams   map[string]int `json:"teams" doc:"Open ones by team's id; a team without any is missing"`
	Devices map[string]int `json:"devices" doc:"Unread ones by device's id; a device without any is missing"`
	Bot     bool           `json:"bot" doc:"Something answers by itself here, as a rule that is on; without it a chat whose turn is the bot's waits for a person"`
}

// Readier is an Answerer that knows whether a workspace gave it anything to answer with. One that is none counts as having
// nothing: it answers what is meant for it, and no customer's question.
type Readier interface {
	Ready(ctx context.Context, workspaceID string) (bool, error)
}

// ready reports whether any answerer has something to answer with.
func (s *Service) ready(ctx context.Context, workspaceID string) (bool, error) {
	for _, who := range s.conf.Answerers {
		r, ok := who.(Readier)
		if !ok {
			continue
		}
		if yes, err := r.Ready(ctx, workspaceID); yes || err != nil {
			return yes, err
		}
	}
	return false, nil
}

// The status of a member's chats is looked at in the index, and not what SQLite chooses the index by.
const countChats = `SELECT
	(SELECT COUNT(*) FROM (SELECT 1 FROM chats h WHERE h.workspace_id = $1 AND h.merged_into = '' AND h.status = 'open' AND h.last_at > 0 LIMIT $3) a),
	(SELECT COUNT(*) FROM (SELECT 1 FROM chats h WHERE h.workspace_id = $1 AND h.merged_into = '' AND h.assignee_id = $2 AND h.assignee_id <> ''
		AND h.status || '' = 'open' AND h.last_at > 0 LIMIT $3) b),
	(SELECT COUNT(*) FROM (SELECT 1 FROM chats h WHERE h.workspace_id = $1 AND h.merged_into = '' AND h.assignee_id = '' AND h.status = 'open'
		AND h.last_at > 0 LIMIT $3) c),
	(SELECT COUNT(*) FROM (SELECT 1 FROM chats h WHERE h.workspace_id = $1 AND h.merged_into = '' AND ` + isUnread + `
		AND h.last_at > 0 LIMIT $3) d),
	(SELECT COUNT(*) FROM (SELECT 1 FROM chats h WHERE h.workspace_id = $1 AND h.merged_into = '' AND ` + isWaiting + `
		LIMIT $3) e),
	(SELECT COUNT(*) FROM (SELECT 1 FROM chats h WHERE h.workspace_id = $1 AND h.merged_into = '' AND h.status = 'snoozed' AND h.last_at > 0
		LIMIT $3) f)`

// maxGrouped bounds the rows that are counted for all teams, or all devices, together.
const maxGrouped = 10 * maxCount

const countByTeam = `SELECT a.team_id, COUNT(*) FROM (SELECT h.team_id FROM chats h WHERE h.workspace_id = $1 AND h.merged_into = ''
	AND h.team_id <> '' AND h.status = 'open' LIMIT $2) a GROUP BY a.team_id`

const countByDevice = `SELECT a.device_id, COUNT(*) FROM (SELECT h.device_id FROM chats h WHERE h.workspace_id = $1 AND h.merged_into = ''
	AND ` + isUnread + ` AND h.last_at > 0 LIMIT $2) a GROUP BY a.device_id`

// Counts counts for a member; "" is for nobody in particular.
func (s *Service) Counts(ctx context.Context, workspaceID, memberID string) (c Counts, err error) {
	if c, err = s.store.counts(ctx, workspaceID, memberID); err != nil {
		return c, err
	}
	c.Bot, err = s.ready(ctx, workspaceID)
	return c, err
}

func (s store) counts(ctx context.Context, workspaceID, memberID string) (c Counts, err error) {
	err = s.db.QueryRow(ctx, countChats, workspaceID, memberID, maxCount).Scan(&c.Open, &c.Mine, &c.Nobody, &c.Unread, &c.Waiting, &c.Snoozed)
	if err != nil {
		return c, err
	}
	if c.Teams, err = grouped(s.db.Query(ctx, countByTeam, workspaceID, maxGrouped)); err != nil {
		return c, err
	}
	c.Devices, err = grouped(s.db.Query(ctx, countByDevice, workspaceID, maxGrouped))
	return c, err
}

// grouped reads rows of an id and a count.
func grouped(rows dbutil.Rows, err error) (map[string]int, error) {
	out := map[string]int{}
	if err != nil {
		return out, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return out, err
		}
		out[id] = min(n, maxCount)
	}
	return out, rows.Err()
}
