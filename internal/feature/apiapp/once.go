package apiapp

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// onceFor is how long an Idempotency-Key is remembered.
const onceFor = 24 * time.Hour

// once remembers the answers of calls that carry an Idempotency-Key.
type once struct {
	db  *db.DB
	log *slog.Logger
	now func() time.Time
}

// upgrades are the migrations of the table apiapp_answers.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "answers by idempotency key", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, createAnswers)
			return err
		}).
		Finish()
}

const createAnswers = `CREATE TABLE apiapp_answers (
	workspace_id TEXT   NOT NULL,
	key          TEXT   NOT NULL,
	request      TEXT   NOT NULL,
	answer       TEXT   NOT NULL,
	created_at   BIGINT NOT NULL,
	PRIMARY KEY (workspace_id, key)
)`

// do does fn's work once per workspace and Idempotency-Key within a day: the same call again gets the same answer,
// another call with the same key is refused. Without the header it is done at once. The key, the work and the answer
// are one transaction, so a failure leaves the key free.
func (o once) do(ctx context.Context, workspaceID string, r *http.Request, in fields, fn func(context.Context) (object, error)) (object, error) {
	keys, given := r.Header["Idempotency-Key"]
	if !given {
		return fn(ctx)
	}
	if len(keys) != 1 || !goodKey(keys[0]) {
		return nil, errIdempotencyKey
	}
	request, err := fingerprint(r, in)
	if err != nil {
		return nil, err
	}
	var answer object
	err = o.db.Tx(ctx, func(ctx context.Context) error {
		mine, err := o.claim(ctx, workspaceID, keys[0], request)
		if err != nil {
			return err
		}
		if !mine {
			answer, err = o.recall(ctx, workspaceID, keys[0], request)
			return err
		}
		if answer, err = fn(ctx); err != nil {
			return err
		}
		return o.keep(ctx, workspaceID, keys[0], answer)
	})
	return answer, err
}

func goodKey(key string) bool {
	if key == "" || len(key) > 255 {
		return false
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return false
		}
	}
	return true
}

// fingerprint tells calls apart: the path and every field.
func fingerprint(r *http.Request, in fields) (string, error) {
	body, err := json.Marshal(in) // keys of maps are in order
	if err != nil {
		return "", fmt.Errorf("fingerprint a call: %w", err)
	}
	sum := sha256.Sum256(append([]byte(r.URL.Path+"\n"), body...))
	return hex.EncodeToString(sum[:]), nil
}

const (
	forgetAnswer = `DELETE FROM apiapp_answers WHERE workspace_id = $1 AND key = $2 AND created_at < $3`
	claimAnswer  = `INSERT INTO apiapp_answers (workspace_id, key, request, answer, created_at) VALUES ($1, $2, $3, '', $4)
		ON CONFLICT (workspace_id, key) DO NOTHING`
)

func (o once) claim(ctx context.Context, workspaceID, key, request string) (bool, error) {
	now := o.now().UnixMilli()
	if _, err := o.db.Exec(ctx, forgetAnswer, workspaceID, key, now-onceFor.Milliseconds()); err != nil {
		return false, fmt.Errorf("forget an old answer: %w", err)
	}
	res, err := o.db.Exec(ctx, claimAnswer, workspaceID, key, request, now)
	if err != nil {
		return false, fmt.Errorf("claim an idempotency key: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

const recallAnswer = `SELECT request, answer FROM apiapp_answers WHERE workspace_id = $1 AND key = $2`

func (o once) recall(ctx context.Context, workspaceID, key, request string) (object, error) {
	var first, answer string
	err := o.db.QueryRow(ctx, recallAnswer, workspaceID, key).Scan(&first, &answer)
	if errors.Is(err, sql.ErrNoRows) { // its owner failed after we had looked; the caller may try again
		return nil, fmt.Errorf("an idempotency key's owner failed: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("recall an answer: %w", err)
	}
	if first != request {
		return nil, errIdempotencyMismatch
	}
	var again object
	err = json.Unmarshal([]byte(answer), &again)
	return again, err
}

const keepAnswer = `UPDATE apiapp_answers SET answer = $3 WHERE workspace_id = $1 AND key = $2`

func (o once) keep(ctx context.Context, workspaceID, key string, answer object) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode an answer: %w", err)
	}
	_, err = o.db.Exec(ctx, keepAnswer, workspaceID, key, string(text))
	return err
}

//sql:global answers of every workspace are kept for the same time
const sweepAnswers = `DELETE FROM apiapp_answers WHERE created_at < $1`

// sweep removes old answers every hour until ctx ends.
func (o once) sweep(ctx context.Context) error {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if _, err := o.db.Exec(ctx, sweepAnswers, o.now().Add(-onceFor).UnixMilli()); err != nil && ctx.Err() == nil {
				o.log.ErrorContext(ctx, "old answers were not removed", "error", err)
			}
		}
	}
}
