package audit

import (
	"context"
	"encoding/json"
	"fmt"

	"go.mau.fi/util/dbutil"
)

func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "audit log", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{
				`CREATE TABLE audit_log (
					workspace_id TEXT   NOT NULL,
					id           TEXT   NOT NULL,
					at           BIGINT NOT NULL,
					actor_kind   TEXT   NOT NULL,
					actor_id     TEXT   NOT NULL,
					actor_name   TEXT   NOT NULL,
					deed         TEXT   NOT NULL,
					subject_kind TEXT   NOT NULL,
					subject_id   TEXT   NOT NULL,
					subject_name TEXT   NOT NULL,
					detail       TEXT   NOT NULL,
					address      TEXT   NOT NULL,
					agent        TEXT   NOT NULL,
					PRIMARY KEY (workspace_id, id)
				)`,
				`CREATE INDEX audit_log_by_time ON audit_log (workspace_id, at, id)`,
				`CREATE INDEX audit_log_by_age ON audit_log (at)`,
			} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).Finish()
}

const insertEntry = `INSERT INTO audit_log (workspace_id, id, at, actor_kind, actor_id, actor_name, deed, subject_kind, subject_id,
	subject_name, detail, address, agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

func (s *Service) insert(ctx context.Context, workspaceID string, e Entry) error {
	detail, err := json.Marshal(e.Detail)
	if err == nil {
		_, err = s.db.Exec(ctx, insertEntry, workspaceID, e.ID, e.At, e.Actor.Kind, e.Actor.ID, e.Actor.Name, e.Deed, e.Subject.Kind,
			e.Subject.ID, e.Subject.Name, string(detail), e.Address, e.Agent)
	}
	if err != nil {
		return fmt.Errorf("write %s into the audit log: %w", e.Deed, err)
	}
	return nil
}

// Filter says which lines are wanted; a zero field says nothing.
type Filter struct {
	Deed    string // a deed, or its first part
	Actor   string // id
	Subject string // id
	Since   int64  // Unix ms, with
	Until   int64  // Unix ms, without
}

// place is where a page ends.
type place struct {
	At int64
	ID string
}

const listEntries = `SELECT id, at, actor_kind, actor_id, actor_name, deed, subject_kind, subject_id, subject_name, detail, address, agent
	FROM audit_log WHERE workspace_id = $1 AND at >= $2 AND at < $3 AND (at, id) < ($4, $5)
	AND ($6 = '' OR deed = $6 OR substr(deed, 1, length($6) + 1) = $6 || '.')
	AND ($7 = '' OR actor_id = $7) AND ($8 = '' OR subject_id = $8)
	ORDER BY at DESC, id DESC LIMIT $9`

func (s *Service) list(ctx context.Context, workspaceID string, f Filter, before place, limit int) ([]Entry, error) {
	rows, err := s.db.Query(ctx, listEntries, workspaceID, f.Since, f.Until, before.At, before.ID, f.Deed, f.Actor, f.Subject, limit)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	defer rows.Close()
	all := []Entry{}
	for rows.Next() {
		var e Entry
		var detail string
		err := rows.Scan(&e.ID, &e.At, &e.Actor.Kind, &e.Actor.ID, &e.Actor.Name, &e.Deed, &e.Subject.Kind, &e.Subject.ID,
			&e.Subject.Name, &detail, &e.Address, &e.Agent)
		if err == nil {
			err = json.Unmarshal([]byte(detail), &e.Detail)
		}
		if err != nil {
			return nil, fmt.Errorf("read the audit log: %w", err)
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

const sweepEntries = `DELETE FROM audit_log WHERE at < $1` //sql:global what is old is old in all workspaces

func (s *Service) sweep(ctx context.Context, before int64) error {
	_, err := s.db.Exec(ctx, sweepEntries, before)
	return err
}
