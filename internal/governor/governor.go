// Package governor owns how fast each device may send and what is thought of its number's standing: it stands in front of every send, listens to what becomes of them, and explains itself.
package governor

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/governor/health"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/outbox"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// Config is what a Service works with.
type Config struct {
	DB         *db.DB
	Log        *slog.Logger // nil discards
	Devices    *device.Service
	Workspaces *workspace.Service
	// Simulated says that every device is on a simulated network: there a device that nobody has set paces nothing, and
	// pacing nothing is allowed at all.
	Simulated bool
	// Reacted says of messages of broadcasts who has answered and who has opted out since, in their order; nil is nobody.
	Reacted func(ctx context.Context, workspaceID string, asked []outbox.Went) ([]Reaction, error)
	// Past is what counted on a device that does not run on this node, as in outbox.Service.Past; nil is nothing.
	Past func(ctx context.Context, workspaceID, deviceID string, since int64, limit int) ([]outbox.Went, error)
	// Reconsider has everything looked at again that waits on a device; nil does nothing.
	Reconsider func(deviceID string)
	Now        func() time.Time // nil is time.Now
}

// Reaction is what somebody made of a message.
type Reaction struct {
	Replied  bool
	OptedOut bool
}

// Service is the governor of every device that runs on this node. It is an outbox.Governor.
type Service struct {
	// Changed fires in the transaction in which a number's standing becomes another one.
	Changed hook.Tx[Change]
	// Paced fires in the transaction in which somebody sets a device's pace.
	Paced hook.Tx[Paced]
	// Resumed fires in the transaction in which somebody lets a device go on.
	Resumed hook.Tx[device.Device]

	conf  Config
	log   *slog.Logger
	store store

	mu    sync.Mutex
	wards map[string]*ward // by device
	away  map[string]away  // those that are only opened anew
}

// Change is a number's standing with the one before.
type Change struct {
	Device device.Device
	Before health.Concern
	After  health.Concern
	By     string // the member or key that resumed; "" is nobody
}

// ward is a device at work here, as the governor sees it.
type ward struct {
	mu       sync.Mutex
	dev      device.Device
	raw      string
	policy   pace.Policy
	calendar pace.Calendar
	history  pace.History
	health   health.Health
	sample   health.Sample
	asked    []outbox.Went    // who stands behind sample.Asked
	wrote    map[string]int64 // when a chat was last heard of, since its sends were made
	random   *rand.Rand
}

// New makes the service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{conf: c, log: c.Log, store: store{c.DB}, wards: map[string]*ward{}, away: map[string]away{}}
}

// Module lists the package in the program.
func Module(s *Service) module.Module {
	return module.Module{Name: "governor", Upgrades: upgrades(), API: api{s}.register, Run: s.run}
}

func (s *Service) now() int64 { return s.conf.Now().UnixMilli() }

func (s *Service) ward(deviceID string) *ward {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wards[deviceID]
}

// usable is the most that a day's budgets can hold, and with that all that is read of the past.
const usable = 6000

// Begin takes over a device with what it has sent in the last two weeks, or what is new about one that is known.
func (s *Service) Begin(ctx context.Context, d device.Device, past outbox.Past) error {
	now := s.now()
	h, err := s.settle(ctx, d)
	if err != nil {
		return err
	}
	calendar, err := s.calendar(ctx, d.WorkspaceID)
	if err != nil {
		return err
	}
	w := s.ward(d.ID)
	if w == nil {
		if w, err = s.adopt(ctx, d, past, now); err != nil {
			return err
		}
	}
	policy := s.PolicyOf(d)
	ready := policy.Free() || s.ready(ctx, d)
	w.mu.Lock()
	if resumed := h.From > w.health.From; resumed {
		w.history.Began = now
	}
	w.dev, w.raw, w.policy, w.health, w.calendar = d, d.Settings.Pace, policy, h, calendar
	w.history.Since, w.history.Ready = d.LinkedAt, ready
	w.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wards[d.ID] = w
	return nil
}

// adopt reads what a device has sent.
func (s *Service) adopt(ctx context.Context, d device.Device, past outbox.Past, now int64) (*ward, error) {
	w := &ward{dev: d, history: pace.History{Began: s.began(d.ID, now)}, wrote: map[string]int64{}, random: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))}
	list, err := past(ctx, now-(14*24*time.Hour).Milliseconds(), usable)
	if err != nil || len(list) == 0 {
		return w, err
	}
	for i := len(list) - 1; i >= 0; i-- { // the newest came first
		w.remember(list[i])
		if list[i].State != outbox.StateFailed && list[i].At > now-(24*time.Hour).Milliseconds() {
			w.history.Past(classOf(list[i].Budget), min(list[i].At, now)) // the clock may have been set back
		}
	}
	if s.conf.Reacted == nil || len(w.asked) == 0 {
		return w, nil
	}
	reactions, err := s.conf.Reacted(ctx, d.WorkspaceID, w.asked)
	for i, r := range reactions {
		w.sample.Asked[i].Replied, w.sample.Asked[i].OptedOut = r.Replied, r.OptedOut
	}
	return w, err
}

func classOf(b outbox.Budget) pace.Class {
	if b == outbox.BudgetCold {
		return pace.Cold
	}
	return pace.Warm
}

// remember adds a message to what is judged.
func (w *ward) remember(g outbox.Went) {
	result, counts := health.Taken, true
	if g.State == outbox.StateFailed {
		result, counts = health.ResultOf(g.Code)
	}
	if counts {
		w.sample.Outcomes = last(append(w.sample.Outcomes, health.Outcome{At: g.At, Result: result}), health.LastOutcomes)
	}
	if g.State != outbox.StateFailed && g.Lane >= outbox.LaneFollowUp {
		w.sample.Asked = last(append(w.sample.Asked, health.Asked{At: g.At}), 2*health.LastAsked)
		w.asked = last(append(w.asked, g), 2*health.LastAsked)
	}
}

// last keeps the last n, moving them only now and then.
func last[T any](list []T, n int) []T {
	if len(list) < 2*n {
		return list
	}
	return append([]T(nil), list[len(list)-n:]...)
}

// ready reports whether the phone's history is there. A phone that offers none within an hour has none.
func (s *Service) ready(ctx context.Context, d device.Device) bool {
	if d.LinkedAt < s.now()-time.Hour.Milliseconds() {
		return true
	}
	p, err := s.conf.Devices.History(ctx, d.WorkspaceID, d.ID)
	return err != nil || p.At > 0 && p.Pending == 0
}

func (s *Service) calendar(ctx context.Context, workspaceID string) (pace.Calendar, error) {
	ws, err := s.conf.Workspaces.Get(ctx, workspaceID)
	if err != nil {
		return pace.Calendar{Zone: time.UTC}, err
	}
	return calendarOf(ws), nil
}

func calendarOf(ws workspace.Workspace) pace.Calendar {
	c := pace.Calendar{Zone: ws.Location(), Holidays: map[string]bool{}}
	for _, h := range ws.Settings.OfficeHours.Holidays {
		c.Holidays[h.Date] = true
	}
	return c
}

// away is a device whose session is opened anew.
type away struct{ since, began int64 }

// atMostAway is how long a device may be away that is opened anew. After that it begins slowly, like any that comes back.
const atMostAway = 30 * time.Second

// Reopening says that a device ends only to begin anew in a moment, for reasons of its channel's: what was sent until
// then goes on, so that it doesn't begin slowly.
func (s *Service) Reopening(deviceID string) {
	w := s.ward(deviceID)
	if w == nil {
		return
	}
	w.mu.Lock()
	began := w.history.Began
	w.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away[deviceID] = away{since: s.now(), began: began}
}

// began is since when a device counts as connected that is taken over now.
func (s *Service) began(deviceID string, now int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.away[deviceID]
	delete(s.away, deviceID)
	if !ok || now < a.since || now-a.since > atMostAway.Milliseconds() {
		return now
	}
	return a.began
}

// End forgets a device: another node may go on with it.
func (s *Service) End(deviceID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.wards, deviceID)
}

// Next says whether the candidate may go now, and when else.
func (s *Service) Next(ctx context.Context, d device.Device, c outbox.Send) outbox.Verdict {
	if v := (outbox.StateGovernor{}).Next(ctx, d, c); v.Action != outbox.Go {
		return v
	}
	w := s.ward(d.ID)
	if w == nil {
		return outbox.Verdict{Action: outbox.Wait}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.raw != d.Settings.Pace {
		w.raw, w.policy = d.Settings.Pace, s.PolicyOf(d)
	}
	policy := w.policy
	if c.Batch.Pace != "" {
		policy = policy.Narrow(pace.Of(pace.Preset(c.Batch.Pace)))
	}
	if policy.Free() {
		return outbox.Verdict{Action: outbox.Go}
	}
	return w.next(policy, c, s.now())
}

func (w *ward) next(policy pace.Policy, c outbox.Send, now int64) outbox.Verdict {
	if v, ok := w.history.Out(c.ID); ok { // it was let go and not claimed
		return outbox.Verdict{Action: outbox.Go, Budget: outbox.Budget(v.Class), Typing: v.Typing}
	}
	if w.health.Careful(now) {
		policy = policy.Slow()
	}
	state := pace.State{Policy: policy, Stops: w.health.Stops(now), Calendar: w.calendar, History: &w.history}
	candidate := w.candidate(policy, c)
	v := pace.Decide(state, candidate, now, w.random.Float64)
	if v.At > now {
		return waits(c, v, now)
	}
	w.history.Spend(c.ID, candidate, v, now)
	w.history.Forget(now)
	return outbox.Verdict{Action: outbox.Go, Budget: outbox.Budget(v.Class), Typing: v.Typing}
}

func (w *ward) candidate(policy pace.Policy, c outbox.Send) pace.Candidate {
	out := pace.Candidate{
		Bulk: c.Lane >= outbox.LaneFollowUp, Stranger: c.Cold, Group: c.To.Group, WroteAt: max(c.WroteAt, w.wrote[c.ChatID]),
	}
	if c.Content.Kind == device.KindText {
		out.Letters = len([]rune(c.Content.Text))
	}
	if out.Bulk || out.Stranger {
		out.Zones = pace.Zones(c.To.Address(device.AddressPhone), cmp.Or(w.calendar.Zone, time.UTC), policy.Hours)
	}
	return out
}

// soon is how long something may wait in line; what waits longer is held, so that it says until when and why.
const soon = 5 * time.Minute

// waits says how a message waits: in line, when its turn comes soon or when what holds it holds all that stand there;
// put off by itself, when others need not wait.
func waits(c outbox.Send, v pace.Verdict, now int64) outbox.Verdict {
	out := outbox.Verdict{Action: outbox.Wait, Until: v.At, Code: codePrefix + string(v.Why), Why: words(v.Why).EN}
	bulk := c.Lane >= outbox.LaneFollowUp
	if v.At == pace.Never {
		if out.Until = 0; bulk && !c.Cold && v.Class == pace.Cold { // those behind it may be known
			out.Action, out.Until = outbox.PutOff, now+time.Hour.Milliseconds()
		}
		return out
	}
	long := v.At-now > soon.Milliseconds()
	switch {
	case v.Why == pace.WhyHuman || v.Why == pace.WhyGap || v.Why == pace.WhyRest:
	case v.Why == pace.WhyStopped && v.Class != pace.Cold && !bulk:
		out.Action = outbox.HoldDevice
	case v.Why == pace.WhyHours || v.Why == pace.WhyDayOff || v.Why == pace.WhyHoliday: // the next may be elsewhere
		out.Action = outbox.PutOff
	case v.Class == pace.Cold && long && c.Cold && !bulk:
		out.Action = outbox.Hold
	case v.Class == pace.Cold && long, v.Class == pace.Warm && c.Lane == outbox.LaneReply && v.At-now > 2000:
		out.Action = outbox.PutOff
	}
	return out
}
