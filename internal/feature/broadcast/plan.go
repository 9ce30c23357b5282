package broadcast

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// claimed is how long a node may say nothing of a broadcast that it plans before another one goes on with it.
const claimed = 60 * time.Second

// errLost ends a planning that was changed, cancelled, or is another node's now.
var errLost = errors.New("the broadcast is not ours to plan any more")

// planner finds the recipients of one broadcast.
type planner struct {
	s       *Service
	b       Broadcast
	at      Broadcast // as it is after the last portion that was written
	sources []source
	speech  *speech
	fields  map[string]string // id of a contact's field → its key
	own     map[string]bool
	channel string
	dealer  dealer
	next    map[int64]int64 // first number of a stretch → the next free one
}

// plan finds the recipients of a broadcast, chunk by chunk from where it was left, and then makes it ready. What stops
// it for good is written down as its failure; an error is to be tried again.
func (s *Service) plan(ctx context.Context, b Broadcast) error {
	ok, err := s.store.claim(ctx, b, s.Node, s.now()+claimed.Milliseconds(), s.now())
	if err != nil || !ok {
		return err
	}
	err = s.planAll(ctx, b)
	switch {
	case err == nil, errors.Is(err, errLost):
		return nil
	case ctx.Err() != nil, db.Transient(err):
		return err
	}
	s.Log.WarnContext(ctx, "a broadcast could not be planned", "broadcast", b.ID, "error", err)
	_, err = s.change(ctx, b.WorkspaceID, b.ID, DeedFailed, func(ctx context.Context, b *Broadcast) error {
		if b.State != Planning {
			return errLost
		}
		b.State, b.Why, b.EndedAt = Failed, codeOf(err), s.now()
		return nil
	})
	if errors.Is(err, errLost) {
		return nil
	}
	return err
}

func (s *Service) planAll(ctx context.Context, b Broadcast) error {
	b, err := s.store.get(ctx, b.WorkspaceID, b.ID) // the claim may have come after other chunks
	if err != nil {
		return err
	}
	if b.State != Planning {
		return errLost
	}
	p, err := s.planner(ctx, b)
	if err != nil {
		return err
	}
	at, cursor := 0, ""
	if head, tail, ok := strings.Cut(p.b.Cursor, "|"); ok {
		at, _ = strconv.Atoi(head) // ours
		cursor = tail
	}
	if err := p.writeAll(ctx, at, cursor); err != nil {
		return err
	}
	return s.planned(ctx, p.at)
}

// portion is what is planned in one transaction, and how far the sources are read then.
type portion struct {
	rows   []Recipient
	cursor string
}

// writeAll plans from a place in the sources on. While a portion is written, the next one is read and judged.
func (p *planner) writeAll(ctx context.Context, at int, cursor string) error {
	all, ctx := errgroup.WithContext(ctx)
	ready := make(chan portion)
	all.Go(func() error {
		defer close(ready)
		return p.readAll(ctx, at, cursor, ready)
	})
	all.Go(func() error {
		for next := range ready {
			if err := p.write(ctx, next); err != nil {
				return err
			}
		}
		return nil
	})
	return all.Wait()
}

// chunks is how many chunks are planned in one transaction. Each writes a tally of nearly every device: PostgreSQL keeps all of
// their versions, and on SQLite the writer is everybody's, so that a long transaction is what hurts there.
func (st store) chunks() int {
	if st.db.Postgres() {
		return 10
	}
	return 1
}

func (p *planner) readAll(ctx context.Context, at int, cursor string, ready chan<- portion) error {
	for ; at < len(p.sources); at, cursor = at+1, "" {
		for more := true; more; {
			var next portion
			for range p.s.store.chunks() {
				list, after, err := p.sources[at].next(ctx, cursor)
				if err != nil {
					return err
				}
				if more = len(list) > 0; !more {
					break
				}
				rows, err := p.judge(ctx, list)
				if err != nil {
					return err
				}
				cursor = after
				next = portion{append(next.rows, rows...), fmt.Sprintf("%d|%s", at, cursor)}
			}
			if len(next.rows) == 0 {
				break
			}
			select {
			case ready <- next:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

func (s *Service) planner(ctx context.Context, b Broadcast) (*planner, error) {
	if err := s.store.fill(ctx, &b); err != nil {
		return nil, err
	}
	p := &planner{s: s, b: b, at: b, fields: map[string]string{}, own: map[string]bool{}, dealer: newDealer(b.Devices), next: map[int64]int64{}}
	var err error
	if p.sources, err = s.sources(ctx, b); err != nil {
		return nil, err
	}
	if p.channel, err = s.channel(ctx, b); err != nil {
		return nil, err
	}
	if p.speech, err = s.speech(ctx, b.WorkspaceID, b.Content); err != nil {
		return nil, err
	}
	if p.fields, err = s.fieldKeys(ctx, b.WorkspaceID); err != nil {
		return nil, err
	}
	devices, err := s.Devices.List(ctx, b.WorkspaceID)
	for _, d := range devices {
		p.own[d.Account.Number] = d.Account.Number != ""
	}
	return p, err
}

func (s *Service) fieldKeys(ctx context.Context, workspaceID string) (map[string]string, error) {
	list, err := s.Contacts.Fields(ctx, workspaceID)
	keys := make(map[string]string, len(list))
	for _, f := range list {
		keys[f.ID] = f.Key
	}
	return keys, err
}

// write writes recipients, the tallies and how far it is in one transaction: after a crash either all of it is there or
// none.
func (p *planner) write(ctx context.Context, next portion) error {
	after := p.at
	err := p.s.DB.Tx(ctx, func(ctx context.Context) error {
		fresh, err := p.s.store.put(ctx, p.at.WorkspaceID, p.at.ID, p.s.now(), next.rows)
		if err != nil {
			return err
		}
		after = p.at
		after.Reasons = maps.Clone(p.at.reasons())
		t := tallies{}
		for _, r := range next.rows {
			switch {
			case !fresh[r.N]:
				after.Reasons["duplicate"]++
				continue
			case r.Status == Skipped:
				after.Reasons[r.Code]++
			}
			t.add(slotOf(r.N), r.Variant, r.Status, 1)
		}
		if err := p.s.store.count(ctx, p.at.WorkspaceID, p.at.ID, t); err != nil {
			return err
		}
		after.Planned, after.Cursor = p.at.Planned+len(next.rows), next.cursor
		ok, err := p.s.store.advance(ctx, after, p.s.Node, p.s.now()+claimed.Milliseconds(), p.at.Cursor)
		if err == nil && !ok {
			err = errLost
		}
		return err
	})
	if err == nil {
		p.at = after
	}
	return err
}

// judge makes rows of candidates.
func (p *planner) judge(ctx context.Context, list []candidate) ([]Recipient, error) {
	reached, err := p.reached(ctx, list)
	if err != nil {
		return nil, err
	}
	absent, err := p.absent(ctx, list)
	if err != nil {
		return nil, err
	}
	homes, err := p.homes(ctx, list)
	if err != nil {
		return nil, err
	}
	rows := make([]Recipient, 0, len(list))
	for _, c := range list {
		if c.code == "" {
			c.code = p.excluded(c, reached, absent)
		}
		r := Recipient{Person: c.person(), Phone: c.phone, Vars: c.vars, Status: statusPlanned}
		if err := p.place(ctx, &r, &c, homes); err != nil {
			return nil, err
		}
		if c.code != "" {
			r.Status, r.Code = Skipped, c.code
		}
		if r.Person == "" {
			r.Person, r.Phone = "?"+strconv.FormatInt(r.N, 10), c.raw
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// place gives somebody a number and with it a variant. Whose variant can't be filled in gives the number back: those of a slot
// count who is to get a message from it.
func (p *planner) place(ctx context.Context, r *Recipient, c *candidate, homes map[string][]string) (err error) {
	number := func(slot int, cold bool) error {
		r.N, err = p.number(ctx, slot, cold)
		r.Variant = int(r.N&(coldBit-1)) % len(p.b.Content.Variants)
		return err
	}
	if c.code == "" {
		if err := number(p.slot(*c, homes), c.silent(p.s.now())); err != nil {
			return err
		}
		_, err := p.speech.render(r.Variant, r.Person, p.s.vars(c.card, c.phone, c.vars, p.fields))
		if err == nil {
			return nil
		}
		c.code = codeOf(err)
		p.next[r.N&^(coldBit-1)] = r.N
	}
	return number(nobody, false)
}

// excluded says why somebody is left out; "" for who is not.
func (p *planner) excluded(c candidate, reached, absent map[string]bool) string {
	x := p.b.Audience.Exclude
	switch {
	case p.own[c.phone]:
		return "own_number"
	case c.card.Consent == contact.ConsentOut:
		return "opted_out"
	case c.card.Blocked:
		return "blocked"
	case reached[c.person()]:
		return "reached_lately"
	case absent[c.phone] && c.cold():
		return "not_on_network"
	case x != nil && x.Strangers && c.cold():
		return "stranger"
	case x != nil && slices.ContainsFunc(c.card.Tags, func(t string) bool { return slices.Contains(x.Tags, t) }):
		return "excluded_tag"
	}
	return ""
}

func (p *planner) reached(ctx context.Context, list []candidate) (map[string]bool, error) {
	x := p.b.Audience.Exclude
	if x == nil || x.ReachedDays == 0 {
		return nil, nil
	}
	people := make([]string, 0, len(list))
	for _, c := range list {
		if c.person() != "" {
			people = append(people, c.person())
		}
	}
	return p.s.store.reached(ctx, p.b, p.s.now()-int64(x.ReachedDays)*24*time.Hour.Milliseconds(), people)
}

// absent are the numbers that are known not to be on the network.
func (p *planner) absent(ctx context.Context, list []candidate) (map[string]bool, error) {
	if !p.b.checks() {
		return nil, nil
	}
	var phones []string
	for _, c := range list {
		if c.cold() && c.phone != "" {
			phones = append(phones, c.phone)
		}
	}
	known, err := p.s.Numbers.Known(ctx, p.b.WorkspaceID, p.channel, phones)
	out := map[string]bool{}
	for phone, there := range known {
		out[phone] = !there
	}
	return out, err
}

// homes are the devices on which contacts have been spoken with.
func (p *planner) homes(ctx context.Context, list []candidate) (map[string][]string, error) {
	if len(p.b.Devices) == 1 {
		return nil, nil
	}
	ids := make([]string, 0, len(list))
	for _, c := range list {
		if c.card.ID != "" {
			ids = append(ids, c.card.ID)
		}
	}
	return p.s.Contacts.OnDevices(ctx, p.b.WorkspaceID, ids)
}

// slot is the device for somebody: the one that they know, else always the same one by its weight.
func (p *planner) slot(c candidate, homes map[string][]string) int {
	for at, d := range p.b.Devices {
		if slices.Contains(homes[c.card.ID], d.DeviceID) {
			return at
		}
	}
	return p.dealer.deal(cmp.Or(c.phone, c.person()))
}

// number gives the next place in a slot's row.
func (p *planner) number(ctx context.Context, slot int, cold bool) (int64, error) {
	from, to := first(slot), first(slot)+coldBit
	if cold {
		from, to = from+coldBit, first(slot+1)
	}
	n, known := p.next[from]
	if !known {
		last, err := p.s.store.last(ctx, p.b, from, to)
		if err != nil {
			return 0, err
		}
		n = max(from, last+1)
	}
	p.next[from] = n + 1
	return n, nil
}

// vars are what a text may name of somebody: what is kept of the contact, and over it what came with the row.
func (s *Service) vars(card contact.Card, phone string, row, fields map[string]string) map[string]string {
	out := map[string]string{"phone": cmp.Or(card.Phone, phone)}
	if card.Name != "" {
		out["name"] = card.Name
	}
	for id, value := range card.Fields {
		if key := fields[id]; key != "" {
			out[key] = value
		}
	}
	for k, v := range row {
		if v != "" || out[k] == "" {
			out[k] = v
		}
	}
	return out
}

// planned ends planning: the broadcast is ready, or goes on if that was asked for.
func (s *Service) planned(ctx context.Context, b Broadcast) error {
	_, err := s.change(ctx, b.WorkspaceID, b.ID, DeedPlanned, func(ctx context.Context, now *Broadcast) error {
		if now.State != Planning || now.Cursor != b.Cursor {
			return errLost
		}
		c, err := s.counts(ctx, *now)
		if err != nil {
			return err
		}
		switch {
		case !now.Wanted: // a draft, too, that has a time: somebody looks at who gets it first
			now.State = Ready
		case now.Repeat != "":
			if err := s.await(ctx, now); errors.Is(err, ErrRepeatOver) {
				now.State, now.Why, now.EndedAt = Failed, codeOf(err), s.now()
			} else {
				return err
			}
		case c.open() == 0:
			now.State, now.Why, now.EndedAt = Failed, "no_recipients", s.now()
		case now.StartAt > s.now():
			now.State = Scheduled
		default:
			now.State, now.StartedAt = Running, s.now()
		}
		return nil
	})
	return err
}
