package search

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/contact"
)

const (
	// budget is after what time a search is answered with what it has found: whoever waits for more asks for the next page.
	budget = 60 * time.Millisecond
	// stretches is how many pieces SQLite goes through what is left in, the newest first; between two it looks at the clock.
	stretches = 16
	// newest is how many messages PostgreSQL looks through one by one, before it asks the index for all that have the words:
	// a word that many have is found in them, and one that few have is quick to ask for.
	newest = 10_000
	// telling is how many words PostgreSQL's index is asked for. The others are looked for in what has these.
	telling = 4
)

const hitColumns = `i.num, m.id, m.chat_id, m.device_id, m.sender_id, m.from_me, m.by_kind, m.by_id, m.content, m.at, `

// findSQLite goes through the words first: CROSS JOIN keeps the order of the tables.
//
//sql:sqlite
const findSQLite = `SELECT ` + hitColumns + contact.Columns + ` FROM message_words CROSS JOIN message_index i ON i.num = message_words.rowid
	CROSS JOIN messages m ON m.workspace_id = i.workspace_id AND m.id = i.message_id
	CROSS JOIN chats h ON h.workspace_id = m.workspace_id AND h.id = m.chat_id
	CROSS JOIN contacts c ON c.workspace_id = h.workspace_id AND c.id = h.contact_id
	WHERE i.workspace_id = $1 AND message_words MATCH $2 AND message_words.rowid < $3 AND message_words.rowid >= $5 AND m.shown = 1
	AND m.revoked_at = 0 ORDER BY message_words.rowid DESC LIMIT $4`

const hitTables = `JOIN messages m ON m.workspace_id = $1 AND m.id = i.message_id
	JOIN chats h ON h.workspace_id = m.workspace_id AND h.id = m.chat_id
	JOIN contacts c ON c.workspace_id = h.workspace_id AND c.id = h.contact_id`

// findNewest looks through the newest messages.
//
//sql:postgres
const findNewest = `SELECT ` + hitColumns + contact.Columns + ` FROM (SELECT x.message_id, x.num, x.words FROM message_index x
	WHERE x.workspace_id = $1 AND x.num < $3 ORDER BY x.num DESC LIMIT $5) i ` + hitTables + `
	WHERE i.words @@ CAST($2 AS tsquery) AND m.shown = 1 AND m.revoked_at = 0 ORDER BY i.num DESC LIMIT $4`

// findIndexed asks the index for all that have the words. MATERIALIZED keeps it from walking through all messages by their
// numbers, which it would in the hope that a page is full soon.
//
//sql:postgres
const findIndexed = `WITH i AS MATERIALIZED (SELECT x.message_id, x.num FROM message_index x
	WHERE x.workspace_id = $1 AND x.words @@ CAST($5 AS tsquery) AND x.words @@ CAST($2 AS tsquery) AND x.num < $3)
	SELECT ` + hitColumns + contact.Columns + ` FROM (SELECT * FROM i ORDER BY num DESC LIMIT $4) i ` + hitTables + `
	WHERE m.shown = 1 AND m.revoked_at = 0 ORDER BY i.num DESC`

// found are hits, newest first, and where to go on: the number before which nothing was looked for yet, 0 at the end.
type found struct {
	hits []Hit
	next int64
}

// find returns the newest hits before a number (0: of all), up to limit. There may be fewer, or none, though there are more.
func (s store) find(ctx context.Context, workspaceID string, asked question, from int64, limit int) (found, error) {
	if from == 0 {
		from = math.MaxInt64
	}
	if s.db.Postgres() {
		return s.findPostgres(ctx, workspaceID, asked, from, limit)
	}
	return s.findSQLite(ctx, workspaceID, asked, from, limit)
}

// selectEnds is between which numbers all messages are.
//
//sql:sqlite
//sql:global the ends of all workspaces' numbers are in one index; nothing of theirs is read
const selectEnds = `SELECT COALESCE((SELECT MIN(num) FROM message_index), 0), COALESCE((SELECT MAX(num) FROM message_index), 0)`

func (s store) findSQLite(ctx context.Context, workspaceID string, asked question, from int64, limit int) (f found, err error) {
	var oldest, last int64
	if err := s.db.QueryRow(ctx, selectEnds).Scan(&oldest, &last); err != nil {
		return f, err
	}
	from = min(from, last+1)
	match, begun := asked.sqlite(workspaceID), time.Now()
	// Never too short a piece, or what is left would be halved for ever.
	piece := max((from-oldest)/stretches, (last-oldest)/(4*stretches)) + 1
	for from > oldest {
		to := max(from-piece, oldest)
		list, err := s.hits(ctx, asked, findSQLite, workspaceID, match, from, limit+1-len(f.hits), to)
		if err != nil {
			return f, err
		}
		if f.hits = append(f.hits, list...); len(f.hits) > limit {
			f.hits = f.hits[:limit]
			f.next = f.hits[limit-1].num
			return f, nil
		}
		if from = to; from > oldest && time.Since(begun) > s.budget {
			f.next = from
			return f, nil
		}
	}
	return f, nil
}

func (s store) findPostgres(ctx context.Context, workspaceID string, asked question, from int64, limit int) (f found, err error) {
	match := asked.postgres()
	f.hits, err = s.hits(ctx, asked, findNewest, workspaceID, match, from, limit+1, newest)
	if err == nil && len(f.hits) <= limit {
		// What the index finds may have been deleted since; a few more make up for it.
		f.hits, err = s.hits(ctx, asked, findIndexed, workspaceID, match, from, limit+1+limit, asked.telling().postgres())
	}
	if len(f.hits) > limit {
		f.hits = f.hits[:limit]
		f.next = f.hits[limit-1].num
	}
	return f, err
}

// telling are the longest words of a question, which fewer messages have than the others. A word that is only begun stays
// at the end.
func (q question) telling() question {
	if len(q.words) <= telling {
		return q
	}
	words := slices.Clone(q.words)
	if q.begun { // many words begin so
		words = words[:len(words)-1]
	}
	slices.SortStableFunc(words, func(a, b string) int { return cmp.Compare(utf8.RuneCountInString(b), utf8.RuneCountInString(a)) })
	return question{words: words[:telling]}
}

func (s store) hits(ctx context.Context, asked question, text string, args ...any) ([]Hit, error) {
	rows, err := s.db.Query(ctx, text, args...)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (h Hit, err error) {
		var content []byte
		refs := []any{&h.num, &h.MessageID, &h.Chat, &h.DeviceID, &h.SenderID, &h.FromMe, &h.By.Kind, &h.By.ID, &content, &h.At}
		if err := r.Scan(append(refs, h.Contact.Refs()...)...); err != nil {
			return h, err
		}
		var full string
		h.Kind, full, err = shownText(content)
		h.Parts = asked.excerpt(full)
		return h, err
	}, err).AsList()
}
