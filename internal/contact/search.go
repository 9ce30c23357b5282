package contact

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

// Sort is what a list of cards is ordered by.
type Sort string

// The orders. Names begin with A, the others with the newest.
const (
	SortName    Sort = "name"
	SortMessage Sort = "last_message"
	SortCreated Sort = "created"
)

// Query asks for cards.
type Query struct {
	Where filter.Node // the zero Node is everybody
	Sort  Sort        // "" is SortName
	After string      // CardPage.Next of the page before, of the same Where and Sort
	Limit int         // 1..200; 0 is 50
}

// CardPage is a part of a list. Next is "" at the end.
type CardPage struct {
	Cards []Card
	Next  string
}

// errSort is for cursors of a list that was ordered differently.
var errSort = fault.New(fault.Invalid, "cursor_sort", fault.Text{
	ID: "Urutan daftar berubah. Mulai lagi dari halaman pertama.", EN: "The list's order has changed. Start again from the first page.",
}).WithField("after")

// place is where a page ends.
type place struct {
	Sort Sort
	Name string `json:",omitempty"`
	At   int64  `json:",omitempty"`
	ID   string
}

// few is how many contacts a condition may leave for all of them to be looked at and sorted. With more, the list is
// walked in its order, which finds a page among them soon.
const few = 3000

// maxProbes bounds how many conditions are tried for being few.
const maxProbes = 4

// Search lists the cards that a tree picks, page by page, groups too. The faults of filter.Check, errSort.
func (s *Service) Search(ctx context.Context, workspaceID string, q Query) (CardPage, error) {
	if q.Sort == "" {
		q.Sort = SortName
	}
	if q.Limit <= 0 || q.Limit > 200 {
		q.Limit = 50
	}
	var after place
	more, err := httpx.Page{After: q.After}.Key(&after)
	if err != nil {
		return CardPage{}, err
	}
	if more && after.Sort != q.Sort {
		return CardPage{}, errSort
	}
	sel, err := s.selecting(ctx, workspaceID, q.Where)
	if err != nil {
		return CardPage{}, err
	}
	list, err := s.store.cards(ctx, sel, q, after)
	if err != nil || len(list) <= q.Limit {
		return CardPage{Cards: cardsOf(list)}, err
	}
	last := list[q.Limit-1]
	end := place{Sort: q.Sort, ID: last.ID}
	switch q.Sort {
	case SortMessage:
		end.At = last.LastMessageAt
	case SortCreated:
		end.At = last.CreatedAt
	default:
		end.Name = last.sortName
	}
	return CardPage{Cards: cardsOf(list[:q.Limit]), Next: httpx.Cursor(end)}, nil
}

// CountUpTo is Count that stops counting: with more than most contacts it returns most + 1. A condition that nearly
// everybody meets costs no more than one that few do. The faults of filter.Check.
func (s *Service) CountUpTo(ctx context.Context, workspaceID string, where filter.Node, most int) (n int, err error) {
	sel, err := s.selecting(ctx, workspaceID, where)
	if err != nil {
		return 0, err
	}
	if sel.few {
		return s.store.countUpTo(ctx, sel, most)
	}
	begin, err := s.beginner(ctx, workspaceID)
	if err != nil {
		return 0, err
	}
	sel.query, sel.pick = begin(), ""
	for _, part := range sel.expr.Parts() {
		q := begin()
		pick := q.Pick(part)
		if pick == "" {
			continue
		}
		if n, err := s.store.probe(ctx, pick, q.Args, most); err != nil {
			return 0, err
		} else if n <= most {
			sel.pick = sel.query.Pick(part)
			break
		}
	}
	sel.where = sel.query.Where(sel.expr)
	return s.store.countUpTo(ctx, sel, most)
}

// Count is how many contacts a tree picks. The faults of filter.Check.
func (s *Service) Count(ctx context.Context, workspaceID string, where filter.Node) (n int, err error) {
	sel, err := s.selecting(ctx, workspaceID, where)
	if err != nil {
		return 0, err
	}
	if sel.few {
		return s.store.count(ctx, sel)
	}
	// A list is walked in its order until its page is full; a count has to see all, and an index has fewer than all.
	begin, err := s.beginner(ctx, workspaceID)
	if err != nil {
		return 0, err
	}
	sel.query, sel.pick = begin(), ""
	for _, part := range sel.expr.Parts() {
		if sel.pick = sel.query.Pick(part); sel.pick != "" {
			break
		}
	}
	sel.where = sel.query.Where(sel.expr)
	return s.store.count(ctx, sel)
}

// selection is the part of a statement that says which contacts are meant.
type selection struct {
	query *filter.Query
	pick  string // gives the few ids to look at; "" for all
	where string
	few   bool        // pick gives few
	expr  filter.Expr // what was checked
}

// selecting checks a tree and finds out how to run it: from a condition that few contacts meet, if there is one.
func (s *Service) selecting(ctx context.Context, workspaceID string, n filter.Node) (selection, error) {
	e, err := s.Check(ctx, workspaceID, n)
	if err != nil {
		return selection{}, err
	}
	begin, err := s.beginner(ctx, workspaceID)
	if err != nil {
		return selection{}, err
	}
	sel := selection{query: begin(), expr: e}
	best, probes := few+1, 0
	var rarest *filter.Expr
	for _, part := range e.Parts() {
		q := begin()
		pick := q.Pick(part)
		if pick == "" || probes == maxProbes || best < few/10 {
			continue
		}
		probes++
		n, err := s.store.probe(ctx, pick, q.Args, few)
		if err != nil {
			return selection{}, err
		}
		if n < best {
			best, rarest = n, &part
		}
	}
	sel.few = rarest != nil
	if sel.few {
		sel.pick = sel.query.Pick(*rarest)
	}
	sel.where = sel.query.Where(e)
	return sel, nil
}

// beginner begins statements of a workspace, all at the same time of day.
func (s *Service) beginner(ctx context.Context, workspaceID string) (func() *filter.Query, error) {
	zone, err := s.zone(ctx, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("find the workspace's time zone: %w", err)
	}
	now := s.now().In(zone)
	begin := filter.NewSQLite
	if s.db.Postgres() {
		begin = filter.NewPostgres
	}
	return func() *filter.Query { return begin(workspaceID, now) }, nil
}

// Check holds a tree against the tags and fields of a workspace. The faults of filter.Check.
func (s *Service) Check(ctx context.Context, workspaceID string, n filter.Node) (filter.Expr, error) {
	if n.Op == "" && n.On == "" && len(n.Args) == 0 {
		n.Op = filter.And
	}
	names := filter.Names{Tags: map[string]string{}, Fields: map[string]filter.Field{}}
	tags, err := s.store.tags(ctx, workspaceID)
	if err != nil {
		return filter.Expr{}, err
	}
	for _, t := range tags {
		names.Tags[filter.Fold(t.Name)] = t.ID
	}
	fields, err := s.store.fields(ctx, workspaceID)
	for _, f := range fields {
		names.Fields[f.Key] = filter.Field{ID: f.ID, Key: f.Key, Kind: f.Kind}
	}
	if err != nil {
		return filter.Expr{}, err
	}
	return filter.Check(n, names)
}

// probe is how many ids a pick gives, at most one more than most.
func (s store) probe(ctx context.Context, pick string, args []any, most int) (n int, err error) {
	//sql:built a statement of filter.Query.Pick, which stays in its workspace_id = $1
	err = s.db.QueryRow(ctx, `SELECT COUNT(*) FROM (`+pick+fmt.Sprintf(` LIMIT %d) few`, most+1), args...).Scan(&n)
	return n, err
}

// listed is a card with what its list is ordered by.
type listed struct {
	Card
	sortName string
}

func cardsOf(list []listed) []Card {
	out := make([]Card, 0, len(list))
	for _, l := range list {
		out = append(out, l.Card)
	}
	return out
}

// parts are what stands before a statement, before its table and behind its first conditions.
func (sel selection) parts() (with, table, where string) {
	if sel.pick == "" {
		return "", "", sel.where
	}
	// CROSS JOIN keeps SQLite from beginning with the contacts.
	//sql:built from a statement of filter.Query.Pick, which stays in its workspace_id = $1
	return `WITH picked AS MATERIALIZED (` + sel.pick + `) `, `picked k CROSS JOIN `, `c.id = k.id AND ` + sel.where
}

// cards returns up to one more than a page.
func (s store) cards(ctx context.Context, sel selection, q Query, after place) ([]listed, error) {
	with, table, where := sel.parts()
	column, sign, way := "c.sort_name", ">", "ASC"
	var key any = after.Name
	switch q.Sort {
	case SortMessage:
		column, sign, way, key = "c.last_message_at", "<", "DESC", after.At
	case SortCreated:
		column, sign, way, key = "c.created_at", "<", "DESC", after.At
	}
	if after.ID != "" {
		where += ` AND (` + column + `, c.id) ` + sign + ` (` + sel.query.Add(key) + `, ` + sel.query.Add(after.ID) + `)`
	}
	//sql:built from conditions of filter.Query and columns named here; workspace_id = $1
	text := with + `SELECT ` + cardColumns + `, c.sort_name FROM ` + table + `contacts c WHERE c.workspace_id = $1 AND c.merged_into = '' AND ` + where + ` ORDER BY ` + column + ` ` + way + `, c.id ` + way + ` LIMIT ` + sel.query.Add(q.Limit+1)
	rows, err := s.db.Query(ctx, text, sel.query.Args...)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (l listed, err error) {
		l.Card, err = scanCardAnd(r, &l.sortName)
		return l, err
	}, err).AsList()
}

func (s store) count(ctx context.Context, sel selection) (n int, err error) {
	with, table, where := sel.parts()
	//sql:built from conditions of filter.Query; workspace_id = $1
	err = s.db.QueryRow(ctx, with+`SELECT COUNT(*) FROM `+table+`contacts c WHERE c.workspace_id = $1 AND c.merged_into = '' AND `+where, sel.query.Args...).Scan(&n)
	return n, err
}

func (s store) countUpTo(ctx context.Context, sel selection, most int) (n int, err error) {
	with, table, where := sel.parts()
	//sql:built from conditions of filter.Query; workspace_id = $1
	text := with + `SELECT COUNT(*) FROM (SELECT 1 FROM ` + table + `contacts c WHERE c.workspace_id = $1 AND c.merged_into = '' AND ` + where + ` LIMIT ` + sel.query.Add(most+1) + `) few`
	err = s.db.QueryRow(ctx, text, sel.query.Args...).Scan(&n)
	return n, err
}

// Each calls fn with every card that a tree picks, in pages by id, so that it may take its time: cards that come or
// change meanwhile may be told or not, none is told twice. The faults of filter.Check, and fn's error.
func (s *Service) Each(ctx context.Context, workspaceID string, where filter.Node, fn func([]Card) error) error {
	e, err := s.Check(ctx, workspaceID, where)
	if err != nil {
		return err
	}
	begin, err := s.beginner(ctx, workspaceID)
	if err != nil {
		return err
	}
	for after := ""; ; {
		q := begin()
		list, err := s.store.byID(ctx, q, q.Where(e), after)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := fn(list); err != nil {
			return err
		}
		after = list[len(list)-1].ID
	}
}

// After is one page of Each: the cards behind an id ("" begins), up to 500; none is the end.
func (s *Service) After(ctx context.Context, workspaceID string, where filter.Node, after string) ([]Card, error) {
	e, err := s.Check(ctx, workspaceID, where)
	if err != nil {
		return nil, err
	}
	begin, err := s.beginner(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	q := begin()
	return s.store.byID(ctx, q, q.Where(e), after)
}

// batch is how many cards Each gives at once.
const batch = 500

func (s store) byID(ctx context.Context, q *filter.Query, where, after string) ([]Card, error) {
	//sql:built from conditions of filter.Query; workspace_id = $1
	text := `SELECT ` + cardColumns + ` FROM contacts c WHERE c.workspace_id = $1 AND c.merged_into = '' AND c.id > ` + q.Add(after) +
		` AND ` + where + ` ORDER BY c.id LIMIT ` + q.Add(batch)
	rows, err := s.db.Query(ctx, text, q.Args...)
	return dbutil.NewRowIterWithError(rows, scanCard, err).AsList()
}

// zone is where a workspace's days begin.
func (s *Service) zone(ctx context.Context, workspaceID string) (*time.Location, error) {
	if s.conf.Zone == nil {
		return time.UTC, nil
	}
	return s.conf.Zone(ctx, workspaceID)
}

// Named returns the contacts that have a text in their name or number, in no order; all is false when there are more than
// most, which it then does not return. Merged ones may be among them.
func (s *Service) Named(ctx context.Context, workspaceID, text string, most int) (ids []string, all bool, err error) {
	ids, err = s.store.named(ctx, workspaceID, strings.ToLower(text), most+1)
	if err != nil || len(ids) > most {
		return nil, false, err
	}
	return ids, true, nil
}

// fewNames is up to how many contacts are looked at one by one when a part of a name is listed.
const fewNames = 300

// fewNamed is Named for a list; it knows nothing for "".
func (s *Service) fewNamed(ctx context.Context, workspaceID, text string) (ids []string, known bool, err error) {
	if text == "" {
		return nil, false, nil
	}
	return s.Named(ctx, workspaceID, text, fewNames)
}

// namedPieces finds texts by a word of them that has three characters and more, by the index of such pieces. The whole text
// would be slower: each piece of it is looked up, and there is a "toko" in half of all names.
//
//sql:sqlite
const namedPieces = `SELECT x.contact_id FROM contact_search f CROSS JOIN contact_texts x ON x.n = f.rowid
	WHERE x.workspace_id = $1 AND contact_search MATCH $4 AND instr(x.body, $2) > 0 LIMIT $3`

// namedShort reads all names, which are short, one after the other.
//
//sql:sqlite
const namedShort = `SELECT x.contact_id FROM contact_texts x NOT INDEXED WHERE x.workspace_id = $1 AND instr(x.body, $2) > 0 LIMIT $3`

//sql:postgres
const namedPostgres = `SELECT c.id FROM contacts c WHERE c.workspace_id = $1 AND c.search LIKE $2 ESCAPE '\' LIMIT $3`

func (s store) named(ctx context.Context, workspaceID, text string, limit int) ([]string, error) {
	query, args := namedPostgres, []any{workspaceID, SearchPattern(text), limit}
	if !s.db.Postgres() {
		query, args[1] = namedShort, text
		if word := longestWord(text); utf8.RuneCountInString(word) >= 3 {
			query, args = namedPieces, append(args, `"`+strings.ReplaceAll(word, `"`, `""`)+`"`)
		}
	}
	rows, err := s.db.Query(ctx, query, args...)
	return dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
}

// longestWord is the longest piece of a text without spaces, the last one of several.
func longestWord(text string) (word string) {
	for _, w := range strings.Fields(text) {
		if utf8.RuneCountInString(w) >= utf8.RuneCountInString(word) {
			word = w
		}
	}
	return word
}
