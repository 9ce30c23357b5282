package broadcast

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"go.mau.fi/util/dbutil"
)

// Status is how far a recipient is.
type Status string

// The statuses. queued → claimed → sent → delivered → read → replied, or one of the ends.
const (
	statusPlanned Status = "planned" // shown as queued: not given to the outbox yet
	Queued        Status = "queued"
	Claimed       Status = "claimed"
	Sent          Status = "sent"
	Delivered     Status = "delivered"
	Read          Status = "read"
	Replied       Status = "replied"
	FailedTo      Status = "failed" // Code says why
	Skipped       Status = "skipped"
	OptedOut      Status = "opted_out" // they got it and asked for no more
	TakenBack     Status = "cancelled"
)

// columns of a tally, in the order of its statement.
const statuses = 11

// place is a status's column in a tally; -1 for none.
func (s Status) place() int {
	switch s {
	case statusPlanned:
		return 0
	case Queued:
		return 1
	case Claimed:
		return 2
	case Sent:
		return 3
	case Delivered:
		return 4
	case Read:
		return 5
	case Replied:
		return 6
	case FailedTo:
		return 7
	case Skipped:
		return 8
	case OptedOut:
		return 9
	case TakenBack:
		return 10
	}
	return -1
}

// tally counts the recipients of one slot and variant by status.
type tally struct {
	slot, variant int
	n             [statuses]int64
}

// tallies are changes by slot and variant, to be written at once.
type tallies map[[2]int]*tally

func (t tallies) add(slot, variant int, s Status, n int64) {
	k := [2]int{slot, variant}
	if t[k] == nil {
		t[k] = &tally{slot: slot, variant: variant}
	}
	t[k].n[s.place()] += n
}

// Counts are the recipients by status. A broadcast that was cancelled has those cancelled that were not gone.
type Counts struct {
	Queued    int64 `json:"queued" doc:"Not gone yet"`
	Claimed   int64 `json:"claimed" doc:"About to go"`
	Sent      int64 `json:"sent" doc:"The network has it, their phone not yet"`
	Delivered int64 `json:"delivered"`
	Read      int64 `json:"read"`
	Replied   int64 `json:"replied" doc:"They wrote after they got it"`
	Failed    int64 `json:"failed"`
	Skipped   int64 `json:"skipped" doc:"Left out, before or while it ran; each recipient says why"`
	OptedOut  int64 `json:"opted_out" doc:"They got it and asked for no more"`
	Cancelled int64 `json:"cancelled"`
}

// counts adds tallies up, as a broadcast in that state shows them.
func counts(list []tally, s State) (c Counts) {
	for _, t := range list {
		waiting := t.n[0] + t.n[1]
		c.Claimed += t.n[2]
		c.Sent += t.n[3]
		c.Delivered += t.n[4]
		c.Read += t.n[5]
		c.Replied += t.n[6]
		c.Failed += t.n[7]
		c.Skipped += t.n[8]
		c.OptedOut += t.n[9]
		c.Cancelled += t.n[10]
		if s == Cancelled {
			c.Cancelled += t.n[0]
			waiting = t.n[1]
		}
		c.Queued += waiting
	}
	return c
}

// Total is everybody.
func (c Counts) Total() int64 {
	return c.Queued + c.Claimed + c.Sent + c.Delivered + c.Read + c.Replied + c.Failed + c.Skipped + c.OptedOut + c.Cancelled
}

// Map has the counts by their names.
func (c Counts) Map() map[string]int64 {
	return map[string]int64{
		"queued": c.Queued, "claimed": c.Claimed, "sent": c.Sent, "delivered": c.Delivered, "read": c.Read, "replied": c.Replied,
		"failed": c.Failed, "skipped": c.Skipped, "opted_out": c.OptedOut, "cancelled": c.Cancelled,
	}
}

// reached is how many have got it.
func (c Counts) reached() int64 { return c.Sent + c.Delivered + c.Read + c.Replied + c.OptedOut }

// open is how many may still get it.
func (c Counts) open() int64 { return c.Queued + c.Claimed }

// talliesAtOnce is how many tallies one statement changes.
const talliesAtOnce = 50

// tallyText is the statement that changes k tallies.
func tallyText(k int) string {
	var b strings.Builder
	//sql:built the rows follow; workspace_id = $1
	b.WriteString(`INSERT INTO broadcast_tallies (workspace_id, broadcast_id, slot, variant, planned, queued, claimed, sent, delivered, seen,
	replied, failed, skipped, opted_out, cancelled) VALUES `)
	for i := range k {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("($1, $2")
		for f := range 2 + statuses {
			b.WriteString(", $" + strconv.Itoa(3+i*(2+statuses)+f))
		}
		b.WriteString(")")
	}
	b.WriteString(` ON CONFLICT (workspace_id, broadcast_id, slot, variant) DO UPDATE SET planned = broadcast_tallies.planned + excluded.planned,
	queued = broadcast_tallies.queued + excluded.queued, claimed = broadcast_tallies.claimed + excluded.claimed,
	sent = broadcast_tallies.sent + excluded.sent, delivered = broadcast_tallies.delivered + excluded.delivered,
	seen = broadcast_tallies.seen + excluded.seen, replied = broadcast_tallies.replied + excluded.replied,
	failed = broadcast_tallies.failed + excluded.failed, skipped = broadcast_tallies.skipped + excluded.skipped,
	opted_out = broadcast_tallies.opted_out + excluded.opted_out, cancelled = broadcast_tallies.cancelled + excluded.cancelled`)
	return b.String()
}

//arch:global texts, made once
var tallyTexts = func() (all [talliesAtOnce + 1]string) {
	for k := 1; k <= talliesAtOnce; k++ {
		all[k] = tallyText(k)
	}
	return all
}()

// count writes changes of tallies, in the order of their slots, so that no two writers wait for each other.
func (st store) count(ctx context.Context, workspaceID, broadcastID string, t tallies) error {
	for keys := range slices.Chunk(sortedKeys(t), st.together(talliesAtOnce)) {
		args := make([]any, 0, 2+len(keys)*(2+statuses))
		args = append(args, workspaceID, broadcastID)
		for _, k := range keys {
			args = append(args, t[k].slot, t[k].variant)
			for _, n := range t[k].n {
				args = append(args, n)
			}
		}
		//sql:built the same statement for 1 to 50 rows; workspace_id = $1
		if _, err := st.db.Exec(ctx, tallyTexts[len(keys)], args...); err != nil {
			return err
		}
	}
	return nil
}

const selectTallies = `SELECT slot, variant, planned, queued, claimed, sent, delivered, seen, replied, failed, skipped, opted_out, cancelled
	FROM broadcast_tallies WHERE workspace_id = $1 AND broadcast_id = $2 ORDER BY slot, variant`

func (st store) tallies(ctx context.Context, workspaceID, broadcastID string) ([]tally, error) {
	rows, err := st.db.Query(ctx, selectTallies, workspaceID, broadcastID)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (t tally, err error) {
		to := []any{&t.slot, &t.variant}
		for i := range t.n {
			to = append(to, &t.n[i])
		}
		err = r.Scan(to...)
		return t, err
	}, err).AsList()
}

const deleteTallies = `DELETE FROM broadcast_tallies WHERE workspace_id = $1 AND broadcast_id = $2`
