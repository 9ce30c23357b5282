// Package team owns the groups of members that chats are assigned to.
package team

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "team_not_found", fault.Text{
		ID: "Tim ini tidak ada.", EN: "There is no such team.",
	})
	ErrName = fault.New(fault.Invalid, "team_name_bad", fault.Text{
		ID: "Nama tim wajib diisi, paling panjang 100 karakter.", EN: "A team needs a name of at most 100 characters.",
	}).WithField("name")
	ErrTaken = fault.New(fault.Conflict, "team_exists", fault.Text{
		ID: "Sudah ada tim dengan nama ini.", EN: "There is a team of this name already.",
	}).WithField("name")
	ErrTooMany = fault.New(fault.Conflict, "teams_too_many", fault.Text{
		ID: "Paling banyak 200 tim. Hapus yang tidak dipakai dulu.", EN: "There can be 200 teams at most. Delete one that is not used first.",
	})
)

// maxTeams is how many teams a workspace may have: they are listed as a whole.
const maxTeams = 200

// Team is some members under one name.
type Team struct {
	ID          string   `json:"id"`
	WorkspaceID string   `json:"-"`
	Name        string   `json:"name" doc:"Unique in the workspace, whatever the case"`
	MemberIDs   []string `json:"member_ids"`
	CreatedAt   int64    `json:"created_at" doc:"Unix milliseconds"`
	UpdatedAt   int64    `json:"updated_at" doc:"Unix milliseconds"`
}

// Change is what has become of a team.
type Change struct {
	Team    Team // as it is now, or was
	Deleted bool
}

// Config is what the service needs. Every field but Now must be set.
type Config struct {
	DB *db.DB
	// Member returns a fault when a workspace has no such member.
	Member func(ctx context.Context, workspaceID, memberID string) error
	Now    func() time.Time // nil is time.Now
}

// Service keeps the teams of all workspaces.
type Service struct {
	// Changed fires in the transaction in which a team is made, changed or deleted.
	Changed hook.Tx[Change]

	db   *db.DB
	conf Config
}

// New makes the service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{db: c.DB, conf: c}
}

// Fields are what a team is made of; in Update nil leaves a field as it is.
type Fields struct {
	Name      *string
	MemberIDs *[]string
}

// Create makes a team. ErrName, ErrTaken, ErrTooMany, or the fault of a member that there is not.
func (s *Service) Create(ctx context.Context, workspaceID string, f Fields) (t Team, err error) {
	now := s.conf.Now().UnixMilli()
	t = Team{ID: id.New(), WorkspaceID: workspaceID, MemberIDs: []string{}, CreatedAt: now}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		all, err := s.List(ctx, workspaceID)
		if err != nil {
			return err
		}
		if len(all) >= maxTeams {
			return ErrTooMany
		}
		return s.write(ctx, &t, f)
	})
	return t, err
}

// Update changes a team. ErrNotFound, and what Create says.
func (s *Service) Update(ctx context.Context, workspaceID, teamID string, f Fields) (t Team, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if t, err = s.Get(ctx, workspaceID, teamID); err != nil {
			return err
		}
		return s.write(ctx, &t, f)
	})
	return t, err
}

// write checks and stores a team, in the caller's transaction.
func (s *Service) write(ctx context.Context, t *Team, f Fields) error {
	if f.Name != nil {
		t.Name = strings.TrimSpace(*f.Name)
	}
	if n := utf8.RuneCountInString(t.Name); n < 1 || n > 100 || strings.ContainsFunc(t.Name, unicode.IsControl) {
		return ErrName
	}
	if f.MemberIDs != nil {
		t.MemberIDs = slices.Compact(slices.Sorted(slices.Values(*f.MemberIDs)))
		for _, m := range t.MemberIDs {
			if err := s.conf.Member(ctx, t.WorkspaceID, m); err != nil {
				return err
			}
		}
	}
	t.UpdatedAt = s.conf.Now().UnixMilli()
	if err := s.put(ctx, *t); err != nil {
		return err
	}
	return s.Changed.Fire(ctx, Change{Team: *t})
}

// Delete deletes a team. ErrNotFound.
func (s *Service) Delete(ctx context.Context, workspaceID, teamID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		t, err := s.Get(ctx, workspaceID, teamID)
		if err != nil {
			return err
		}
		if err := s.remove(ctx, workspaceID, teamID); err != nil {
			return err
		}
		return s.Changed.Fire(ctx, Change{Team: t, Deleted: true})
	})
}

// ForgetMember takes a member who is being removed out of all teams.
func (s *Service) ForgetMember(ctx context.Context, workspaceID, memberID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		all, err := s.List(ctx, workspaceID)
		if err != nil {
			return err
		}
		for _, t := range all {
			left := slices.DeleteFunc(slices.Clone(t.MemberIDs), func(m string) bool { return m == memberID })
			if len(left) == len(t.MemberIDs) {
				continue
			}
			t.MemberIDs = left
			if err := s.put(ctx, t); err != nil {
				return err
			}
			if err := s.Changed.Fire(ctx, Change{Team: t}); err != nil {
				return err
			}
		}
		return nil
	})
}
