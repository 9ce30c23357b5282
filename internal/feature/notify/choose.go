package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/member"
)

const (
	batch = 200 // events in one transaction
	// fresh is how old an event may be to be told: the program may have been off.
	fresh = 12 * time.Hour
	// botTime is how long the bot has to answer what is its turn, before people are told.
	botTime = 20 * time.Second
)

// told are the events that notices are made of.
func told() []string {
	return []string{
		string(event.MessageReceived), string(event.MessageUnreadable), string(event.CallReceived), string(event.ChatAssigned), string(event.NoteCreated), string(event.NoteChanged), string(event.DeviceLoggedOut),
	}
}

// Notice is what a bell is to be told. A newer one of the same tag takes its place.
type Notice struct {
	WorkspaceID string
	SessionID   string
	Tag         string
	Kind        Kind
	Subject     string // the chat's or the device's id
	Seq         int64  // of the event
	Said        said
	At          int64 // unix ms, of the event
	NextAt      int64 // unix ms: not before
	Attempts    int
}

// said is what an event brings to a notice's text; the rest is asked for when the notice goes.
type said struct {
	Kind device.Kind `json:"kind,omitempty"` // of a message
	Text string      `json:"text,omitempty"` // of a message or a note
	Who  string      `json:"who,omitempty"`  // who wrote in a group, or the device's name
	By   string      `json:"by,omitempty"`   // id of the member who wrote the note
}

// seat is a session with the teams of its member.
type seat struct {
	member.Seat
	teams map[string]bool
}

// house is who may be told in a workspace.
type house struct {
	bells []Bell
	seats map[string]seat // by session
}

func (s *Service) house(ctx context.Context, workspaceID string, bells []Bell) (h house, err error) {
	h = house{bells, map[string]seat{}}
	seats, err := s.conf.Members.Seats(ctx, workspaceID)
	if err != nil {
		return h, err
	}
	teams, err := s.conf.Teams.List(ctx, workspaceID)
	if err != nil {
		return h, err
	}
	for _, one := range seats {
		at := seat{one, map[string]bool{}}
		for _, t := range teams {
			at.teams[t.ID] = slices.Contains(t.MemberIDs, one.MemberID)
		}
		h.seats[one.SessionID] = at
	}
	return h, nil
}

// thread is what decides whose business a chat is.
type thread struct {
	group            bool
	assignee, teamID string
}

// business says why a message in a chat is a member's business; "" when it is somebody else's.
func business(c thread, of seat) Kind {
	switch {
	case c.assignee != "" && c.assignee != of.MemberID, c.assignee == "" && c.teamID != "" && !of.teams[c.teamID]:
		return ""
	case c.group:
		return Groups
	case c.assignee != "":
		return Mine
	case c.teamID != "":
		return Team
	}
	return Unassigned
}

// chooseGrown makes notices of what is new in the logs that have grown. What fails is made at the next look.
func (s *Service) chooseGrown(ctx context.Context) {
	s.mu.Lock()
	grown := s.grown
	s.grown = map[string]bool{}
	s.mu.Unlock()
	for _, workspaceID := range slices.Sorted(maps.Keys(grown)) {
		if err := s.choose(ctx, workspaceID); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "notices are chosen later", "workspace", workspaceID, "error", err)
			s.mu.Lock()
			s.grown[workspaceID] = true // the next tick tries again
			s.mu.Unlock()
		}
	}
}

// lookAround finds workspaces whose logs other nodes have written to.
func (s *Service) lookAround(ctx context.Context) {
	list, err := s.store.ringing(ctx)
	if err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "bells were not looked at", "error", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, workspaceID := range list {
		s.grown[workspaceID] = true
	}
}

func (s *Service) choose(ctx context.Context, workspaceID string) error {
	bells, err := s.store.bells(ctx, workspaceID)
	if err != nil || len(bells) == 0 {
		return err
	}
	from, err := s.place(ctx, workspaceID)
	for err == nil {
		var p event.Page
		p, err = s.conf.Events.Read(ctx, workspaceID, event.Stretch{After: from, Types: told(), Limit: batch})
		if f, ok := fault.From(err); ok && (f.Kind == fault.Gone || f.Kind == fault.Invalid) {
			return s.restart(ctx, workspaceID, from)
		}
		if err != nil || p.Next == from {
			return err
		}
		var mine bool
		if mine, err = s.take(ctx, workspaceID, from, p, bells); !mine { // another node was quicker
			return err
		}
		from = p.Next
	}
	return err
}

// place is the number of the last event that was looked at. What was before the first bell is not told.
func (s *Service) place(ctx context.Context, workspaceID string) (int64, error) {
	from, known, err := s.store.place(ctx, workspaceID)
	if err != nil || known {
		return from, err
	}
	_, last, err := s.conf.Events.Bounds(ctx, workspaceID)
	if err != nil {
		return 0, err
	}
	_, err = s.store.move(ctx, workspaceID, 0, last)
	return last, err
}

// restart sets the place anew when the log no longer has it, or never had: then it was restored from a backup.
func (s *Service) restart(ctx context.Context, workspaceID string, from int64) error {
	oldest, last, err := s.conf.Events.Bounds(ctx, workspaceID)
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
	s.Grown(ctx, workspaceID)
	return err
}

// take stores the notices of a page; false when it was done already. The place moves in the same transaction.
func (s *Service) take(ctx context.Context, workspaceID string, from int64, p event.Page, bells []Bell) (mine bool, err error) {
	list, err := s.collect(ctx, workspaceID, p.Events, bells)
	if err != nil {
		return false, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if mine, err = s.store.move(ctx, workspaceID, from, p.Next); err != nil || !mine {
			return err
		}
		for _, n := range list {
			if err := s.store.add(ctx, n); err != nil {
				return err
			}
		}
		return nil
	})
	return mine, err
}

// collect are the notices of some events, of each bell and tag the newest.
func (s *Service) collect(ctx context.Context, workspaceID string, events []event.Event, bells []Bell) (map[[2]string]Notice, error) {
	if len(events) == 0 {
		return nil, nil
	}
	h, err := s.house(ctx, workspaceID, bells)
	if err != nil {
		return nil, err
	}
	list := map[[2]string]Notice{}
	for _, e := range events {
		if s.now()-e.At > fresh.Milliseconds() {
			continue
		}
		made, err := h.notices(e)
		if err != nil {
			return nil, err
		}
		for _, n := range made {
			list[[2]string{n.SessionID, n.Tag}] = n
		}
	}
	return list, nil
}

// notices are what an event has to tell to the bells of a house.
func (h house) notices(e event.Event) ([]Notice, error) {
	tell, err := read(e)
	if err != nil || tell == nil {
		return nil, err
	}
	var out []Notice
	for _, b := range h.bells {
		at, ok := h.seats[b.SessionID]
		if !ok || e.At < b.Since {
			continue
		}
		n := tell(at)
		if n.Kind == "" || !slices.Contains(b.Kinds, n.Kind) {
			continue
		}
		n.WorkspaceID, n.SessionID, n.Seq, n.At, n.NextAt = e.WorkspaceID, b.SessionID, e.Seq, e.At, max(n.NextAt, e.At)
		out = append(out, n)
	}
	return out, nil
}

// tells says what an event has to tell to a seat; a notice without a kind is nothing. nil: nothing to anybody.
type tells func(seat) Notice

func read(e event.Event) (tells, error) {
	switch e.Type {
	case event.MessageReceived, event.MessageUnreadable:
		return arrived(e)
	case event.CallReceived:
		return rang(e)
	case event.ChatAssigned:
		return assigned(e)
	case event.NoteCreated, event.NoteChanged:
		return mentioned(e)
	case event.DeviceLoggedOut:
		return loggedOut(e)
	}
	return nil, nil
}

// arrived reads a message that came in.
func arrived(e event.Event) (tells, error) {
	var d event.Message
	if err := decode(e, &d); err != nil || d.Message.FromMe {
		return nil, err
	}
	n := Notice{Tag: "chat-" + d.Chat.ID, Subject: d.Chat.ID, Said: said{Kind: d.Message.Content.Listed(), Text: short(d.Message.Content.Text)}}
	if d.Chat.Group && d.Sender != nil {
		n.Said.Who = short(d.Sender.Name)
	}
	if d.Chat.Turn == chat.TurnBot || e.Type == event.MessageUnreadable { // its words mostly come in a moment, and take its place
		n.NextAt = e.At + botTime.Milliseconds()
	}
	c := thread{d.Chat.Group, d.Chat.AssigneeID, d.Chat.TeamID}
	return func(at seat) Notice {
		n.Kind = business(c, at)
		return n
	}, nil
}

// rang reads a call that nobody can answer here, but call back.
func rang(e event.Event) (tells, error) {
	var d event.Call
	if err := decode(e, &d); err != nil || d.Chat == nil {
		return nil, err
	}
	n := Notice{Tag: "chat-" + d.Chat.ID, Subject: d.Chat.ID, Said: said{Kind: device.KindCall}}
	c := thread{d.Chat.Group, d.Chat.AssigneeID, d.Chat.TeamID}
	return func(at seat) Notice {
		n.Kind = business(c, at)
		return n
	}, nil
}

// assigned reads that a chat was given to somebody. Who takes one knows.
func assigned(e event.Event) (tells, error) {
	var d event.Assigned
	err := decode(e, &d)
	return func(at seat) Notice {
		own := d.By != nil && d.By.Kind == chat.ByMember && d.By.ID == at.MemberID
		if d.Chat.AssigneeID != at.MemberID || d.FromMember == at.MemberID || own {
			return Notice{}
		}
		return Notice{Kind: Given, Tag: "chat-" + d.Chat.ID, Subject: d.Chat.ID}
	}, err
}

// mentioned reads a note.
func mentioned(e event.Event) (tells, error) {
	var d event.NoteData
	err := decode(e, &d)
	return func(at seat) Notice {
		if !slices.Contains(d.Mentioned, at.MemberID) || d.Note.By == chat.ByMember && d.Note.ByID == at.MemberID {
			return Notice{}
		}
		return Notice{Kind: Mentions, Tag: "note-" + d.Note.ChatID, Subject: d.Note.ChatID, Said: said{Text: short(d.Note.Text), By: d.Note.ByID}}
	}, err
}

// unlinkedHere is why a device is off its account when somebody asked for it here.
const unlinkedHere = "unlinked"

// loggedOut reads that a device is off its account.
func loggedOut(e event.Event) (tells, error) {
	var d event.DeviceState
	if err := decode(e, &d); err != nil || d.Why == unlinkedHere {
		return nil, err
	}
	return func(at seat) Notice {
		if at.Role != member.Owner && at.Role != member.Admin {
			return Notice{}
		}
		return Notice{Kind: Devices, Tag: "device-" + d.DeviceID, Subject: d.DeviceID, Said: said{Who: short(d.Name)}}
	}, nil
}

func decode(e event.Event, into any) error {
	if err := json.Unmarshal(e.Data, into); err != nil {
		return fmt.Errorf("read event %d: %w", e.Seq, err)
	}
	return nil
}
