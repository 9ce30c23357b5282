package factor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/module"
)

// Module is the noun's module: its tables. The operations are of whoever knows the persons.
func Module() module.Module { return module.Module{Name: "factor", Upgrades: upgrades()} }

func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "second factors", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{
				`CREATE TABLE totps (
					person_id    TEXT   PRIMARY KEY,
					secret       TEXT   NOT NULL,
					confirmed_at BIGINT NOT NULL DEFAULT 0,
					last_step    BIGINT NOT NULL DEFAULT 0,
					created_at   BIGINT NOT NULL
				)`,
				`CREATE TABLE recovery_codes (person_id TEXT NOT NULL, code_hash TEXT NOT NULL, PRIMARY KEY (person_id, code_hash))`,
				`CREATE TABLE passkeys (
					person_id     TEXT   NOT NULL,
					id            TEXT   NOT NULL,
					credential_id TEXT   NOT NULL UNIQUE,
					name          TEXT   NOT NULL,
					credential    TEXT   NOT NULL,
					created_at    BIGINT NOT NULL,
					last_used_at  BIGINT NOT NULL DEFAULT 0,
					PRIMARY KEY (person_id, id)
				)`,
				`CREATE TABLE passkey_ceremonies (
					person_id  TEXT   NOT NULL,
					kind       TEXT   NOT NULL,
					data       TEXT   NOT NULL,
					created_at BIGINT NOT NULL,
					PRIMARY KEY (person_id, kind)
				)`,
			} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).Finish()
}

// storedTOTP is a code app; without a sealed secret there is none.
type storedTOTP struct {
	sealed      string
	confirmedAt int64
}

const getTOTP = `SELECT secret, confirmed_at FROM totps WHERE person_id = $1`

func (s *Service) totp(ctx context.Context, personID string) (t storedTOTP, err error) {
	err = s.db.QueryRow(ctx, getTOTP, personID).Scan(&t.sealed, &t.confirmedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return storedTOTP{}, nil
	}
	if err != nil {
		return storedTOTP{}, fmt.Errorf("read a code app: %w", err)
	}
	return t, nil
}

const beginTOTP = `INSERT INTO totps (person_id, secret, created_at) VALUES ($1, $2, $3)
	ON CONFLICT (person_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0`

func (s *Service) beginTOTP(ctx context.Context, personID, sealed string) error {
	_, err := s.db.Exec(ctx, beginTOTP, personID, sealed, s.now().UnixMilli())
	return err
}

const confirmTOTP = `UPDATE totps SET confirmed_at = $2 WHERE person_id = $1`

func (s *Service) confirmTOTP(ctx context.Context, personID string) error {
	_, err := s.db.Exec(ctx, confirmTOTP, personID, s.now().UnixMilli())
	return err
}

const useStep = `UPDATE totps SET last_step = $2 WHERE person_id = $1 AND last_step < $2`

// useStep reports whether no code of this step or a later one was used before.
func (s *Service) useStep(ctx context.Context, personID string, n int64) (bool, error) {
	return s.changed(ctx, useStep, personID, n)
}

// changed runs a text and reports whether it touched a row.
func (s *Service) changed(ctx context.Context, text string, args ...any) (bool, error) {
	res, err := s.db.Exec(ctx, text, args...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

const deleteTOTP = `DELETE FROM totps WHERE person_id = $1`

func (s *Service) deleteTOTP(ctx context.Context, personID string) error {
	_, err := s.db.Exec(ctx, deleteTOTP, personID)
	return err
}

const countCodes = `SELECT COUNT(*) FROM recovery_codes WHERE person_id = $1`

func (s *Service) countCodes(ctx context.Context, personID string) (n int, err error) {
	err = s.db.QueryRow(ctx, countCodes, personID).Scan(&n)
	return n, err
}

const insertCode = `INSERT INTO recovery_codes (person_id, code_hash) VALUES ($1, $2)`

func (s *Service) insertCode(ctx context.Context, personID, hash string) error {
	_, err := s.db.Exec(ctx, insertCode, personID, hash)
	return err
}

const useCode = `DELETE FROM recovery_codes WHERE person_id = $1 AND code_hash = $2`

func (s *Service) useCode(ctx context.Context, personID, hash string) (bool, error) {
	return s.changed(ctx, useCode, personID, hash)
}

const deleteCodes = `DELETE FROM recovery_codes WHERE person_id = $1`

func (s *Service) deleteCodes(ctx context.Context, personID string) error {
	_, err := s.db.Exec(ctx, deleteCodes, personID)
	return err
}
