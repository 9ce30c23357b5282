// Package stats owns the figures of a workspace: how much was written and how soon it was answered, by day, hour, member and device.
package stats

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of this package.
var errSpan = fault.New(fault.Invalid, "span_invalid", fault.Text{
	ID: "Isi from dan to sebagai tanggal seperti 2026-01-31, paling lama 366 hari.", EN: "Give from and to as dates such as 2026-01-31, of at most 366 days.",
}).WithField("from")

const (
	// slot is the grain of what is kept, in ms: every time zone's days begin at a multiple of it.
	slot = int64(15 * time.Minute / time.Millisecond)
	// keep is how long figures are kept: two years to compare, and a month.
	keep = 762 * 24 * time.Hour
	// longest is the longest span of a report, in days.
	longest = 366
)

// Log is the event log, which is what is counted.
type Log interface {
	Read(ctx context.Context, workspaceID string, w event.Stretch) (event.Page, error)
	Bounds(ctx context.Context, workspaceID string) (oldest, last int64, err error)
}

// Config is what New needs; Log and Every have defaults.
type Config struct {
	DB     *db.DB
	Events Log
	// Zone is the workspace's time zone, in which its days begin.
	Zone func(ctx context.Context, workspaceID string) (*time.Location, error)
	// All lists every workspace; what happened while the program was off is counted from it.
	All func(ctx context.Context) ([]string, error)
	// Names gives the names of a workspace's members and devices by their ids.
	Names func(ctx context.Context, workspaceID string) (map[string]string, error)
	Log   *slog.Logger
	Now   func() time.Time
	// Every is how long after an event it is counted at the latest; 0 is five seconds.
	Every time.Duration
}

// Service counts what the event log tells, each event once, and reports it. Events from before the log's oldest one are
// not counted.
type Service struct {
	db     *db.DB
	store  store
	events Log
	conf   Config
	log    *slog.Logger

	mu    sync.Mutex
	grown map[string]bool
}

// New makes the service.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Every = cmp.Or(c.Every, 5*time.Second)
	return &Service{db: c.DB, store: store{c.DB}, events: c.Events, conf: c, log: c.Log, grown: map[string]bool{}}
}

// Grown is for event.Service.Grown: the workspace's log has something new.
func (s *Service) Grown(_ context.Context, workspaceID string) {
	s.mu.Lock()
	s.grown[workspaceID] = true
	s.mu.Unlock()
}

// run counts and forgets what is old, until ctx ends.
func (s *Service) run(ctx context.Context) error {
	all, err := s.conf.All(ctx)
	if err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "what happened before the start is counted with the next event", "error", err)
	}
	for _, workspaceID := range all {
		s.Grown(ctx, workspaceID)
	}
	tick, sweep := time.NewTicker(s.conf.Every), time.NewTicker(6*time.Hour)
	defer tick.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.Count(ctx)
		case <-sweep.C:
			if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "old figures were not removed", "error", err)
			}
		}
	}
}

// Sweep forgets figures of more than two years ago.
func (s *Service) Sweep(ctx context.Context) error {
	return s.store.sweep(ctx, s.conf.Now().Add(-keep).UnixMilli())
}
