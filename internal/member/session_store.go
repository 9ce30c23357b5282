package member

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

const insertSession = `INSERT INTO sessions (token_hash, id, person_id, workspace_id, member_id, created_at, expires_at, seen_at, agent, address)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

func (s *Service) insertSession(ctx context.Context, hash string, m Member, v Session) error {
	_, err := s.db.Exec(ctx, insertSession, hash, v.ID, m.person.ID, m.WorkspaceID, m.ID, v.CreatedAt, v.ExpiresAt, v.SeenAt, v.agent, v.Address)
	return err
}

//sql:global the token is all that a browser shows; it says which workspace
const sessionMember = `SELECT s.id, s.person_id, s.seen_at, m.workspace_id, m.id, m.name, m.role FROM sessions s
	JOIN members m ON m.workspace_id = s.workspace_id AND m.id = s.member_id
	WHERE s.token_hash = $1 AND s.expires_at > $2`

// bySession says whose session it is, and when it was last seen.
func (s *Service) bySession(ctx context.Context, hash string, now int64) (p Principal, seen int64, err error) {
	err = s.db.QueryRow(ctx, sessionMember, hash, now).Scan(&p.SessionID, &p.PersonID, &seen, &p.WorkspaceID, &p.MemberID, &p.Name, &p.Role)
	if errors.Is(err, sql.ErrNoRows) {
		return Principal{}, 0, ErrSignIn
	}
	return p, seen, err
}

//sql:global a session is a person's, whatever workspace it shows
const touchSession = `UPDATE sessions SET seen_at = $2, agent = $3, address = $4 WHERE id = $1 AND seen_at < $2`

//sql:global a session is a person's, whatever workspace it shows
const moveSession = `UPDATE sessions SET workspace_id = $3, member_id = $4 WHERE person_id = $1 AND id = $2`

// move has a session and the next sign-in show another workspace of its person.
func (s *Service) move(ctx context.Context, sessionID string, m Member) error {
	if _, err := s.db.Exec(ctx, moveSession, m.person.ID, sessionID, m.WorkspaceID, m.ID); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, leadTo, m.person.ID, m.WorkspaceID)
	return err
}

//sql:global a session is a person's, whatever workspace it shows
const listSessions = `SELECT id, workspace_id, created_at, expires_at, seen_at, agent, address FROM sessions
	WHERE person_id = $1 AND expires_at > $2 ORDER BY seen_at DESC, id`

func (s *Service) listSessions(ctx context.Context, personID string) ([]Session, error) {
	rows, err := s.db.Query(ctx, listSessions, personID, s.now().UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	defer rows.Close()
	all := []Session{}
	for rows.Next() {
		var v Session
		if err := rows.Scan(&v.ID, &v.WorkspaceID, &v.CreatedAt, &v.ExpiresAt, &v.SeenAt, &v.agent, &v.Address); err != nil {
			return nil, fmt.Errorf("read sessions: %w", err)
		}
		v.Browser, v.System = readAgent(v.agent)
		all = append(all, v)
	}
	return all, rows.Err()
}

//sql:global a session is a person's, whatever workspace it shows
const endSession = `DELETE FROM sessions WHERE person_id = $1 AND id = $2 RETURNING id`

//sql:global a session is a person's, whatever workspace it shows
const endOthers = `DELETE FROM sessions WHERE person_id = $1 AND id <> $2 RETURNING id`

const endInWorkspace = `DELETE FROM sessions WHERE workspace_id = $1 AND member_id = $2 RETURNING id`

// endSession ends one session of a person. ErrSessionNotFound.
func (s *Service) endSession(ctx context.Context, personID, sessionID string) error {
	n, err := s.end(ctx, endSession, personID, sessionID)
	if err == nil && n == 0 {
		err = ErrSessionNotFound
	}
	return err
}

// endSessionsOf ends all sessions of a person but the one with the id keep, and those that are half begun.
func (s *Service) endSessionsOf(ctx context.Context, personID, keep string) error {
	if _, err := s.end(ctx, endOthers, personID, keep); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, deleteHalvesOf, personID)
	return err
}

// endSessionsIn ends the sessions that show one workspace to a member.
func (s *Service) endSessionsIn(ctx context.Context, workspaceID, memberID string) error {
	_, err := s.end(ctx, endInWorkspace, workspaceID, memberID)
	return err
}

// end runs one of the texts above and tells of each session that is over. How many there were.
func (s *Service) end(ctx context.Context, text, whose, which string) (n int, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		ids, err := s.texts(ctx, text, whose, which)
		n = len(ids)
		if err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		return s.over(ctx, ids...)
	})
	return n, err
}

// texts runs a statement whose rows are one text each.
func (s *Service) texts(ctx context.Context, text string, args ...any) (all []string, err error) {
	rows, err := s.db.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

const insertEnded = `INSERT INTO ended_sessions (id, ended_at) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at`

// over tells that sessions or keys are over: within the transaction, and after the commit here at once, to other nodes by
// a row.
func (s *Service) over(ctx context.Context, ids ...string) error {
	for _, v := range ids {
		if err := s.Over.Fire(ctx, v); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, insertEnded, v, s.now().UnixMilli()); err != nil {
			return fmt.Errorf("tell other nodes of an end: %w", err)
		}
		db.AfterCommit(ctx, func() { s.Ended.Fire(context.WithoutCancel(ctx), v) })
	}
	return nil
}

const endedSince = `SELECT id FROM ended_sessions WHERE ended_at > $1`

const sweepEnded = `DELETE FROM ended_sessions WHERE ended_at <= $1`

const sweepSessions = `DELETE FROM sessions WHERE expires_at <= $1` //sql:global what is over is over in all workspaces

func (s *Service) sweepSessions(ctx context.Context, now int64) error {
	if _, err := s.db.Exec(ctx, sweepSessions, now); err != nil {
		return err
	}
	for _, text := range []string{sweepHalves, sweepResets} {
		if _, err := s.db.Exec(ctx, text, now); err != nil {
			return err
		}
	}
	_, err := s.db.Exec(ctx, sweepEnded, now-endedKept.Milliseconds())
	return err
}
