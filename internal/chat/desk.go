package chat

import (
	"context"
	"errors"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of working on chats.
var (
	ErrAssignMoved = fault.New(fault.Conflict, "assignee_moved", fault.Text{
		ID: "Percakapan ini baru saja dialihkan orang lain. Muat ulang lalu coba lagi.",
		EN: "Somebody has just assigned this chat. Load it again and retry.",
	})
	ErrStatusMoved = fault.New(fault.Conflict, "status_moved", fault.Text{
		ID: "Status percakapan ini baru saja diubah. Muat ulang lalu coba lagi.",
		EN: "The status of this chat has just been changed. Load it again and retry.",
	})
	ErrSnooze = fault.New(fault.Invalid, "snooze_invalid", fault.Text{
		ID: "Waktu tunda harus di masa depan, paling lama satu tahun.",
		EN: "A chat can be snoozed until a time in the future, a year at most.",
	}).WithField("until")
	ErrMembersOnly = fault.New(fault.Forbidden, "members_only", fault.Text{
		ID: "Ini hanya untuk anggota yang masuk, bukan untuk kunci API.",
		EN: "This is for members who sign in, not for API keys.",
	})
	errStatus = fault.New(fault.Invalid, "status_invalid", fault.Text{
		ID: "Status harus open, snoozed atau resolved.", EN: "A status is open, snoozed or resolved.",
	}).WithField("status")
)

// Status says whether there is something to do in a chat.
type Status string

// The statuses.
const (
	StatusOpen     Status = "open"
	StatusSnoozed  Status = "snoozed"  // until Chat.WakeAt, or until they write
	StatusResolved Status = "resolved" // until somebody writes
)

// maxSnooze is how far ahead a chat can be snoozed.
const maxSnooze = 366 * 24 * time.Hour

// Assignment is who is to answer a chat.
type Assignment struct {
	MemberID string // "" is nobody
	TeamID   string // "" is none
	// Version is the Chat.AssignVersion that the caller saw: ErrAssignMoved when it is another one by now; 0 does not ask.
	Version int64
	By      Author
}

// Assigned is a chat that has another assignee or team than it had.
type Assigned struct {
	Chat       Chat   // as it is now
	FromMember string // who had it; "" is nobody
	FromTeam   string
	By         Author // who did it; the zero Author is Ping! itself
}

// Joined is a chat that became part of another. What is kept about it belongs to that other from then on.
type Joined struct {
	WorkspaceID    string
	KeptID, GoneID string
}

// Erasing is a chat that is about to be erased, with all that is kept about it.
type Erasing struct{ WorkspaceID, ChatID string }

// StatusMoved is a chat whose status is another than it was.
type StatusMoved struct {
	Chat Chat // as it is now
	From Status
	By   Author // who did it; the zero Author is Ping! itself: they wrote, or the time has come
}

// Assign gives a chat to a member, a team, both or nobody. To whom has it already changes nothing. ErrNotFound,
// ErrAssignMoved, or a fault of Config.Assignable.
func (s *Service) Assign(ctx context.Context, workspaceID, chatID string, a Assignment) (c Chat, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if c, err = s.store.chat(ctx, workspaceID, chatID); err != nil {
			return err
		}
		if a.Version != 0 && a.Version != c.AssignVersion {
			return ErrAssignMoved
		}
		if err := s.assignable(ctx, workspaceID, a); err != nil {
			return err
		}
		c, err = s.assign(ctx, c, a)
		return err
	})
	return c, err
}

func (s *Service) assignable(ctx context.Context, workspaceID string, a Assignment) error {
	if s.conf.Assignable == nil {
		return nil
	}
	if a.MemberID != "" {
		if err := s.conf.Assignable(ctx, workspaceID, a.MemberID, ""); err != nil {
			return err
		}
	}
	if a.TeamID == "" {
		return nil
	}
	return s.conf.Assignable(ctx, workspaceID, "", a.TeamID)
}

// assign writes an assignment that is allowed.
func (s *Service) assign(ctx context.Context, c Chat, a Assignment) (Chat, error) {
	if c.AssigneeID == a.MemberID && c.TeamID == a.TeamID {
		return c, nil
	}
	ok, err := s.store.assign(ctx, c, a)
	if err != nil {
		return c, err
	}
	if !ok {
		return c, ErrAssignMoved
	}
	e := Assigned{FromMember: c.AssigneeID, FromTeam: c.TeamID, By: a.By}
	c.AssigneeID, c.TeamID, c.AssignVersion = a.MemberID, a.TeamID, c.AssignVersion+1
	e.Chat = c
	return c, s.Assigned.Fire(ctx, e)
}

// ForgetMember takes a member who is being removed off all chats; ForgetTeam does so with a team.
func (s *Service) ForgetMember(ctx context.Context, workspaceID, memberID string) error {
	return s.takeOff(ctx, func(ctx context.Context) ([]Chat, error) {
		return s.store.assignedTo(ctx, workspaceID, memberID)
	}, func(c Chat) Assignment { return Assignment{TeamID: c.TeamID} })
}

// ForgetTeam takes a team that is being deleted off all chats.
func (s *Service) ForgetTeam(ctx context.Context, workspaceID, teamID string) error {
	return s.takeOff(ctx, func(ctx context.Context) ([]Chat, error) {
		return s.store.ofTeam(ctx, workspaceID, teamID)
	}, func(c Chat) Assignment { return Assignment{MemberID: c.AssigneeID} })
}

// takeOff assigns anew what find finds, until it finds nothing.
func (s *Service) takeOff(ctx context.Context, find func(context.Context) ([]Chat, error), anew func(Chat) Assignment) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		for {
			list, err := find(ctx)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, c := range list {
				if _, err := s.assign(ctx, c, anew(c)); err != nil {
					return err
				}
			}
		}
	})
}

// Progress is a status that a chat is to have.
type Progress struct {
	Status Status
	Until  int64 // with StatusSnoozed: unix ms, in the future; ErrSnooze
	By     Author
}

// SetStatus opens, snoozes or resolves a chat. Resolving gives the turn back to the bot. What is so already is fine.
// ErrNotFound, ErrSnooze,
// ErrStatusMoved.
func (s *Service) SetStatus(ctx context.Context, workspaceID, chatID string, p Progress) (c Chat, err error) {
	switch p.Status {
	case StatusOpen, StatusResolved:
		p.Until = 0
	case StatusSnoozed:
		if now := s.now(); p.Until <= now || p.Until > now+maxSnooze.Milliseconds() {
			return Chat{}, ErrSnooze
		}
	default:
		return Chat{}, errStatus
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if c, err = s.store.chat(ctx, workspaceID, chatID); err != nil {
			return err
		}
		if p.Status == StatusResolved && c.Turn == TurnHuman {
			if c, err = s.moveTurn(ctx, c, TurnBot, s.now()); err != nil {
				return err
			}
		}
		c, err = s.moveStatus(ctx, c, p)
		return err
	})
	return c, err
}

// moveStatus writes a status; one that the chat has already changes nothing, but for another time to wake.
func (s *Service) moveStatus(ctx context.Context, c Chat, p Progress) (Chat, error) {
	if c.Status == p.Status && c.WakeAt == p.Until {
		return c, nil
	}
	was := c
	c.Status, c.WakeAt, c.StatusAt = p.Status, p.Until, s.now()
	ok, err := s.store.setStatus(ctx, c, was)
	if err != nil {
		return was, err
	}
	if !ok {
		return was, ErrStatusMoved
	}
	if p.Status == StatusSnoozed {
		db.AfterCommit(ctx, s.sleepers.wake)
	}
	return c, s.StatusMoved.Fire(ctx, StatusMoved{Chat: c, From: was.Status, By: p.By})
}

// reopen opens a chat in which something was written: by them always, by a member when it was resolved.
func (s *Service) reopen(ctx context.Context, c Chat, m Message) (Chat, error) {
	theirs := !m.FromMe && m.Origin != device.OriginHistory
	ours := m.FromMe && (m.By.Kind == ByMember || m.By.Kind == ByPhone) && m.Origin != device.OriginHistory && c.Status == StatusResolved
	if c.Status == StatusOpen || !theirs && !ours {
		return c, nil
	}
	open, err := s.moveStatus(ctx, c, Progress{Status: StatusOpen, By: m.By})
	if errors.Is(err, ErrStatusMoved) { // somebody else opens it at this moment
		err = nil
	}
	return open, err
}

// worked is kept with what working on gone adds, when two chats become one: what is open stays open, who has it keeps it.
func worked(kept, gone Chat) Chat {
	if kept.AssigneeID == "" {
		kept.AssigneeID = gone.AssigneeID
	}
	if kept.TeamID == "" {
		kept.TeamID = gone.TeamID
	}
	kept.AssignVersion = max(kept.AssignVersion, gone.AssignVersion) + 1
	switch {
	case kept.Status == StatusOpen || gone.Status == StatusOpen:
		kept.Status, kept.WakeAt = StatusOpen, 0
	case gone.Status == StatusSnoozed && (kept.Status != StatusSnoozed || gone.WakeAt < kept.WakeAt):
		kept.Status, kept.WakeAt = StatusSnoozed, gone.WakeAt
	}
	switch {
	case kept.Last.FromMe:
		kept.WaitingSince = 0
	case kept.WaitingSince == 0 || gone.WaitingSince > 0 && gone.WaitingSince < kept.WaitingSince:
		kept.WaitingSince = gone.WaitingSince
	}
	return kept
}
