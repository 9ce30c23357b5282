package broadcast

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// Recipient is one row of a broadcast's ledger.
type Recipient struct {
	N           int64
	Person      string // a contact's id, or a phone number while there is no contact
	Phone       string // digits; of those without a good number, what stood there
	Variant     int
	Status      Status
	Code        string // why it failed, waits or was left out
	Vars        map[string]string
	At          int64 // of the last step, unix ms like all below; 0 is not yet
	FedAt       int64
	SentAt      int64
	DeliveredAt int64
	ReadAt      int64
	RepliedAt   int64
	OptedOutAt  int64
}

// A recipient's number has its slot, whether its message counts as a first one, and the place in the row behind both. Who
// has written lately goes first: who waits for the cold budget keeps nobody.
const (
	slotShift = 32
	coldBit   = int64(1) << 31
	// nobody is the slot of those who were left out.
	nobody = 1 << 20
)

func slotOf(n int64) int { return int(n >> slotShift) }

// first is the lowest number of a slot.
func first(slot int) int64 { return int64(slot) << slotShift }

// contactID is "" for a number that is no contact.
func (r Recipient) contactID() string {
	if id.Valid(r.Person) {
		return r.Person
	}
	return ""
}

// messageID is how the message and the send of a recipient are called: always the same, so that it can't go twice.
func messageID(ctx context.Context, b Broadcast, n int64) string {
	text, _ := id.For(id.Seeded(ctx, b.ID+"/"+strconv.FormatInt(n, 10), b.CreatedAt+(n&(coldBit-1))/8))
	return text
}

const recipientColumns = `n, person, phone, variant, state, code, vars, at, fed_at, sent_at, delivered_at, read_at, replied_at, opted_out_at`

func scanRecipient(r dbutil.Scannable) (x Recipient, err error) {
	var vars string
	if err = r.Scan(&x.N, &x.Person, &x.Phone, &x.Variant, &x.Status, &x.Code, &vars, &x.At, &x.FedAt, &x.SentAt, &x.DeliveredAt, &x.ReadAt,
		&x.RepliedAt, &x.OptedOutAt); err != nil || vars == "" {
		return x, err
	}
	return x, json.Unmarshal([]byte(vars), &x.Vars)
}

func listRecipients(rows dbutil.Rows, err error) ([]Recipient, error) {
	return dbutil.NewRowIterWithError(rows, scanRecipient, err).AsList()
}

// How many recipients one statement writes.
const (
	atOnce = 20
	inRows = 1000 // where they come as arrays
)

// together is how many rows of n a statement should write. SQLite's driver looks each parameter up in the list of all of
// them, so that 100 rows take it five times as long as five times 20; PostgreSQL counts the ways there and back.
func (st store) together(n int) int {
	if st.db.Postgres() {
		return n
	}
	return n / 5
}

// insertText is the statement that writes k recipients.
func insertText(k int) string {
	var b strings.Builder
	//sql:built the rows follow; workspace_id = $1
	b.WriteString(`INSERT INTO broadcast_recipients (workspace_id, broadcast_id, n, person, phone, variant, state, code, vars, at) VALUES `)
	for i := range k {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("($1, $2")
		for f := range 7 {
			b.WriteString(", $" + strconv.Itoa(4+i*7+f))
		}
		b.WriteString(", $3)")
	}
	b.WriteString(` ON CONFLICT DO NOTHING RETURNING n`)
	return b.String()
}

//arch:global texts, made once
var insertTexts = func() (all [atOnce + 1]string) {
	for k := 1; k <= atOnce; k++ {
		all[k] = insertText(k)
	}
	return all
}()

// insertArrays writes any number of recipients, whose columns come as arrays: PostgreSQL reads seven parameters instead of seven
// for each of them.
//
//sql:postgres
const insertArrays = `INSERT INTO broadcast_recipients (workspace_id, broadcast_id, n, person, phone, variant, state, code, vars, at)
	SELECT $1, $2, x.n, x.person, x.phone, x.variant, x.state, x.code, x.vars, $3
	FROM unnest($4::bigint[], $5::text[], $6::text[], $7::smallint[], $8::text[], $9::text[], $10::text[]) AS x (n, person, phone, variant, state, code, vars)
	ON CONFLICT DO NOTHING RETURNING n`

// put writes recipients and returns the numbers of those that are new; a person who is in the ledger already is not.
func (st store) put(ctx context.Context, workspaceID, broadcastID string, at int64, list []Recipient) (map[int64]bool, error) {
	fresh, most := make(map[int64]bool, len(list)), atOnce
	if st.db.Postgres() {
		most = inRows
	}
	for some := range slices.Chunk(list, most) {
		query, args := insertArrays, []any{workspaceID, broadcastID, at}
		if st.db.Postgres() {
			args = append(args, arrays(some)...)
		} else {
			query = insertTexts[len(some)]
			for _, r := range some {
				args = append(args, r.N, r.Person, r.Phone, r.Variant, string(r.Status), r.Code, r.vars())
			}
		}
		//sql:built the same statement for 1 to 20 rows, or the one with arrays; workspace_id = $1
		rows, err := st.db.Query(ctx, query, args...)
		if err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[int64], err).Iter(func(n int64) (bool, error) {
			fresh[n] = true
			return true, nil
		}); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

// arrays are the columns of recipients.
func arrays(list []Recipient) []any {
	n, variant := make([]int64, len(list)), make([]int16, len(list))
	var texts [5][]string
	for i, r := range list {
		n[i], variant[i] = r.N, int16(r.Variant) // five at most
		for k, v := range []string{r.Person, r.Phone, string(r.Status), r.Code, r.vars()} {
			texts[k] = append(texts[k], v)
		}
	}
	return []any{n, texts[0], texts[1], variant, texts[2], texts[3], texts[4]}
}

func (r Recipient) vars() string {
	if len(r.Vars) == 0 {
		return ""
	}
	return text(r.Vars)
}

const selectLast = `SELECT COALESCE(MAX(n), -1) FROM broadcast_recipients WHERE workspace_id = $1 AND broadcast_id = $2 AND n >= $3 AND n < $4`

// last is the highest number from one to another; -1 when there is none.
func (st store) last(ctx context.Context, b Broadcast, from, to int64) (n int64, err error) {
	err = st.db.QueryRow(ctx, selectLast, b.WorkspaceID, b.ID, from, to).Scan(&n)
	return n, err
}

const selectPlanned = `SELECT ` + recipientColumns + ` FROM broadcast_recipients WHERE workspace_id = $1 AND broadcast_id = $2 AND n >= $3 AND n < $4
	AND state = 'planned' ORDER BY n LIMIT $5`

// planned are the next recipients of a stretch that were not fed yet.
func (st store) planned(ctx context.Context, b Broadcast, from, to int64, k int) ([]Recipient, error) {
	rows, err := st.db.Query(ctx, selectPlanned, b.WorkspaceID, b.ID, from, to, k)
	return dbutil.NewRowIterWithError(rows, scanRecipient, err).AsList()
}

const takePlanned = `UPDATE broadcast_recipients SET state = $4, code = $5, at = $6, fed_at = $6 WHERE workspace_id = $1 AND broadcast_id = $2 AND n = $3
	AND state = 'planned' AND EXISTS (SELECT 1 FROM broadcasts b WHERE b.workspace_id = $1 AND b.id = $2 AND b.state = 'running')`

// take moves a recipient on who was planned; false when somebody else has, or the broadcast does not run any more.
func (st store) take(ctx context.Context, b Broadcast, n int64, to Status, code string, now int64) (bool, error) {
	return changed(st.db.Exec(ctx, takePlanned, b.WorkspaceID, b.ID, n, string(to), code, now))
}

const selectRecipient = `SELECT ` + recipientColumns + ` FROM broadcast_recipients WHERE workspace_id = $1 AND broadcast_id = $2 AND n = $3`

func (st store) recipient(ctx context.Context, workspaceID, broadcastID string, n int64) (Recipient, error) {
	r, err := scanRecipient(st.db.QueryRow(ctx, selectRecipient, workspaceID, broadcastID, n))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return r, err
}

const moveRecipient = `UPDATE broadcast_recipients SET state = $5, code = $6, at = $7, sent_at = $8, delivered_at = $9, read_at = $10, replied_at = $11,
	opted_out_at = $12 WHERE workspace_id = $1 AND broadcast_id = $2 AND n = $3 AND state = $4`

// move writes a recipient that was seen in a status; false when it has moved meanwhile.
func (st store) move(ctx context.Context, workspaceID, broadcastID string, r Recipient, was Status) (bool, error) {
	return changed(st.db.Exec(ctx, moveRecipient, workspaceID, broadcastID, r.N, string(was), string(r.Status), r.Code, r.At, r.SentAt, r.DeliveredAt,
		r.ReadAt, r.RepliedAt, r.OptedOutAt))
}

const selectNamed = `SELECT n FROM broadcast_recipients WHERE workspace_id = $1 AND person = $2 AND broadcast_id = $3`

const nameRecipient = `UPDATE broadcast_recipients SET person = $4 WHERE workspace_id = $1 AND broadcast_id = $2 AND n = $3`

// name says which contact a number turned out to be; false when that contact is a recipient already.
func (st store) name(ctx context.Context, b Broadcast, n int64, contactID string) (bool, error) {
	var other int64
	err := st.db.QueryRow(ctx, selectNamed, b.WorkspaceID, contactID, b.ID).Scan(&other)
	if err == nil {
		return other == n, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	_, err = st.db.Exec(ctx, nameRecipient, b.WorkspaceID, b.ID, n, contactID)
	return true, err
}

const selectReached = `SELECT DISTINCT person FROM broadcast_recipients r WHERE workspace_id = $1 AND broadcast_id <> $2 AND sent_at > $3 AND person IN
	($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
	AND ($24 = '' OR NOT EXISTS (SELECT 1 FROM broadcasts b WHERE b.workspace_id = $1 AND b.id = r.broadcast_id AND b.series_id = $24))`

// reached are those of some people whom a broadcast that is not of the same series has reached since a time.
func (st store) reached(ctx context.Context, b Broadcast, since int64, people []string) (map[string]bool, error) {
	out := map[string]bool{}
	for len(people) > 0 {
		n := min(20, len(people))
		args := []any{b.WorkspaceID, b.ID, since}
		for i := range 20 {
			args = append(args, people[min(i, n-1)])
		}
		args = append(args, b.SeriesID)
		people = people[n:]
		rows, err := st.db.Query(ctx, selectReached, args...)
		if err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).Iter(func(p string) (bool, error) {
			out[p] = true
			return true, nil
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}
