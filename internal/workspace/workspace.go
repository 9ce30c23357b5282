// Package workspace owns the businesses: their names, time zones and settings.
package workspace

import (
	"context"
	"time"
	_ "time/tzdata" // a small machine has no time zones of its own

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "workspace_not_found", fault.Text{
		ID: "Ruang kerja ini tidak ada.", EN: "There is no such workspace.",
	})
	errName = fault.New(fault.Invalid, "workspace_name", fault.Text{
		ID: "Nama ruang kerja harus 1 sampai 100 huruf.", EN: "A workspace's name needs 1 to 100 characters.",
	})
	errTimezone = fault.New(fault.Invalid, "timezone", fault.Text{
		ID: "Zona waktu ini tidak dikenal. Contoh: Asia/Jakarta, Asia/Makassar, Asia/Jayapura.",
		EN: "This time zone is not known. For example: Asia/Jakarta, Asia/Makassar, Asia/Jayapura.",
	}).WithField("timezone")
	errLocale = fault.New(fault.Invalid, "locale", fault.Text{
		ID: "Bahasa harus id atau en.", EN: "The language must be id or en.",
	}).WithField("locale")
	errIdle = fault.New(fault.Invalid, "turn_idle_minutes", fault.Text{
		ID: "Isi 0 (tidak pernah) sampai 10080 menit (7 hari).", EN: "Give 0 (never) to 10080 minutes (7 days).",
	}).WithField("settings.turn_idle_minutes")
	errHours = fault.New(fault.Invalid, "office_hours", fault.Text{
		ID: "Jam kerja tidak benar: hari monday sampai sunday, jam 00:00 sampai 24:00, buka sebelum tutup, tidak tumpang tindih.",
		EN: "The office hours are not right: days monday to sunday, times 00:00 to 24:00, open before close, no overlap.",
	}).WithField("settings.office_hours")
	errHoliday = fault.New(fault.Invalid, "holiday", fault.Text{
		ID: "Tanggal libur ditulis TTTT-BB-HH, masing-masing sekali, paling banyak 366.",
		EN: "Holidays are dates as YYYY-MM-DD, each once, at most 366.",
	}).WithField("settings.office_hours.holidays")
)

// Workspace is one business. It owns everything that carries its id.
type Workspace struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Timezone  string   `json:"timezone" doc:"IANA name" example:"Asia/Jakarta"`
	Locale    string   `json:"locale" enum:"id,en" doc:"Language of what the business's customers and members read"`
	Settings  Settings `json:"settings"`
	CreatedAt int64    `json:"created_at" doc:"Unix milliseconds"`
	UpdatedAt int64    `json:"updated_at" doc:"Unix milliseconds"`
}

// Settings are the switches of a workspace. Stored as JSON; a missing field is its zero value.
type Settings struct {
	DeviceKeyRequired   bool        `json:"device_key_required" doc:"Requests of the app API must name a device"`
	CallbackKeyRequired bool        `json:"callback_key_required" doc:"Callbacks must carry the workspace's key"`
	TurnIdleMinutes     int         `json:"turn_idle_minutes" doc:"A chat goes back to the bot after so many quiet minutes; 0 is never"`
	AutoreadDefault     bool        `json:"autoread_default" doc:"New devices mark what they answer as read"`
	OfficeHours         OfficeHours `json:"office_hours"`
	OptOut              OptOut      `json:"opt_out" doc:"How customers stop messages that they did not ask for"`
}

// Defaults are the settings of a new workspace.
func Defaults() Settings {
	return Settings{TurnIdleMinutes: 60, OfficeHours: OfficeHours{Hours: []Span{}, Holidays: []Holiday{}}, OptOut: DefaultOptOut("id")}
}

// Service is the one way to workspaces.
type Service struct {
	// Changed fires in the transaction in which a workspace was changed.
	Changed hook.Tx[Changed]

	db  *db.DB
	now func() time.Time
}

// New makes the service; now is time.Now outside of tests.
func New(d *db.DB, now func() time.Time) *Service { return &Service{db: d, now: now} }

// Create makes a workspace with the default settings, in Jakarta's time and Indonesian. It joins a transaction in
// ctx. Called twice, it makes two.
func (s *Service) Create(ctx context.Context, name string) (Workspace, error) {
	now := s.now().UnixMilli()
	w := Workspace{
		ID: id.New(), Name: name, Timezone: "Asia/Jakarta", Locale: "id", Settings: Defaults(), CreatedAt: now, UpdatedAt: now,
	}
	if err := w.check(); err != nil {
		return Workspace{}, err
	}
	return w, s.insert(ctx, w)
}

// Change is what Update replaces; nil leaves a field as it is.
type Change struct {
	Name     *string         `json:"name,omitempty" maxLength:"400"`
	Timezone *string         `json:"timezone,omitempty" maxLength:"64"`
	Locale   *string         `json:"locale,omitempty" maxLength:"8"`
	Settings *SettingsChange `json:"settings,omitempty"`
}

// SettingsChange is what Update replaces of the settings; nil leaves a field as it is.
type SettingsChange struct {
	DeviceKeyRequired   *bool         `json:"device_key_required,omitempty"`
	CallbackKeyRequired *bool         `json:"callback_key_required,omitempty"`
	TurnIdleMinutes     *int          `json:"turn_idle_minutes,omitempty"`
	AutoreadDefault     *bool         `json:"autoread_default,omitempty"`
	OfficeHours         *OfficeHours  `json:"office_hours,omitempty"`
	OptOut              *OptOutChange `json:"opt_out,omitempty"`
}

// Update changes a workspace and returns it as it is then. ErrNotFound, or a fault that names the field; then
// nothing has changed.
func (s *Service) Update(ctx context.Context, workspaceID string, c Change) (w Workspace, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.Lock(ctx, workspaceID); err != nil {
			return err
		}
		if w, err = s.Get(ctx, workspaceID); err != nil {
			return err
		}
		before := w
		c.apply(&w)
		if err := w.check(); err != nil {
			return err
		}
		w.UpdatedAt = s.now().UnixMilli()
		if err := s.update(ctx, w); err != nil {
			return err
		}
		return s.Changed.Fire(ctx, Changed{before, w})
	})
	return w, err
}

// Changed is a workspace as it was and as it is.
type Changed struct{ Before, After Workspace }

func (c Change) apply(w *Workspace) {
	set(&w.Name, c.Name)
	set(&w.Timezone, c.Timezone)
	w.speak(c.Locale)
	if c.Settings == nil {
		return
	}
	set(&w.Settings.DeviceKeyRequired, c.Settings.DeviceKeyRequired)
	set(&w.Settings.CallbackKeyRequired, c.Settings.CallbackKeyRequired)
	set(&w.Settings.TurnIdleMinutes, c.Settings.TurnIdleMinutes)
	set(&w.Settings.AutoreadDefault, c.Settings.AutoreadDefault)
	set(&w.Settings.OfficeHours, c.Settings.OfficeHours)
	c.Settings.OptOut.apply(&w.Settings.OptOut)
}

// speak changes the language; answers that nobody has written anew are in it, too.
func (w *Workspace) speak(locale *string) {
	if locale == nil || *locale == w.Locale {
		return
	}
	was, is := DefaultOptOut(w.Locale), DefaultOptOut(*locale)
	if w.Settings.OptOut.AnswerOut == was.AnswerOut {
		w.Settings.OptOut.AnswerOut = is.AnswerOut
	}
	if w.Settings.OptOut.AnswerIn == was.AnswerIn {
		w.Settings.OptOut.AnswerIn = is.AnswerIn
	}
	w.Locale = *locale
}

func set[T any](dst, src *T) {
	if src != nil {
		*dst = *src
	}
}
