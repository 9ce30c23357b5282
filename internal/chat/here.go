package chat

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/member"
)

// Doing is what a member does in a chat right now.
type Doing string

// What members do. DoingNothing takes back what was said before.
const (
	DoingLook    Doing = "looking"
	DoingType    Doing = "typing"
	DoingNothing Doing = "gone"
)

// How long it is believed that somebody looks or types, unless it is said again.
const (
	lookFor = 45 * time.Second
	typeFor = 10 * time.Second
)

// Presence is a member who is in a chat right now.
type Presence struct {
	WorkspaceID string `json:"-"`
	ChatID      string `json:"chat_id"`
	MemberID    string `json:"member_id"`
	Doing       Doing  `json:"doing" enum:"looking,typing,gone"`
	Until       int64  `json:"until" doc:"Unix milliseconds: over by then, unless it is said again"`
}

// presences remembers who is where. It is kept by this node only and nowhere else: whoever is there says so again soon.
type presences struct {
	mu     sync.Mutex
	byChat map[[2]string][]Presence
	swept  int64
}

// set notes a presence, and forgets what is over.
func (p *presences) set(now int64, n Presence) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now-p.swept > lookFor.Milliseconds() {
		p.swept = now
		for k, list := range p.byChat {
			if list = current(list, now); len(list) == 0 {
				delete(p.byChat, k)
			} else {
				p.byChat[k] = list
			}
		}
	}
	k := [2]string{n.WorkspaceID, n.ChatID}
	list := slices.DeleteFunc(current(p.byChat[k], now), func(o Presence) bool { return o.MemberID == n.MemberID })
	if n.Doing != DoingNothing {
		list = append(list, n)
	}
	if len(list) == 0 {
		delete(p.byChat, k)
		return
	}
	p.byChat[k] = list
}

// in are those who are in a chat, by member.
func (p *presences) in(now int64, workspaceID, chatID string) []Presence {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := current(p.byChat[[2]string{workspaceID, chatID}], now)
	slices.SortFunc(list, func(a, b Presence) int { return cmp.Compare(a.MemberID, b.MemberID) })
	return list
}

// current is a copy of list without what is over.
func current(list []Presence, now int64) []Presence {
	return slices.DeleteFunc(slices.Clone(list), func(o Presence) bool { return o.Until <= now })
}

// SetPresence notes what a member does in a chat, and tells the others who look at the workspace. It ends by itself when
// it is not said again. ErrNotFound.
func (s *Service) SetPresence(ctx context.Context, workspaceID, chatID, memberID string, d Doing) error {
	c, err := s.store.chat(ctx, workspaceID, chatID)
	if err != nil {
		return err
	}
	now, stays := s.now(), lookFor
	switch d {
	case DoingType:
		stays = typeFor
	case DoingNothing:
		stays = 0
	case DoingLook:
	}
	p := Presence{WorkspaceID: workspaceID, ChatID: c.ID, MemberID: memberID, Doing: d, Until: now + stays.Milliseconds()}
	s.present.set(now, p)
	if s.conf.Seen != nil {
		s.conf.Seen(p)
	}
	return nil
}

// Present are the members who are in a chat right now, as far as this node knows.
func (s *Service) Present(workspaceID, chatID string) []Presence {
	return s.present.in(s.now(), workspaceID, chatID)
}

type presenceIn struct {
	ID   string `path:"id" maxLength:"64" doc:"The chat's id"`
	Body struct {
		Doing Doing `json:"doing" enum:"looking,typing,gone" doc:"Say looking again every 30 seconds, typing every 5; gone when the chat is left"`
	}
}

func (a api) presence(ctx context.Context, in *presenceIn) (*struct{}, error) {
	who := member.Caller(ctx)
	if _, err := a.s.store.chat(ctx, who.WorkspaceID, in.ID); err != nil {
		return nil, err
	}
	if who.MemberID == "" {
		return nil, ErrMembersOnly
	}
	return nil, a.s.SetPresence(ctx, who.WorkspaceID, in.ID, who.MemberID, in.Body.Doing)
}
