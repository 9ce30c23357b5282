package broadcast

import (
	"context"
	"slices"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/governor"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// Hold is something that keeps recipients from getting it now.
type Hold struct {
	Code     string `json:"code" doc:"A stable word: outside_window, device_offline, device_connecting, device_paused, device_logged_out, device_banned, device_restricted, device_deleted, device_shared (it takes turns with another broadcast), and those of the device's pace: pace_gap and pace_rest (from a minute on), pace_hours, pace_day_off, pace_holiday, pace_history, pace_stopped, pace_warm_minute, pace_warm_hour, pace_warm_day, pace_cold_minute, pace_cold_hour, pace_cold_day"`
	DeviceID string `json:"device_id,omitempty" doc:"Missing: all of it"`
	Waiting  int64  `json:"waiting" doc:"How many wait for it"`
	Until    int64  `json:"until,omitempty" doc:"When it ends by itself, unix milliseconds; missing when nobody can tell, or somebody has to do something"`
	Reason   string `json:"reason" doc:"In words, in Indonesian"`
	ReasonEN string `json:"reason_en"`

	slot int // all of it is everySlot
	of   pace.Class
}

// What a hold is of when it is of more than one device, or of all who wait on it.
const (
	everySlot = -1
	everybody = pace.Reply // which no broadcast is
)

func holdOf(code string, w fault.Text, waiting, until int64) Hold {
	return Hold{Code: code, Waiting: waiting, Until: until, Reason: w.ID, ReasonEN: w.EN, slot: everySlot}
}

func (h Hold) on(l lane) Hold {
	h.DeviceID, h.slot = l.deviceID, l.slot
	return h
}

// lane is a device of a broadcast that has something to do yet.
type lane struct {
	slot     int
	deviceID string
	load     pace.Load
	beside   []pace.Rival // the other broadcasts that the device sends, or will
	code     string       // why the device can't send at all; "" when it can
	stopped  int64        // until when, unix ms; 0 is unknown
	locked   int64        // until when it can't write to strangers
	outlook  governor.Outlook
}

// devices are all of a workspace by their ids.
func (s *Service) devices(ctx context.Context, workspaceID string) (map[string]device.Device, error) {
	list, err := s.Devices.List(ctx, workspaceID)
	out := make(map[string]device.Device, len(list))
	for _, d := range list {
		out[d.ID] = d
	}
	return out, err
}

// lanes looks at the devices of those loads.
func (s *Service) lanes(ctx context.Context, b Broadcast, loads map[int]pace.Load) ([]lane, error) {
	devices, err := s.devices(ctx, b.WorkspaceID)
	if err != nil {
		return nil, err
	}
	beside, err := s.beside(ctx, b)
	if err != nil {
		return nil, err
	}
	out := make([]lane, 0, len(loads))
	for slot, sender := range b.Devices {
		load, waits := loads[slot]
		if !waits {
			continue
		}
		l := lane{slot: slot, deviceID: sender.DeviceID, load: load, beside: beside[sender.DeviceID]}
		d, there := devices[sender.DeviceID]
		switch {
		case !there:
			l.code = deviceDeleted
		case d.Settings.Paused:
			l.code = "device_paused"
		case d.State.Code == device.StateRestricted:
			l.locked = d.State.Until
		case d.State.Code != device.StateOnline:
			l.code, l.stopped = "device_"+string(d.State.Code), d.State.Until
		}
		if l.outlook, err = s.outlook(ctx, d, b); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// beside is what the other broadcasts that run, or that have a time, have to do yet, by device.
func (s *Service) beside(ctx context.Context, b Broadcast) (map[string][]pace.Rival, error) {
	list, err := s.store.beside(ctx, b.WorkspaceID, b.ID)
	if err != nil {
		return nil, err
	}
	out := map[string][]pace.Rival{}
	for _, o := range list {
		from := int64(0)
		if o.State == Scheduled {
			from = o.StartAt
		}
		tallies, err := s.store.tallies(ctx, o.WorkspaceID, o.ID)
		if err != nil {
			return nil, err
		}
		strangers, err := s.store.strangers(ctx, o)
		if err != nil {
			return nil, err
		}
		for slot, l := range loads(tallies, strangers) {
			if slot < len(o.Devices) {
				id := o.Devices[slot].DeviceID
				out[id] = append(out[id], pace.Rival{Load: l, From: from})
			}
		}
	}
	return out, nil
}

// outlook is how a device may send a broadcast. Without a governor there is the broadcast's own pace alone.
func (s *Service) outlook(ctx context.Context, d device.Device, b Broadcast) (governor.Outlook, error) {
	if s.Outlook != nil && d.ID != "" {
		return s.Outlook(ctx, d, pace.Preset(b.Pacing.Preset))
	}
	zone, err := s.Zone(ctx, b.WorkspaceID)
	return governor.Unknown(pace.Of(pace.Preset(b.preset(s.Simulated))), pace.Calendar{Zone: zone}, s.now()), err
}

// holds are what keeps the devices of a running broadcast.
func (s *Service) holds(ctx context.Context, b Broadcast, lanes []lane) ([]Hold, error) {
	out := []Hold{}
	zone, err := s.Zone(ctx, b.WorkspaceID)
	if err != nil {
		return nil, err
	}
	if ok, until := b.Window.open(s.Now().In(zone)); !ok {
		all := int64(0)
		for _, l := range lanes {
			all += l.load.Warm + l.load.Cold
		}
		return append(out, holdOf(heldHours, Explain(heldHours), all, until.UnixMilli())), nil
	}
	for _, l := range lanes {
		out = append(out, l.holds()...)
	}
	return out, nil
}

// holds are what keeps one device.
func (l lane) holds() (out []Hold) {
	if l.code != "" {
		return append(out, holdOf(l.code, Explain(l.code), l.load.Warm+l.load.Cold, l.stopped).on(l))
	}
	for _, part := range []struct {
		of   pace.Class
		n    int64
		lock int64
	}{{pace.Warm, l.load.Warm, 0}, {pace.Cold, l.load.Cold, l.locked}} {
		if part.n == 0 {
			continue
		}
		h := l.outlook.Hold(part.of)
		if h.Code == "" && part.lock > 0 {
			h = governor.Hold{Code: "device_restricted", Until: part.lock, Text: Explain("device_restricted")}
		}
		if (h.Code == "pace_gap" || h.Code == "pace_rest") && l.shared() {
			h.Code, h.Text = deviceShared, Explain(deviceShared)
		}
		if h.Code != "" {
			hold := holdOf(h.Code, h.Text, part.n, h.Until).on(l)
			hold.of = part.of
			out = append(out, hold)
		}
	}
	return out
}

// deviceShared is the code of a pause in which another broadcast of the device may go.
const deviceShared = "device_shared"

// shared reports whether another broadcast goes out on the device.
func (l lane) shared() bool {
	return slices.ContainsFunc(l.beside, func(r pace.Rival) bool { return r.From == 0 && r.Warm+r.Cold > 0 })
}

// holdsOf says by its number what a recipient waits for; a Hold without a code when that is only its turn.
func (s *Service) holdsOf(ctx context.Context, b Broadcast) (func(n int64) Hold, error) {
	var list []Hold
	switch b.State {
	case Scheduled:
		list = append(list, holdOf("scheduled", Explain("scheduled"), 0, b.StartAt))
	case Paused:
		list = append(list, holdOf(heldPaused, Explain(heldPaused), 0, 0))
	case Running:
		tallies, err := s.store.tallies(ctx, b.WorkspaceID, b.ID)
		if err != nil {
			return nil, err
		}
		strangers, err := s.store.strangers(ctx, b)
		if err != nil {
			return nil, err
		}
		lanes, err := s.lanes(ctx, b, loads(tallies, strangers))
		if err != nil {
			return nil, err
		}
		if list, err = s.holds(ctx, b, lanes); err != nil {
			return nil, err
		}
	}
	return func(n int64) Hold {
		class := pace.Warm
		if n&coldBit != 0 {
			class = pace.Cold
		}
		for _, h := range list {
			if (h.slot == everySlot || h.slot == slotOf(n)) && (h.of == everybody || h.of == class) {
				return h
			}
		}
		return Hold{}
	}, nil
}
