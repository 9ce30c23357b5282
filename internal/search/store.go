package search

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// store holds the statements of the index: message_index says which number a message has, and the words are beside it
// (PostgreSQL) or in the table message_words under that number (SQLite). Numbers grow with the messages' time, so that
// the newest hits are found first.
type store struct {
	db     *db.DB
	budget time.Duration
}

// entry is a message to be indexed.
type entry struct {
	workspaceID, messageID string
	at                     int64 // unix ms
	words                  []string
}

// timeBits is how many bits of a number tell apart the messages of one millisecond.
const timeBits = 20

func numberAt(at int64) int64 { return max(at, 0)<<timeBits | rand.Int64N(1<<timeBits) }

// ofWorkspace is a word that every message of a workspace has: a common word is looked for among its own only.
func ofWorkspace(workspaceID string) string {
	var b strings.Builder
	b.WriteString("ws")
	for _, r := range workspaceID {
		encode(&b, r)
	}
	return strings.NewReplacer("-", "", "_", "").Replace(b.String())
}

//sql:sqlite
const insertNumber = `INSERT INTO message_index (workspace_id, message_id, num) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`

//sql:sqlite
const insertWords = `INSERT INTO message_words (rowid, words) VALUES ($1, $2)`

//sql:postgres
const insertBoth = `INSERT INTO message_index (workspace_id, message_id, num, words)
	VALUES ($1, $2, $3, array_to_tsvector(string_to_array($4, ' '))) ON CONFLICT DO NOTHING`

const selectNumber = `SELECT num FROM message_index WHERE workspace_id = $1 AND message_id = $2`

// number is a message's; 0 when it is not indexed.
func (s store) number(ctx context.Context, workspaceID, messageID string) (num int64, err error) {
	err = s.db.QueryRow(ctx, selectNumber, workspaceID, messageID).Scan(&num)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return num, err
}

// insert indexes a message, unless it is indexed already.
func (s store) insert(ctx context.Context, e entry) error {
	for range 8 { // a number may be taken
		num := numberAt(e.at)
		done, err := s.insertAs(ctx, e, num)
		if err != nil || done {
			return err
		}
		if has, err := s.number(ctx, e.workspaceID, e.messageID); err != nil || has != 0 {
			return err
		}
	}
	return errFull
}

func (s store) insertAs(ctx context.Context, e entry, num int64) (bool, error) {
	if s.db.Postgres() {
		res, err := s.db.Exec(ctx, insertBoth, e.workspaceID, e.messageID, num, strings.Join(e.words, " "))
		return affected(res, err)
	}
	res, err := s.db.Exec(ctx, insertNumber, e.workspaceID, e.messageID, num)
	done, err := affected(res, err)
	if err != nil || !done || len(e.words) == 0 {
		return done, err
	}
	return true, s.putWords(ctx, e, num)
}

func (s store) putWords(ctx context.Context, e entry, num int64) error {
	_, err := s.db.Exec(ctx, insertWords, num, ofWorkspace(e.workspaceID)+" "+strings.Join(e.words, " "))
	return err
}

//sql:sqlite
const deleteWords = `DELETE FROM message_words WHERE rowid = $1`

//sql:postgres
const updateBoth = `UPDATE message_index SET words = array_to_tsvector(string_to_array($3, ' ')) WHERE workspace_id = $1 AND message_id = $2`

// replace indexes a message, anew if it is indexed.
func (s store) replace(ctx context.Context, e entry) error {
	num, err := s.number(ctx, e.workspaceID, e.messageID)
	if err != nil {
		return err
	}
	if num == 0 {
		return s.insert(ctx, e)
	}
	if s.db.Postgres() {
		_, err := s.db.Exec(ctx, updateBoth, e.workspaceID, e.messageID, strings.Join(e.words, " "))
		return err
	}
	if _, err := s.db.Exec(ctx, deleteWords, num); err != nil || len(e.words) == 0 {
		return err
	}
	return s.putWords(ctx, e, num)
}

const deleteNumber = `DELETE FROM message_index WHERE workspace_id = $1 AND message_id = $2`

// remove takes a message out of the index.
func (s store) remove(ctx context.Context, workspaceID, messageID string) error {
	num, err := s.number(ctx, workspaceID, messageID)
	if err != nil || num == 0 {
		return err
	}
	if !s.db.Postgres() {
		if _, err := s.db.Exec(ctx, deleteWords, num); err != nil {
			return err
		}
	}
	_, err = s.db.Exec(ctx, deleteNumber, workspaceID, messageID)
	return err
}

const selectHidden = `SELECT i.message_id FROM messages m JOIN message_index i ON i.workspace_id = m.workspace_id AND i.message_id = m.id
	WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 0`

const selectWhole = `SELECT i.message_id FROM messages m JOIN message_index i ON i.workspace_id = m.workspace_id AND i.message_id = m.id
	WHERE m.workspace_id = $1 AND m.chat_id = $2`

// removeWhole takes out a whole chat.
func (s store) removeWhole(ctx context.Context, workspaceID, chatID string) error {
	return s.removeAll(ctx, workspaceID, chatID, selectWhole)
}

// removeHidden takes out what was deleted of a chat.
func (s store) removeHidden(ctx context.Context, workspaceID, chatID string) error {
	return s.removeAll(ctx, workspaceID, chatID, selectHidden)
}

func (s store) removeAll(ctx context.Context, workspaceID, chatID, text string) error {
	rows, err := s.db.Query(ctx, text, workspaceID, chatID)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	if err != nil {
		return err
	}
	for _, id := range list {
		if err := s.remove(ctx, workspaceID, id); err != nil {
			return err
		}
	}
	return nil
}

// sqlite is the question in FTS5's language. Words are letters and digits only, so nothing of theirs is read as more.
func (q question) sqlite() string {
	parts := make([]string, len(q.words))
	for i, w := range q.words {
		parts[i] = `"` + w + `"`
		if q.begun && i == len(q.words)-1 {
			parts[i] += ` *`
		}
	}
	return strings.Join(parts, " AND ")
}

// postgres is the question in tsquery's language.
func (q question) postgres() string {
	parts := make([]string, len(q.words))
	for i, w := range q.words {
		parts[i] = `'` + w + `'`
		if q.begun && i == len(q.words)-1 {
			parts[i] += `:*`
		}
	}
	return strings.Join(parts, " & ")
}

func affected(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

const selectSomeIndexed = `SELECT message_id FROM message_index WHERE workspace_id = $1 LIMIT 500`

// removeSome takes up to 500 messages of a workspace out of the index, in one transaction. How many those were.
func (s store) removeSome(ctx context.Context, workspaceID string) (n int, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		rows, err := s.db.Query(ctx, selectSomeIndexed, workspaceID)
		list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
		for _, id := range list {
			if err := s.remove(ctx, workspaceID, id); err != nil {
				return err
			}
		}
		n = len(list)
		return err
	})
	return n, err
}
