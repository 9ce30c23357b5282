package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// store holds the statements of the table sends.
type store struct{ db *db.DB }

const columns = `workspace_id, id, device_id, chat_id, contact_id, lane, state, due_at, deadline, code, why, attempt, network_id,
	target, content, typing_ms, cold, claimed_epoch, created_at, claimed_at, sent_at, delivered_at, read_at, batch, batch_n, pace,
	wrote_at, budget, spent_at`

// fields are where columns are scanned to; finish completes the send.
type fields struct {
	s               Send
	due, typing     int64
	target, content []byte
}

func (f *fields) refs() []any {
	s := &f.s
	return []any{
		&s.WorkspaceID, &s.ID, &s.DeviceID, &s.ChatID, &s.ContactID, &s.Lane, &s.State, &f.due, &s.Deadline, &s.Code, &s.Why,
		&s.Attempt, &s.NetworkID, &f.target, &f.content, &f.typing, &s.Cold, &s.Epoch, &s.CreatedAt, &s.ClaimedAt, &s.SentAt,
		&s.DeliveredAt, &s.ReadAt, &s.Batch.ID, &s.Batch.N, &s.Batch.Pace, &s.WroteAt, &s.Budget, &s.SpentAt,
	}
}

func (f *fields) finish() (Send, error) {
	s := f.s
	s.Typing = time.Duration(f.typing) * time.Millisecond
	if s.State == StateHeld {
		s.Until = f.due
	} else {
		s.NotBefore = f.due
	}
	if err := errors.Join(json.Unmarshal(f.target, &s.To), json.Unmarshal(f.content, &s.Content)); err != nil {
		return s, fmt.Errorf("read send %s: %w", s.ID, err)
	}
	return s, nil
}

func scan(r dbutil.Scannable) (Send, error) {
	var f fields
	if err := r.Scan(f.refs()...); err != nil {
		return Send{}, err
	}
	return f.finish()
}

func list(rows dbutil.Rows, err error) ([]Send, error) {
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

const insertSend = `INSERT INTO sends (workspace_id, id, device_id, chat_id, contact_id, lane, state, ready, due_at, deadline,
	network_id, target, content, typing_ms, cold, created_at, batch, batch_n, pace, wrote_at, code)
	VALUES ($1, $2, $3, $4, $5, $6, $20, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $21)`

func (st store) insert(ctx context.Context, s Send, ready bool) error {
	target, err := json.Marshal(s.To)
	if err != nil {
		return fmt.Errorf("write the recipient: %w", err)
	}
	content, err := json.Marshal(s.Content)
	if err != nil {
		return fmt.Errorf("write the content: %w", err)
	}
	_, err = st.db.Exec(ctx, insertSend, s.WorkspaceID, s.ID, s.DeviceID, s.ChatID, s.ContactID, int(s.Lane), flag(ready), s.NotBefore,
		s.Deadline, s.NetworkID, string(target), string(content), s.Typing.Milliseconds(), flag(s.Cold), s.CreatedAt,
		s.Batch.ID, s.Batch.N, s.Batch.Pace, s.WroteAt, string(s.State), s.Code)
	return err
}

const selectSend = `SELECT ` + columns + `, raw FROM sends WHERE workspace_id = $1 AND id = $2`

func (st store) get(ctx context.Context, workspaceID, id string) (Send, error) {
	return one(st.db.QueryRow(ctx, selectSend, workspaceID, id))
}

const selectByNetworkID = `SELECT ` + columns + `, raw FROM sends WHERE workspace_id = $1 AND device_id = $2 AND network_id = $3`

func (st store) getByNetworkID(ctx context.Context, workspaceID, deviceID, networkID string) (Send, error) {
	return one(st.db.QueryRow(ctx, selectByNetworkID, workspaceID, deviceID, networkID))
}

func one(r dbutil.Scannable) (Send, error) {
	var f fields
	var raw []byte
	err := r.Scan(append(f.refs(), &raw)...)
	if errors.Is(err, sql.ErrNoRows) {
		return Send{}, ErrNotFound
	}
	if err != nil {
		return Send{}, err
	}
	s, err := f.finish()
	s.Raw = raw
	return s, err
}

const peekSends = `SELECT * FROM (SELECT ` + columns + ` FROM sends s
	WHERE s.workspace_id = $1 AND s.device_id = $2 AND s.state = 'queued' AND s.ready = 1 AND s.cold = 0 AND s.lane <= $3
	AND s.batch NOT IN ($5, $6, $7, $8) AND NOT EXISTS (SELECT 1 FROM sends b WHERE b.workspace_id = $1 AND b.device_id = $2 AND b.chat_id = s.chat_id
		AND b.state = 'queued' AND b.attempt > 0 AND b.ready = 0 AND b.lane = s.lane AND b.id < s.id)
	ORDER BY s.lane, s.id LIMIT $4) AS warm
	UNION ALL SELECT * FROM (SELECT ` + columns + ` FROM sends s
	WHERE s.workspace_id = $1 AND s.device_id = $2 AND s.state = 'queued' AND s.ready = 1 AND s.cold = 1 AND s.lane <= $3
	AND s.batch NOT IN ($9, $10, $11, $12) AND NOT EXISTS (SELECT 1 FROM sends b WHERE b.workspace_id = $1 AND b.device_id = $2 AND b.chat_id = s.chat_id
		AND b.state = 'queued' AND b.attempt > 0 AND b.ready = 0 AND b.lane = s.lane AND b.id < s.id)
	ORDER BY s.lane, s.id LIMIT $4) AS cold`

// peek returns the next sends of a device, most urgent and oldest first, up to a lane, as far as they are in a view. A send
// behind one of the same chat and lane that waits to be tried again is not among them: the order of a chat is kept.
func (st store) peek(ctx context.Context, workspaceID, deviceID string, lane Lane, limit int, v view) ([]Send, error) {
	args := []any{workspaceID, deviceID, int(lane), limit}
	for _, batch := range slices.Concat(v.warm[:], v.cold[:]) {
		args = append(args, batch)
	}
	found, err := list(st.db.Query(ctx, peekSends, args...))
	slices.SortStableFunc(found, inOrder)
	return found[:min(limit, len(found))], err
}

// batch is how many sends are claimed at most in one statement.
const batch = 8

const claimSends = `UPDATE sends SET state = 'claimed', attempt = attempt + 1, claimed_epoch = $3, claimed_at = $4
	WHERE workspace_id = $1 AND id IN ($5, $6, $7, $8, $9, $10, $11, $12) AND state = 'queued'
	AND EXISTS (SELECT 1 FROM device_leases l WHERE l.workspace_id = $1 AND l.device_id = $2 AND l.epoch = $3 AND l.expires_at > 0)
	RETURNING id`

// claim takes up to batch sends for the holder of the lease and returns the ids that it got: none that were taken
// back meanwhile, and nothing at all when the lease is another's.
func (st store) claim(ctx context.Context, workspaceID, deviceID string, epoch, now int64, ids []string) ([]string, error) {
	args := []any{workspaceID, deviceID, epoch, now}
	for i := range batch {
		id := ""
		if i < len(ids) {
			id = ids[i]
		}
		args = append(args, id)
	}
	rows, err := st.db.Query(ctx, claimSends, args...)
	return dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
}

const selectHolds = `SELECT COUNT(*) FROM device_leases WHERE workspace_id = $1 AND device_id = $2 AND epoch = $3 AND expires_at > 0`

// holds reports whether the lease is still of this epoch.
func (st store) holds(ctx context.Context, workspaceID, deviceID string, epoch int64) (bool, error) {
	var n int
	err := st.db.QueryRow(ctx, selectHolds, workspaceID, deviceID, epoch).Scan(&n)
	return n == 1, err
}

const requeueClaimed = `UPDATE sends SET state = 'queued', ready = 1
	WHERE workspace_id = $1 AND device_id = $2 AND state = 'claimed' AND claimed_epoch <= $3
	AND EXISTS (SELECT 1 FROM device_leases l WHERE l.workspace_id = $1 AND l.device_id = $2 AND l.epoch = $3 AND l.expires_at > 0)
	RETURNING ` + columns

// requeue puts back what was claimed under this or an older epoch and not settled.
func (st store) requeue(ctx context.Context, workspaceID, deviceID string, epoch int64) ([]Send, error) {
	return list(st.db.Query(ctx, requeueClaimed, workspaceID, deviceID, epoch))
}

const markTaken = `UPDATE sends SET state = CASE WHEN state IN ('delivered', 'read') THEN state ELSE 'sent' END,
	ready = 1, sent_at = $3, code = '', why = '', raw = $4, budget = $5, spent_at = $6 WHERE workspace_id = $1 AND id = $2 RETURNING state`

// taken marks a send as sent, unless a receipt has said more already, and returns its state.
func (st store) taken(ctx context.Context, s Send, at int64, raw []byte) (state State, err error) {
	err = st.db.QueryRow(ctx, markTaken, s.WorkspaceID, s.ID, at, raw, int(s.Budget), s.SpentAt).Scan(&state)
	return state, err
}

const settleSend = `UPDATE sends SET state = $4, ready = $5, due_at = $6, code = $7, why = $8, attempt = $9, budget = $10, spent_at = $11
	WHERE workspace_id = $1 AND id = $2 AND state = 'claimed' AND claimed_epoch = $3`

// settle writes what became of a claimed send that did not go; false when it is not this epoch's any more.
func (st store) settle(ctx context.Context, s Send) (bool, error) {
	ready, due := s.wait()
	if s.State != StateFailed { // it will count when it goes
		s.Budget, s.SpentAt = BudgetNone, 0
	}
	res, err := st.db.Exec(ctx, settleSend, s.WorkspaceID, s.ID, s.Epoch, string(s.State), flag(ready), due, s.Code, s.Why, s.Attempt,
		int(s.Budget), s.SpentAt)
	return changed(res, err)
}

// wait says whether the send may go, and when it may.
func (s Send) wait() (ready bool, due int64) {
	switch {
	case s.State == StateHeld:
		return false, s.Until
	case s.State == StateQueued && s.NotBefore > 0:
		return false, s.NotBefore
	}
	return true, s.NotBefore
}

const wakeQueued = `UPDATE sends SET ready = 1 WHERE workspace_id = $1 AND device_id = $2 AND ready = 0 AND state = 'queued' AND due_at <= $3`

const wakeHeld = `UPDATE sends SET state = 'queued', ready = 1, due_at = 0, code = '', why = '' WHERE workspace_id = $1 AND id IN
	(SELECT id FROM sends WHERE workspace_id = $1 AND device_id = $2 AND ready = 0 AND state = 'held' AND due_at <= $3 ORDER BY due_at LIMIT 200)
	RETURNING ` + columns

// wake lets the sends go whose time has come, and returns (up to 200 of) those that were held.
func (st store) wake(ctx context.Context, workspaceID, deviceID string, now int64) ([]Send, error) {
	if _, err := st.db.Exec(ctx, wakeQueued, workspaceID, deviceID, now); err != nil {
		return nil, err
	}
	return list(st.db.Query(ctx, wakeHeld, workspaceID, deviceID, now))
}

const selectNextDue = `SELECT COALESCE(MIN(due_at), 0) FROM sends WHERE workspace_id = $1 AND device_id = $2 AND ready = 0`

// nextDue is when the next waiting send may go, 0 when none waits.
func (st store) nextDue(ctx context.Context, workspaceID, deviceID string) (due int64, err error) {
	err = st.db.QueryRow(ctx, selectNextDue, workspaceID, deviceID).Scan(&due)
	return due, err
}

const holdCold = `UPDATE sends SET state = 'held', ready = 0, due_at = $3, code = $4, why = $5 WHERE workspace_id = $1 AND id IN
	(SELECT id FROM sends WHERE workspace_id = $1 AND device_id = $2 AND state = 'queued' AND ready = 1 AND cold = 1 ORDER BY lane, id LIMIT 200)
	RETURNING ` + columns

// holdCold holds (up to 200 of) the device's sends to people who never wrote.
func (st store) holdCold(ctx context.Context, workspaceID, deviceID string, v Verdict) ([]Send, error) {
	return list(st.db.Query(ctx, holdCold, workspaceID, deviceID, v.Until, v.Code, v.Why))
}

const setAside = `UPDATE sends SET state = $7, ready = $8, due_at = $3, code = $4, why = $5
	WHERE workspace_id = $1 AND id = $2 AND state = $6`

// setAside holds or cancels one send that was seen queued; false when it has moved meanwhile.
func (st store) setAside(ctx context.Context, s Send) (bool, error) {
	ready, due := s.wait()
	return changed(st.db.Exec(ctx, setAside, s.WorkspaceID, s.ID, due, s.Code, s.Why, string(StateQueued), string(s.State), flag(ready)))
}

const selectPast = `SELECT spent_at, budget, state, code, lane, chat_id, contact_id FROM sends
	WHERE workspace_id = $1 AND device_id = $2 AND budget > 0 AND spent_at >= $3 ORDER BY spent_at DESC LIMIT $4`

// past is what counted against a budget of the device since then, the newest first.
func (st store) past(ctx context.Context, workspaceID, deviceID string, since int64, limit int) ([]Went, error) {
	rows, err := st.db.Query(ctx, selectPast, workspaceID, deviceID, since, limit)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (w Went, err error) {
		err = r.Scan(&w.At, &w.Budget, &w.State, &w.Code, &w.Lane, &w.ChatID, &w.ContactID)
		return w, err
	}, err).AsList()
}

const endHolds = `UPDATE sends SET due_at = $3 WHERE workspace_id = $1 AND device_id = $2 AND ready = 0 AND state = 'held' AND due_at > $3
	AND code NOT IN ('` + CodeBatchPaused + `', '` + CodeBatchClosed + `')`

// endHolds makes held sends due now, except those of a batch that is paused.
func (st store) endHolds(ctx context.Context, workspaceID, deviceID string, now int64) error {
	_, err := st.db.Exec(ctx, endHolds, workspaceID, deviceID, now)
	return err
}

const markReceipt = `UPDATE sends SET state = $3, ready = 1, code = '', why = '',
	delivered_at = CASE WHEN delivered_at = 0 THEN $4 ELSE delivered_at END, read_at = $5
	WHERE workspace_id = $1 AND id = $2 AND state = $6`

// receipt moves a send on from the state it was seen in; false when it has moved meanwhile.
func (st store) receipt(ctx context.Context, s Send, from State) (bool, error) {
	res, err := st.db.Exec(ctx, markReceipt, s.WorkspaceID, s.ID, string(s.State), s.DeliveredAt, s.ReadAt, string(from))
	return changed(res, err)
}

const cancelSend = `UPDATE sends SET state = 'cancelled', ready = 1 WHERE workspace_id = $1 AND id = $2 AND state = $3`

// cancel takes back a send that was seen queued or held; false when it has moved meanwhile.
func (st store) cancel(ctx context.Context, s Send) (bool, error) {
	res, err := st.db.Exec(ctx, cancelSend, s.WorkspaceID, s.ID, string(s.State))
	return changed(res, err)
}

const moveSend = `UPDATE sends SET chat_id = $3, contact_id = $4 WHERE workspace_id = $1 AND id = $2`

func (st store) move(ctx context.Context, workspaceID, id, chatID, contactID string) error {
	_, err := st.db.Exec(ctx, moveSend, workspaceID, id, chatID, contactID)
	return err
}

const deleteSends = `DELETE FROM sends WHERE workspace_id = $1 AND device_id = $2`

func (st store) forget(ctx context.Context, workspaceID, deviceID string) error {
	_, err := st.db.Exec(ctx, deleteSends, workspaceID, deviceID)
	return err
}

func changed(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
