package workspace_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

func each(t *testing.T, fn func(t *testing.T, s *workspace.Service)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := workspace.New(d, time.Now)
		dbtest.Migrated(t, d, workspace.Module(s))
		fn(t, s)
	})
}

func ptr[T any](v T) *T { return &v }

func TestCreateThenChange(t *testing.T) {
	each(t, func(t *testing.T, s *workspace.Service) {
		ctx := context.Background()
		made, err := s.Create(ctx, "  Toko Ani ")
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Get(ctx, made.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(made, got); diff != "" || got.Name != "Toko Ani" || got.Timezone != "Asia/Jakarta" || got.Locale != "id" {
			t.Errorf("stored otherwise (-made +got):\n%s", diff)
		}
		hours := workspace.OfficeHours{
			Enabled: true, Hours: []workspace.Span{{Day: "monday", Open: "08:00", Close: "12:00"}, {Day: "monday", Open: "13:00", Close: "24:00"}},
			Holidays: []workspace.Holiday{{Date: "2026-12-25", Name: "Natal"}},
		}
		changed, err := s.Update(ctx, made.ID, workspace.Change{
			Timezone: ptr("Asia/Makassar"), Settings: &workspace.SettingsChange{TurnIdleMinutes: ptr(5), OfficeHours: &hours},
		})
		if err != nil {
			t.Fatal(err)
		}
		want := got
		want.Timezone, want.Settings.TurnIdleMinutes, want.Settings.OfficeHours, want.UpdatedAt = "Asia/Makassar", 5, hours, changed.UpdatedAt
		if got, err = s.Get(ctx, made.ID); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after the change (-want +got):\n%s", diff)
		}
		if all, err := s.All(ctx); err != nil || len(all) != 1 {
			t.Errorf("All: got %d workspaces, %v", len(all), err)
		}
	})
}

func TestWrongValuesChangeNothing(t *testing.T) {
	each(t, func(t *testing.T, s *workspace.Service) {
		ctx := context.Background()
		w, err := s.Create(ctx, "Toko")
		if err != nil {
			t.Fatal(err)
		}
		span := func(day, open, closing string) workspace.Change {
			return workspace.Change{Settings: &workspace.SettingsChange{OfficeHours: &workspace.OfficeHours{
				Hours: []workspace.Span{{Day: "monday", Open: "08:00", Close: "10:00"}, {Day: day, Open: open, Close: closing}},
			}}}
		}
		holiday := func(dates ...string) workspace.Change {
			o := &workspace.OfficeHours{}
			for _, d := range dates {
				o.Holidays = append(o.Holidays, workspace.Holiday{Date: d})
			}
			return workspace.Change{Settings: &workspace.SettingsChange{OfficeHours: o}}
		}
		for field, changes := range map[string][]workspace.Change{
			"name":                           {{Name: ptr(" ")}, {Name: ptr("a\nb")}, {Name: ptr(strings.Repeat("a", 101))}},
			"timezone":                       {{Timezone: ptr("")}, {Timezone: ptr("Local")}, {Timezone: ptr("Etc/../../passwd")}, {Timezone: ptr("Mars/Base")}},
			"locale":                         {{Locale: ptr("fr")}},
			"settings.turn_idle_minutes":     {{Settings: &workspace.SettingsChange{TurnIdleMinutes: ptr(-1)}}, {Settings: &workspace.SettingsChange{TurnIdleMinutes: ptr(10081)}}},
			"settings.office_hours":          {span("monday", "09:59", "11:00"), span("senin", "08:00", "09:00"), span("tuesday", "9:00", "10:00"), span("tuesday", "10:00", "10:00"), span("tuesday", "23:00", "24:01"), span("tuesday", "08:60", "09:00")},
			"settings.office_hours.holidays": {holiday("2026-02-30"), holiday("25-12-2026"), holiday("2026-01-01", "2026-01-01")},
		} {
			for _, c := range changes {
				_, err := s.Update(ctx, w.ID, c)
				if f, ok := fault.From(err); !ok || f.Kind != fault.Invalid || f.Field != field {
					t.Errorf("%+v: got %v, want a fault of %s", c, err, field)
				}
			}
		}
		if got, err := s.Get(ctx, w.ID); err != nil || !cmp.Equal(got, w) {
			t.Errorf("it changed: %v %v", got, err)
		}
		if _, err := s.Update(ctx, "nobody", workspace.Change{}); !errors.Is(err, workspace.ErrNotFound) {
			t.Errorf("a stranger's workspace: got %v", err)
		}
		if _, err := s.Create(ctx, ""); err == nil {
			t.Error("a workspace without a name was made")
		}
	})
}

func TestTwoChangesAtOnceBothCount(t *testing.T) {
	each(t, func(t *testing.T, s *workspace.Service) {
		ctx := context.Background()
		w, err := s.Create(ctx, "Toko")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for _, c := range []workspace.SettingsChange{{DeviceKeyRequired: ptr(true)}, {CallbackKeyRequired: ptr(true)}, {AutoreadDefault: ptr(true)}, {TurnIdleMinutes: ptr(7)}} {
			wg.Go(func() {
				if _, err := s.Update(ctx, w.ID, workspace.Change{Settings: &c}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got, err := s.Get(ctx, w.ID)
		if err != nil {
			t.Fatal(err)
		}
		if g := got.Settings; !g.DeviceKeyRequired || !g.CallbackKeyRequired || !g.AutoreadDefault || g.TurnIdleMinutes != 7 {
			t.Errorf("a change was lost: %+v", g)
		}
	})
}

func TestOpenAt(t *testing.T) {
	t.Parallel()
	w := workspace.Workspace{Timezone: "Asia/Jakarta", Settings: workspace.Settings{OfficeHours: workspace.OfficeHours{
		Enabled:  true,
		Hours:    []workspace.Span{{Day: "monday", Open: "08:00", Close: "17:00"}, {Day: "sunday", Open: "20:00", Close: "24:00"}},
		Holidays: []workspace.Holiday{{Date: "2026-11-30"}},
	}}}
	for at, want := range map[string]bool{
		"2026-11-23T07:59:59+07:00": false, "2026-11-23T08:00:00+07:00": true, "2026-11-23T16:59:59+07:00": true,
		"2026-11-23T17:00:00+07:00": false, "2026-11-23T01:00:00Z": true, "2026-11-24T09:00:00+07:00": false,
		"2026-11-30T09:00:00+07:00": false, "2026-11-22T23:59:59+07:00": true, "2026-11-23T00:00:00+07:00": false,
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.OpenAt(moment); got != want {
			t.Errorf("OpenAt(%s) = %v, want %v", at, got, want)
		}
	}
	w.Settings.OfficeHours.Enabled = false
	if !w.OpenAt(time.Now()) {
		t.Error("closed without office hours")
	}
}

func TestIsOpenAndShopAskTheStore(t *testing.T) {
	each(t, func(t *testing.T, s *workspace.Service) {
		ctx := context.Background()
		w, err := s.Create(ctx, "Toko")
		if err != nil {
			t.Fatal(err)
		}
		if open, err := s.IsOpen(ctx, w.ID, time.Now()); err != nil || !open {
			t.Errorf("IsOpen: got %v %v", open, err)
		}
		if name, zone, err := s.Shop(ctx, w.ID); err != nil || name != "Toko" || zone.String() != "Asia/Jakarta" {
			t.Errorf("Shop: got %q %v %v", name, zone, err)
		}
		if _, err := s.IsOpen(ctx, "nobody", time.Now()); !errors.Is(err, workspace.ErrNotFound) {
			t.Errorf("IsOpen of nobody: %v", err)
		}
	})
}

func FuzzOfficeHours(f *testing.F) {
	f.Add(`{"enabled":true,"hours":[{"day":"monday","open":"08:00","close":"24:00"}],"holidays":[{"date":"2026-12-25"}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		var o workspace.OfficeHours
		if json.Unmarshal([]byte(s), &o) != nil {
			return
		}
		w := workspace.Workspace{Timezone: "Asia/Jakarta", Settings: workspace.Settings{OfficeHours: o}}
		w.OpenAt(time.Unix(0, 0)) // whatever was stored, it answers
	})
}

func TestWhoSaysStop(t *testing.T) {
	t.Parallel()
	o := workspace.DefaultOptOut("id")
	for text, want := range map[string]workspace.Wish{
		"STOP": "out", "stop": "out", " Stop. ": "out", "ＳＴＯＰ": "out", "🛑 STOP 🛑": "out", "s.t.o.p": "out", "S T O P": "out", "BERHENTI!!!": "out", "Unsub": "out", "berhenti\nberlangganan": "out",
		"UNSUBSCRIBE 🙏": "out", "𝐒𝐓𝐎𝐏": "out", "berhenti\u200b ": "out", "退订。": "out", "توقف": "out", "Arrêt": "out", "बंद करो": "out", "*STOP*": "out", "mulai": "in", "START": "in",
		"jangan stop dong": "", "stop kontak ada?": "", "baja": "", "berapa harganya": "", "": "", "🛑": "", strings.Repeat("stop ", 200): "",
	} {
		if got := o.Asks(text); got != want {
			t.Errorf("%.40q asks for %q, want %q", text, got, want)
		}
	}
	own := workspace.OptOut{WordsOut: []string{"Cukup Sudah"}, WordsIn: []string{"lanjut", "cukup sudah"}}
	for text, want := range map[string]workspace.Wish{"CUKUP  sudah!": "out", "Lanjut": "in", "STOP": ""} {
		if got := own.Asks(text); got != want {
			t.Errorf("of one's own words %q asks for %q, want %q", text, got, want)
		}
	}
}

func FuzzAsks(f *testing.F) {
	o := workspace.DefaultOptOut("en")
	for _, s := range []string{"STOP", "ｓｔｏｐ", "\xff\xfe", "e\u0301", "١٢٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := o.Asks(text); got != workspace.NoWish && len(text) > 400 {
			t.Errorf("a text of %d bytes asks for %q", len(text), got)
		}
	})
}

func TestWordsOfOptingOutAreOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, s *workspace.Service) {
		ctx := context.Background()
		w, err := s.Create(ctx, "Toko")
		if err != nil {
			t.Fatal(err)
		}
		change := func(c workspace.OptOutChange) workspace.OptOut {
			t.Helper()
			w, err := s.Update(ctx, w.ID, workspace.Change{Settings: &workspace.SettingsChange{OptOut: &c}})
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Get(ctx, w.ID)
			if err != nil || !got.Settings.OptOut.Equal(w.Settings.OptOut) {
				t.Fatalf("stored is %+v, %v; want %+v", got.Settings.OptOut, err, w.Settings.OptOut)
			}
			return got.Settings.OptOut
		}
		got := change(workspace.OptOutChange{WordsOut: ptr([]string{" cukup ", "cukup", "sudah  dulu"}), AnswerOut: ptr("")})
		if diff := cmp.Diff([]string{"cukup", "sudah dulu"}, got.WordsOut); diff != "" || got.AnswerOut != "" || len(got.WordsIn) == 0 || got.AnswerIn == "" {
			t.Errorf("own words: %+v", got)
		}
		if _, err := s.Update(ctx, w.ID, workspace.Change{Locale: ptr("en")}); err != nil {
			t.Fatal(err)
		}
		en := workspace.DefaultOptOut("en")
		if got := change(workspace.OptOutChange{WordsOut: ptr([]string{})}); got.AnswerOut != "" || got.AnswerIn != en.AnswerIn || !got.Equal(workspace.OptOut{
			WordsOut: en.WordsOut, WordsIn: en.WordsIn, AnswerIn: en.AnswerIn,
		}) {
			t.Errorf("in English, with the built-in words again: %+v", got)
		}
		for field, c := range map[string]workspace.OptOutChange{
			"settings.opt_out.words_out": {WordsOut: ptr([]string{"stop", "🛑"})}, "settings.opt_out.words_in": {WordsIn: ptr([]string{strings.Repeat("a", 61)})},
			"settings.opt_out.answer_in": {AnswerIn: ptr(strings.Repeat("a", 1001))},
		} {
			_, err := s.Update(ctx, w.ID, workspace.Change{Settings: &workspace.SettingsChange{OptOut: &c}})
			if f, ok := fault.From(err); !ok || f.Field != field {
				t.Errorf("%s: %v, want a fault of that field", field, err)
			}
		}
	})
}
