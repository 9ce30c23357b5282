package member

import (
	"context"
	"errors"
	"time"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/audit"
)

// Session is one browser in which a person is signed in.
type Session struct {
	ID          string `json:"id"`
	WorkspaceID string `json:"workspace_id" doc:"The workspace that it shows now"`
	Current     bool   `json:"current" doc:"The one that asks"`
	Browser     string `json:"browser,omitempty" example:"Chrome" doc:"As its User-Agent says; missing when that says nothing"`
	System      string `json:"system,omitempty" example:"Android"`
	Address     string `json:"address,omitempty" doc:"Where it was last used, shortened to its network" example:"203.0.113.0/24"`
	CreatedAt   int64  `json:"created_at" doc:"Unix milliseconds"`
	SeenAt      int64  `json:"seen_at" doc:"Unix milliseconds, to the minute"`
	ExpiresAt   int64  `json:"expires_at" doc:"Unix milliseconds"`

	agent string
}

// Sessions lists where by is signed in, the one last used first. ErrPeopleOnly.
func (s *Service) Sessions(ctx context.Context, by Principal) ([]Session, error) {
	if by.PersonID == "" {
		return nil, ErrPeopleOnly
	}
	all, err := s.listSessions(ctx, by.PersonID)
	for i := range all {
		all[i].Current = all[i].ID == by.SessionID
	}
	return all, err
}

// Seat is a session that shows a workspace, and whose it is.
type Seat struct {
	SessionID string
	MemberID  string
	Role      Role
	Language  string // that the person has chosen; "" follows the browser
}

const seatsIn = `SELECT s.id, m.id, m.role, p.language FROM sessions s JOIN members m ON m.workspace_id = s.workspace_id AND m.id = s.member_id
	JOIN people p ON p.id = m.person_id WHERE s.workspace_id = $1 AND s.expires_at > $2 ORDER BY s.id`

// Seats are the sessions that show a workspace now.
func (s *Service) Seats(ctx context.Context, workspaceID string) ([]Seat, error) {
	rows, err := s.db.Query(ctx, seatsIn, workspaceID, s.now().UnixMilli())
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (v Seat, err error) {
		err = r.Scan(&v.SessionID, &v.MemberID, &v.Role, &v.Language)
		return v, err
	}, err).AsList()
}

// EndSession ends one session of by's own; it may be the one that asks. ErrSessionNotFound.
func (s *Service) EndSession(ctx context.Context, by Principal, sessionID string) error {
	if by.PersonID == "" {
		return ErrSessionNotFound // an API key has none
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.endSession(ctx, by.PersonID, sessionID); err != nil {
			return err
		}
		return s.audit.Write(ctx, by.WorkspaceID, "session.ended", audit.Subject{Kind: "session", ID: sessionID}, nil)
	})
}

// EndOthers ends all sessions of by's own but the one that asks. ErrPeopleOnly.
func (s *Service) EndOthers(ctx context.Context, by Principal) error {
	if by.PersonID == "" {
		return ErrPeopleOnly
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.endSessionsOf(ctx, by.PersonID, by.SessionID); err != nil {
			return err
		}
		return s.audit.Write(ctx, by.WorkspaceID, "session.ended", audit.Subject{Kind: "session"}, map[string]string{"which": "others"})
	})
}

// EndSessions ends the sessions that show by's workspace to a member. ErrNotFound, ErrOwnerOnly.
func (s *Service) EndSessions(ctx context.Context, by Principal, memberID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		m, err := s.forChange(ctx, by, memberID)
		if err != nil {
			return err
		}
		if err := s.endSessionsIn(ctx, m.WorkspaceID, m.ID); err != nil {
			return err
		}
		return s.audit.Write(ctx, by.WorkspaceID, "session.ended", m.subject(), map[string]string{"which": "all"})
	})
}

// Move has the session of by show another of by's workspaces, and the next sign-in lead there. ErrNotMember.
// What listens with the session is told that it is over, and connects again.
func (s *Service) Move(ctx context.Context, by Principal, workspaceID string) (m Member, err error) {
	if by.PersonID == "" {
		return Member{}, ErrNotMember // an API key is nobody's
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if m, err = s.ofPerson(ctx, workspaceID, by.PersonID); err != nil {
			return notMember(err)
		}
		if m.WorkspaceID == by.WorkspaceID {
			return nil
		}
		if err := s.move(ctx, by.SessionID, m); err != nil {
			return err
		}
		ctx = audit.As(ctx, audit.Actor{Kind: audit.Member, ID: m.ID, Name: m.Name})
		if err := s.audit.Write(ctx, m.WorkspaceID, "session.moved", audit.Subject{Kind: "session", ID: by.SessionID}, nil); err != nil {
			return err
		}
		return s.over(ctx, by.SessionID)
	})
	return m, err
}

func notMember(err error) error {
	if errors.Is(err, ErrNotFound) {
		return ErrNotMember
	}
	return err
}

// watchEnded tells of the sessions and keys that other nodes ended, until ctx ends. One that is told twice is fine:
// clocks of two machines differ a little, so each look goes back further than the last one reached.
func (s *Service) watchEnded(ctx context.Context) {
	if s.db.Dialect != dbutil.Postgres {
		return // the only process tells itself
	}
	told := map[string]bool{}
	t := time.NewTicker(endedPoll)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		now, err := s.texts(ctx, endedSince, s.now().Add(-endedLookBack).UnixMilli())
		if err != nil {
			continue // the next look reaches as far back; who listens is asked again within a minute anyway
		}
		before := told
		told = make(map[string]bool, len(now))
		for _, v := range now {
			told[v] = true
			if !before[v] {
				s.Ended.Fire(ctx, v)
			}
		}
	}
}

const (
	endedPoll     = 500 * time.Millisecond
	endedLookBack = 20 * time.Second
)
