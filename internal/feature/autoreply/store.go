package autoreply

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// store is the SQL of this package.
type store struct{ db *db.DB }

const columns = `workspace_id, id, name, position, enabled, trigger_json, steps, devices, audience, every_minutes, created_at, updated_at`

const listRules = `SELECT ` + columns + ` FROM rules WHERE workspace_id = $1 ORDER BY position, id`

func (s store) list(ctx context.Context, workspaceID string) ([]Rule, error) {
	rows, err := s.db.Query(ctx, listRules, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("list rules: %w", err)
	}
	return dbutil.NewRowIterWithError(rows, scanRule, err).AsList()
}

const getRule = `SELECT ` + columns + ` FROM rules WHERE workspace_id = $1 AND id = $2`

func (s store) get(ctx context.Context, workspaceID, id string) (Rule, error) {
	r, err := scanRule(s.db.QueryRow(ctx, getRule, workspaceID, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Rule{}, ErrNotFound
	}
	return r, err
}

func scanRule(row dbutil.Scannable) (Rule, error) {
	var r Rule
	var when, then, devices string
	err := row.Scan(&r.WorkspaceID, &r.ID, &r.Name, &r.Position, &r.Enabled, &when, &then, &devices, &r.Audience,
		&r.EveryMinutes, &r.CreatedAt, &r.UpdatedAt)
	if err != nil {
		return Rule{}, err
	}
	return r, errors.Join(json.Unmarshal([]byte(when), &r.When), json.Unmarshal([]byte(then), &r.Then),
		json.Unmarshal([]byte(devices), &r.DeviceIDs))
}

const putRule = `INSERT INTO rules (` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
	ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name, position = excluded.position,
		enabled = excluded.enabled, trigger_json = excluded.trigger_json, steps = excluded.steps,
		devices = excluded.devices, audience = excluded.audience, every_minutes = excluded.every_minutes,
		updated_at = excluded.updated_at`

func (s store) put(ctx context.Context, r Rule) error {
	when, err1 := json.Marshal(r.When)
	then, err2 := json.Marshal(r.Then)
	devices, err3 := json.Marshal(r.DeviceIDs)
	if err := errors.Join(err1, err2, err3); err != nil {
		return fmt.Errorf("encode rule: %w", err)
	}
	enabled := 0
	if r.Enabled {
		enabled = 1
	}
	_, err := s.db.Exec(ctx, putRule, r.WorkspaceID, r.ID, r.Name, r.Position, enabled, string(when), string(then),
		string(devices), r.Audience, r.EveryMinutes, r.CreatedAt, r.UpdatedAt)
	if err != nil {
		return fmt.Errorf("store rule: %w", err)
	}
	return nil
}

const (
	deleteRule  = `DELETE FROM rules WHERE workspace_id = $1 AND id = $2`
	deleteFires = `DELETE FROM rule_fires WHERE workspace_id = $1 AND rule_id = $2`
)

func (s store) delete(ctx context.Context, workspaceID, id string) error {
	res, err := s.db.Exec(ctx, deleteRule, workspaceID, id)
	if err != nil {
		return fmt.Errorf("delete rule: %w", err)
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return ErrNotFound
	}
	if _, err := s.db.Exec(ctx, deleteFires, workspaceID, id); err != nil {
		return fmt.Errorf("forget a rule's answers: %w", err)
	}
	return nil
}

const bumpRules = `INSERT INTO rule_sets (workspace_id, version) VALUES ($1, 1)
	ON CONFLICT (workspace_id) DO UPDATE SET version = rule_sets.version + 1`

// bump counts a change. It holds the workspace's rules until the transaction ends, so that changes don't cross.
func (s store) bump(ctx context.Context, workspaceID string) error {
	if _, err := s.db.Exec(ctx, bumpRules, workspaceID); err != nil {
		return fmt.Errorf("count a change of rules: %w", err)
	}
	return nil
}

const rulesVersion = `SELECT version FROM rule_sets WHERE workspace_id = $1`

// version is 0 for a workspace that never had rules.
func (s store) version(ctx context.Context, workspaceID string) (v int64, err error) {
	err = s.db.QueryRow(ctx, rulesVersion, workspaceID).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return v, err
}

const lastFire = `SELECT fired_at FROM rule_fires WHERE workspace_id = $1 AND rule_id = $2 AND chat_id = $3`

// firedAt is when a rule last answered in a chat, unix ms; 0 is never.
func (s store) firedAt(ctx context.Context, workspaceID, ruleID, chatID string) (at int64, err error) {
	err = s.db.QueryRow(ctx, lastFire, workspaceID, ruleID, chatID).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return at, err
}

const putFire = `INSERT INTO rule_fires (workspace_id, rule_id, chat_id, fired_at, fires) VALUES ($1, $2, $3, $4, 1)
	ON CONFLICT (workspace_id, rule_id, chat_id) DO UPDATE SET fired_at = excluded.fired_at, fires = rule_fires.fires + 1`

func (s store) fired(ctx context.Context, workspaceID, ruleID, chatID string, at int64) error {
	_, err := s.db.Exec(ctx, putFire, workspaceID, ruleID, chatID, at)
	return err
}

const countFires = `SELECT rule_id, SUM(fires) FROM rule_fires WHERE workspace_id = $1 GROUP BY rule_id`

// fires counts the answers of each rule of a workspace.
func (s store) fires(ctx context.Context, workspaceID string) (map[string]int64, error) {
	rows, err := s.db.Query(ctx, countFires, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("count answers: %w", err)
	}
	defer rows.Close()
	counts := map[string]int64{}
	for rows.Next() {
		var id string
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		counts[id] = n
	}
	return counts, rows.Err()
}

const getGuard = `SELECT memory FROM rule_guards WHERE workspace_id = $1 AND chat_id = $2`

func (s store) memory(ctx context.Context, workspaceID, chatID string) (m memory, err error) {
	var text string
	err = s.db.QueryRow(ctx, getGuard, workspaceID, chatID).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return memory{}, nil
	}
	if err != nil {
		return memory{}, err
	}
	return m, json.Unmarshal([]byte(text), &m)
}

const putGuard = `INSERT INTO rule_guards (workspace_id, chat_id, memory) VALUES ($1, $2, $3)
	ON CONFLICT (workspace_id, chat_id) DO UPDATE SET memory = excluded.memory`

func (s store) remember(ctx context.Context, workspaceID, chatID string, m memory) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, putGuard, workspaceID, chatID, string(text))
	return err
}
