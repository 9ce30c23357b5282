package stats

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// batch is how many events are counted in one transaction.
const batch = 500

// counted are the events that figures are made of.
func counted() []string {
	return []string{string(event.MessageReceived), string(event.MessageQueued), string(event.MessageSent)}
}

// Count counts what is new in the logs that have grown. What fails is counted the next time.
func (s *Service) Count(ctx context.Context) {
	s.mu.Lock()
	grown := s.grown
	s.grown = map[string]bool{}
	s.mu.Unlock()
	for _, workspaceID := range slices.Sorted(maps.Keys(grown)) {
		if err := s.countWorkspace(ctx, workspaceID); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "figures are counted later", "workspace", workspaceID, "error", err)
			s.Grown(ctx, workspaceID)
		}
	}
}

func (s *Service) countWorkspace(ctx context.Context, workspaceID string) error {
	from, err := s.store.place(ctx, workspaceID)
	if err != nil {
		return err
	}
	for {
		p, err := s.events.Read(ctx, workspaceID, event.Stretch{After: from, Types: counted(), Limit: batch})
		if f, ok := fault.From(err); ok && (f.Kind == fault.Gone || f.Kind == fault.Invalid) {
			if err := s.restart(ctx, workspaceID, from); err != nil {
				return err
			}
			return s.countWorkspace(ctx, workspaceID)
		}
		if err != nil || p.Next == from {
			return err
		}
		mine, err := s.take(ctx, workspaceID, from, p)
		if err != nil || !mine { // another node was quicker
			return err
		}
		from = p.Next
	}
}

// restart sets the place anew when the log no longer has it: the program was off for longer than events are kept, or
// the database was restored from a backup.
func (s *Service) restart(ctx context.Context, workspaceID string, from int64) error {
	oldest, last, err := s.events.Bounds(ctx, workspaceID)
	if err != nil {
		return err
	}
	to := last
	if from < oldest {
		to = max(0, oldest-1)
	}
	if to == from {
		return fmt.Errorf("the log of %d..%d can't be read after %d", oldest, last, from)
	}
	_, err = s.store.move(ctx, workspaceID, from, to)
	return err
}

// take counts a page; false when it was counted already. The place moves in the same transaction, so that each event
// counts once, whatever dies when.
func (s *Service) take(ctx context.Context, workspaceID string, from int64, p event.Page) (mine bool, err error) {
	err = s.db.TxRelaxed(ctx, func(ctx context.Context) error {
		if mine, err = s.store.move(ctx, workspaceID, from, p.Next); err != nil || !mine {
			return err
		}
		said, err := read(p.Events)
		if err != nil {
			return err
		}
		t := tally{messages: map[cell]numbers{}, replies: map[answer]numbers{}, waits: map[string]wait{}}
		for _, m := range said {
			if _, ok := t.waits[m.chat]; ok || m.group {
				continue
			}
			if t.waits[m.chat], err = s.store.wait(ctx, workspaceID, m.chat); err != nil {
				return err
			}
		}
		for _, m := range said {
			t.add(m)
		}
		return s.store.write(ctx, workspaceID, t)
	})
	return mine, err
}

// said is what of an event counts.
type said struct {
	chat, device string
	group        bool
	by           chat.AuthorKind // "": the contact
	byID         string          // of a member only
	at           int64
}

func read(list []event.Event) ([]said, error) {
	var out []said
	for _, e := range list {
		var d struct {
			Message struct {
				ChatID string          `json:"chat_id"`
				By     chat.AuthorKind `json:"by"`
				ByID   string          `json:"by_id"`
			} `json:"message"`
			Contact struct {
				Group string `json:"group"`
			} `json:"contact"`
		}
		if err := json.Unmarshal(e.Data, &d); err != nil {
			return nil, fmt.Errorf("read event %d: %w", e.Seq, err)
		}
		m := said{chat: d.Message.ChatID, device: e.DeviceID, group: d.Contact.Group != "", by: d.Message.By, at: e.At}
		if m.by == chat.ByMember {
			m.byID = d.Message.ByID
		}
		switch {
		case e.Type == event.MessageReceived:
			m.by = chat.ByContact
		case e.Type == event.MessageSent && m.by != chat.ByPhone: // ours were counted when they were queued
			continue
		}
		out = append(out, m)
	}
	return out, nil
}

// cell is what messages are counted by.
type cell struct {
	slot   int64 // unix ms of its begin
	device string
	by     chat.AuthorKind
	byID   string
}

// answer is what replies are counted by: bucket is how long they took, see bucketOf.
type answer struct {
	cell
	bucket int
}

// numbers are how many, and of replies how many ms together.
type numbers struct{ n, ms int64 }

// wait is since when a person waits for an answer; 0: nobody waits. byBot: a machine has said something since.
type wait struct {
	since int64
	byBot bool
	dirty bool
}

// tally is what a page of events adds.
type tally struct {
	messages map[cell]numbers
	replies  map[answer]numbers
	waits    map[string]wait
}

// add counts a message. In chats with people the time counts from the first word that nobody has answered to the answer:
// once for a machine, and once for a person; what a person writes after a machine has answered, and before the other
// side writes again, is an answer to the same word.
func (t *tally) add(m said) {
	c := cell{m.at - m.at%slot, m.device, m.by, m.byID}
	t.messages[c] = numbers{n: t.messages[c].n + 1}
	if m.group {
		return
	}
	w := t.waits[m.chat]
	machine := m.by == chat.ByRule || m.by == chat.ByAssistant || m.by == chat.ByPlugin || m.by == chat.ByOptOut
	switch {
	case m.by == chat.ByContact && (w.since == 0 || w.byBot):
		t.waits[m.chat] = wait{since: m.at, dirty: true}
	case machine && w.since > 0 && !w.byBot:
		t.replied(c, m.at-w.since)
		t.waits[m.chat] = wait{since: w.since, byBot: true, dirty: true}
	case (m.by == chat.ByMember || m.by == chat.ByPhone || m.by == chat.ByAPI) && w.since > 0:
		t.replied(c, m.at-w.since)
		t.waits[m.chat] = wait{dirty: true}
	}
}

func (t *tally) replied(c cell, ms int64) {
	ms = max(0, ms)
	a := answer{c, bucketOf(ms)}
	t.replies[a] = numbers{t.replies[a].n + 1, t.replies[a].ms + ms}
}

// bucketOf puts a time into one of four buckets per doubling, which is what percentiles are read from: within 19 %.
func bucketOf(ms int64) int {
	s := uint64(ms)/250 + 4 // in quarters of a second, so that the first doubling has its four
	top := bits.Len64(s) - 1
	return (top-2)*4 + int(s>>(top-2)&3)
}

// bucketFrom is the least time of a bucket, in ms.
func bucketFrom(b int) int64 {
	return (int64(4+b%4)<<(b/4) - 4) * 250
}
