package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// store holds the statements of the tables bells, notices, notice_places and notice_keys.
type store struct{ db *db.DB }

const bellColumns = `session_id, workspace_id, member_id, language, kinds, preview, code, told_at, since, endpoint_hash, address`

func scanBell(r dbutil.Scannable) (b Bell, err error) {
	var chosen string
	var preview int
	err = r.Scan(&b.SessionID, &b.WorkspaceID, &b.MemberID, &b.Language, &chosen, &preview, &b.Code, &b.ToldAt, &b.Since, &b.hash, &b.address)
	if err != nil {
		return b, err
	}
	b.Preview = preview == 1
	return b, json.Unmarshal([]byte(chosen), &b.Kinds)
}

const selectBell = `SELECT ` + bellColumns + ` FROM bells WHERE workspace_id = $1 AND session_id = $2`

// bell is the one of a session; nil when it has none.
func (s store) bell(ctx context.Context, workspaceID, sessionID string) (*Bell, error) {
	b, err := scanBell(s.db.QueryRow(ctx, selectBell, workspaceID, sessionID))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a bell: %w", err)
	}
	return &b, nil
}

const selectBells = `SELECT ` + bellColumns + ` FROM bells WHERE workspace_id = $1 ORDER BY session_id`

func (s store) bells(ctx context.Context, workspaceID string) ([]Bell, error) {
	rows, err := s.db.Query(ctx, selectBells, workspaceID)
	return dbutil.NewRowIterWithError(rows, scanBell, err).AsList()
}

//sql:global a browser is one person's, whatever workspace the person was in
const dropBrowser = `DELETE FROM bells WHERE endpoint_hash = $1 OR session_id = $2`

const insertBell = `INSERT INTO bells (session_id, workspace_id, member_id, language, kinds, preview, code, told_at, since, endpoint_hash, address, tested_at)
	VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, $9, $10, 0)`

// put writes a bell in place of what its session or its browser had; it joins the caller's transaction.
func (s store) put(ctx context.Context, b Bell) error {
	chosen, err := json.Marshal(b.Kinds)
	if err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, dropBrowser, b.hash, b.SessionID); err != nil {
		return err
	}
	preview := 0
	if b.Preview {
		preview = 1
	}
	_, err = s.db.Exec(ctx, insertBell, b.SessionID, b.WorkspaceID, b.MemberID, b.Language, string(chosen), preview, b.ToldAt, b.Since, b.hash, b.address)
	return err
}

const (
	//sql:global a session ends, whatever workspace it shows
	dropBell = `DELETE FROM bells WHERE session_id = $1`
	//sql:global a session ends, whatever workspace it shows
	dropNotices = `DELETE FROM notices WHERE session_id = $1`
)

// forget deletes the bell of a session and what it was to be told.
func (s store) forget(ctx context.Context, sessionID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		for _, text := range []string{dropBell, dropNotices} {
			if _, err := s.db.Exec(ctx, text, sessionID); err != nil {
				return fmt.Errorf("forget a bell: %w", err)
			}
		}
		return nil
	})
}

const noteTook = `UPDATE bells SET code = '', told_at = $3 WHERE workspace_id = $1 AND session_id = $2`

func (s store) took(ctx context.Context, b Bell, now int64) error {
	_, err := s.db.Exec(ctx, noteTook, b.WorkspaceID, b.SessionID, now)
	return err
}

const noteRefused = `UPDATE bells SET code = $3 WHERE workspace_id = $1 AND session_id = $2`

func (s store) refused(ctx context.Context, b Bell, code string) error {
	_, err := s.db.Exec(ctx, noteRefused, b.WorkspaceID, b.SessionID, code)
	return err
}

const noteTest = `UPDATE bells SET tested_at = $3 WHERE workspace_id = $1 AND session_id = $2 AND tested_at <= $4`

// mayTest notes a test, unless there was one after since.
func (s store) mayTest(ctx context.Context, b Bell, now, since int64) (bool, error) {
	return one(s.db.Exec(ctx, noteTest, b.WorkspaceID, b.SessionID, now, since))
}

func one(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

//sql:global a node looks in all workspaces for what others have written
const selectRinging = `SELECT DISTINCT workspace_id FROM bells`

// ringing are the workspaces that have a bell.
func (s store) ringing(ctx context.Context) ([]string, error) {
	rows, err := s.db.Query(ctx, selectRinging)
	return dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
}

const selectPlace = `SELECT seq FROM notice_places WHERE workspace_id = $1`

func (s store) place(ctx context.Context, workspaceID string) (seq int64, known bool, err error) {
	err = s.db.QueryRow(ctx, selectPlace, workspaceID).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return seq, err == nil, err
}

const movePlace = `INSERT INTO notice_places AS p (workspace_id, seq) VALUES ($1, $3)
	ON CONFLICT (workspace_id) DO UPDATE SET seq = excluded.seq WHERE p.seq = $2`

// move sets the place if it is still from, or not set at all; false when it is another.
func (s store) move(ctx context.Context, workspaceID string, from, to int64) (bool, error) {
	return one(s.db.Exec(ctx, movePlace, workspaceID, from, to))
}

const addNotice = `INSERT INTO notices AS n (workspace_id, session_id, tag, kind, subject, seq, said, at, next_at, attempts, claimed_until)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0)
	ON CONFLICT (workspace_id, session_id, tag) DO UPDATE SET kind = excluded.kind, subject = excluded.subject, seq = excluded.seq,
		said = excluded.said, at = excluded.at WHERE n.seq < excluded.seq`

// add has a notice told. One of the same tag that waits is replaced, and keeps its time.
func (s store) add(ctx context.Context, n Notice) error {
	text, err := json.Marshal(n.Said)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, addNotice, n.WorkspaceID, n.SessionID, n.Tag, string(n.Kind), n.Subject, n.Seq, db.Text(string(text)), n.At, n.NextAt)
	return err
}

//sql:global what is due is due in all workspaces
const claimNotices = `UPDATE notices SET claimed_until = $2 WHERE next_at <= $1 AND claimed_until <= $1 AND (workspace_id, session_id, tag) IN (
		SELECT workspace_id, session_id, tag FROM notices WHERE next_at <= $1 AND claimed_until <= $1
			AND session_id IN (SELECT session_id FROM notices GROUP BY session_id HAVING MAX(claimed_until) <= $1 AND MIN(next_at) <= $1 ORDER BY MIN(next_at) LIMIT $3)
		ORDER BY next_at LIMIT 500)
	RETURNING workspace_id, session_id, tag, kind, subject, seq, said, at, next_at, attempts`

//sql:global what is due is due in all workspaces
const anyDue = `SELECT EXISTS (SELECT 1 FROM notices WHERE next_at <= $1 AND claimed_until <= $1)`

// claim takes what is due of so many sessions, until a time. Two nodes never get the same, and a session of which
// something is under way is left alone, so that it is told in order.
func (s store) claim(ctx context.Context, now, until int64, sessions int) ([]Notice, error) {
	var due bool
	if err := s.db.QueryRow(ctx, anyDue, now).Scan(&due); err != nil || !due { // mostly nothing is, and a write waits for the others
		return nil, err
	}
	rows, err := s.db.Query(ctx, claimNotices, now, until, sessions)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (n Notice, err error) {
		var text string
		err = r.Scan(&n.WorkspaceID, &n.SessionID, &n.Tag, &n.Kind, &n.Subject, &n.Seq, &text, &n.At, &n.NextAt, &n.Attempts)
		return n, errors.Join(err, json.Unmarshal([]byte(text), &n.Said))
	}, err).AsList()
}

const (
	endNotice  = `DELETE FROM notices WHERE workspace_id = $1 AND session_id = $2 AND tag = $3 AND seq = $4`
	freeNotice = `UPDATE notices SET claimed_until = 0, attempts = 0 WHERE workspace_id = $1 AND session_id = $2 AND tag = $3`
)

// done ends a notice. A newer one of its tag, which came meanwhile, is due then.
func (s store) done(ctx context.Context, n Notice) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		ended, err := one(s.db.Exec(ctx, endNotice, n.WorkspaceID, n.SessionID, n.Tag, n.Seq))
		if err != nil || ended {
			return err
		}
		_, err = s.db.Exec(ctx, freeNotice, n.WorkspaceID, n.SessionID, n.Tag)
		return err
	})
}

const retryNotice = `UPDATE notices SET claimed_until = 0, attempts = attempts + 1, next_at = $4 WHERE workspace_id = $1 AND session_id = $2 AND tag = $3`

func (s store) retry(ctx context.Context, n Notice, next int64) error {
	_, err := s.db.Exec(ctx, retryNotice, n.WorkspaceID, n.SessionID, n.Tag, next)
	return err
}

//sql:global what nobody could be told is old in all workspaces
const sweepNotices = `DELETE FROM notices WHERE at < $1 AND next_at < $1`

func (s store) sweep(ctx context.Context, before int64) error {
	_, err := s.db.Exec(ctx, sweepNotices, before)
	return err
}

const selectKey = `SELECT public_key, private_key FROM notice_keys WHERE one = 1`

// key is the installation's key pair, its private half sealed; both "" before the first use.
func (s store) key(ctx context.Context) (public, sealed string, err error) {
	err = s.db.QueryRow(ctx, selectKey).Scan(&public, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return public, sealed, err
}

const insertKey = `INSERT INTO notice_keys (one, public_key, private_key, created_at) VALUES (1, $1, $2, $3) ON CONFLICT (one) DO NOTHING`

func (s store) addKey(ctx context.Context, public, sealed string, now int64) error {
	_, err := s.db.Exec(ctx, insertKey, public, sealed, now)
	return err
}
