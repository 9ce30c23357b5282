package governor

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of a pace.
var (
	ErrPace = fault.New(fault.Invalid, "pace_invalid", fault.Text{
		ID: "Nilai ini di luar batas aman. Batasnya ada di limits.", EN: "This number is beyond the safe limits. They are in limits.",
	})
	ErrUnpaced = fault.New(fault.Invalid, "pace_none_refused", fault.Text{
		ID: "Tanpa jeda hanya untuk jaringan simulasi. Di WhatsApp sungguhan nomor kamu bisa diblokir.",
		EN: "Sending without a pace is for simulated networks only. On the real WhatsApp it gets a number banned.",
	}).WithField("preset")
)

// Wish is what a member has set of a device's pace: a preset, and the numbers that are to be others than its own.
type Wish struct {
	Preset   pace.Preset  `json:"preset" enum:"cautious,normal,bold,none"`
	Warm     *pace.Budget `json:"warm,omitempty"`
	Cold     *pace.Budget `json:"cold,omitempty"`
	FirstDay *int         `json:"cold_first_day,omitempty"`
	RampDays *int         `json:"cold_ramp_days,omitempty"`
	Gap      *pace.Span   `json:"gap,omitempty"`
	FirstGap *pace.Span   `json:"first_gap,omitempty"`
	RestEach *pace.Span   `json:"rest_each,omitempty"`
	Rest     *pace.Span   `json:"rest,omitempty"`
	Human    *int         `json:"human_ms,omitempty"`
	Reserve  *int         `json:"reserve_percent,omitempty"`
	Typing   *int         `json:"typing_per_second,omitempty"`
	RampMins *int         `json:"ramp_minutes,omitempty"`
	Hours    *pace.Hours  `json:"hours,omitempty"`
	Watch    *pace.Limits `json:"watch,omitempty"`
}

// stored is a wish as the device keeps it.
type stored struct {
	Wish
	Resumed int64 `json:"resumed,omitempty"` // when somebody last resumed, so that it is another text then
}

// String is the text that the device keeps.
func (w stored) String() string {
	text, err := json.Marshal(w)
	if err != nil { // of numbers and words
		return ""
	}
	return string(text)
}

func wishOf(d device.Device) (w stored) {
	if d.Settings.Pace == "" || json.Unmarshal([]byte(d.Settings.Pace), &w) != nil {
		return stored{}
	}
	return w
}

// Default is the preset of a device that nobody has set.
func (s *Service) Default() pace.Preset {
	if s.conf.Simulated {
		return pace.None
	}
	return pace.Normal
}

// PolicyOf is the pace of a device.
func (s *Service) PolicyOf(d device.Device) pace.Policy {
	w := wishOf(d)
	if w.Preset == "" || w.Preset == pace.None && !s.conf.Simulated || w.policy().Check() != nil {
		return pace.Of(s.Default())
	}
	return w.policy()
}

func (w Wish) policy() pace.Policy {
	p := pace.Of(w.Preset)
	set(&p.Warm, w.Warm)
	set(&p.Cold, w.Cold)
	set(&p.FirstDay, w.FirstDay)
	set(&p.RampDays, w.RampDays)
	set(&p.Gap, w.Gap)
	set(&p.FirstGap, w.FirstGap)
	set(&p.RestEach, w.RestEach)
	set(&p.Rest, w.Rest)
	set(&p.Human, w.Human)
	set(&p.Reserve, w.Reserve)
	set(&p.Typing, w.Typing)
	set(&p.RampMins, w.RampMins)
	set(&p.Hours, w.Hours)
	set(&p.Watch, w.Watch)
	return p
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// SetPace gives a device another pace. ErrPace with the field, ErrUnpaced, device.ErrNotFound.
func (s *Service) SetPace(ctx context.Context, workspaceID, deviceID string, w Wish) (device.Device, error) {
	if w.Preset == pace.None && !s.conf.Simulated {
		return device.Device{}, ErrUnpaced
	}
	if err := w.policy().Check(); err != nil {
		var wrong *pace.FieldError
		if errors.As(err, &wrong) {
			return device.Device{}, ErrPace.WithField(wrong.Field)
		}
		return device.Device{}, err
	}
	d, err := s.conf.Devices.Get(ctx, workspaceID, deviceID)
	if err != nil {
		return d, err
	}
	text := stored{w, wishOf(d).Resumed}.String()
	err = s.conf.DB.Tx(ctx, func(ctx context.Context) error {
		if d, err = s.conf.Devices.Update(ctx, workspaceID, deviceID, device.Change{Pace: &text}); err != nil {
			return err
		}
		return s.Paced.Fire(ctx, Paced{Device: d, Preset: w.Preset, Changed: w.names()})
	})
	return d, err
}

// Paced says which pace somebody has set.
type Paced struct {
	Device  device.Device
	Preset  pace.Preset
	Changed []string // the fields in which it differs from the preset
}

// names are the fields in which a wish differs from its preset.
func (w Wish) names() []string {
	out := []string{}
	p, q := w.policy(), pace.Of(w.Preset)
	for name, differs := range map[string]bool{
		"warm": p.Warm != q.Warm, "cold": p.Cold != q.Cold, "cold_first_day": p.FirstDay != q.FirstDay, "cold_ramp_days": p.RampDays != q.RampDays,
		"gap": p.Gap != q.Gap, "first_gap": p.FirstGap != q.FirstGap, "rest_each": p.RestEach != q.RestEach, "rest": p.Rest != q.Rest,
		"human_ms": p.Human != q.Human, "reserve_percent": p.Reserve != q.Reserve, "typing_per_second": p.Typing != q.Typing,
		"ramp_minutes": p.RampMins != q.RampMins, "watch": p.Watch != q.Watch,
		"hours": p.Hours.From != q.Hours.From || p.Hours.To != q.Hours.To || p.Hours.Holidays != q.Hours.Holidays || !slices.Equal(p.Hours.Days, q.Hours.Days),
	} {
		if differs {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
