package notify

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/member"
)

const (
	claim = 90 * time.Second // how long a notice is one node's
	// stale is when a notice that could not be handed over is given up.
	stale = 6 * time.Hour
	// keepFor is how long a push service keeps a notice for a browser that is off.
	keepFor = 24 * time.Hour
	// most is how many chats a bell rings for at once; with more it rings once for all of them.
	most      = 4
	testPause = 5 * time.Second
)

// parcel is one push, and the notices that it settles.
type parcel struct {
	payload payload
	of      []Notice
}

// pickUp claims what is due and tells it, each bell on its own. It does not wait for them.
func (s *Service) pickUp(ctx context.Context) error {
	free := cap(s.slots) - len(s.slots)
	if free == 0 {
		return nil // whoever ends looks again
	}
	due, err := s.store.claim(ctx, s.now(), s.now()+claim.Milliseconds(), free)
	if err != nil {
		return err
	}
	bySession := map[string][]Notice{}
	for _, n := range due {
		bySession[n.SessionID] = append(bySession[n.SessionID], n)
	}
	for _, list := range bySession {
		s.slots <- struct{}{} // never waits: no more sessions than free slots, and this is the only one who fills them
		s.work.Go(func() {
			if err := s.ring(ctx, list); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "a bell rings later", "workspace", list[0].WorkspaceID, "session", list[0].SessionID, "error", err)
			}
			<-s.slots
			s.nudgeIf(len(due) == free)
		})
	}
	return nil
}

func (s *Service) nudgeIf(more bool) {
	if more {
		s.nudge()
	}
}

// ring tells one bell what is due. An error leaves the rest until the claim ends.
func (s *Service) ring(ctx context.Context, list []Notice) error {
	b, at, err := s.alive(ctx, list[0].WorkspaceID, list[0].SessionID)
	if err != nil {
		return err
	}
	if b == nil {
		return s.store.forget(ctx, list[0].SessionID)
	}
	parcels, err := s.pack(ctx, *b, at, list)
	if err != nil {
		return err
	}
	for _, p := range parcels {
		r := s.push(ctx, *b, p.payload)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // another node, or the next start, tells it when the claim ends
		}
		if gone, err := s.settle(ctx, *b, p, r); err != nil || gone {
			return err
		}
	}
	return nil
}

// alive is a bell whose session still shows its workspace; nil when it does not.
func (s *Service) alive(ctx context.Context, workspaceID, sessionID string) (*Bell, seat, error) {
	b, err := s.store.bell(ctx, workspaceID, sessionID)
	if err != nil || b == nil {
		return nil, seat{}, err
	}
	h, err := s.house(ctx, workspaceID, nil)
	at, ok := h.seats[sessionID]
	if err != nil || !ok || at.MemberID != b.MemberID {
		return nil, seat{}, err
	}
	if at.Language == "" {
		at.Language = b.Language
	}
	return b, at, nil
}

// pack writes what is still worth telling, and drops the rest. Many chats at once become one push.
func (s *Service) pack(ctx context.Context, b Bell, at seat, list []Notice) (out []parcel, err error) {
	var chats []parcel
	for _, n := range list {
		p, err := s.write(ctx, b, at, n)
		if err != nil {
			return nil, err
		}
		switch {
		case p == nil:
			if err := s.store.done(ctx, n); err != nil {
				return nil, err
			}
		case slices.Contains([]Kind{Mine, Team, Unassigned, Groups}, n.Kind):
			chats = append(chats, parcel{*p, []Notice{n}})
		default:
			out = append(out, parcel{*p, []Notice{n}})
		}
	}
	if len(chats) > most {
		all := parcel{payload: wordsOf(at.Language).many(len(chats))}
		for _, p := range chats {
			all.of = append(all.of, p.of...)
		}
		chats = []parcel{all}
	}
	return append(chats, out...), nil
}

// write is a notice as the browser gets it; nil when it is no longer worth telling.
func (s *Service) write(ctx context.Context, b Bell, at seat, n Notice) (*payload, error) {
	if !slices.Contains(b.Kinds, n.Kind) {
		return nil, nil
	}
	w := wordsOf(at.Language)
	if n.Kind == Devices {
		return w.device(n), nil
	}
	c, err := s.conf.Chats.Get(ctx, n.WorkspaceID, n.Subject)
	if errors.Is(err, chat.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if s.looks(n.WorkspaceID, n.Subject, at.MemberID) {
		return nil, nil
	}
	switch n.Kind {
	case Given:
		if c.AssigneeID != at.MemberID {
			return nil, nil
		}
		return w.assigned(n, c), nil
	case Mentions:
		return w.mention(n, c, s.nameOf(ctx, n.WorkspaceID, n.Said.By), b.Preview), nil
	}
	muted := c.MutedUntil < 0 || c.MutedUntil > s.now()
	if muted || c.Unread == 0 || c.WaitingSince == 0 || business(thread{c.Group, c.AssigneeID, c.TeamID}, at) == "" {
		return nil, nil
	}
	return w.message(n, c, b.Preview), nil
}

// looks reports whether a member has a chat before them, as far as this node knows.
func (s *Service) looks(workspaceID, chatID, memberID string) bool {
	return slices.ContainsFunc(s.conf.Chats.Present(workspaceID, chatID), func(p chat.Presence) bool { return p.MemberID == memberID })
}

// nameOf is a member's name, "" when there is none.
func (s *Service) nameOf(ctx context.Context, workspaceID, memberID string) string {
	if memberID == "" {
		return ""
	}
	m, err := s.conf.Members.Get(ctx, workspaceID, memberID)
	if err != nil {
		return ""
	}
	return m.Name
}

// settle notes what became of a push; gone when the bell is no more.
func (s *Service) settle(ctx context.Context, b Bell, p parcel, r result) (gone bool, err error) {
	switch {
	case r.gone():
		return true, s.store.forget(ctx, b.SessionID)
	case r.ok():
		err = s.store.took(ctx, b, s.now())
	case r.final():
		err = s.store.refused(ctx, b, r.code())
	default:
		return false, s.later(ctx, p, r)
	}
	for _, n := range p.of {
		if err == nil {
			err = s.store.done(ctx, n)
		}
	}
	return false, err
}

// later has a push tried again, with growing pauses; one that is stale is given up.
func (s *Service) later(ctx context.Context, p parcel, r result) error {
	for _, n := range p.of {
		pause := min(15*time.Second<<min(n.Attempts, 7), 30*time.Minute)
		next := s.now() + max(pause, r.after).Milliseconds()
		var err error
		if next-n.At > stale.Milliseconds() {
			err = s.store.done(ctx, n)
		} else {
			err = s.store.retry(ctx, n, next)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Test sends the bell of by's session a notice now. member.ErrPeopleOnly, errNoBell, and what the push service says.
func (s *Service) Test(ctx context.Context, by member.Principal) error {
	b, err := s.Bell(ctx, by)
	if err != nil {
		return err
	}
	if b == nil {
		return errNoBell
	}
	if ok, err := s.store.mayTest(ctx, *b, s.now(), s.now()-testPause.Milliseconds()); err != nil || !ok {
		return errors.Join(err, errTestSoon)
	}
	_, at, err := s.alive(ctx, b.WorkspaceID, b.SessionID)
	if err != nil {
		return err
	}
	switch r := s.push(ctx, *b, wordsOf(at.Language).test(s.now())); {
	case r.gone():
		return errors.Join(s.store.forget(ctx, b.SessionID), errBellGone)
	case r.ok():
		return s.store.took(ctx, *b, s.now())
	case r.final():
		return errors.Join(s.store.refused(ctx, *b, r.code()), errPushRefused.WithCause(r.err))
	default:
		return errPushAway.WithCause(r.err)
	}
}

// result is what a push service said.
type result struct {
	status int // 0: no answer
	err    error
	after  time.Duration
	never  bool // trying again is pointless
}

func (r result) ok() bool   { return r.status >= 200 && r.status < 300 }
func (r result) gone() bool { return r.status == http.StatusNotFound || r.status == http.StatusGone }

// final reports whether the same push would be refused again.
func (r result) final() bool {
	return r.never || r.status >= 300 && r.status < 500 && r.status != http.StatusTooManyRequests && r.status != http.StatusRequestTimeout
}

func (r result) code() string {
	if r.status == 0 {
		return "blocked"
	}
	return strconv.Itoa(r.status)
}

// sweep forgets notices and bells that nobody waits for: of sessions that expired.
func (s *Service) sweep(ctx context.Context) {
	list, err := s.store.ringing(ctx)
	for _, workspaceID := range list {
		err = errors.Join(err, s.sweepOne(ctx, workspaceID))
	}
	err = errors.Join(err, s.store.sweep(ctx, s.now()-stale.Milliseconds()))
	if err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "old bells stay for another hour", "error", err)
	}
}

func (s *Service) sweepOne(ctx context.Context, workspaceID string) error {
	bells, err := s.store.bells(ctx, workspaceID)
	if err != nil {
		return err
	}
	h, err := s.house(ctx, workspaceID, bells)
	for _, b := range bells {
		if _, ok := h.seats[b.SessionID]; !ok && err == nil {
			err = s.store.forget(ctx, b.SessionID)
		}
	}
	return err
}
