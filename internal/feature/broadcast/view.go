package broadcast

import (
	"context"
	"maps"

	"go.mau.fi/util/dbutil"
)

// View is a broadcast as the API shows it. Times are unix milliseconds.
type View struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	State     State          `json:"state" enum:"draft,planning,ready,scheduled,running,paused,done,cancelled,failed"`
	Why       string         `json:"why,omitempty" doc:"With failed, paused and cancelled, and with done when nobody got it: a stable word"`
	Reason    string         `json:"reason,omitempty" doc:"The same in words, in Indonesian"`
	ReasonEN  string         `json:"reason_en,omitempty"`
	Devices   []Sender       `json:"devices"`
	Variants  []Variant      `json:"variants" doc:"What is said; one, or up to five that are tried beside each other"`
	Variables Words          `json:"variables,omitempty" doc:"For recipients who have none of that name"`
	Audience  Audience       `json:"audience" doc:"Without lists of contacts and numbers"`
	Pacing    Pacing         `json:"pacing"`
	Window    *Window        `json:"window,omitempty"`
	TakeOver  bool           `json:"take_over"`
	StartAt   int64          `json:"start_at,omitempty"`
	Repeat    string         `json:"repeat,omitempty" doc:"The rule by which it goes again; of a series, the one that is to come has it"`
	Next      []int64        `json:"next,omitempty" doc:"With repeat: the next three times"`
	SeriesID  string         `json:"series_id,omitempty" doc:"The first one of its series"`
	SeriesN   int            `json:"series_n,omitempty" doc:"Its place in the series, from 1"`
	Total     int64          `json:"total" doc:"Everybody in the ledger"`
	Looked    int            `json:"looked" doc:"How many of the audience were looked at, doubles too; grows while it is planned"`
	Counts    Counts         `json:"counts"`
	LeftOut   int64          `json:"left_out" doc:"Those of the audience who don't get it: skipped, and those who are in it twice and have no row of their own"`
	Cold      int64          `json:"cold" doc:"To how many of those who are to get it that counts as a first message: they never wrote, or not for 28 days"`
	Reasons   map[string]int `json:"reasons" doc:"Why they were left out, by stable word; together they are left_out: opted_out, blocked, duplicate, reached_lately, not_on_network, own_number, no_number, not_a_phone …"`
	Warnings  []Warning      `json:"warnings"`
	Forecast  Forecast       `json:"forecast"`
	CreatedAt int64          `json:"created_at"`
	UpdatedAt int64          `json:"updated_at"`
	StartedAt int64          `json:"started_at,omitempty"`
	EndedAt   int64          `json:"ended_at,omitempty"`
}

// Words are values by name.
type Words map[string]string

// ViewOf shows a broadcast with its counts and its forecast.
func (s *Service) ViewOf(ctx context.Context, b Broadcast) (View, error) {
	list, err := s.store.tallies(ctx, b.WorkspaceID, b.ID)
	if err != nil {
		return View{}, err
	}
	c := counts(list, b.State)
	strangers, err := s.store.strangers(ctx, b)
	if err != nil {
		return View{}, err
	}
	cold := int64(0)
	for _, n := range strangers {
		cold += n
	}
	f, err := s.forecast(ctx, b, list, strangers)
	if err != nil {
		return View{}, err
	}
	next, err := s.coming(ctx, b)
	if err != nil {
		return View{}, err
	}
	reasons, leftOut, err := s.reasonsNow(ctx, b, c)
	if err != nil {
		return View{}, err
	}
	why := b.explain()
	return View{
		ID: b.ID, Name: b.Name, State: b.State, Why: b.Why, Reason: why.ID, ReasonEN: why.EN, Devices: b.Devices, Variants: b.Content.Variants, Variables: b.Content.Variables,
		Audience: b.Audience.fixed(), Pacing: b.Pacing, Window: b.Window, TakeOver: b.TakeOver, StartAt: b.StartAt,
		Repeat: b.Repeat, Next: next, SeriesID: b.SeriesID, SeriesN: b.SeriesN,
		Total: c.Total(), Looked: b.Planned, Counts: c, LeftOut: leftOut, Cold: cold, Reasons: reasons, Warnings: b.Content.warnings(cold, c.Total()-c.Skipped),
		Forecast: f, CreatedAt: b.CreatedAt, UpdatedAt: b.UpdatedAt, StartedAt: b.StartedAt, EndedAt: b.EndedAt,
	}, nil
}

// reasonsNow says why how many were left out, together leftOut. Since it was planned some may have opted out, or were deleted.
func (s *Service) reasonsNow(ctx context.Context, b Broadcast, c Counts) (reasons map[string]int, leftOut int64, err error) {
	doubles := max(int64(b.Planned)-c.Total(), 0) // they have no rows
	leftOut = c.Skipped + doubles
	sum := int64(0)
	for _, n := range b.Reasons {
		sum += int64(n)
	}
	if sum == leftOut {
		return maps.Clone(b.reasons()), leftOut, nil
	}
	if reasons, err = s.store.codes(ctx, b, Skipped); doubles > 0 && err == nil {
		reasons["duplicate"] += int(doubles)
	}
	return reasons, leftOut, err
}

// The factors are those of slotShift and coldBit.
const selectStrangers = `SELECT t.slot, COALESCE((SELECT MAX(r.n) FROM broadcast_recipients r WHERE r.workspace_id = $1 AND r.broadcast_id = $2
	AND r.n >= CAST(t.slot AS BIGINT) * 4294967296 + 2147483648 AND r.n < (CAST(t.slot AS BIGINT) + 1) * 4294967296), -1)
	FROM (SELECT DISTINCT slot FROM broadcast_tallies WHERE workspace_id = $1 AND broadcast_id = $2) AS t`

// strangers counts those of each slot who count as such by the last number of them: numbers are dealt without gaps but for
// doubles. All slots are asked for at once: a way to the database for each of 200 devices is 200 waits for a connection.
func (st store) strangers(ctx context.Context, b Broadcast) (map[int]int64, error) {
	out := map[int]int64{}
	rows, err := st.db.Query(ctx, selectStrangers, b.WorkspaceID, b.ID)
	err = dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (slot int, err error) {
		var last int64
		if err = r.Scan(&slot, &last); err == nil && slot < len(b.Devices) {
			out[slot] = max(last-first(slot)-coldBit+1, 0)
		}
		return slot, err
	}, err).Iter(func(int) (bool, error) { return true, nil })
	return out, err
}

// RecipientView is a row of the ledger as the API shows it. Times are unix milliseconds; those that are missing have not been.
type RecipientView struct {
	N           int64  `json:"n" doc:"Its number in the broadcast"`
	ContactID   string `json:"contact_id,omitempty"`
	Name        string `json:"name,omitempty"`
	Phone       string `json:"phone,omitempty" doc:"Digits; of those without a good number, what stood there"`
	DeviceID    string `json:"device_id,omitempty"`
	Variant     int    `json:"variant" doc:"From 1"`
	State       Status `json:"state" enum:"queued,claimed,sent,delivered,read,replied,failed,skipped,opted_out,cancelled"`
	Code        string `json:"code,omitempty" doc:"Why it failed, waits or was left out; the network's own word where it has one"`
	Reason      string `json:"reason,omitempty" doc:"The same in words, in Indonesian"`
	ReasonEN    string `json:"reason_en,omitempty"`
	MessageID   string `json:"message_id,omitempty"`
	At          int64  `json:"at" doc:"Of the last step"`
	QueuedAt    int64  `json:"queued_at,omitempty"`
	SentAt      int64  `json:"sent_at,omitempty"`
	DeliveredAt int64  `json:"delivered_at,omitempty"`
	ReadAt      int64  `json:"read_at,omitempty"`
	RepliedAt   int64  `json:"replied_at,omitempty"`
	OptedOutAt  int64  `json:"opted_out_at,omitempty"`
}

// named is a recipient with its contact's name and number.
type namedRecipient struct {
	Recipient
	name, phone string
}

const selectRecipients = `SELECT r.n, r.person, r.phone, r.variant, r.state, r.code, '', r.at, r.fed_at, r.sent_at, r.delivered_at, r.read_at, r.replied_at,
	r.opted_out_at, COALESCE(c.name, ''), COALESCE(c.phone, '') FROM broadcast_recipients r
	LEFT JOIN contacts c ON c.workspace_id = r.workspace_id AND c.id = r.person
	WHERE r.workspace_id = $1 AND r.broadcast_id = $2 AND r.n > $3 ORDER BY r.n LIMIT $4`

const selectInState = `SELECT r.n, r.person, r.phone, r.variant, r.state, r.code, '', r.at, r.fed_at, r.sent_at, r.delivered_at, r.read_at, r.replied_at,
	r.opted_out_at, COALESCE(c.name, ''), COALESCE(c.phone, '') FROM broadcast_recipients r
	LEFT JOIN contacts c ON c.workspace_id = r.workspace_id AND c.id = r.person
	WHERE r.workspace_id = $1 AND r.broadcast_id = $2 AND r.n > $3 AND r.state IN ($5, $6, $7) AND ($8 = '' OR r.code = $8) ORDER BY r.n LIMIT $4`

// selectByReason reads those of one reason out of the index of those who are done: the few of a large broadcast are not looked
// for among all.
const selectByReason = `SELECT r.n, r.person, r.phone, r.variant, r.state, r.code, '', r.at, r.fed_at, r.sent_at, r.delivered_at, r.read_at, r.replied_at,
	r.opted_out_at, COALESCE(c.name, ''), COALESCE(c.phone, '') FROM broadcast_recipients r
	LEFT JOIN contacts c ON c.workspace_id = r.workspace_id AND c.id = r.person
	WHERE r.workspace_id = $1 AND r.broadcast_id = $2 AND r.n > $3 AND r.state IN ('failed', 'skipped', 'opted_out', 'replied') AND r.state = $5
	AND r.code = $6 ORDER BY r.n LIMIT $4`

// RecipientsAsked says which rows of a ledger are wanted.
type RecipientsAsked struct {
	Status Status // "" is every
	Code   string // "" is every
	After  int64  // -1 begins
	Limit  int
}

// recipients returns rows of a ledger by their number.
func (st store) recipients(ctx context.Context, b Broadcast, a RecipientsAsked) ([]namedRecipient, error) {
	args := []any{b.WorkspaceID, b.ID, a.After, a.Limit}
	query := selectRecipients
	if a.Code != "" && (a.Status == FailedTo || a.Status == Skipped) {
		query = selectByReason
		args = append(args, string(a.Status), a.Code)
	} else if a.Status != "" || a.Code != "" {
		query = selectInState
		args = append(args, inStates(a.Status, b.State)...)
		args = append(args, a.Code)
	}
	rows, err := st.db.Query(ctx, query, args...)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (x namedRecipient, err error) {
		var vars string
		err = r.Scan(&x.N, &x.Person, &x.Phone, &x.Variant, &x.Status, &x.Code, &vars, &x.At, &x.FedAt, &x.SentAt, &x.DeliveredAt, &x.ReadAt,
			&x.RepliedAt, &x.OptedOutAt, &x.name, &x.phone)
		return x, err
	}, err).AsList()
}

// inStates are the rows' own words for a status as it is shown, three of them.
func inStates(s Status, b State) []any {
	switch {
	case s == "":
		return []any{string(FailedTo), string(Skipped), string(Queued)}
	case s == Queued && b == Cancelled:
		return []any{string(Queued), "", ""}
	case s == Queued:
		return []any{string(Queued), string(statusPlanned), ""}
	case s == TakenBack && b == Cancelled:
		return []any{string(TakenBack), string(statusPlanned), ""}
	}
	return []any{string(s), "", ""}
}

// Recipients lists a broadcast's ledger.
func (s *Service) Recipients(ctx context.Context, b Broadcast, a RecipientsAsked) ([]RecipientView, error) {
	list, err := s.store.recipients(ctx, b, a)
	if err != nil {
		return nil, err
	}
	holds, err := s.holdsOf(ctx, b)
	if err != nil {
		return nil, err
	}
	out := make([]RecipientView, 0, len(list))
	for _, r := range list {
		v := r.view(ctx, b)
		if h := holds(r.N); v.State == Queued && v.Code == "" {
			v.Code, v.Reason, v.ReasonEN = h.Code, h.Reason, h.ReasonEN
		}
		out = append(out, v)
	}
	return out, nil
}

func (r namedRecipient) view(ctx context.Context, b Broadcast) RecipientView {
	v := RecipientView{
		N: r.N, ContactID: r.contactID(), Name: r.name, Phone: r.Phone, Variant: r.Variant + 1, State: r.Status, Code: r.Code, At: r.At, QueuedAt: r.FedAt,
		SentAt: r.SentAt, DeliveredAt: r.DeliveredAt, ReadAt: r.ReadAt, RepliedAt: r.RepliedAt, OptedOutAt: r.OptedOutAt,
	}
	if v.Phone == "" {
		v.Phone = r.phone
	}
	if slot := slotOf(r.N); slot < len(b.Devices) {
		v.DeviceID = b.Devices[slot].DeviceID
	}
	if r.Status == statusPlanned {
		v.State = Queued
		if b.State == Cancelled {
			v.State, v.Code, v.At = TakenBack, takenBack, b.EndedAt
		}
	} else if r.FedAt > 0 && r.Status != Skipped {
		v.MessageID = messageID(ctx, b, r.N)
	}
	r.Status, r.Code = v.State, v.Code
	why := r.explain()
	v.Reason, v.ReasonEN = why.ID, why.EN
	return v
}
