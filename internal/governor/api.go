package governor

import (
	"cmp"
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/governor/health"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// PaceView is a device's pace as the API shows it.
type PaceView struct {
	pace.Policy
	Changed   []string              `json:"changed" doc:"What is another number than the preset's"`
	Default   pace.Preset           `json:"default" doc:"The preset of a device that nobody has set: normal, and none on a simulated network"`
	Simulated bool                  `json:"simulated" doc:"Whether the device is on a simulated network, where none is allowed"`
	Limits    map[string]pace.Bound `json:"limits" doc:"What each number may be"`
	Presets   []pace.Policy         `json:"presets" doc:"The numbers of each preset"`
}

// StandingView is one state of a number's standing.
type StandingView struct {
	State health.Level `json:"state" enum:"healthy,caution,restricted,paused,banned"`
	Why   health.Why   `json:"why,omitempty" doc:"A stable code, the network's own where it has one" example:"timelock"`
	Until int64        `json:"until,omitempty" doc:"When it ends by itself, unix milliseconds"`
	Since int64        `json:"since,omitempty"`
	What  Text         `json:"what" doc:"What it is, in both languages"`
	Todo  Text         `json:"todo" doc:"What to do about it"`
}

// StandingViewOf shows a concern.
func StandingViewOf(c health.Concern) StandingView {
	v := StandingView{State: c.Level, Why: c.Why, Until: c.Until, Since: c.Since}
	v.What, v.Todo = explain(c)
	return v
}

// EntryView is one line of a standing's history.
type EntryView struct {
	StandingView
	Before health.Level `json:"before"`
	At     int64        `json:"at"`
	ByID   string       `json:"by_id,omitempty" doc:"The member or key that resumed"`
}

// HealthView is what is thought of a number.
type HealthView struct {
	StandingView
	Resumable bool           `json:"resumable" doc:"Whether somebody can let it go on"`
	Concerns  []StandingView `json:"concerns" doc:"Everything that there is to be careful of, the state is the worst of it"`
	Used      *Used          `json:"used,omitempty" doc:"What has counted; missing while the device is not connected, and where nothing is paced"`
	History   []EntryView    `json:"history" doc:"The last 50 changes, the newest first"`
}

// Used is what has gone of the budgets in the last minute, hour and day.
type Used struct {
	Warm    pace.Budget `json:"warm"`
	Cold    pace.Budget `json:"cold"`
	ColdDay int         `json:"cold_day" doc:"How many cold ones may go within a day by now"`
}

type (
	deviceIn struct {
		ID string `path:"id" maxLength:"64" doc:"The device's id"`
	}
	paceIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The device's id"`
		Body Wish
	}
	paceOut   struct{ Body PaceView }
	healthOut struct{ Body HealthView }
)

// api is the governor's part of the HTTP API.
type api struct{ s *Service }

func (a api) register(h huma.API) {
	httpx.Handle(h, "GET /devices/{id}/pace", device.NeedRead, "Show how fast a device may send", a.pace)
	httpx.Handle(h, "PUT /devices/{id}/pace", device.NeedManage, "Set how fast a device may send: a preset, and what is to differ from it", a.setPace)
	httpx.Handle(h, "GET /devices/{id}/health", device.NeedRead, "Show the standing of a device's number, and how it came to it", a.health)
	httpx.Handle(h, "POST /devices/{id}/resume", device.NeedManage, "Let a device go on that was paused or slowed down", a.resume)
}

func (a api) pace(ctx context.Context, in *deviceIn) (*paceOut, error) {
	d, err := a.s.conf.Devices.Get(ctx, member.Caller(ctx).WorkspaceID, in.ID)
	return a.shown(d, err)
}

func (a api) setPace(ctx context.Context, in *paceIn) (*paceOut, error) {
	d, err := a.s.SetPace(ctx, member.Caller(ctx).WorkspaceID, in.ID, in.Body)
	return a.shown(d, err)
}

func (a api) shown(d device.Device, err error) (*paceOut, error) {
	if err != nil {
		return nil, err
	}
	v := PaceView{Policy: a.s.PolicyOf(d), Default: a.s.Default(), Simulated: a.s.conf.Simulated, Limits: pace.Bounds(), Changed: wishOf(d).names()}
	for _, p := range []pace.Preset{pace.Cautious, pace.Normal, pace.Bold} {
		v.Presets = append(v.Presets, pace.Of(p))
	}
	return &paceOut{v}, nil
}

func (a api) health(ctx context.Context, in *deviceIn) (*healthOut, error) {
	v, err := a.s.view(ctx, member.Caller(ctx).WorkspaceID, in.ID)
	return &healthOut{v}, err
}

func (a api) resume(ctx context.Context, in *deviceIn) (*healthOut, error) {
	p := member.Caller(ctx)
	if err := a.s.Resume(ctx, p.WorkspaceID, in.ID, cmp.Or(p.MemberID, p.KeyID)); err != nil {
		return nil, err
	}
	return a.health(ctx, in)
}

// view is the health of a device as it is now.
func (s *Service) view(ctx context.Context, workspaceID, deviceID string) (v HealthView, err error) {
	d, err := s.conf.Devices.Get(ctx, workspaceID, deviceID)
	if err != nil {
		return v, err
	}
	st, err := s.store.standing(ctx, workspaceID, deviceID)
	if err != nil {
		return v, err
	}
	now := s.now()
	h := st.Health.Tidy(now)
	v = HealthView{StandingView: StandingViewOf(h.At(now)), Concerns: []StandingView{}, History: []EntryView{}, Used: s.used(d, now)}
	for _, c := range h.Concerns {
		v.Concerns = append(v.Concerns, StandingViewOf(c))
	}
	after, _ := h.Resume(now)
	v.Resumable = len(after.Concerns) < len(h.Concerns)
	entries, err := s.store.entries(ctx, workspaceID, deviceID)
	for _, e := range entries {
		v.History = append(v.History, EntryView{StandingView: StandingViewOf(e.Concern), Before: e.Before, At: e.At, ByID: e.By})
	}
	return v, err
}

func (s *Service) used(d device.Device, now int64) *Used {
	w := s.ward(d.ID)
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.policy.Free() {
		return nil
	}
	return &Used{w.history.Used(pace.Warm, now), w.history.Used(pace.Cold, now), w.policy.ColdDay(now - w.history.Since)}
}
