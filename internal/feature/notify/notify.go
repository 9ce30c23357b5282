// Package notify owns what members' browsers are told while nobody looks at the page: bells, notices, and the key that
// signs them (Web Push: RFC 8030, 8291, 8292).
package notify

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/clock"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/team"
)

// The faults of this package.
var (
	errAddress = fault.New(fault.Invalid, "push_address_invalid", fault.Text{
		ID: "Alamat pemberitahuan dari browser ini tidak bisa dipakai. Matikan lalu nyalakan lagi, atau coba browser lain.",
		EN: "The push address of this browser can't be used. Switch it off and on again, or try another browser.",
	}).WithField("endpoint")
	errKeys = fault.New(fault.Invalid, "push_keys_invalid", fault.Text{
		ID: "Kunci dari browser ini tidak benar. Matikan pemberitahuan lalu nyalakan lagi.",
		EN: "The keys of this browser are not right. Switch notifications off and on again.",
	}).WithField("keys")
	errKind = fault.New(fault.Invalid, "bell_kind_unknown", fault.Text{
		ID: "Jenis pemberitahuan ini tidak dikenal.", EN: "This kind of notification is not known.",
	}).WithField("kinds")
	errNoBell = fault.New(fault.NotFound, "bell_missing", fault.Text{
		ID: "Pemberitahuan belum dinyalakan di browser ini.", EN: "Notifications are not switched on in this browser.",
	})
	errBellGone = fault.New(fault.Gone, "bell_gone", fault.Text{
		ID: "Browser ini sudah tidak menerima pemberitahuan. Nyalakan lagi di sini.",
		EN: "This browser takes no notifications any more. Switch them on again here.",
	})
	errPushRefused = fault.New(fault.Upstream, "push_refused", fault.Text{
		ID: "Layanan pemberitahuan browser ini menolaknya. Matikan lalu nyalakan lagi.",
		EN: "The push service of this browser refused it. Switch notifications off and on again.",
	})
	errPushAway = fault.New(fault.Unavailable, "push_unreachable", fault.Text{
		ID: "Layanan pemberitahuan browser ini tidak bisa dihubungi sekarang. Coba lagi nanti.",
		EN: "The push service of this browser can't be reached right now. Try again later.",
	})
	errTestSoon = fault.New(fault.Limited, "bell_tested", fault.Text{
		ID: "Baru saja dicoba. Tunggu beberapa detik.", EN: "It was tried just now. Wait a few seconds.",
	}).WithRetryAfter(testPause)
)

// Log is the event log, from which notices are made.
type Log interface {
	Read(ctx context.Context, workspaceID string, w event.Stretch) (event.Page, error)
	Bounds(ctx context.Context, workspaceID string) (oldest, last int64, err error)
}

// Chats is what is asked about a chat before a notice of it goes.
type Chats interface {
	Get(ctx context.Context, workspaceID, chatID string) (chat.Item, error)
	Present(workspaceID, chatID string) []chat.Presence
}

// Members is what is asked about who is signed in.
type Members interface {
	Seats(ctx context.Context, workspaceID string) ([]member.Seat, error)
	Get(ctx context.Context, workspaceID, memberID string) (member.Member, error)
}

// Teams lists the teams of a workspace.
type Teams interface {
	List(ctx context.Context, workspaceID string) ([]team.Team, error)
}

// Config is what New needs. Log, Now and Every have defaults.
type Config struct {
	DB      *db.DB
	Log     *slog.Logger
	Seal    *seal.Box
	Events  Log
	Chats   Chats
	Members Members
	Teams   Teams
	// Client reaches push services, and no address that a browser has no business to name.
	Client *http.Client
	// CheckURL refuses such an address when it is given. Plain lets http pass too, for a push service of a test.
	CheckURL func(string) error
	Plain    bool
	// Contact is where a push service complains: an https address of ours, or an e-mail address.
	Contact string
	Now     func() time.Time
	// Every is how often is looked for what is due or was written by other nodes; 0 is a second.
	Every time.Duration
}

// Service keeps the bells of all workspaces and rings them.
type Service struct {
	db    *db.DB
	store store
	conf  Config
	log   *slog.Logger

	wake  chan struct{}
	slots chan struct{} // bells that are being told
	work  sync.WaitGroup

	mu    sync.Mutex
	grown map[string]bool // workspaces whose log has something new
	vapid *vapid
}

// atOnce is how many bells are told at the same time.
const atOnce = 16

// New makes the service.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Every == 0 {
		c.Every = time.Second
	}
	return &Service{
		db: c.DB, store: store{c.DB}, conf: c, log: c.Log, wake: make(chan struct{}, 1), slots: make(chan struct{}, atOnce),
		grown: map[string]bool{},
	}
}

func (s *Service) now() int64 { return s.conf.Now().UnixMilli() }

// Grown is for event.Service.Grown: the workspace's log has something new.
func (s *Service) Grown(_ context.Context, workspaceID string) {
	s.mu.Lock()
	s.grown[workspaceID] = true
	s.mu.Unlock()
	s.nudge()
}

// nudge has run look for work now.
func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Over is for member.Service.Over: a session is over, or shows another workspace; its bell goes with it.
func (s *Service) Over(ctx context.Context, sessionID string) error {
	return s.store.forget(ctx, sessionID)
}

// linger is how long a look waits for company: nobody is told sooner than a person can look up, and each look costs the same.
const linger = 150 * time.Millisecond

// run chooses and sends notices until ctx ends, and waits for those under way.
func (s *Service) run(ctx context.Context) error {
	defer s.work.Wait()
	tick, sweep := time.NewTicker(s.conf.Every), time.NewTicker(time.Hour)
	defer tick.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
			clock.Sleep(ctx, min(linger, s.conf.Every))
		case <-tick.C:
			s.lookAround(ctx)
		case <-sweep.C:
			s.sweep(ctx)
			continue
		}
		s.chooseGrown(ctx)
		if err := s.pickUp(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "notices wait until the next look", "error", err)
		}
	}
}
