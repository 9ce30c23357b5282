package once

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// store is the SQL of this package.
type store struct{ db *db.DB }

// upgrades are the migrations of the table once_answers.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "answers by idempotency key", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{createAnswers, indexAnswers} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).
		WithRaw(1, 2, 1, "who works on an answer says that it lives", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, addLease)
			return err
		}).
		Finish()
}

const (
	createAnswers = `CREATE TABLE once_answers (
		workspace_id TEXT     NOT NULL,
		key          TEXT     NOT NULL,
		request      TEXT     NOT NULL,
		done         SMALLINT NOT NULL,
		answer       TEXT     NOT NULL,
		created_at   BIGINT   NOT NULL,
		PRIMARY KEY (workspace_id, key)
	)`
	addLease     = `ALTER TABLE once_answers ADD COLUMN lease_until BIGINT NOT NULL DEFAULT 0`
	indexAnswers = `CREATE INDEX once_answers_age ON once_answers (created_at)`
)

const (
	forgetAnswer = `DELETE FROM once_answers WHERE workspace_id = $1 AND key = $2 AND created_at < $3`
	claimAnswer  = `INSERT INTO once_answers (workspace_id, key, request, done, answer, created_at, lease_until) VALUES ($1, $2, $3, 0, '', $4, $5)
		ON CONFLICT (workspace_id, key) DO NOTHING`
)

// claim takes the key for a call at now, until lease; false when somebody has it.
func (s store) claim(ctx context.Context, c Call, now, lease int64) (mine bool, err error) {
	before := now - For.Milliseconds()
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, forgetAnswer, c.WorkspaceID, c.Key, before); err != nil {
			return fmt.Errorf("forget an old answer: %w", err)
		}
		res, err := s.db.Exec(ctx, claimAnswer, c.WorkspaceID, c.Key, c.Request, now, lease)
		if err != nil {
			return fmt.Errorf("claim an idempotency key: %w", err)
		}
		n, err := res.RowsAffected()
		mine = n == 1
		return err
	})
	return mine, err
}

const takeOverAnswer = `UPDATE once_answers SET lease_until = $5
	WHERE workspace_id = $1 AND key = $2 AND request = $3 AND done = 0 AND lease_until < $4`

// takeOver takes the key from an equal call whose lease was over at now: its program died. false when it wasn't.
func (s store) takeOver(ctx context.Context, c Call, now, lease int64) (bool, error) {
	res, err := s.db.Exec(ctx, takeOverAnswer, c.WorkspaceID, c.Key, c.Request, now, lease)
	if err != nil {
		return false, fmt.Errorf("take an idempotency key over: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

const renewAnswer = `UPDATE once_answers SET lease_until = $4 WHERE workspace_id = $1 AND key = $2 AND request = $3 AND done = 0`

// renew says that the call is still worked on.
func (s store) renew(ctx context.Context, c Call, lease int64) error {
	_, err := s.db.Exec(ctx, renewAnswer, c.WorkspaceID, c.Key, c.Request, lease)
	return err
}

//sql:global the program that worked on them is no more, whatever the workspace
const lapseAnswers = `UPDATE once_answers SET lease_until = 0 WHERE done = 0 AND lease_until < $1`

// lapse ends the leases that were given or prolonged before a program started: those until its start and one lease.
func (s store) lapse(ctx context.Context, until int64) error {
	_, err := s.db.Exec(ctx, lapseAnswers, until)
	return err
}

const recallAnswer = `SELECT request, done, answer, created_at, lease_until FROM once_answers WHERE workspace_id = $1 AND key = $2`

// row is what is kept of a key.
type row struct {
	request   string
	done      bool
	answer    string // base64 of what was sealed
	createdAt int64  // unix ms
	lease     int64  // unix ms, until when it is worked on for sure
}

// recall reads a key that somebody has; ErrUnderway when they have just let it go: the caller may try again.
func (s store) recall(ctx context.Context, c Call) (r row, err error) {
	err = s.db.QueryRow(ctx, recallAnswer, c.WorkspaceID, c.Key).Scan(&r.request, &r.done, &r.answer, &r.createdAt, &r.lease)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, ErrUnderway.WithCause(err)
	}
	if err != nil {
		return row{}, fmt.Errorf("recall an answer: %w", err)
	}
	return r, nil
}

const keepAnswer = `UPDATE once_answers SET done = 1, answer = $3 WHERE workspace_id = $1 AND key = $2`

func (s store) keep(ctx context.Context, c Call, answer string) error {
	_, err := s.db.Exec(ctx, keepAnswer, c.WorkspaceID, c.Key, answer)
	return err
}

const freeAnswer = `DELETE FROM once_answers WHERE workspace_id = $1 AND key = $2 AND done = 0`

func (s store) free(ctx context.Context, c Call) error {
	_, err := s.db.Exec(ctx, freeAnswer, c.WorkspaceID, c.Key)
	return err
}

//sql:global answers of every workspace are kept for the same time
const sweepAnswers = `DELETE FROM once_answers WHERE created_at < $1`

func (s store) sweep(ctx context.Context, before int64) error {
	_, err := s.db.Exec(ctx, sweepAnswers, before)
	return err
}
