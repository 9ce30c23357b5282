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
	// newest is how many messages PostgreSQL looks through one by one, before it asks the index for all that have the words:
	// a word that many have is found in them, and one that few have is quick to ask for.
	newest = 10_000
	// telling is how many words PostgreSQL's index is asked for. The others are looked for in what has these.
	telling = 4
)

const hitColumns = `i.num, m.id, m.chat_id, m.device_id, m.sender_id, m.from_me, m.by_kind, m.by_id, m.content, m.at, `

// findSQLite goes through the words first: CROSS JOIN keeps the order of the tables. It has no lower end: FTS5 goes on to
// the next message that has the words however far that is, so that a piece costs as much as all that is behind it.
//
//sql:sqlite
const findSQLite = `SELECT ` + hitColumns + contact.Columns + ` FROM message_words CROSS JOIN message_index i ON i.num = message_words.rowid
	CROSS JOIN messages m ON m.workspace_id = i.workspace_id AND m.id = i.message_id
	CROSS JOIN chats h ON h.workspace_id = m.workspace_id AND h.id = m.chat_id
	CROSS JOIN contacts c ON c.workspace_id = h.workspace_id AND c.id = h.contact_id
	WHERE i.workspace_id = $1 AND message_words MATCH $2 AND message_words.rowid < $3 AND m.shown = 1
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

// selectOthers is whether there are messages of other workspaces.
//
//sql:sqlite
//sql:global whether there is any other's is asked; nothing of theirs is read
const selectOthers = `SELECT EXISTS (SELECT 1 FROM message_index WHERE workspace_id < $1) OR EXISTS (SELECT 1 FROM message_index WHERE workspace_id > $1)`

func (s store) findSQLite(ctx context.Context, workspaceID string, asked question, from int64, limit int) (f found, err error) {
	match, begun := asked.sqlite(), time.Now()
	// The workspace's own word has a workspace that is alone go through all its messages for nothing.
	var others bool
	if err := s.db.QueryRow(ctx, selectOthers, workspaceID).Scan(&others); err != nil {
		return f, err
	}
	if others {
		match = `"` + ofWorkspace(workspaceID) + `" AND ` + match
	}
	err = s.each(ctx, asked, func(h Hit) bool {
		if len(f.hits) == limit { // there is one more
			f.next = f.hits[limit-1].num
			return false
		}
		if f.hits = append(f.hits, h); len(f.hits) < limit && time.Since(begun) > s.budget {
			f.next = h.num
			return false
		}
		return true
	}, findSQLite, workspaceID, match, from, limit+1)
	return f, err
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

func (s store) hits(ctx context.Context, asked question, text string, args ...any) (list []Hit, err error) {
	err = s.each(ctx, asked, func(h Hit) bool {
		list = append(list, h)
		return true
	}, text, args...)
	return list, err
}

// each hands hits on as they are found, until keep returns false.
func (s store) each(ctx context.Context, asked question, keep func(Hit) bool, text string, args ...any) error {
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
	}, err).Iter(func(h Hit) (bool, error) { return keep(h), nil })
}
