package broadcast

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// store is the SQL of this package's tables.
type store struct{ db *db.DB }

func sortedKeys(t tallies) [][2]int {
	return slices.SortedFunc(maps.Keys(t), func(a, b [2]int) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
}

// options are what of a broadcast is in one column.
type options struct {
	Pacing   Pacing  `json:"pacing"`
	Window   *Window `json:"window,omitempty"`
	TakeOver bool    `json:"take_over,omitempty"`
	Repeat   string  `json:"repeat,omitempty"`
	Clock    int     `json:"clock,omitempty"`
}

const columns = `workspace_id, id, name, state, why, devices, content, audience, options, start_at, wanted, reasons, planned, plan_cursor,
	by_kind, by_id, created_at, updated_at, started_at, ended_at, series_id, series_n`

func scan(r dbutil.Scannable) (b Broadcast, err error) {
	var devices, content, audience, opts, reasons string
	if err = r.Scan(&b.WorkspaceID, &b.ID, &b.Name, &b.State, &b.Why, &devices, &content, &audience, &opts, &b.StartAt, &b.Wanted, &reasons,
		&b.Planned, &b.Cursor, &b.By.Kind, &b.By.ID, &b.CreatedAt, &b.UpdatedAt, &b.StartedAt, &b.EndedAt, &b.SeriesID, &b.SeriesN); err != nil {
		return b, err
	}
	var o options
	for _, c := range []struct {
		text string
		to   any
	}{{devices, &b.Devices}, {content, &b.Content}, {audience, &b.Audience}, {reasons, &b.Reasons}, {opts, &o}} {
		if err := json.Unmarshal([]byte(c.text), c.to); err != nil {
			return b, fmt.Errorf("read a broadcast: %w", err)
		}
	}
	b.Pacing, b.Window, b.TakeOver, b.Repeat, b.Clock = o.Pacing, o.Window, o.TakeOver, o.Repeat, o.Clock
	return b, nil
}

func text(v any) string {
	b, _ := json.Marshal(v) // plain values can't fail
	return string(b)
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// fixed is the part of an audience that is small; the rest has a table of its own, see sourcesOf.
func (a Audience) fixed() Audience {
	a.ContactIDs, a.Numbers = nil, nil
	return a
}

// lists is the part of an audience that may be large.
type lists struct {
	ContactIDs []string `json:"c,omitempty"`
	Numbers    []string `json:"n,omitempty"`
}

const insertBroadcast = `INSERT INTO broadcasts (` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`

func (st store) insert(ctx context.Context, b Broadcast) error {
	if _, err := st.db.Exec(ctx, insertBroadcast, b.WorkspaceID, b.ID, b.Name, string(b.State), b.Why, text(b.Devices), text(b.Content),
		text(b.Audience.fixed()), text(b.options()), b.StartAt, flag(b.Wanted), text(b.reasons()), b.Planned, b.Cursor, string(b.By.Kind), b.By.ID,
		b.CreatedAt, b.UpdatedAt, b.StartedAt, b.EndedAt, b.SeriesID, b.SeriesN); err != nil {
		return err
	}
	return st.putLists(ctx, b)
}

func (b Broadcast) options() options {
	return options{b.Pacing, b.Window, b.TakeOver, b.Repeat, b.Clock}
}

func (b Broadcast) reasons() map[string]int {
	if b.Reasons == nil {
		return map[string]int{}
	}
	return b.Reasons
}

const putLists = `INSERT INTO broadcast_sources (workspace_id, broadcast_id, body) VALUES ($1, $2, $3)
	ON CONFLICT (workspace_id, broadcast_id) DO UPDATE SET body = excluded.body`

func (st store) putLists(ctx context.Context, b Broadcast) error {
	_, err := st.db.Exec(ctx, putLists, b.WorkspaceID, b.ID, text(lists{b.Audience.ContactIDs, b.Audience.Numbers}))
	return err
}

const selectLists = `SELECT body FROM broadcast_sources WHERE workspace_id = $1 AND broadcast_id = $2`

// fill completes an audience that was read.
func (st store) fill(ctx context.Context, b *Broadcast) error {
	var body []byte
	err := st.db.QueryRow(ctx, selectLists, b.WorkspaceID, b.ID).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	var l lists
	if err := json.Unmarshal(body, &l); err != nil {
		return fmt.Errorf("read an audience: %w", err)
	}
	b.Audience.ContactIDs, b.Audience.Numbers = l.ContactIDs, l.Numbers
	return nil
}

const updateBroadcast = `UPDATE broadcasts SET name = $3, state = $4, why = $5, devices = $6, content = $7, audience = $8, options = $9, start_at = $10,
	wanted = $11, reasons = $12, planned = $13, plan_cursor = $14, updated_at = $15, started_at = $16, ended_at = $17, settled = $18,
	series_id = $21, series_n = $22, claimed_by = '', claimed_until = 0 WHERE workspace_id = $1 AND id = $2 AND state = $19 AND updated_at = $20`

// update writes a broadcast that was seen in a state, of a time; false when it has moved meanwhile.
func (st store) update(ctx context.Context, b, was Broadcast) (bool, error) {
	settled := b.State == Draft || b.State == Ready || b.State == Done || b.State == Failed
	return changed(st.db.Exec(ctx, updateBroadcast, b.WorkspaceID, b.ID, b.Name, string(b.State), b.Why, text(b.Devices), text(b.Content),
		text(b.Audience.fixed()), text(b.options()), b.StartAt, flag(b.Wanted), text(b.reasons()), b.Planned, b.Cursor, b.UpdatedAt, b.StartedAt,
		b.EndedAt, flag(settled), string(was.State), was.UpdatedAt, b.SeriesID, b.SeriesN))
}

func changed(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

const selectBroadcast = `SELECT ` + columns + ` FROM broadcasts WHERE workspace_id = $1 AND id = $2`

func (st store) get(ctx context.Context, workspaceID, id string) (Broadcast, error) {
	b, err := scan(st.db.QueryRow(ctx, selectBroadcast, workspaceID, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return b, err
}

//sql:postgres
const lockBroadcast = `SELECT state FROM broadcasts WHERE workspace_id = $1 AND id = $2 FOR UPDATE`

//sql:postgres
const shareBroadcast = `SELECT state FROM broadcasts WHERE workspace_id = $1 AND id = $2 FOR SHARE`

// lock waits until nobody feeds or changes a broadcast, before anything else of a transaction is locked. On SQLite the only
// writer is lock enough.
func (st store) lock(ctx context.Context, workspaceID, id string) error {
	return st.wait(ctx, lockBroadcast, workspaceID, id)
}

// share keeps a broadcast from being changed until what is fed is committed: a pause sees all of it, or comes first.
func (st store) share(ctx context.Context, b Broadcast) error {
	return st.wait(ctx, shareBroadcast, b.WorkspaceID, b.ID)
}

func (st store) wait(ctx context.Context, query, workspaceID, id string) error {
	if !st.db.Postgres() {
		return nil
	}
	var state string
	err := st.db.QueryRow(ctx, query, workspaceID, id).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return err
}

const selectBroadcasts = `SELECT ` + columns + ` FROM broadcasts WHERE workspace_id = $1 AND ($2 = '' OR id < $2) AND ($3 = '' OR state = $3)
	AND ($4 = '' OR series_id = $4) ORDER BY id DESC LIMIT $5`

// list returns broadcasts, the newest first, that are older than one.
func (st store) list(ctx context.Context, workspaceID, before, state, series string, n int) ([]Broadcast, error) {
	rows, err := st.db.Query(ctx, selectBroadcasts, workspaceID, before, state, series, n)
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

const selectBeside = `SELECT ` + columns + ` FROM broadcasts WHERE workspace_id = $1 AND state IN ('running', 'scheduled') AND settled = 0 AND id <> $2 ORDER BY state, start_at, id LIMIT 50`

// beside lists the broadcasts of a workspace that are going out, and then those that will, but for one.
func (st store) beside(ctx context.Context, workspaceID, but string) ([]Broadcast, error) {
	rows, err := st.db.Query(ctx, selectBeside, workspaceID, but)
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

//sql:global a node works for the broadcasts of all workspaces
const selectActive = `SELECT ` + columns + ` FROM broadcasts WHERE settled = 0 ORDER BY workspace_id, id`

// active are the broadcasts that something may have to be done for.
func (st store) active(ctx context.Context) ([]Broadcast, error) {
	rows, err := st.db.Query(ctx, selectActive)
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

const settleBroadcast = `UPDATE broadcasts SET settled = 1 WHERE workspace_id = $1 AND id = $2 AND state = $3`

func (st store) settled(ctx context.Context, b Broadcast) error {
	_, err := st.db.Exec(ctx, settleBroadcast, b.WorkspaceID, b.ID, string(b.State))
	return err
}

const claimPlanning = `UPDATE broadcasts SET claimed_by = $3, claimed_until = $4 WHERE workspace_id = $1 AND id = $2 AND state = 'planning'
	AND (claimed_by = '' OR claimed_by = $3 OR claimed_until < $5)`

// claim makes planning this node's for a while.
func (st store) claim(ctx context.Context, b Broadcast, node string, until, now int64) (bool, error) {
	return changed(st.db.Exec(ctx, claimPlanning, b.WorkspaceID, b.ID, node, until, now))
}

const advancePlanning = `UPDATE broadcasts SET planned = $4, plan_cursor = $5, reasons = $6, claimed_until = $7
	WHERE workspace_id = $1 AND id = $2 AND state = 'planning' AND claimed_by = $3 AND plan_cursor = $8`

// advance notes a planned chunk; false when the broadcast was changed or is another node's to plan.
func (st store) advance(ctx context.Context, b Broadcast, node string, until int64, from string) (bool, error) {
	return changed(st.db.Exec(ctx, advancePlanning, b.WorkspaceID, b.ID, node, b.Planned, b.Cursor, text(b.reasons()), until, from))
}

//sql:global what this node was planning when it ended is anybody's
const releasePlanning = `UPDATE broadcasts SET claimed_until = 0, claimed_by = '' WHERE state = 'planning' AND claimed_by = $1`

func (st store) release(ctx context.Context, node string) error {
	_, err := st.db.Exec(ctx, releasePlanning, node)
	return err
}

const (
	deleteRecipients = `DELETE FROM broadcast_recipients WHERE workspace_id = $1 AND broadcast_id = $2`
	deleteLists      = `DELETE FROM broadcast_sources WHERE workspace_id = $1 AND broadcast_id = $2`
	deleteBroadcast  = `DELETE FROM broadcasts WHERE workspace_id = $1 AND id = $2`
)

// forget deletes what was planned.
func (st store) forget(ctx context.Context, b Broadcast) error {
	for _, q := range []string{deleteRecipients, deleteTallies} {
		if _, err := st.db.Exec(ctx, q, b.WorkspaceID, b.ID); err != nil {
			return err
		}
	}
	return nil
}

// erase deletes a broadcast with all that is known of it.
func (st store) erase(ctx context.Context, b Broadcast) error {
	if err := st.forget(ctx, b); err != nil {
		return err
	}
	for _, q := range []string{deleteLists, deleteBroadcast} {
		if _, err := st.db.Exec(ctx, q, b.WorkspaceID, b.ID); err != nil {
			return err
		}
	}
	return nil
}
