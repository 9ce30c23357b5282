package handset

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// News is what is new on a phone since a point of its life.
type News struct {
	// At is the point up to which this tells; asked for from there, the next news go on.
	At uint64
	// All says that this tells from the beginning: what was told before is not to be kept.
	All bool
	// Messages are those that came or changed, each once and as it is now, in the order of their last change. What the
	// owner deleted is among them, marked so.
	Messages []Message
	// Sights are what others showed of themselves.
	Sights []Sight
}

// Sight is what somebody showed of themselves to this phone, and when.
type Sight struct {
	// Who is a number in digits.
	Who    string `json:"who"`
	Typing string `json:"typing"`
	Online bool   `json:"online"`
	// TypingMS is when typing was last shown or taken away, in unix milliseconds; 0 is never. It may be shown again and again.
	TypingMS int64 `json:"typing_ms"`
}

// sight is a Sight with the point at which it was had.
type sight struct {
	Sight
	moved uint64
}

// moved makes a point of the phone's life at which something is new. Called with mu held.
func (h *Handset) moved() uint64 {
	h.moves++
	h.changed.Broadcast()
	if h.cfg.OnChange != nil {
		h.cfg.OnChange()
	}
	return h.moves
}

// News tells what is new since after, which is the At of earlier news of this Handset, and waits for it until ctx ends:
// then it is empty. Any other after tells from the beginning, at once. It tells at most most messages; from the
// beginning those are the newest, and later the oldest, so that nothing is left out by who goes on from At.
func (h *Handset) News(ctx context.Context, after uint64, most int) News {
	stop := context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.changed.Broadcast()
	})
	defer stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	if after == 0 || after > h.moves {
		return h.allNews(most)
	}
	for h.moves == after && ctx.Err() == nil {
		h.changed.Wait()
	}
	return h.newsSince(after, most)
}

// allNews are the newest messages and everything that others showed. Called with mu held.
func (h *Handset) allNews(most int) News {
	n := News{At: h.moves, All: true, Messages: []Message{}, Sights: h.sightsSince(0)}
	for _, e := range slices.Backward(h.state.messages) {
		if len(n.Messages) == most {
			break
		}
		if !e.Deleted {
			n.Messages = append(n.Messages, e.Message)
		}
	}
	slices.Reverse(n.Messages)
	return n
}

// newsSince are what came behind a point. Called with mu held.
func (h *Handset) newsSince(after uint64, most int) News {
	n := News{At: h.moves, Messages: []Message{}, Sights: h.sightsSince(after)}
	var fresh []*entry
	for _, e := range h.state.messages {
		if e.moved > after {
			fresh = append(fresh, e)
		}
	}
	slices.SortFunc(fresh, func(a, b *entry) int { return cmp.Compare(a.moved, b.moved) })
	for i, e := range fresh {
		if i == most {
			n.At = fresh[i-1].moved // sights are told again then: they say what is
			break
		}
		n.Messages = append(n.Messages, e.Message)
	}
	return n
}

// sightsSince are in the order of their numbers. Called with mu held.
func (h *Handset) sightsSince(after uint64) []Sight {
	out := []Sight{}
	for _, s := range h.sights {
		if s.moved > after {
			out = append(out, s.Sight)
		}
	}
	slices.SortFunc(out, func(a, b Sight) int { return cmp.Compare(a.Who, b.Who) })
	return out
}

// Unread is how many messages of others nobody has looked at, and when the newest line of all chats was written, in
// unix milliseconds; 0 is never.
func (h *Handset) Unread() (count int, newestMS int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.state.messages {
		if e.Deleted || e.changes() {
			continue
		}
		newestMS = max(newestMS, e.TimestampMS)
		if !e.FromMe && e.Status == StatusReceived {
			count++
		}
	}
	return count, newestMS
}

// Seen is what somebody shows of themselves to this phone.
type Seen struct {
	// Typing is composing, paused or recording; empty when nothing was ever shown.
	Typing string
	Online bool
}

// Seen tells what was last shown by an account (a number in any form or a JID).
func (h *Handset) Seen(who string) (Seen, error) {
	a, err := h.lookUp(who)
	if err != nil {
		return Seen{}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seenOf(a), nil
}

// seenOf is called with mu held.
func (h *Handset) seenOf(a account) Seen {
	s := h.sights[a.LID]
	return Seen{Typing: s.Typing, Online: s.Online}
}

// AwaitSeen waits until what somebody shows fits match, which is called outside the lock.
func (h *Handset) AwaitSeen(ctx context.Context, who string, match func(Seen) bool) (Seen, error) {
	stop := context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.changed.Broadcast()
	})
	defer stop()
	last, err := h.Seen(who)
	for err == nil && !match(last) {
		last, err = h.seenAfter(ctx, who, last)
	}
	return last, err
}

// seenAfter waits until what is shown differs from before.
func (h *Handset) seenAfter(ctx context.Context, who string, before Seen) (Seen, error) {
	a, err := h.lookUp(who)
	if err != nil {
		return Seen{}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		now := h.seenOf(a)
		if now != before {
			return now, nil
		}
		if err := ctx.Err(); err != nil {
			return now, fmt.Errorf("watching %s: %w", who, err)
		}
		h.changed.Wait()
	}
}

// show keeps what somebody shows. Called with mu held.
func (h *Handset) show(who account, change func(*Sight)) {
	s := h.sights[who.LID]
	s.Who = shown(who)
	change(&s.Sight)
	s.moved = h.moved()
	h.sights[who.LID] = s
}
