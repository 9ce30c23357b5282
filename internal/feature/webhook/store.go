package webhook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

const (
	// lifetime is how long a delivery is tried.
	lifetime = 24 * time.Hour
	// claim is how long a node keeps a delivery to itself: longer than one attempt. After a crash of the node
	// another one takes it up when this is over.
	claim = 25 * time.Second
	// keep is how long ended deliveries stay in the log.
	keep = 14 * 24 * time.Hour
)

// store is the SQL of this package; node is whose claims it makes.
type store struct {
	db   *db.DB
	node string
}

const columns = `workspace_id, id, device_id, webhook_id, event_id, seq, event, body, state, attempts, next_at, status, answer, created_at, ended_at, claimed_until`

func scan(row dbutil.Scannable) (d Delivery, err error) {
	var body string
	err = row.Scan(&d.WorkspaceID, &d.ID, &d.DeviceID, &d.WebhookID, &d.EventID, &d.Seq, &d.Event, &body, &d.State, &d.Attempts, &d.NextAt, &d.Status,
		&d.Answer, &d.CreatedAt, &d.EndedAt, &d.until)
	d.Body = []byte(body)
	return d, err
}

const insertDelivery = `INSERT INTO webhook_deliveries
	(workspace_id, id, device_id, event, body, state, next_at, expires_at, claimed_by, claimed_until, created_at, webhook_id)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

// insert stores a new delivery, claimed for this node when it has a claim.
func (s store) insert(ctx context.Context, d Delivery, now int64) error {
	by := ""
	if d.until > 0 {
		by = s.node
	}
	_, err := s.db.Exec(ctx, insertDelivery, d.WorkspaceID, d.ID, d.DeviceID, d.Event, string(d.Body), d.State, d.NextAt,
		now+lifetime.Milliseconds(), by, d.until, d.CreatedAt, d.WebhookID)
	if err != nil {
		return fmt.Errorf("store webhook delivery: %w", err)
	}
	return nil
}

//sql:global the node delivers for every workspace; each row carries its own
const dueEndpoints = `SELECT DISTINCT workspace_id, device_id, webhook_id FROM webhook_deliveries
	WHERE state = 'pending' AND next_at <= $1 AND claimed_until < $1`

// due lists the endpoints that have something to be tried now.
func (s store) due(ctx context.Context, now int64) ([]key, error) {
	rows, err := s.db.Query(ctx, dueEndpoints, now)
	return dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (k key, err error) {
		return k, row.Scan(&k.workspaceID, &k.deviceID, &k.webhookID)
	}, err).AsList()
}

// The outer condition is asked again for a row that another node changed meanwhile, so a row is claimed once.
const claimDeliveries = `UPDATE webhook_deliveries SET claimed_by = $3, claimed_until = $4
	WHERE workspace_id = $1 AND claimed_until < $5 AND id IN (
		SELECT id FROM webhook_deliveries WHERE workspace_id = $1 AND device_id = $2 AND webhook_id = $7
			AND state = 'pending' AND next_at <= $5 AND claimed_until < $5 ORDER BY seq, id LIMIT $6)
	RETURNING ` + columns

// claim takes up to n due deliveries of an endpoint for this node, the oldest first.
func (s store) claim(ctx context.Context, k key, now int64, n int) (list []Delivery, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		rows, err := s.db.Query(ctx, claimDeliveries, k.workspaceID, k.deviceID, s.node, now+claim.Milliseconds(), now, n, k.webhookID)
		list, err = dbutil.NewRowIterWithError(rows, scan, err).AsList()
		return err
	})
	return list, err
}

const renewClaim = `UPDATE webhook_deliveries SET claimed_until = $5
	WHERE workspace_id = $1 AND id = $2 AND claimed_by = $3 AND claimed_until = $4 AND state = 'pending'`

// renew prolongs the claim under which d was taken; false when it is no longer the one that counts.
func (s store) renew(ctx context.Context, d Delivery, until int64) (bool, error) {
	res, err := s.db.Exec(ctx, renewClaim, d.WorkspaceID, d.ID, s.node, d.until, until)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

const endDelivery = `UPDATE webhook_deliveries SET state = $3, attempts = attempts + 1, status = $4, answer = $5,
	ended_at = $6, claimed_by = '', claimed_until = 0 WHERE workspace_id = $1 AND id = $2`

// end records the last attempt of a delivery.
func (s store) end(ctx context.Context, d Delivery, state State, r result, now int64) error {
	_, err := s.db.Exec(ctx, endDelivery, d.WorkspaceID, d.ID, state, r.status, r.answer, now)
	return err
}

const retryDelivery = `UPDATE webhook_deliveries SET
		state = CASE WHEN expires_at <= $5 THEN 'failed' ELSE 'pending' END,
		ended_at = CASE WHEN expires_at <= $5 THEN $5 ELSE 0 END,
		attempts = attempts + 1, status = $3, answer = $4, next_at = $6, claimed_by = '', claimed_until = 0
	WHERE workspace_id = $1 AND id = $2`

// retry records an attempt that failed; the delivery is due again at next, or has failed when its day is over.
func (s store) retry(ctx context.Context, d Delivery, r result, now, next int64) error {
	_, err := s.db.Exec(ctx, retryDelivery, d.WorkspaceID, d.ID, r.status, r.answer, now, next)
	return err
}

const releaseDelivery = `UPDATE webhook_deliveries SET claimed_by = '', claimed_until = 0, next_at = $3
	WHERE workspace_id = $1 AND id = $2 AND state = 'pending'`

// release gives deliveries back untried, due at next.
func (s store) release(ctx context.Context, list []Delivery, next int64) error {
	if len(list) == 0 {
		return nil
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		for _, d := range list {
			if _, err := s.db.Exec(ctx, releaseDelivery, d.WorkspaceID, d.ID, next); err != nil {
				return err
			}
		}
		return nil
	})
}

const hastenDeliveries = `UPDATE webhook_deliveries SET next_at = $3
	WHERE workspace_id = $1 AND device_id = $2 AND webhook_id = $4 AND state = 'pending' AND next_at > $3 AND (status = 0 OR status >= 500 OR status = 429)`

// hasten makes everything due that waits only because the endpoint was down.
func (s store) hasten(ctx context.Context, k key, now int64) error {
	_, err := s.db.Exec(ctx, hastenDeliveries, k.workspaceID, k.deviceID, now, k.webhookID)
	return err
}

//sql:global a restarted node gives back what its former life had claimed
const releaseNode = `UPDATE webhook_deliveries SET claimed_by = '', claimed_until = 0 WHERE claimed_until > 0 AND ($1 = '' OR claimed_by = $1)`

// releaseAll gives back every claim of this node; on SQLite, where there is only one, everybody's.
func (s store) releaseAll(ctx context.Context) error {
	node := s.node
	if !s.db.Postgres() {
		node = ""
	}
	_, err := s.db.Exec(ctx, releaseNode, node)
	return err
}

//sql:global the log of every workspace is kept for the same time
const sweepDeliveries = `DELETE FROM webhook_deliveries WHERE state <> 'pending' AND ended_at < $1`

func (s store) sweep(ctx context.Context, now int64) error {
	_, err := s.db.Exec(ctx, sweepDeliveries, now-keep.Milliseconds())
	return err
}

const getDelivery = `SELECT ` + columns + ` FROM webhook_deliveries WHERE workspace_id = $1 AND id = $2`

// A claim that stands is the next attempt's own; one that is over would only make the delivery wait.
const reviveDelivery = `UPDATE webhook_deliveries SET state = 'pending', next_at = $3, expires_at = $4, ended_at = 0,
		claimed_by = CASE WHEN state = 'pending' AND claimed_until > $3 THEN claimed_by ELSE '' END,
		claimed_until = CASE WHEN state = 'pending' AND claimed_until > $3 THEN claimed_until ELSE 0 END
	WHERE workspace_id = $1 AND id = $2`

func (s store) revive(ctx context.Context, workspaceID, id string, now int64) (d Delivery, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, reviveDelivery, workspaceID, id, now, now+lifetime.Milliseconds()); err != nil {
			return err
		}
		d, err = scan(s.db.QueryRow(ctx, getDelivery, workspaceID, id))
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		return err
	})
	return d, err
}

const listDeliveries = `SELECT ` + columns + ` FROM webhook_deliveries
	WHERE workspace_id = $1 AND device_id = $2 AND webhook_id = $6 AND ($3 = '' OR state = $3) AND ($4 = '' OR id < $4) ORDER BY id DESC LIMIT $5`

func (s store) list(ctx context.Context, k key, state State, before string, limit int) ([]Delivery, error) {
	rows, err := s.db.Query(ctx, listDeliveries, k.workspaceID, k.deviceID, string(state), before, limit, k.webhookID)
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

const (
	forgetDeliveries = `DELETE FROM webhook_deliveries WHERE workspace_id = $1 AND device_id = $2 AND webhook_id = $3`
	forgetSecret     = `DELETE FROM webhook_secrets WHERE workspace_id = $1 AND device_id = $2`
)

// forget removes everything of an endpoint; it joins the caller's transaction.
func (s store) forget(ctx context.Context, k key) error {
	if _, err := s.db.Exec(ctx, forgetDeliveries, k.workspaceID, k.deviceID, k.webhookID); err != nil {
		return fmt.Errorf("forget deliveries: %w", err)
	}
	if _, err := s.db.Exec(ctx, forgetSecret, k.workspaceID, k.deviceID); err != nil {
		return fmt.Errorf("forget a webhook's secret: %w", err)
	}
	return nil
}

const getSecret = `SELECT secret FROM webhook_secrets WHERE workspace_id = $1 AND device_id = $2`

// secret is the sealed secret of an endpoint, or "".
func (s store) secret(ctx context.Context, k key) (sealed string, err error) {
	err = s.db.QueryRow(ctx, getSecret, k.workspaceID, k.deviceID).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return sealed, err
}

const addSecret = `INSERT INTO webhook_secrets (workspace_id, device_id, secret, created_at) VALUES ($1, $2, $3, $4)
	ON CONFLICT (workspace_id, device_id) DO NOTHING`

// addSecret stores the first secret of an endpoint; a second one changes nothing.
func (s store) addSecret(ctx context.Context, k key, sealed string, now int64) error {
	_, err := s.db.Exec(ctx, addSecret, k.workspaceID, k.deviceID, sealed, now)
	return err
}
