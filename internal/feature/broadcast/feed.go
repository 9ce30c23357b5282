package broadcast

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// job is a running broadcast as this node feeds it.
type job struct {
	b      Broadcast
	speech *speech
	fields map[string]string
	rates  rates
	zone   *time.Location

	mu     sync.Mutex
	cursor map[int]int64   // slot → where the planned ones begin
	fed    map[int][]int64 // slot → when the last ones were fed; with rates only
	until  map[int]int64   // slot → not before
}

// job makes or finds the job of a broadcast as it is now.
func (f *feeder) job(ctx context.Context, b Broadcast) (*job, error) {
	f.mu.Lock()
	j := f.jobs[b.ID]
	f.mu.Unlock()
	if j != nil && j.b.UpdatedAt == b.UpdatedAt {
		return j, nil
	}
	zone, err := f.s.Zone(ctx, b.WorkspaceID)
	if err != nil {
		return nil, err
	}
	j = &job{
		b: b, rates: f.s.rates(b.Pacing), zone: zone, cursor: map[int]int64{}, fed: map[int][]int64{}, until: map[int]int64{},
	}
	if j.speech, err = f.s.speech(ctx, b.WorkspaceID, b.Content); err != nil {
		return nil, err
	}
	if j.fields, err = f.s.fieldKeys(ctx, b.WorkspaceID); err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.jobs[b.ID] = j
	f.mu.Unlock()
	return j, nil
}

// feeds feeds hungry devices until ctx ends.
func (f *feeder) feeds(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.work:
		}
		for ctx.Err() == nil {
			k, j, want, ok := f.pick()
			if !ok {
				break
			}
			way := f.s.Outbox.Feed(ctx)
			n, err := f.s.feedSlot(ctx, j, k.slot, min(want, way.Room))
			way.Done(n)
			if err != nil && ctx.Err() == nil {
				f.s.Log.ErrorContext(ctx, "a device was not fed, it is tried again", "broadcast", k.broadcastID, "slot", k.slot, "error", err)
			}
			f.fedSome(k, n, n > 0 && n < want)
		}
	}
}

// pick takes a hungry device that nobody feeds.
func (f *feeder) pick() (k slotKey, j *job, want int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for k = range f.hungry {
		if f.busy[k] || f.turned[k.broadcastID] > 0 {
			continue
		}
		delete(f.hungry, k)
		j = f.jobs[k.broadcastID]
		if j == nil || k.slot >= len(j.b.Devices) || !f.live[j.b.Devices[k.slot].DeviceID] {
			continue
		}
		if want = j.rates.lookahead(len(j.b.Devices)) - f.out[k]; want <= 0 {
			continue
		}
		f.busy[k] = true
		if len(f.hungry) > 0 {
			signal(f.work) // for the others
		}
		return k, j, want, true
	}
	return k, nil, 0, false
}

// fedSome notes what was fed; more of it goes on at once.
func (f *feeder) fedSome(k slotKey, n int, more bool) {
	f.mu.Lock()
	f.out[k] += n
	delete(f.busy, k)
	if more {
		f.hungry[k] = true
	}
	f.mu.Unlock()
	if more {
		signal(f.work)
	}
}

// feedSlot gives the outbox up to want of a device's next recipients and returns how many it gave.
func (s *Service) feedSlot(ctx context.Context, j *job, slot, want int) (int, error) {
	j.mu.Lock()
	from, idle := max(j.cursor[slot], first(slot)), j.until[slot] > s.now()
	j.mu.Unlock()
	if idle {
		return 0, nil
	}
	want, err := s.allowed(ctx, j, slot, want)
	if err != nil || want == 0 {
		return 0, err
	}
	d, err := s.Devices.Get(ctx, j.b.WorkspaceID, j.b.Devices[slot].DeviceID)
	if err != nil {
		return 0, err
	}
	list, err := s.store.planned(ctx, j.b, from, first(slot+1), want)
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		j.rest(slot, s.now())
		return 0, nil
	}
	if list, err = s.asked(ctx, j, slot, d, list); err != nil || len(list) == 0 {
		return 0, err
	}
	fed := 0
	if err := s.DB.Tx(ctx, func(ctx context.Context) (err error) {
		if err := s.store.share(ctx, j.b); err != nil {
			return err
		}
		fed, err = s.feedList(ctx, j, slot, d, list)
		return err
	}); err != nil {
		return 0, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cursor[slot] = list[len(list)-1].N + 1
	if !j.rates.free() {
		for range fed {
			j.fed[slot] = append(j.fed[slot], s.now())
		}
	}
	return fed, nil
}

// rest has a slot looked at from its beginning after a while: others may have given it more.
func (j *job) rest(slot int, now int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.cursor, slot)
	j.until[slot] = now + 10*lookEvery.Milliseconds()
}

// feedList feeds some recipients in a transaction. One that can't be fed is left out with the reason and keeps no other.
func (s *Service) feedList(ctx context.Context, j *job, slot int, d device.Device, list []Recipient) (fed int, err error) {
	t := tallies{}
	for _, r := range list {
		status := Queued
		err := s.DB.Savepoint(ctx, func(ctx context.Context) error { return s.feedOne(ctx, j, d, r) })
		var out *leftOut
		switch {
		case err == nil:
			fed++
		case errors.Is(err, errTaken):
			continue
		case errors.As(err, &out):
			status = out.status
			ok, err := s.store.take(ctx, j.b, r.N, status, out.code, s.now())
			if err != nil {
				return fed, err
			}
			if !ok {
				continue
			}
		case ctx.Err() != nil || db.Transient(err):
			return fed, err
		default: // it would keep all others from going, for ever
			s.Log.ErrorContext(ctx, "a recipient was not fed", "broadcast", j.b.ID, "n", r.N, "error", err)
			status = FailedTo
			if ok, err := s.store.take(ctx, j.b, r.N, status, "internal", s.now()); err != nil || !ok {
				return fed, err
			}
		}
		t.add(slot, r.Variant, statusPlanned, -1)
		t.add(slot, r.Variant, status, 1)
	}
	return fed, s.store.count(ctx, j.b.WorkspaceID, j.b.ID, t)
}

// errTaken is for a recipient whom somebody else has fed, or whose broadcast does not run any more.
var errTaken = errors.New("the recipient is not planned any more")

// leftOut says why a recipient gets nothing.
type leftOut struct {
	status Status
	code   string
}

// Error is the code.
func (l *leftOut) Error() string { return l.code }

// feedOne puts one recipient's message into its chat and the outbox.
func (s *Service) feedOne(ctx context.Context, j *job, d device.Device, r Recipient) error {
	ok, err := s.store.take(ctx, j.b, r.N, Queued, "", s.now())
	if err != nil {
		return err
	}
	if !ok {
		return errTaken
	}
	card, to, err := s.addressee(ctx, d, r)
	if err != nil {
		return err
	}
	switch {
	case card.Consent == contact.ConsentOut:
		return &leftOut{Skipped, "opted_out"}
	case card.Blocked:
		return &leftOut{Skipped, "blocked"}
	}
	c, err := j.speech.render(r.Variant, r.Person, s.vars(card, r.Phone, r.Vars, j.fields))
	if err != nil {
		return &leftOut{Skipped, codeOf(err)}
	}
	_, send, err := s.Chats.Post(ctx, chat.Post{
		WorkspaceID: d.WorkspaceID, DeviceID: d.ID, To: to, Content: c, By: chat.Author{Kind: chat.ByBroadcast, ID: j.b.ID}, Lane: outbox.LaneBroadcast,
		Batch: outbox.Batch{ID: j.b.ID, N: r.N, Pace: string(j.b.Pacing.Preset)}, ID: messageID(ctx, j.b, r.N), Quiet: true,
	})
	if f, is := fault.From(err); is && f.Kind != fault.Unavailable {
		return &leftOut{FailedTo, f.Code}
	}
	if err != nil || r.Person == send.ContactID {
		return err
	}
	ok, err = s.store.name(ctx, j.b, r.N, send.ContactID)
	if err == nil && !ok {
		err = &leftOut{Skipped, "duplicate"}
	}
	return err
}

// addressee finds whom a recipient is: the contact's card, if there is one, and the addresses.
func (s *Service) addressee(ctx context.Context, d device.Device, r Recipient) (card contact.Card, to device.Peer, err error) {
	if id := r.contactID(); id != "" {
		if card, err = s.Contacts.Card(ctx, d.WorkspaceID, id); err != nil {
			return card, to, leftOutFor(err, "contact_not_found")
		}
		to, err = s.Contacts.PeerOf(ctx, card.Contact, d.Channel)
		return card, to, leftOutFor(err, "no_address")
	}
	cards, err := s.Contacts.ByPhones(ctx, d.WorkspaceID, d.Channel, []string{r.Phone})
	if err != nil {
		return card, to, err
	}
	to = device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: r.Phone}}, Name: r.Vars["name"]}
	return cards[r.Phone], to, nil
}

func leftOutFor(err error, code string) error {
	if errors.Is(err, contact.ErrNotFound) {
		return &leftOut{Skipped, code}
	}
	return err
}

// allowed is how many of a slot may be fed now by the broadcast's own pace.
func (s *Service) allowed(ctx context.Context, j *job, slot, want int) (int, error) {
	if j.rates.free() {
		return want, nil
	}
	j.mu.Lock()
	fed, known := j.fed[slot]
	j.mu.Unlock()
	if !known {
		var err error
		if fed, err = s.store.fedSince(ctx, j.b, slot, s.now()-24*time.Hour.Milliseconds()); err != nil {
			return 0, err
		}
		fed = settled(fed, s.now())
	}
	n, again := j.rates.allowed(fed, s.now(), want)
	j.mu.Lock()
	defer j.mu.Unlock()
	since := s.now() - 24*time.Hour.Milliseconds()
	j.fed[slot] = slices.DeleteFunc(slices.Clone(fed), func(at int64) bool { return at <= since })
	j.until[slot] = again
	return n, nil
}

// asked asks the network about those of a list that never wrote, or not for long, and are not known, within the budget. Those who are not
// there are left out; while the budget is spent, nobody of them goes.
func (s *Service) asked(ctx context.Context, j *job, slot int, d device.Device, list []Recipient) ([]Recipient, error) {
	var phones []string
	for _, r := range list {
		if j.b.checks() && r.N&coldBit != 0 && r.Phone != "" {
			phones = append(phones, r.Phone)
		}
	}
	if len(phones) == 0 {
		return list, nil
	}
	known, err := s.Numbers.Ask(ctx, d.WorkspaceID, d.ID, phones)
	if f, ok := fault.From(err); ok && !db.Transient(err) {
		wait := cmp.Or(f.RetryAfter, time.Minute)
		j.mu.Lock()
		j.until[slot] = s.now() + min(wait, 10*time.Minute).Milliseconds()
		j.mu.Unlock()
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var absent []Recipient
	list = slices.DeleteFunc(list, func(r Recipient) bool {
		there, asked := known[r.Phone]
		gone := asked && !there && r.N&coldBit != 0
		if gone {
			absent = append(absent, r)
		}
		return gone
	})
	return list, s.skip(ctx, j, absent, Skipped, "not_on_network")
}

// skip leaves recipients out who were planned.
func (s *Service) skip(ctx context.Context, j *job, list []Recipient, to Status, code string) error {
	if len(list) == 0 {
		return nil
	}
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		t := tallies{}
		for _, r := range list {
			ok, err := s.store.take(ctx, j.b, r.N, to, code, s.now())
			if err != nil {
				return err
			}
			if ok {
				t.add(slotOf(r.N), r.Variant, statusPlanned, -1)
				t.add(slotOf(r.N), r.Variant, to, 1)
			}
		}
		return s.store.count(ctx, j.b.WorkspaceID, j.b.ID, t)
	})
}

const selectFed = `SELECT fed_at FROM broadcast_recipients WHERE workspace_id = $1 AND broadcast_id = $2 AND n >= $3 AND n < $4 AND fed_at > $5 ORDER BY fed_at`

// fedSince are the times at which a slot's recipients were fed, after one.
func (st store) fedSince(ctx context.Context, b Broadcast, slot int, since int64) ([]int64, error) {
	rows, err := st.db.Query(ctx, selectFed, b.WorkspaceID, b.ID, first(slot), first(slot+1), since)
	out, err := listOf[int64](rows, err)
	if out == nil {
		out = []int64{}
	}
	return out, err
}
