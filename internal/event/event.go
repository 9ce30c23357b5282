// Package event owns the log of what happened in a workspace: one row per event, in an order without gaps that every reader sees the same.
package event

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// The faults of this package.
var (
	// ErrSwept has the number to begin with in its text.
	ErrSwept = fault.New(fault.Gone, "events_swept", fault.Text{
		ID: "Peristiwa setelah nomor ini sudah dihapus karena terlalu lama. Mulai lagi dengan after=%d.",
		EN: "Events after this number are no longer kept. Begin again with after=%d.",
	}).WithField("after")
	ErrAhead = fault.New(fault.Invalid, "events_ahead", fault.Text{
		ID: "Nomor ini belum pernah ada; yang terbaru adalah %d. Apakah basis data dipulihkan dari cadangan?",
		EN: "There has not been such a number yet; the newest is %d. Was the database restored from a backup?",
	}).WithField("after")
	ErrType = fault.New(fault.Invalid, "event_type_unknown", fault.Text{
		ID: "Jenis peristiwa %s tidak dikenal. Lihat GET /event-types; message.* berarti semua yang berawalan message.",
		EN: "The event type %s is not known. See GET /event-types; message.* means all that begin with message.",
	})
)

// Event is one row of a workspace's log. Seq begins with 1 and has no gaps; an event with a smaller number never
// appears after one with a larger number was seen.
type Event struct {
	ID          string
	WorkspaceID string
	Seq         int64
	Type        Type
	Version     int    // of Data's shape
	DeviceID    string // "" when it is of no device
	Subject     string // the chat, contact … within which the order of events matters
	At          int64  // unix ms, when it was written
	Data        json.RawMessage
}

// Draft is an event to be written.
type Draft struct {
	WorkspaceID string
	Type        Type   // one of the table in types.go
	DeviceID    string // "" when it is of no device
	// Subject names what the event is about, so that a receiver gets what is about one thing in order: a chat's id for
	// everything in a chat, else a contact's, a group's or the device's id.
	Subject string
	// Data becomes the event's data as JSON: a struct that is in the table of types, so that it is documented.
	Data any
}

// Config is what New needs. Log and DB are needed, the rest has defaults.
type Config struct {
	DB  *db.DB
	Log *slog.Logger
	Now func() time.Time // nil: time.Now
	// Keep is how long events are kept; 0 is 30 days.
	Keep time.Duration
	// KeepRows is how many events of a workspace are kept at most; 0 is 1,000,000.
	KeepRows int64
	// Poll is how often a node looks for what others have written; 0 is a second.
	Poll time.Duration
}

// Service is the logs of all workspaces.
type Service struct {
	// Told fires after the commit for each event in order, on the node that wrote it and, on PostgreSQL, on every
	// other one that runs, as soon as it knows. Events that were there before the node started are not told.
	Told hook.Note[Event]
	// Grown fires with a workspace's id after its log has grown. It is a hint: a node that was away gets none.
	Grown hook.Note[string]

	db    *db.DB
	store store
	conf  Config
	log   *slog.Logger
	begun int64 // unix ms

	versions map[Type]int // of the table of types

	mu     sync.Mutex
	dirty  map[string]bool
	told   map[string]int64         // up to which number a workspace's events were told
	waits  map[string]chan struct{} // closed when the workspace's log has grown
	ending chan struct{}            // closed when nobody shall wait any more
	wake   chan struct{}
}

// New makes the service. What is appended is there without Run; Run gives the numbers (on PostgreSQL) and tells.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Keep = cmp.Or(c.Keep, 30*24*time.Hour)
	c.KeepRows = cmp.Or(c.KeepRows, 1_000_000)
	c.Poll = cmp.Or(c.Poll, time.Second)
	versions := map[Type]int{}
	for _, k := range Kinds() {
		versions[k.Type] = k.Version
	}
	return &Service{
		db: c.DB, store: store{c.DB}, conf: c, log: c.Log, begun: c.Now().UnixMilli(), versions: versions,
		dirty: map[string]bool{}, told: map[string]int64{}, waits: map[string]chan struct{}{},
		ending: make(chan struct{}), wake: make(chan struct{}, 1),
	}
}

// Append writes an event in the caller's transaction: it is in the log if, and only if, what it tells has happened.
// It costs one insert. Readers see it after the commit. Appended twice it is there twice. An unknown type is an error.
func (s *Service) Append(ctx context.Context, d Draft) error {
	version, ok := s.versions[d.Type]
	if !ok {
		return fmt.Errorf("append an event: %q is not in the table of types", d.Type)
	}
	data, err := json.Marshal(d.Data)
	if err != nil {
		return fmt.Errorf("encode event %s: %w", d.Type, err)
	}
	e := Event{
		ID: id.New(), WorkspaceID: d.WorkspaceID, Type: d.Type, Version: version, DeviceID: d.DeviceID, Subject: d.Subject,
		At: s.conf.Now().UnixMilli(), Data: data,
	}
	if err := s.store.insert(ctx, e); err != nil {
		return err
	}
	db.AfterCommit(ctx, func() { s.grew(e.WorkspaceID) })
	return nil
}

// grew notes that a workspace's log has something new.
func (s *Service) grew(workspaceID string) {
	s.mu.Lock()
	s.dirty[workspaceID] = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Stretch says which events are wanted.
type Stretch struct {
	After int64 // those after this number; 0: from the oldest that is kept
	// Types are those wanted; each a type, or a prefix such as message.*; none is all.
	Types    []string
	DeviceID string // "": of every device and of none
	Limit    int    // 1..500
}

// Page is a stretch of a log. Next is what After should be for the following one; Oldest and Last are the first and
// the last number that the log has now (0 when it is empty).
type Page struct {
	Events []Event
	Next   int64
	Oldest int64
	Last   int64
}

// scanAtOnce bounds how many rows one read looks at when few of them are of the types wanted.
const scanAtOnce = 20_000

// Read returns events in their order. It may return fewer than there are, and none although more follow: then
// Next < Last. Faults: ErrSwept, ErrAhead, ErrType.
func (s *Service) Read(ctx context.Context, workspaceID string, w Stretch) (Page, error) {
	types, err := expand(w.Types)
	if err != nil {
		return Page{}, err
	}
	p := Page{Next: w.After}
	if p.Oldest, p.Last, err = s.store.bounds(ctx, workspaceID); err != nil {
		return Page{}, err
	}
	switch {
	case w.After > p.Last:
		return Page{}, ErrAhead.Withf(p.Last)
	case w.After != 0 && w.After < p.Oldest-1:
		return Page{}, ErrSwept.Withf(p.Oldest - 1)
	case w.After == p.Last:
		return p, nil
	}
	to := min(p.Last, max(w.After, p.Oldest-1)+scanAtOnce)
	p.Events, err = s.store.read(ctx, workspaceID, span{after: w.After, to: to, types: types, deviceID: w.DeviceID, limit: w.Limit})
	if err != nil {
		return Page{}, err
	}
	if p.Next = to; len(p.Events) == w.Limit {
		p.Next = p.Events[len(p.Events)-1].Seq
	}
	return p, nil
}

// Bounds are the first and the last number that a log has now; 0 when it is empty. On PostgreSQL an event has its
// number shortly after its commit.
func (s *Service) Bounds(ctx context.Context, workspaceID string) (oldest, last int64, err error) {
	return s.store.bounds(ctx, workspaceID)
}

// Before is the number of the newest event that was written before a time (unix ms), or of one shortly before that; 0 when
// all that are kept are newer.
func (s *Service) Before(ctx context.Context, workspaceID string, at int64) (seq int64, err error) {
	oldest, last, err := s.store.bounds(ctx, workspaceID)
	if err != nil || last == 0 {
		return 0, err
	}
	low, high := oldest, last+1 // the first that is not older is in low … high
	for low < high {
		middle := low + (high-low)/2
		then, err := s.store.writtenAt(ctx, workspaceID, middle)
		if err != nil {
			return 0, err
		}
		if then < at {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return max(0, low-1), nil
}
