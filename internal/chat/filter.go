package chat

import (
	"context"
	"fmt"
	"strings"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/contact"
)

// Nobody in a Filter picks the chats that no member, or no team, has.
const Nobody = "-"

// Waiting picks chats by whether a person has to answer.
type Waiting string

// The picks. WaitingOnly is: open, the last word is theirs, and a person is to answer it, because it is a person's turn or
// because nothing that answers by itself did. In a group most is said to others: there it is a person's turn only.
const (
	WaitingAll  Waiting = ""
	WaitingOnly Waiting = "only"
)

// isWaiting is written with the columns of the index chats_waiting.
const isWaiting = `h.waiting_since > 0 AND (h.turn = 'human' OR h.is_group = 0) AND h.status = 'open'`

// Sort is the order of a list of chats.
type Sort string

// The orders. SortWaiting lists only chats whose last word is theirs, who waits longest first.
const (
	SortNewest  Sort = "newest" // and ""
	SortWaiting Sort = "waiting"
)

// start is before the first place of a list.
func (o Sort) start() key {
	if o == SortWaiting {
		return key{}
	}
	return newest()
}

// keyOf is a chat's place in a list.
func (o Sort) keyOf(i Item) key {
	if o == SortWaiting {
		return key{i.WaitingSince, i.Chat.ID}
	}
	return key{i.Last.At, i.Chat.ID}
}

// isUnread is written as the condition of the index chats_unread.
const isUnread = `(h.unread > 0 OR h.marked_unread = 1)`

// conditions grow into the end of a statement: only what is asked for is in it, so that the engine finds the index.
type conditions struct {
	text strings.Builder
	args []any
}

// add puts in a condition; each %d is the number of one of values.
func (c *conditions) add(text string, values ...any) {
	numbers := make([]any, len(values))
	for i, v := range values {
		c.args = append(c.args, v)
		numbers[i] = len(c.args)
	}
	c.text.WriteString(" AND ")
	_, _ = fmt.Fprintf(&c.text, text, numbers...)
}

// addIf is add for a value that is "" when it is not asked for.
func (c *conditions) addIf(value, text string) {
	if value != "" {
		c.add(text, value)
	}
}

// few are the only chats that can be among those that a filter lets through, where that is known beforehand: they are
// looked at one by one then, instead of the list being walked until its page is full.
type few struct {
	on  string // the column that ids are of; "" is not known
	ids []string
}

// lastAt is when a chat was last written in: where chats are looked at one by one, in a form by which no index is chosen.
func (l few) lastAt() string {
	if l.on == "" {
		return `h.last_at`
	}
	return `h.last_at + 0`
}

// fewest is up to how many chats are looked at one by one.
const fewest = 1000

// fewOf finds out whether a label or a part of a name leaves few chats. A filter whose names are known by that asks for no
// name any more.
func (s *Service) fewOf(ctx context.Context, workspaceID string, f *Filter) (few, error) {
	if f.Search != "" {
		ids, all, err := s.contacts.Named(ctx, workspaceID, f.Search, fewest)
		if err != nil || all {
			f.Search = ""
			return few{"contact_id", ids}, err
		}
	}
	if f.LabelID == "" {
		return few{}, nil
	}
	ids, err := s.store.labelled(ctx, workspaceID, f.LabelID, fewest+1)
	if err != nil || len(ids) > fewest {
		return few{}, err
	}
	return few{"id", ids}, nil
}

// index is the one that SQLite walks for a filter, "" for the one that it thinks best: it keeps no counts by which it could
// tell a member's hundred chats from the hundred thousand that are open. Each has what all the others are led by.
func (f Filter) index() string {
	switch {
	case f.ContactID != "":
		return "chats_contact"
	case f.Sort == SortWaiting:
		return "chats_waiting"
	case f.Waiting == WaitingOnly:
		return ""
	case f.TeamID != "" && f.TeamID != Nobody:
		return "chats_team"
	case f.Assignee != "" && f.Assignee != Nobody:
		return "chats_member"
	case f.Unread == UnreadOnly:
		return "chats_unread"
	case f.Status == StatusOpen:
		return "chats_open"
	case f.Status == StatusSnoozed:
		return "chats_asleep"
	default:
		return "chats_recent"
	}
}

// tables are the start of a statement: where items come from, and whose. CROSS JOIN has SQLite begin with the few.
func (s store) tables(c *conditions, f Filter, l few) string {
	if l.on == "" {
		hint := ""
		if index := f.index(); index != "" && !s.db.Postgres() {
			hint = ` INDEXED BY ` + index
		}
		//sql:built of the names in Filter.index
		return `SELECT ` + chatColumns + `, ` + contact.Columns + ` FROM chats h` + hint + `
			JOIN contacts c ON c.workspace_id = h.workspace_id AND c.id = h.contact_id
			WHERE h.workspace_id = $1 AND h.merged_into = ''`
	}
	places := make([]string, len(l.ids))
	for i, id := range l.ids {
		c.args = append(c.args, id)
		places[i] = fmt.Sprintf(`($%d)`, len(c.args))
	}
	c.text.WriteString(` AND h.` + l.on + ` = few.id`)
	hint := ""
	if l.on == "contact_id" && !s.db.Postgres() {
		hint = ` INDEXED BY chats_contact`
	}
	//sql:built of placeholders and the constants of fewOf
	return `WITH few(id) AS (VALUES ` + strings.Join(places, ", ") + `) SELECT ` + chatColumns + `, ` + contact.Columns + `
		FROM few CROSS JOIN chats h` + hint + ` JOIN contacts c ON c.workspace_id = h.workspace_id AND c.id = h.contact_id
		WHERE h.workspace_id = $1 AND h.merged_into = ''`
}

// items returns the chats that a filter lets through, from a place on. What is put together are constant texts; every
// value is an argument.
func (s store) items(ctx context.Context, workspaceID string, f Filter, l few, from key, limit int) ([]Item, error) {
	if l.on != "" && len(l.ids) == 0 {
		return nil, nil
	}
	c := conditions{args: []any{workspaceID}}
	tables := s.tables(&c, f, l)
	order := ` ORDER BY h.last_at DESC, h.id DESC`
	if f.Sort == SortWaiting {
		c.add(`h.waiting_since > 0 AND (h.waiting_since, h.id) > ($%d, $%d)`, from.At, from.ID)
		order = ` ORDER BY h.waiting_since, h.id`
	} else {
		c.add(`(`+l.lastAt()+`, h.id) < ($%d, $%d)`, from.At, from.ID)
	}
	c.add(l.lastAt()+` > $%d`, f.Since)
	c.desk(f)
	c.shown(f)
	c.args = append(c.args, limit)
	//sql:built of the constant conditions in this file, which only compare columns with arguments
	text := tables + c.text.String() + order + fmt.Sprintf(` LIMIT $%d`, len(c.args))
	rows, err := s.db.Query(ctx, text, c.args...)
	return dbutil.NewRowIterWithError(rows, scanItem, err).AsList()
}

// desk are the conditions about who works on a chat.
func (c *conditions) desk(f Filter) {
	switch f.Assignee {
	case "":
	case Nobody:
		c.add(`h.assignee_id = ''`)
	default:
		c.add(`h.assignee_id = $%d AND h.assignee_id <> ''`, f.Assignee)
	}
	switch f.TeamID {
	case "":
	case Nobody:
		c.add(`h.team_id = ''`)
	default:
		c.add(`h.team_id = $%d AND h.team_id <> ''`, f.TeamID)
	}
	if f.Waiting == WaitingOnly {
		c.add(isWaiting)
	}
	switch f.Status { // in words, by which an index of such chats is found
	case "":
	case StatusOpen:
		c.add(`h.status = 'open'`)
	case StatusSnoozed:
		c.add(`h.status = 'snoozed'`)
	default:
		c.add(`h.status = $%d`, string(f.Status))
	}
}

// shown are the conditions about what a chat is.
func (c *conditions) shown(f Filter) {
	c.addIf(f.DeviceID, `h.device_id = $%d`)
	c.addIf(f.ContactID, `h.contact_id = $%d`)
	c.addIf(string(f.Turn), `h.turn = $%d`)
	switch f.Kind {
	case contact.FilterPeople:
		c.add(`h.is_group = 0`)
	case contact.FilterGroups:
		c.add(`h.is_group = 1`)
	case contact.FilterAll:
	}
	if f.Unread == UnreadOnly {
		c.add(isUnread)
	}
	if f.Archived != WithBoth {
		c.add(`h.archived = $%d`, f.Archived.flag())
	}
	if f.Pinned != WithBoth {
		c.add(`h.pinned = $%d`, f.Pinned.flag())
	}
	c.addIf(f.LabelID, `EXISTS (SELECT 1 FROM chat_labelled x WHERE x.workspace_id = h.workspace_id AND x.label_id = $%d
		AND x.chat_id = h.id AND x.message_id = '')`)
	c.addIf(contact.SearchPattern(f.Search), `c.search LIKE $%d ESCAPE '\'`)
}
