package autoreply_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/feature/autoreply"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

func want(t *testing.T, what string, got []string, texts ...string) {
	t.Helper()
	if texts == nil {
		texts = []string{}
	}
	if diff := cmp.Diff(texts, got); diff != "" {
		t.Errorf("%s: answers (-want +got)\n%s", what, diff)
	}
}

func TestTheFirstRuleInOrderAnswersAndFallbacksComeLast(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		fallback := r.rule(triggered(autoreply.TriggerFallback, "tidak paham"))
		first := r.rule(keyword("menu", "satu"))
		second := r.rule(keyword("menu", "dua"))
		want(t, "two rules fit", r.write("62811", "Menu"), "satu")
		want(t, "none fits", r.write("62811", "apa"), "tidak paham")
		if err := r.Reorder(t.Context(), r.ws, []string{second.ID, fallback.ID, first.ID}); err != nil {
			t.Fatal(err)
		}
		want(t, "after another order", r.write("62811", "menu"), "dua")
		if err := r.Delete(t.Context(), r.ws, second.ID); err != nil {
			t.Fatal(err)
		}
		want(t, "the fallback stands before the rule", r.write("62811", "menu"), "satu")
		fires, err := r.Fires(t.Context(), r.ws)
		if err != nil || fires[first.ID] != 2 || fires[fallback.ID] != 1 || fires[second.ID] != 0 {
			t.Errorf("counted %v, %v; want 2 of the first, 1 of the fallback, none of the deleted one", fires, err)
		}
	})
}

func TestAWelcomeIsForTheFirstMessageOnly(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		rule := triggered(autoreply.TriggerWelcome, "selamat datang")
		rule.Audience = autoreply.AudienceBoth
		r.rule(rule)
		want(t, "first", r.write("62811", "hai"), "selamat datang")
		want(t, "second", r.write("62811", "hai lagi"))
		want(t, "somebody else", r.write("62812", "hai"), "selamat datang")
		want(t, "a group", r.writeIn("1203630001", "62813", "hai"))
		other := r.device(r.ws)
		want(t, "the same person on another number", r.receive(other, device.Inbound{
			Chat: person("62811"), Sender: person("62811"), Content: device.Content{Kind: device.KindText, Text: "hai"},
		}))
	})
}

func TestOutOfHoursIsByTheShopsClockAndHolidays(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.rule(triggered(autoreply.TriggerOutOfHours, "tutup"))
		want(t, "no office hours are set", r.write("62811", "a"))
		hours := workspace.OfficeHours{Enabled: true, Holidays: []workspace.Holiday{{Date: "2026-03-04"}}}
		for _, day := range []string{"monday", "tuesday", "wednesday", "thursday", "friday"} {
			hours.Hours = append(hours.Hours, workspace.Span{Day: day, Open: "08:00", Close: "17:00"})
		}
		zone := "Asia/Makassar" // UTC+8
		if _, err := r.workspaces.Update(t.Context(), r.ws, workspace.Change{Timezone: &zone, Settings: &workspace.SettingsChange{OfficeHours: &hours}}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			at   string // UTC
			open bool
		}{
			{"2026-03-01T23:59:59Z", false}, // Monday 07:59 there
			{"2026-03-02T00:00:00Z", true},  // Monday 08:00
			{"2026-03-02T08:59:59Z", true},
			{"2026-03-02T09:00:00Z", false}, // Monday 17:00
			{"2026-03-04T03:00:00Z", false}, // a holiday, Wednesday 11:00
			{"2026-03-05T03:00:00Z", true},
			{"2026-03-07T03:00:00Z", false}, // Saturday
		} {
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			r.clock.set(at)
			if got := len(r.write("62811", "halo "+c.at)) == 0; got != c.open {
				t.Errorf("at %s open is %v, want %v", c.at, got, c.open)
			}
		}
	})
}

func TestAudiencesAndDevices(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		other := r.device(r.ws)
		for word, audience := range map[string]autoreply.Audience{
			"orang": autoreply.AudiencePeople, "grup": autoreply.AudienceGroups, "semua": autoreply.AudienceBoth,
		} {
			rule := keyword(word, "ya")
			rule.Audience = audience
			r.rule(rule)
		}
		here := keyword("sini", "di sini")
		here.DeviceIDs = []string{r.dev.ID}
		r.rule(here)
		there := keyword("sana", "di sana")
		there.DeviceIDs = []string{other.ID}
		r.rule(there)
		for text, yes := range map[string][2]bool{"orang": {true, false}, "grup": {false, true}, "semua": {true, true}, "sini": {true, false}, "sana": {false, false}} {
			if got := len(r.write("62811", text)) == 1; got != yes[0] {
				t.Errorf("%q of a person is answered: %v, want %v", text, got, yes[0])
			}
			if got := len(r.writeIn("1203630001", "62811", text)) == 1; got != yes[1] {
				t.Errorf("%q in a group is answered: %v, want %v", text, got, yes[1])
			}
		}
		in := device.Inbound{Chat: person("62811"), Sender: person("62811"), Content: device.Content{Kind: device.KindText, Text: "sana"}}
		want(t, "on the other number", r.receive(other, in), "di sana")
	})
}

func TestAtMostOnceInSoManyMinutesPerChat(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		rule := keyword("promo", "diskon")
		rule.EveryMinutes = 30
		r.rule(rule)
		r.rule(triggered(autoreply.TriggerFallback, "tidak paham"))
		want(t, "first", r.write("62811", "promo"), "diskon")
		r.clock.pass(30*time.Minute - time.Millisecond)
		want(t, "too soon, and a fallback would be wrong", r.write("62811", "promo"))
		want(t, "another chat", r.write("62812", "promo"), "diskon")
		want(t, "another word", r.write("62811", "apa"), "tidak paham")
		r.clock.pass(time.Millisecond)
		want(t, "after the time", r.write("62811", "promo"), "diskon")
	})
}

func TestVariablesAndChoices(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.rule(keyword("siapa", "{Hai|Hai} {name} {phone} di {business_name}, {date} {time}: {message}"))
		r.rule(keyword("kosong", "{|}", "{name=Kak} isi"))
		r.rule(keyword("acak", "{satu|dua|tiga}"))
		want(t, "variables", r.write("62811", "SIAPA"), "Hai Sari 62811 di Toko Maju, 02-03-2026 10:00: SIAPA")
		want(t, "a blank message is not sent", r.write("62811", "kosong"), "Sari isi")
		seen := map[string]bool{}
		for i := range 60 {
			for _, text := range r.write(fmt.Sprint(6281200, i), "acak") {
				seen[text] = true
			}
		}
		if len(seen) != 3 {
			t.Errorf("60 choices gave %v, want all three", seen)
		}
		nameless := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "62899"}}}
		got := r.receive(r.dev, device.Inbound{Chat: nameless, Sender: nameless, Content: device.Content{Kind: device.KindText, Text: "siapa"}})
		if len(got) != 1 || !strings.HasPrefix(got[0], "Hai Kak 62899") {
			t.Errorf("without a name: %q, want Kak", got)
		}
		markup := person("62898")
		markup.Name = "{message}"
		got = r.receive(r.dev, device.Inbound{Chat: markup, Sender: markup, Content: device.Content{Kind: device.KindText, Text: "siapa"}})
		if len(got) != 1 || !strings.HasPrefix(got[0], "Hai {message} 62898") {
			t.Errorf("a name with braces: %q, want it as it is", got)
		}
	})
}

func TestSeveralMessagesWithPausesAndAFile(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f, err := r.files.Add(t.Context(), r.ws, "menu.pdf", []byte("%PDF-1.7"))
		if err != nil {
			t.Fatal(err)
		}
		rule := keyword("menu", "satu")
		rule.Then = append(rule.Then,
			autoreply.Step{Text: "untuk {name}", FileID: f.ID, DelaySeconds: 3, Typing: true},
			autoreply.Step{Text: "tiga", DelaySeconds: 60},
			autoreply.Step{Text: "empat"})
		r.rule(rule)
		r.write("62811", "lain")
		if err := r.chats.Receive(t.Context(), r.dev, device.Inbound{
			NetworkID: "Q", Chat: person("62811"), Sender: person("62811"), At: r.clock.now().UnixMilli(), Origin: device.OriginLive,
			Content: device.Content{Kind: device.KindText, Text: "menu"},
		}); err != nil {
			t.Fatal(err)
		}
		got := r.posted()
		if len(got) != 4 {
			t.Fatalf("got %d messages, want 4", len(got))
		}
		now := r.clock.now().UnixMilli()
		if c := got[1].Message.Content; c.Kind != device.KindDocument || c.Text != "untuk Sari" || c.Media == nil || c.Media.Blob != f.ID {
			t.Errorf("the file's message is %+v", c)
		}
		for i, w := range []struct {
			typing    time.Duration
			notBefore int64
		}{{0, 0}, {3 * time.Second, 0}, {0, now + 60_000}, {0, now + 60_000}} {
			if s := got[i].Send; s.Typing != w.typing || s.NotBefore != w.notBefore {
				t.Errorf("message %d: typing %v, not before %d; want %v, %d", i, s.Typing, s.NotBefore, w.typing, w.notBefore)
			}
			if m := got[i].Message; m.By.Kind != chat.ByRule || m.By.ID == "" {
				t.Errorf("message %d is by %+v, want the rule", i, m.By)
			}
		}
	})
}

func TestAChangeCountsAtOnceAlsoOnAnotherNode(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		other := autoreply.New(r.db, slog.New(slog.DiscardHandler), r.workspaces, r.files, r.devices)
		elsewhere := func() string {
			a, err := other.Answer(t.Context(), chat.Question{
				WorkspaceID: r.ws, Device: r.dev, Preview: true, Now: r.clock.now(),
				Message: chat.Message{Content: device.Content{Kind: device.KindText, Text: "menu"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if a == nil {
				return ""
			}
			return a.Parts[0].Content.Text
		}
		here := func() string { return strings.Join(r.write("62811", "menu"), "|") }
		made := r.rule(keyword("menu", "satu"))
		set := func(edit func(*autoreply.Rule)) {
			t.Helper()
			if _, err := r.Update(t.Context(), r.ws, made.ID, edit); err != nil {
				t.Fatal(err)
			}
		}
		check := func(what, text string) {
			t.Helper()
			if a, b := here(), elsewhere(); a != text || b != text {
				t.Errorf("%s: here %q, elsewhere %q; want %q", what, a, b, text)
			}
		}
		check("new", "satu")
		set(func(r *autoreply.Rule) { r.Then[0].Text = "dua" })
		check("changed", "dua")
		set(func(r *autoreply.Rule) { r.Enabled = false })
		check("off", "")
		set(func(r *autoreply.Rule) { r.Enabled = true })
		check("on", "dua")
		if _, err := r.Update(t.Context(), r.ws, made.ID, func(r *autoreply.Rule) { r.Then = nil }); !errors.Is(err, autoreply.ErrNoAnswer) {
			t.Errorf("a bad change: %v, want ErrNoAnswer", err)
		}
		check("after a refused change", "dua")
		if err := r.Delete(t.Context(), r.ws, made.ID); err != nil {
			t.Fatal(err)
		}
		check("deleted", "")
	})
}

func TestOnlyARuleThatIsOnIsABot(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		check := func(what string, want bool) {
			t.Helper()
			if c, err := r.chats.Counts(t.Context(), r.ws, ""); err != nil || c.Bot != want {
				t.Errorf("%s: bot is %t, %v; want %t", what, c.Bot, err, want)
			}
		}
		check("no rules", false)
		made := r.rule(keyword("menu", "satu"))
		check("one rule", true)
		if _, err := r.Update(t.Context(), r.ws, made.ID, func(r *autoreply.Rule) { r.Enabled = false }); err != nil {
			t.Fatal(err)
		}
		check("one that is off", false)
	})
}

func TestTheLoopGuardInAChat(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.rule(keyword("halo", "Halo kak, ada yang bisa kami bantu?"))
		r.rule(triggered(autoreply.TriggerFallback, "Maaf, kami belum mengerti. Ketik *menu*."))
		for i := range 10 {
			want(t, fmt.Sprint("a person says halo, time ", i), r.write("62811", "halo"), "Halo kak, ada yang bisa kami bantu?")
			r.clock.pass(time.Second)
		}
		want(t, "an echo", r.write("62811", "Halo kak, ada yang bisa kami bantu?"))
		answered := 0
		for range 30 {
			answered += len(r.write("62812", "Kami sedang tutup. Pesan Anda akan kami balas besok pagi."))
			r.clock.pass(time.Second)
		}
		if answered == 0 || answered > 3 {
			t.Errorf("another machine's 30 equal messages got %d answers, want 1 to 3", answered)
		}
		r.clock.pass(time.Hour)
		want(t, "the guard lets go", r.write("62812", "apa"), "Maaf, kami belum mengerti. Ketik *menu*.")
		if got := r.receive(r.dev, device.Inbound{FromMe: true, Chat: person("62813"), Content: device.Content{Kind: device.KindText, Text: "halo"}}); len(got) != 0 {
			t.Errorf("our own phone's message was answered: %q", got)
		}
	})
}

// Two of our own numbers with a rule each that fits anything: their talk comes to an end.
func TestTwoShopsDoNotTalkForever(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.rule(triggered(autoreply.TriggerFallback, "Terima kasih, pesan Anda sudah kami terima."))
		text, rounds := "halo", 0
		for ; rounds < 50; rounds++ {
			got := r.write("62811", text)
			if len(got) == 0 {
				break
			}
			text = "Kami dari toko sebelah sedang tutup, coba lagi besok ya."
			r.clock.pass(2 * time.Second)
		}
		if rounds == 50 {
			t.Error("50 rounds, and no end")
		}
	})
}

func TestOnTheWire(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.clock.set(time.Now())
		rule := keyword("halo", "satu")
		rule.Then = append(rule.Then, autoreply.Step{Text: "dua", DelaySeconds: 1, Typing: true})
		r.rule(rule)
		r.devices.Received.Add("chat", func(ctx context.Context, a device.Arrival) error { return r.chats.Receive(ctx, a.Device, a.Inbound) })
		r.devices.Online.Add(func(_ context.Context, l device.Live) { r.sends.Start(l.Device, l.Session, l.Epoch) })
		r.devices.Gone.Add(func(_ context.Context, l device.Live) { r.sends.Stop(l.Device.ID) })
		devicetest.Serve(t, r.devices)
		dev := r.net.Connect(t, r.devices, r.ws, "6200")
		r.net.WriteText(dev.ID, "62811", "Sari", "halo", r.clock.now().UnixMilli())
		ctx, cancel := context.WithTimeout(t.Context(), devicetest.Patience)
		defer cancel()
		taken, err := r.net.AwaitTaken(ctx, dev.ID, 2)
		if err != nil {
			t.Fatal(err)
		}
		if taken[0].Content.Text != "satu" || taken[1].Content.Text != "dua" {
			t.Errorf("got %q and %q, want satu and dua", taken[0].Content.Text, taken[1].Content.Text)
		}
		if typing := taken[1].Typing > 0 || len(r.net.Typed(dev.ID)) > 0; !typing {
			t.Error("nobody saw typing before the second message")
		}
	})
}

func TestRulesAreTheirWorkspaces(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		stranger := r.workspace("Toko Lain")
		theirs := r.device(stranger)
		f, err := r.files.Add(ctx, stranger, "a", []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		made := r.rule(keyword("menu", "satu"))
		if _, err := r.Get(ctx, stranger, made.ID); !errors.Is(err, autoreply.ErrNotFound) {
			t.Errorf("a stranger's Get: %v", err)
		}
		if _, err := r.Update(ctx, stranger, made.ID, func(*autoreply.Rule) {}); !errors.Is(err, autoreply.ErrNotFound) {
			t.Errorf("a stranger's Update: %v", err)
		}
		if err := r.Delete(ctx, stranger, made.ID); !errors.Is(err, autoreply.ErrNotFound) {
			t.Errorf("a stranger's Delete: %v", err)
		}
		if err := r.Reorder(ctx, stranger, []string{made.ID}); !errors.Is(err, autoreply.ErrBadOrder) {
			t.Errorf("a stranger's Reorder: %v", err)
		}
		withFile, withDevice := keyword("a", "b"), keyword("a", "b")
		withFile.WorkspaceID, withFile.Then[0].FileID = r.ws, f.ID
		if _, err := r.Create(ctx, withFile); !errors.Is(err, file.ErrNotFound) {
			t.Errorf("another workspace's file: %v, want ErrNotFound", err)
		}
		withDevice.WorkspaceID, withDevice.DeviceIDs = r.ws, []string{theirs.ID}
		if _, err := r.Create(ctx, withDevice); !errors.Is(err, device.ErrNotFound) {
			t.Errorf("another workspace's device: %v, want ErrNotFound", err)
		}
		if list, err := r.List(ctx, r.ws); err != nil || len(list) != 1 || !cmp.Equal(list[0], made) {
			t.Errorf("after all that: %+v, %v; want the one rule as it was", list, err)
		}
	})
}

func TestARuleOutlivesItsDevice(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		gone := r.device(r.ws)
		rule := keyword("menu", "satu")
		rule.DeviceIDs = []string{gone.ID}
		made := r.rule(rule)
		if err := r.devices.Delete(t.Context(), r.ws, gone.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Update(t.Context(), r.ws, made.ID, func(r *autoreply.Rule) { r.Enabled = false }); err != nil {
			t.Errorf("switching off a rule of a deleted device: %v", err)
		}
	})
}

func TestBadRulesAreRefused(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for name, c := range map[string]struct {
			edit func(*autoreply.Rule)
			want error
		}{
			"no name":          {func(r *autoreply.Rule) { r.Name = " " }, autoreply.ErrBadName},
			"long name":        {func(r *autoreply.Rule) { r.Name = strings.Repeat("é", 101) }, autoreply.ErrBadName},
			"trigger":          {func(r *autoreply.Rule) { r.When.Trigger = "kapan" }, autoreply.ErrBadTrigger},
			"no match":         {func(r *autoreply.Rule) { r.When.Match = "" }, autoreply.ErrBadMatch},
			"no words":         {func(r *autoreply.Rule) { r.When.Words = nil }, autoreply.ErrNoWords},
			"long word":        {func(r *autoreply.Rule) { r.When.Words = []string{strings.Repeat("x", 501)} }, autoreply.ErrLongWord},
			"audience":         {func(r *autoreply.Rule) { r.Audience = "" }, autoreply.ErrBadAudience},
			"every":            {func(r *autoreply.Rule) { r.EveryMinutes = 43201 }, autoreply.ErrBadEvery},
			"every, negative":  {func(r *autoreply.Rule) { r.EveryMinutes = -1 }, autoreply.ErrBadEvery},
			"no steps":         {func(r *autoreply.Rule) { r.Then = nil }, autoreply.ErrNoAnswer},
			"eleven steps":     {func(r *autoreply.Rule) { r.Then = make([]autoreply.Step, 11) }, autoreply.ErrNoAnswer},
			"a blank step":     {func(r *autoreply.Rule) { r.Then[0].Text = " \n" }, autoreply.ErrNoAnswer},
			"delay":            {func(r *autoreply.Rule) { r.Then[0].DelaySeconds = 301 }, autoreply.ErrBadDelay},
			"delay, negative":  {func(r *autoreply.Rule) { r.Then[0].DelaySeconds = -1 }, autoreply.ErrBadDelay},
			"unknown variable": {func(r *autoreply.Rule) { r.Then[0].Text = "{total}" }, autoreply.ErrBadVariable},
			"unknown file":     {func(r *autoreply.Rule) { r.Then[0].FileID = "x" }, file.ErrNotFound},
			"unknown device":   {func(r *autoreply.Rule) { r.DeviceIDs = []string{"x"} }, device.ErrNotFound},
		} {
			rule := keyword("a", "b")
			rule.WorkspaceID = r.ws
			c.edit(&rule)
			if _, err := r.Create(t.Context(), rule); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if list, err := r.List(t.Context(), r.ws); err != nil || len(list) != 0 {
			t.Errorf("refused rules are there: %v, %v", list, err)
		}
	})
}
