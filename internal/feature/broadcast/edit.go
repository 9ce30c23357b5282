package broadcast

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// ErrEditRunning is for what can't be changed once recipients were chosen.
var ErrEditRunning = fault.New(fault.Conflict, "broadcast_begun", fault.Text{
	ID: "Siaran sudah dimulai: penerima, perangkat dan pengulangannya tidak bisa diubah lagi. Duplikat siaran ini untuk yang lain.",
	EN: "The broadcast has begun: its recipients, devices and repetition can't be changed any more. Duplicate it for others.",
}).WithField("audience")

// Edit changes a broadcast that does not run. Before the start its recipients are counted anew when it says something
// else or goes to others; while it is paused, those who are still to get it get the new text. ErrState, ErrEditRunning
// and the faults of Create.
func (s *Service) Edit(ctx context.Context, workspaceID, broadcastID string, edit func(*Broadcast) error) (Broadcast, error) {
	b, err := s.store.get(ctx, workspaceID, broadcastID)
	if err != nil {
		return b, err
	}
	if err := s.store.fill(ctx, &b); err != nil {
		return b, err
	}
	was := b
	if err := edit(&b); err != nil {
		return b, err
	}
	if err := s.check(ctx, &b); err != nil { // outside of the transaction: it may look at files
		return b, err
	}
	anew := text(was.Audience) != text(b.Audience) || text(was.Devices) != text(b.Devices)
	said := anew || text(was.Content) != text(b.Content)
	return s.change(ctx, workspaceID, broadcastID, DeedEdited, func(ctx context.Context, now *Broadcast) error {
		if now.UpdatedAt != was.UpdatedAt {
			return errBusy
		}
		state := now.State
		now.Name, now.Content, now.Pacing, now.Window, now.TakeOver, now.StartAt = b.Name, b.Content, b.Pacing, b.Window, b.TakeOver, b.StartAt
		now.Devices, now.Audience = b.Devices, b.Audience
		once := was.Repeat != "" && b.Repeat == "" // it may never have been counted
		now.Repeat, now.Clock, now.SeriesID, now.SeriesN = b.Repeat, b.Clock, b.SeriesID, b.SeriesN
		switch {
		case state == Draft:
		case once && (state == Paused || state == Scheduled && b.StartAt <= s.now()):
			now.Wanted = false
			if err := s.replan(ctx, now); err != nil {
				return err
			}
		case state == Planning, (said || once) && (state == Ready || state == Scheduled):
			if err := s.replan(ctx, now); err != nil {
				return err
			}
		case state == Ready && !now.Wanted: // it waits for its start, also when it is given a time
		case state == Ready, state == Scheduled:
			if now.State = Ready; now.StartAt > s.now() {
				now.State = Scheduled
			}
		case state == Paused && now.Repeat != "" && now.StartedAt == 0: // the one that is to come
		case state == Paused && (anew || b.Repeat != was.Repeat):
			return ErrEditRunning
		case state == Paused:
		default:
			return now.refuse()
		}
		return s.store.putLists(ctx, *now)
	})
}

// Duplicate makes a draft that says the same to the same.
func (s *Service) Duplicate(ctx context.Context, workspaceID, broadcastID string, by chat.Author) (Broadcast, error) {
	b, err := s.store.get(ctx, workspaceID, broadcastID)
	if err != nil {
		return b, err
	}
	if err := s.store.fill(ctx, &b); err != nil {
		return b, err
	}
	at := s.now()
	c := Broadcast{
		ID: id.New(), WorkspaceID: workspaceID, Name: cut(b.Name+" (2)", 200), State: Draft, Devices: b.Devices, Content: b.Content, Audience: b.Audience,
		Pacing: b.Pacing, Window: b.Window, TakeOver: b.TakeOver, By: by, CreatedAt: at, UpdatedAt: at,
	}
	err = s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insert(ctx, c); err != nil {
			return err
		}
		return s.fire(ctx, c, DeedMade)
	})
	return c, err
}

const selectFailed = `SELECT ` + recipientColumns + ` FROM broadcast_recipients WHERE workspace_id = $1 AND broadcast_id = $2
	AND state IN ('failed', 'skipped', 'opted_out', 'replied') AND state = 'failed' AND code = $3 AND n > $4 ORDER BY n LIMIT 500`

func (st store) failed(ctx context.Context, b Broadcast, code string, after int64) ([]Recipient, error) {
	return listRecipients(st.db.Query(ctx, selectFailed, b.WorkspaceID, b.ID, code, after))
}

// RetryFailed has those go again that failed, for one of some reasons or, without any, for whatever it was. They go under the
// ids that they had: should one have arrived after all, it is not there twice. A broadcast that was done runs again. It
// returns how many. ErrState.
func (s *Service) RetryFailed(ctx context.Context, workspaceID, broadcastID string, codes ...string) (n int, b Broadcast, err error) {
	defer s.feed.enter(s.feed.revive, broadcastID)()
	if b, err = s.revive(ctx, workspaceID, broadcastID, Running, Paused); err != nil {
		return 0, b, err
	}
	if len(codes) == 0 {
		all, err := s.store.codes(ctx, b, FailedTo)
		if err != nil {
			return 0, b, err
		}
		codes = slices.Sorted(maps.Keys(all))
	}
	for _, code := range codes {
		k, err := s.retry(ctx, b, code)
		if n += k; err != nil {
			return n, b, err
		}
	}
	s.feed.nudge()
	if n == 0 {
		return n, b, nil
	}
	still, err := s.revive(ctx, workspaceID, broadcastID) // another node may have found nothing that waits, and ended it
	if errors.Is(err, ErrState) {
		return n, b, nil
	}
	return n, still, err
}

// revive lets a broadcast that was done run again; one in the other states stays as it is. ErrState.
func (s *Service) revive(ctx context.Context, workspaceID, broadcastID string, or ...State) (Broadcast, error) {
	return s.change(ctx, workspaceID, broadcastID, DeedRetried, func(_ context.Context, b *Broadcast) error {
		switch {
		case b.State == Done:
			b.State, b.Why, b.EndedAt = Running, "", 0
		case !slices.Contains(or, b.State):
			return b.refuse()
		}
		return nil
	})
}

// retry has those go again that failed for a reason, and returns how many.
func (s *Service) retry(ctx context.Context, b Broadcast, code string) (n int, err error) {
	for after := int64(-1); ; {
		list, err := s.store.failed(ctx, b, code, after)
		if err != nil || len(list) == 0 {
			return n, err
		}
		for _, r := range list {
			after = r.N
			ok, err := s.again(ctx, b, r)
			if err != nil {
				return n, err
			}
			if ok {
				n++
			}
		}
	}
}

// again has one go again: what had a send by that, what never got one by feeding it.
func (s *Service) again(ctx context.Context, b Broadcast, r Recipient) (bool, error) {
	_, err := s.Chats.Retry(ctx, b.WorkspaceID, messageID(ctx, b, r.N))
	if err == nil {
		return true, nil
	}
	if _, ok := fault.From(err); !ok {
		return false, err
	}
	moved := false
	err = s.DB.Tx(ctx, func(ctx context.Context) (err error) {
		moved, err = s.step(ctx, b.WorkspaceID, b.ID, r.N, func(r *Recipient) {
			if r.Status == FailedTo {
				r.Status, r.Code, r.At = statusPlanned, "", s.now()
			}
		})
		return err
	})
	return moved, err
}

// ErrTest is for tests to nobody.
var ErrTest = fault.New(fault.Invalid, "broadcast_test", fault.Text{
	ID: "Tulis 1 sampai 5 nomor kamu sendiri untuk mencoba.", EN: "Give 1 to 5 numbers of your own to try it with.",
}).WithField("numbers")

// Test sends every variant to a few numbers, with somebody's values, as messages of their own: nothing of it is counted.
func (s *Service) Test(ctx context.Context, b Broadcast, deviceID string, numbers []string, by chat.Author) ([]chat.Message, error) {
	if len(numbers) == 0 || len(numbers) > maxVariants {
		return nil, ErrTest
	}
	if deviceID == "" {
		deviceID = b.Devices[0].DeviceID
	}
	samples, err := s.Samples(ctx, b, 1)
	if err != nil {
		return nil, err
	}
	vars := map[string]string{}
	if len(samples) > 0 {
		vars = samples[0].vars
	}
	sp, err := s.speech(ctx, b.WorkspaceID, b.Content)
	if err != nil {
		return nil, err
	}
	out := []chat.Message{}
	for i, raw := range numbers {
		phone, err := contact.ParsePhone(raw, "")
		if err != nil {
			return out, named(err, fmt.Sprintf("numbers[%d]", i))
		}
		for variant := range b.Content.Variants {
			c, err := sp.render(variant, phone, vars)
			if err != nil {
				return out, err
			}
			m, _, err := s.Chats.Post(ctx, chat.Post{
				WorkspaceID: b.WorkspaceID, DeviceID: deviceID, Content: c, By: by, Lane: outbox.LaneNotify, Quiet: true,
				To: device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: phone}}},
			})
			if err != nil {
				return out, err
			}
			out = append(out, m)
		}
	}
	return out, nil
}

// Sample is what somebody of the audience would get.
type Sample struct {
	ContactID string `json:"contact_id,omitempty"`
	Name      string `json:"name,omitempty"`
	Phone     string `json:"phone,omitempty"`
	Variant   int    `json:"variant" doc:"From 1"`
	Text      string `json:"text"`
	Kind      string `json:"kind" doc:"text, image, document …"`
	Code      string `json:"code,omitempty" doc:"Why they would get nothing"`
	Reason    string `json:"reason,omitempty" doc:"The same in words, in Indonesian"`
	ReasonEN  string `json:"reason_en,omitempty"`

	vars map[string]string
}

// Samples renders what the first of the audience would get. Nothing is written or sent.
func (s *Service) Samples(ctx context.Context, b Broadcast, n int) ([]Sample, error) {
	p, err := s.planner(ctx, b)
	if err != nil {
		return nil, err
	}
	out := []Sample{}
	for _, source := range p.sources {
		list, _, err := source.next(ctx, "")
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if len(out) == n {
				return out, nil
			}
			out = append(out, p.sample(c, len(out)%len(b.Content.Variants)))
		}
	}
	return out, nil
}

func (p *planner) sample(c candidate, variant int) Sample {
	x := Sample{ContactID: c.card.ID, Name: c.card.Name, Phone: c.phone, Variant: variant + 1, Code: c.code, vars: p.s.vars(c.card, c.phone, c.vars, p.fields)}
	if x.Name == "" {
		x.Name = c.vars["name"]
	}
	if x.Code == "" {
		x.Code = p.excluded(c, nil, nil)
	}
	content, err := p.speech.render(variant, c.person(), x.vars)
	if err != nil && x.Code == "" {
		x.Code = codeOf(err)
	}
	x.Text, x.Kind = strings.TrimSpace(db.Text(content.Text)), string(content.Kind)
	w := Explain(x.Code)
	x.Reason, x.ReasonEN = w.ID, w.EN
	return x
}
