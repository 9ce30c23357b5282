// Package takeout owns taking everything out: all that a workspace has as one file, for its owner.
package takeout

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/member"
)

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "takeout_not_found", fault.Text{
		ID: "Salinan data ini tidak ada, atau masanya sudah lewat.", EN: "There is no such copy of the data, or its time is over.",
	})
	ErrUnderWay = fault.New(fault.Conflict, "takeout_under_way", fault.Text{
		ID: "Salinan data sedang dibuat. Tunggu sampai selesai, atau batalkan dulu.",
		EN: "A copy of the data is being made. Wait until it is ready, or cancel it first.",
	})
	ErrNotReady = fault.New(fault.Conflict, "takeout_not_ready", fault.Text{
		ID: "Salinan data ini belum selesai dibuat.", EN: "This copy of the data is not ready yet.",
	})
)

// State is how far a takeout is.
type State string

// The states. What is deleted or over is no row any more.
const (
	Queued  State = "queued"
	Running State = "running"
	Ready   State = "ready"  // it can be downloaded until ExpiresAt
	Failed  State = "failed" // Problem says why
)

// Takeout is one copy of everything that a workspace has.
type Takeout struct {
	ID          string
	WorkspaceID string
	State       State
	Place       place // up to where it is written
	Parts       int   // how many parts are written
	Done, Total int64 // rows and files
	Size        int64 // bytes of the whole, when it is ready
	Problem     string
	ByID        string // the member who asked for it
	CreatedAt   int64  // unix ms
	UpdatedAt   int64  // unix ms
	ExpiresAt   int64  // unix ms; 0 until it is ready
}

// place is where the next part begins: a step of the plan, and in it what was written last.
type place struct {
	Step  int   `json:"step"`
	After []any `json:"after,omitempty"`
}

// Table says what of a table of the database is taken out.
type Table struct {
	Name string
	Key  []string // the columns that tell rows of a workspace apart, in which order they are written
	JSON []string // columns that hold JSON, which is written as such
	Omit []string // columns that are secrets, or mean something to the program only
	// Why is set for a table that is left out: what for.
	Why string
}

// Sheet is a file that somebody else writes.
type Sheet struct {
	Name  string
	Write func(ctx context.Context, workspaceID string, to io.Writer) error
}

// Files lists and opens the files of a workspace.
type Files interface {
	After(ctx context.Context, workspaceID, fileID string, n int) ([]file.File, error)
	Open(ctx context.Context, workspaceID, fileID string) (io.ReadSeekCloser, error)
}

// Config is what New needs; the fields without a default are needed.
type Config struct {
	DB      *db.DB
	Log     *slog.Logger
	Audit   *audit.Service
	Members *member.Service
	Blobs   blob.Store // where parts and takeouts are kept
	Files   Files
	Tables  []Table
	Sheets  []Sheet
	// Told hears after the commit that a takeout of the workspace has got further. It must not wait.
	Told func(workspaceID string)
	Node string           // names this process among those that share the database
	Now  func() time.Time // nil: time.Now
	Keep time.Duration    // how long a takeout can be downloaded; 0 is three days
	// PartSize is about how many bytes go into one part before they are packed: what a killed process has to do again;
	// 0 is 32 MiB.
	PartSize int64
}

// Service is the takeouts of all workspaces.
type Service struct {
	Config
	store store
	wake  chan struct{}
}

// New makes the service; Run writes.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Told == nil {
		c.Told = func(string) {}
	}
	c.Keep = cmp.Or(c.Keep, 72*time.Hour)
	c.PartSize = cmp.Or(c.PartSize, 32<<20)
	return &Service{Config: c, store: store{c.DB}, wake: make(chan struct{}, 1)}
}

func (s *Service) now() int64 { return s.Now().UnixMilli() }

// told passes on, after the commit, that there is news of a workspace's takeouts.
func (s *Service) told(ctx context.Context, workspaceID string) {
	db.AfterCommit(ctx, func() { s.Told(workspaceID) })
}

// Make has a copy of everything made in the background, for an owner who says their password again. One at a time.
// ErrUnderWay, and the faults of member.Service.Confirm.
func (s *Service) Make(ctx context.Context, by member.Principal, password string) (t Takeout, err error) {
	if err := s.Members.Confirm(ctx, by, password); err != nil {
		return t, err
	}
	now := s.now()
	t = Takeout{ID: id.New(), WorkspaceID: by.WorkspaceID, State: Queued, ByID: by.MemberID, CreatedAt: now, UpdatedAt: now}
	err = s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insert(ctx, t); err != nil {
			if db.IsUnique(err) { // one of a workspace may be under way
				return ErrUnderWay.WithCause(err)
			}
			return err
		}
		s.told(ctx, t.WorkspaceID)
		return s.Audit.Write(ctx, t.WorkspaceID, "takeout.made", audit.Subject{Kind: "takeout", ID: t.ID}, nil)
	})
	if err == nil {
		s.nudge()
	}
	return t, err
}

// List returns a workspace's takeouts, the newest first.
func (s *Service) List(ctx context.Context, workspaceID string) ([]Takeout, error) {
	return s.store.list(ctx, workspaceID)
}

// Get returns one. ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID, takeoutID string) (Takeout, error) {
	return s.store.get(ctx, workspaceID, takeoutID)
}

// Delete ends a takeout, whatever its state, and removes what is written of it. ErrNotFound.
func (s *Service) Delete(ctx context.Context, workspaceID, takeoutID string) error {
	t, err := s.store.get(ctx, workspaceID, takeoutID)
	if err != nil {
		return err
	}
	if err := s.removeParts(ctx, t); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		if ok, err := s.store.delete(ctx, t); err != nil || !ok {
			return err
		}
		s.told(ctx, workspaceID)
		return s.Audit.Write(ctx, workspaceID, "takeout.deleted", audit.Subject{Kind: "takeout", ID: t.ID}, nil)
	})
}

// Open gives the bytes of a takeout that is ready; the caller closes them. ErrNotFound, ErrNotReady.
func (s *Service) Open(ctx context.Context, workspaceID, takeoutID string) (Takeout, io.ReadSeekCloser, error) {
	t, err := s.store.get(ctx, workspaceID, takeoutID)
	if err != nil {
		return t, nil, err
	}
	switch {
	case t.State != Ready:
		return t, nil, ErrNotReady
	case t.ExpiresAt <= s.now():
		return t, nil, ErrNotFound
	}
	r, err := s.Blobs.Open(ctx, t.key())
	return t, r, err
}
