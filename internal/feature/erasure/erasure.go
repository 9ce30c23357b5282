// Package erasure owns what is done behind the back when something is deleted for good: what a deleted contact has left in
// logs and files, and a whole workspace that its owner closes.
package erasure

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// The faults of this package.
var (
	ErrName = fault.New(fault.Invalid, "confirmation_wrong", fault.Text{
		ID: "Tulis nama ruang kerja ini persis seperti yang tampil, untuk memastikan.",
		EN: "Write the workspace's name just as it is shown, to be sure.",
	}).WithField("name")
	ErrClosing = fault.New(fault.Conflict, "closing_already", fault.Text{
		ID: "Ruang kerja ini sudah dijadwalkan untuk dihapus.", EN: "This workspace is going to be deleted already.",
	})
	ErrNotClosing = fault.New(fault.NotFound, "closing_not_found", fault.Text{
		ID: "Ruang kerja ini tidak dijadwalkan untuk dihapus.", EN: "This workspace is not going to be deleted.",
	})
)

// ErrLater is what a Step returns that has to wait for something; it is tried again.
var ErrLater = errors.New("later")

// Trail is a place where something deleted may still be named.
type Trail struct {
	Name string
	// Erase takes out some of what names one of ids, behind after ("" begins), and returns where to go on, "" at the end.
	Erase func(ctx context.Context, workspaceID string, ids []string, after string) (next string, err error)
}

// Step is one step of deleting a workspace. Done again, it does what is left of it. It may answer ErrLater, unless the
// closing is Late.
type Step struct {
	Name string
	Do   func(ctx context.Context, c Closing) error
}

// Files erases files and the bytes of a workspace.
type Files interface {
	Erase(ctx context.Context, workspaceID string, fileIDs ...string) error
	EraseWorkspace(ctx context.Context, workspaceID string) error
}

// Config is what New needs; the fields without a default are needed.
type Config struct {
	DB         *db.DB
	Log        *slog.Logger
	Audit      *audit.Service
	Members    *member.Service
	Workspaces *workspace.Service
	Files      Files
	Trails     []Trail
	// Steps come before the rows of all tables go, in this order.
	Steps []Step
	// Silent are tables that may name a file without keeping it.
	Silent []string
	// Told hears after the commit that a workspace is to be deleted, or is not any more. It must not wait.
	Told  func(workspaceID string)
	Now   func() time.Time // nil: time.Now
	Grace time.Duration    // how long a closing can be undone; 0 is seven days
}

// Service erases.
type Service struct {
	Config
	store store
	wake  chan struct{}
}

// New makes the service; Run erases.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Told == nil {
		c.Told = func(string) {}
	}
	c.Grace = cmp.Or(c.Grace, 7*24*time.Hour)
	return &Service{Config: c, store: store{c.DB}, wake: make(chan struct{}, 1)}
}

func (s *Service) now() int64 { return s.Now().UnixMilli() }

func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run does what is due, until ctx ends. What a kill has left goes on from where it was.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		if err := s.Work(ctx); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "what was deleted is erased later", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-tick.C:
		}
	}
}

// Work does everything that is due now.
func (s *Service) Work(ctx context.Context) error {
	return errors.Join(s.workTraces(ctx), s.workClosings(ctx))
}
