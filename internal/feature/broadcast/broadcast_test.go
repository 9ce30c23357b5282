package broadcast_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/feature/broadcast"
	"github.com/pingcrm/pingcrm/internal/governor"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

func TestEverybodyGetsItOnce(t *testing.T) {
	each(t, 3, func(t *testing.T, r *rig) {
		phones := r.people(200)
		b := r.make(broadcast.Audience{All: true})
		v := r.until(b, broadcast.Ready)
		if v.Counts.Queued != 200 || v.Cold != 200 || v.Total != 200 {
			t.Errorf("planned %+v with %d strangers, want 200 of both", v.Counts, v.Cold)
		}
		if n := r.sky.sends(); n != 0 {
			t.Errorf("%d were sent before the start", n)
		}
		r.must(r.Start(t.Context(), ws, b.ID))
		v = r.until(b, broadcast.Done)
		if want := (broadcast.Counts{Sent: 200}); v.Counts != want {
			t.Errorf("got %+v, want %+v", v.Counts, want)
		}
		if bad := r.sky.doubled(); len(bad) > 0 || r.sky.sends() != len(phones) {
			t.Errorf("%d sends for %d people; not once: %v", r.sky.sends(), len(phones), bad)
		}
		if got := r.sky.texts(phones[7]); len(got) != 1 || got[0] != "Halo Orang 7" && got[0] != "Hai Orang 7" {
			t.Errorf("one phone has %q", got)
		}
	})
}

// With a way to the database for each device, 200 of them would be waited for whenever somebody looks.
func TestShowingItAsksForAllDevicesAtOnce(t *testing.T) {
	each(t, 5, func(t *testing.T, r *rig) {
		r.people(50)
		b := r.make(broadcast.Audience{All: true})
		r.until(b, broadcast.Ready)
		asked := func() int {
			r.shelf.mu.Lock()
			defer r.shelf.mu.Unlock()
			return r.shelf.asked
		}
		before := asked()
		v := r.view(b)
		if n := asked() - before; n > 0 || v.Cold != 50 || v.Forecast.EndsAt == 0 {
			t.Errorf("asked %d times for one device; shown are %d strangers and the end %d, want 50 and one", n, v.Cold, v.Forecast.EndsAt)
		}
	})
}

// Many recipients are planned in portions, with the doubles among them and what is no number.
func TestManyArePlanned(t *testing.T) {
	each(t, 3, func(t *testing.T, r *rig) {
		const many = 7300
		numbers := make([]string, many)
		for i := range numbers {
			numbers[i] = fmt.Sprintf("081290%06d", i)
		}
		numbers[5000], numbers[7299], numbers[20] = numbers[4999], numbers[3], "bukan nomor"
		b := r.make(broadcast.Audience{Numbers: numbers})
		v := r.until(b, broadcast.Ready)
		want := map[string]int{"duplicate": 2, "not_a_phone": 1}
		if diff := cmp.Diff(want, v.Reasons); diff != "" || v.Counts.Queued != many-3 || v.Looked != many || v.Total != many-2 || v.Cold < many-3 {
			t.Errorf("planned %+v of %d, %d strangers; reasons (-want +got):\n%s", v.Counts, v.Looked, v.Cold, diff)
		}
	})
}

// Only who is to get the message counts as a stranger, and waits for its time: not who is left out because of the text.
func TestWhoseTextCannotBeFilledInIsNoStranger(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		r.shelf.files["f"] = []byte("Nama;HP;Kota\nA;081290640001;Solo\nB;081290640002;\nC;081290640003;Solo\nD;081290640004;\n")
		b := r.make(broadcast.Audience{FileID: "f"}, func(b *broadcast.Broadcast) { b.Content.Variants[0].Text = "{nama} di {kota}" })
		v := r.until(b, broadcast.Ready)
		if v.Cold != 2 || v.Counts.Queued != 2 || v.Reasons["variable_missing"] != 2 {
			t.Errorf("planned %+v with %d strangers, %v; want 2 of both, and 2 left out", v.Counts, v.Cold, v.Reasons)
		}
	})
}

// A second broadcast comes from the same device to everybody, also when there is another one more.
func TestTheDeviceStays(t *testing.T) {
	each(t, 3, func(t *testing.T, r *rig) {
		r.people(60)
		homes := func() map[string]string {
			b := r.make(broadcast.Audience{All: true})
			r.until(b, broadcast.Ready)
			r.must(r.Start(t.Context(), ws, b.ID))
			r.until(b, broadcast.Done)
			out := map[string]string{}
			list, err := r.Recipients(t.Context(), b, broadcast.RecipientsAsked{After: -1, Limit: 100})
			for _, x := range list {
				out[x.ContactID] = x.DeviceID
			}
			if err != nil || len(out) != 60 {
				t.Fatalf("%d recipients, %v; want 60", len(out), err)
			}
			return out
		}
		before := homes()
		if diff := cmp.Diff(before, homes()); diff != "" {
			t.Errorf("devices (-first +second):\n%s", diff)
		}
	})
}

// Within a second of a pause nothing more goes; after it everybody gets it once.
func TestAPauseIsAtOnce(t *testing.T) {
	each(t, 2, func(t *testing.T, r *rig) {
		r.people(300)
		r.sky.slow = 2 * time.Millisecond
		b := r.make(broadcast.Audience{All: true})
		r.must(r.Start(t.Context(), ws, b.ID)) // as soon as it is planned
		r.eventually(func() bool { return r.sky.sends() > 20 }, func() string { return "nothing goes" })
		r.must(r.Pause(t.Context(), ws, b.ID))
		paused := time.Now()
		for last, since := r.sky.sends(), time.Now(); time.Since(since) < 700*time.Millisecond; {
			<-time.After(10 * time.Millisecond)
			if n := r.sky.sends(); n != last {
				if last, since = n, time.Now(); time.Since(paused) > time.Second {
					t.Fatalf("something goes %v after the pause", time.Since(paused))
				}
			}
		}
		v := r.view(b)
		if v.State != broadcast.Paused || v.Counts.Queued == 0 || v.Counts.Claimed > 0 || v.Counts.Total() != 300 {
			t.Errorf("paused as %+v", v)
		}
		r.must(r.Pause(t.Context(), ws, b.ID)) // twice is fine
		r.must(r.Resume(t.Context(), ws, b.ID))
		v = r.until(b, broadcast.Done)
		if bad := r.sky.doubled(); len(bad) > 0 || v.Counts.Sent != 300 {
			t.Errorf("%+v; not once: %v", v.Counts, bad)
		}
	})
}

// What a node had claimed when it died comes back when its devices do, which may be after a pause.
func TestAPauseHoldsWhatADeadNodeLeft(t *testing.T) {
	each(t, 2, func(t *testing.T, r *rig) {
		r.people(60)
		r.sky.gate = make(chan struct{})
		b := r.make(broadcast.Audience{All: true})
		r.must(r.Start(t.Context(), ws, b.ID))
		r.eventually(func() bool { v := r.view(b); return v.Counts.Claimed >= 8 }, func() string { return "nothing is claimed" })
		r.halt()
		if _, err := r.db.Exec(t.Context(), `UPDATE sends SET state = 'claimed', claimed_epoch = $2 WHERE workspace_id = $1`, ws, r.epoch); err != nil {
			t.Fatal(err)
		}
		r.must(r.Pause(t.Context(), ws, b.ID))
		r.sky.gate = nil
		r.build()
		r.run()
		waiting := func(want outbox.Waiting) bool {
			got, err := r.outbox.Waiting(t.Context(), ws, b.ID)
			sum := outbox.Waiting{}
			for _, w := range got {
				sum.Ready, sum.Held = sum.Ready+w.Ready, sum.Held+w.Held
			}
			return err == nil && sum.Ready == want.Ready && sum.Held >= want.Held
		}
		r.eventually(func() bool { return waiting(outbox.Waiting{Held: 8}) }, func() string { return "what was claimed is not held" })
		if n := r.sky.sends(); n > 0 {
			t.Errorf("%d went after the pause", n)
		}
		r.must(r.Resume(t.Context(), ws, b.ID))
		if v := r.until(b, broadcast.Done); v.Counts.Sent != 60 || len(r.sky.doubled()) > 0 {
			t.Errorf("%+v; not once: %v", v.Counts, r.sky.doubled())
		}
	})
}

// A draft with a time can be counted and looked at; it waits for its time when somebody starts it, others by themselves.
func TestADraftWithATimeWaitsForItsStart(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		r.people(3)
		later := func(b *broadcast.Broadcast) { b.StartAt = time.Now().Add(time.Hour).UnixMilli() }
		r.until(r.make(broadcast.Audience{All: true}, later), broadcast.Scheduled)
		b := r.make(broadcast.Audience{All: true}, later, func(b *broadcast.Broadcast) { b.State = broadcast.Draft })
		r.must(r.Prepare(t.Context(), ws, b.ID))
		if v := r.until(b, broadcast.Ready); v.Counts.Queued != 3 || v.Forecast.EndsAt < v.StartAt {
			t.Errorf("ready with %+v, done at %d; want 3, after %d", v.Counts, v.Forecast.EndsAt, v.StartAt)
		}
		another := func(b *broadcast.Broadcast) error {
			b.StartAt += time.Hour.Milliseconds()
			return nil
		}
		if got, err := r.Edit(t.Context(), ws, b.ID, another); err != nil || got.State != broadcast.Ready {
			t.Errorf("another time makes it %s, %v; want ready, as nobody has started it", got.State, err)
		}
		r.must(r.Start(t.Context(), ws, b.ID))
		r.until(b, broadcast.Scheduled)
		if got, err := r.Edit(t.Context(), ws, b.ID, another); err != nil || got.State != broadcast.Scheduled {
			t.Errorf("another time makes the started one %s, %v; want scheduled", got.State, err)
		}
		if n := r.sky.sends(); n != 0 {
			t.Errorf("%d were sent before their time", n)
		}
	})
}

// A message to who has not written for 28 days counts as a first one, as it does for the governor.
func TestWhoIsSilentCountsAsAStranger(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		phones := r.people(3)
		cards, err := r.contacts.ByPhones(t.Context(), ws, channel, phones)
		if err != nil {
			t.Fatal(err)
		}
		for i, days := range []int{27, 29} {
			at := time.Now().AddDate(0, 0, -days).UnixMilli()
			if err := r.contacts.Messaged(t.Context(), cards[phones[i]].Contact, "dev-0", at, contact.Theirs); err != nil {
				t.Fatal(err)
			}
		}
		if v := r.until(r.make(broadcast.Audience{All: true}), broadcast.Ready); v.Cold != 2 || v.Counts.Queued != 3 {
			t.Errorf("%d of %d count as strangers, want 2 of 3", v.Cold, v.Counts.Queued)
		}
	})
}

// Also where nothing is paced, it is not done before its hours begin.
func TestAForecastBeginsWithTheHours(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		r.people(3)
		zone, err := r.Zone(t.Context(), ws)
		if err != nil {
			t.Fatal(err)
		}
		opens := time.Now().In(zone).Add(2 * time.Hour).Truncate(time.Minute)
		b := r.make(broadcast.Audience{All: true}, func(b *broadcast.Broadcast) {
			b.Window = &broadcast.Window{From: opens.Format("15:04"), To: opens.Add(time.Hour).Format("15:04")}
		})
		if v := r.until(b, broadcast.Ready); v.Forecast.EndsAt < opens.UnixMilli() {
			t.Errorf("done at %v, before its hours begin at %v", time.UnixMilli(v.Forecast.EndsAt).In(zone), opens)
		}
	})
}

// What a screen shows of a file before it is planned is what is read when it is, whatever stands above its columns.
func TestTheBeginOfAFileIsShownAsItIsRead(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		r.shelf.files["f"] = []byte("Pelanggan, per 28 November\n\nNama;No. HP;Kota/Kab;Kota/Kab;\u2605\nSari;081290641111;Bandung;;\n;;\nBudi;081290641112;Jl. Braga 1, Garut;;x\n")
		h, err := r.TableHead(t.Context(), ws, "f")
		want := broadcast.TableHead{Columns: []string{"nama", "kota_kab"}, Rows: []map[string]string{
			{"nama": "Sari", "kota_kab": "Bandung"}, {"nama": "Budi", "kota_kab": "Jl. Braga 1, Garut"},
		}}
		for _, row := range want.Rows { // by which it is {name}, too
			row["name"] = row["nama"]
		}
		if diff := cmp.Diff(want, h); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		b := r.make(broadcast.Audience{FileID: "f"}, func(b *broadcast.Broadcast) { b.Content.Variants[0].Text = "{nama} di {kota_kab}" })
		if v := r.until(b, broadcast.Ready); v.Counts.Queued != 2 || v.Total != 2 {
			t.Errorf("planned %+v, want the same two", v.Counts)
		}
		r.shelf.files["none"] = []byte("Nama;Kota\nSari;Bandung\n")
		if _, err := r.TableHead(t.Context(), ws, "none"); !errors.Is(err, broadcast.ErrColumn) {
			t.Errorf("without numbers: %v, want %v", err, broadcast.ErrColumn)
		}
		if _, err := r.TableHead(t.Context(), ws, "gone"); !errors.Is(err, errNoFile) {
			t.Errorf("no such file: %v", err)
		}
	})
}

// However many are left out, and whenever, the reasons add up to them.
func TestTheReasonsAddUp(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		phones := r.people(5)
		cards, err := r.contacts.ByPhones(t.Context(), ws, channel, phones)
		if err != nil {
			t.Fatal(err)
		}
		out := func(i int) {
			t.Helper()
			if _, err := r.contacts.SetConsent(t.Context(), ws, cards[phones[i]].ID, contact.ConsentEntry{State: contact.ConsentOut, Source: contact.ConsentByMember}); err != nil {
				t.Fatal(err)
			}
		}
		check := func(what string, v broadcast.View, want map[string]int) {
			t.Helper()
			sum := int64(0)
			for _, n := range v.Reasons {
				sum += int64(n)
			}
			if diff := cmp.Diff(want, v.Reasons); diff != "" || sum != v.LeftOut {
				t.Errorf("%s: %d are left out (-want +got):\n%s", what, v.LeftOut, diff)
			}
		}
		out(0)
		b := r.make(broadcast.Audience{Numbers: append(phones, phones[1], "bukan")})
		check("planned", r.until(b, broadcast.Ready), map[string]int{"opted_out": 1, "duplicate": 1, "not_a_phone": 1})
		if err := r.contacts.Erase(t.Context(), ws, cards[phones[2]].ID, "Orang 2"); err != nil {
			t.Fatal(err)
		}
		check("one was deleted since", r.view(b), map[string]int{"opted_out": 1, "duplicate": 1, "not_a_phone": 1, "contact_deleted": 1})
		out(3)
		r.must(r.Start(t.Context(), ws, b.ID))
		check("done", r.until(b, broadcast.Done), map[string]int{"opted_out": 2, "duplicate": 1, "not_a_phone": 1, "contact_deleted": 1})
	})
}

// Two broadcasts of one number share its pace: the second one is over later than it would be alone.
func TestAForecastCountsTheOthersOfTheDevice(t *testing.T) {
	each(t, 2, func(t *testing.T, r *rig) {
		r.people(20)
		paced := func(device int) func(*broadcast.Broadcast) {
			return func(b *broadcast.Broadcast) {
				b.Pacing.Preset, b.Devices = broadcast.Normal, b.Devices[device:device+1]
			}
		}
		b := r.make(broadcast.Audience{All: true}, paced(0))
		alone := r.until(b, broadcast.Ready).Forecast.EndsAt
		elsewhere := r.make(broadcast.Audience{All: true}, paced(1))
		r.until(elsewhere, broadcast.Ready)
		r.must(r.Start(t.Context(), ws, elsewhere.ID))
		if v := r.view(b); v.Forecast.EndsAt-alone > time.Minute.Milliseconds() {
			t.Errorf("beside one of another number it is over at %d, want %d", v.Forecast.EndsAt, alone)
		}
		other := r.make(broadcast.Audience{All: true}, paced(0))
		r.until(other, broadcast.Ready)
		if v := r.view(b); v.Forecast.EndsAt-alone > time.Minute.Milliseconds() {
			t.Errorf("beside one that has not begun it is over at %d, want %d", v.Forecast.EndsAt, alone)
		}
		soon := r.make(broadcast.Audience{All: true}, paced(0), func(b *broadcast.Broadcast) {
			b.StartAt = time.Now().Add(time.Minute).UnixMilli()
		})
		r.must(r.Start(t.Context(), ws, soon.ID))
		r.until(soon, broadcast.Scheduled)
		if v := r.view(b); v.Forecast.EndsAt-alone < time.Hour.Milliseconds() {
			t.Errorf("beside one that begins in a minute it is over at %d, alone at %d; want it much later", v.Forecast.EndsAt, alone)
		}
		r.must(r.Cancel(t.Context(), ws, soon.ID))
		r.must(r.Start(t.Context(), ws, other.ID))
		if v := r.view(b); v.Forecast.EndsAt-alone < time.Hour.Milliseconds() {
			t.Errorf("beside another one it is over at %d, alone at %d; want it much later", v.Forecast.EndsAt, alone)
		}
	})
}

// Who wonders why a new number takes weeks is told so, in words and numbers.
func TestAForecastExplainsANewNumber(t *testing.T) {
	each(t, 2, func(t *testing.T, r *rig) {
		r.shelf.mu.Lock()
		r.shelf.devices[1].LinkedAt = time.Now().Add(-50 * time.Hour).UnixMilli()
		r.shelf.mu.Unlock()
		r.Outlook = func(_ context.Context, d device.Device, preset pace.Preset) (governor.Outlook, error) {
			o := governor.Unknown(pace.Of(preset), pace.Calendar{Zone: time.UTC}, time.Now().UnixMilli())
			o.History.Since = d.LinkedAt
			return o, nil
		}
		r.people(40)
		v := r.until(r.make(broadcast.Audience{All: true}, func(b *broadcast.Broadcast) { b.Pacing.Preset = broadcast.Normal }), broadcast.Ready)
		if len(v.Forecast.WarmUps) != 1 {
			t.Fatalf("got %+v, want one: the other number is old", v.Forecast.WarmUps)
		}
		w := v.Forecast.WarmUps[0]
		want := governor.WarmUp{Day: 3, Today: 7, Full: 20, FullDay: 14}
		if w.DeviceID != "dev-1" || w.WarmUp != want {
			t.Errorf("got %+v, want %+v of dev-1", w, want)
		}
		for _, text := range []string{w.Reason, w.ReasonEN} {
			for _, n := range []string{"3", "7", "20", "14"} {
				if !strings.Contains(text, n) {
					t.Errorf("%q does not say %s", text, n)
				}
			}
		}
		free := r.until(r.make(broadcast.Audience{All: true}), broadcast.Ready)
		if n := len(free.Forecast.WarmUps); n > 0 {
			t.Errorf("%d numbers warm up where nothing is paced", n)
		}
	})
}

func TestAnEndIsAnEnd(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		r.people(200)
		r.sky.slow = 2 * time.Millisecond
		b := r.make(broadcast.Audience{All: true})
		r.must(r.Start(t.Context(), ws, b.ID))
		r.eventually(func() bool { return r.sky.sends() > 5 }, func() string { return "nothing goes" })
		r.must(r.Cancel(t.Context(), ws, b.ID))
		r.eventually(func() bool { c := r.view(b).Counts; return c.Queued+c.Claimed == 0 }, func() string { return fmt.Sprint(r.view(b).Counts) })
		n := r.sky.sends()
		v := r.view(b)
		if v.State != broadcast.Cancelled || v.Counts.Cancelled+v.Counts.Sent != 200 || v.Counts.Sent != int64(n) {
			t.Errorf("%d went, shown as %+v", n, v.Counts)
		}
		list, err := r.Recipients(t.Context(), r.must(r.Get(t.Context(), ws, b.ID)), broadcast.RecipientsAsked{Status: broadcast.TakenBack, After: -1, Limit: 300})
		if err != nil || int64(len(list)) != v.Counts.Cancelled || list[0].Reason == "" {
			t.Errorf("%d rows are cancelled, %v; want %d with a reason", len(list), err, v.Counts.Cancelled)
		}
		if _, err := r.Resume(t.Context(), ws, b.ID); !errors.Is(err, broadcast.ErrState) {
			t.Errorf("Resume = %v, want ErrState", err)
		}
	})
}

// Whoever is left out is counted and explained before anything goes.
func TestWhoIsLeftOut(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		phones := r.people(6)
		cards, err := r.contacts.ByPhones(t.Context(), ws, channel, phones)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.contacts.SetConsent(t.Context(), ws, cards[phones[0]].ID, contact.ConsentEntry{State: contact.ConsentOut, Source: contact.ConsentByMember}); err != nil {
			t.Fatal(err)
		}
		if err := r.contacts.SetBlocked(t.Context(), ws, cards[phones[1]].ID, contact.Blocked); err != nil {
			t.Fatal(err)
		}
		r.shelf.files["f"] = []byte("Nama;No HP;Kota\nSari;0812-9000-0002;Bogor\nDobel;081290000002;Depok\nTanpa Kota;081290000003;\n" +
			"Rusak;8.12E+10;X\nBaru;081355556666;Solo\nSendiri;+628990000000;Y\nStop;" + phones[0] + ";Z\nBlok;" + phones[1] + ";Z\nKosong;;Q\n")
		b := r.make(broadcast.Audience{FileID: "f"}, func(b *broadcast.Broadcast) { b.Content.Variants[0].Text = "{nama} di {kota}" })
		v := r.until(b, broadcast.Ready)
		want := map[string]int{
			"opted_out": 1, "blocked": 1, "duplicate": 1, "variable_missing": 1, "lost_digits": 1, "own_number": 1, "no_number": 1,
		}
		if diff := cmp.Diff(want, v.Reasons); diff != "" || v.Counts.Queued != 2 || v.Counts.Skipped != 6 {
			t.Errorf("counts %+v; reasons (-want +got):\n%s", v.Counts, diff)
		}
		r.must(r.Start(t.Context(), ws, b.ID))
		r.until(b, broadcast.Done)
		if got := r.sky.texts("6281290000002"); len(got) != 1 || got[0] != "Sari di Bogor" {
			t.Errorf("Sari has %q", got)
		}
		if got := r.sky.texts("6281355556666"); len(got) != 1 || got[0] != "Baru di Solo" {
			t.Errorf("a number that is no contact has %q", got)
		}
		list, err := r.Recipients(t.Context(), b, broadcast.RecipientsAsked{Status: broadcast.Skipped, Code: "lost_digits", After: -1, Limit: 10})
		if err != nil || len(list) != 1 || list[0].Phone != "8.12E+10" || list[0].Reason == "" {
			t.Errorf("the row of the lost digits is %+v, %v", list, err)
		}
	})
}

// Who was reached lately is left out when that was asked for, and a number that turns out to be a recipient already
// doesn't get it again.
func TestNobodyIsReachedTooOften(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		phones := r.people(5)
		one := r.make(broadcast.Audience{Numbers: phones[:3]})
		r.must(r.Start(t.Context(), ws, one.ID))
		r.until(one, broadcast.Done)
		two := r.make(broadcast.Audience{All: true, Numbers: phones, Exclude: &broadcast.Exclusion{ReachedDays: 7}})
		v := r.until(two, broadcast.Ready)
		if v.Counts.Queued != 2 || v.Reasons["reached_lately"] != 3 || v.Reasons["duplicate"] != 5 {
			t.Errorf("planned %+v with %v, want 2, 3 reached lately and 5 doubles", v.Counts, v.Reasons)
		}
	})
}

// Who writes after it has answered it, who writes STOP has opted out because of it, and gets no other.
func TestRepliesAndOptOuts(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		phones := r.people(4)
		b := r.make(broadcast.Audience{All: true})
		r.must(r.Start(t.Context(), ws, b.ID))
		r.until(b, broadcast.Done)
		for i, text := range []string{"berapa harganya?", "STOP"} {
			p := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: phones[i]}}}
			if err := r.chats.Receive(t.Context(), r.shelf.devices[0], device.Inbound{
				NetworkID: text, Chat: p, Sender: p, At: time.Now().UnixMilli(), Origin: device.OriginLive, Content: device.Content{Kind: device.KindText, Text: text},
			}); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := r.view(b).Counts, (broadcast.Counts{Sent: 2, Replied: 1, OptedOut: 1}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		res, err := r.Results(t.Context(), b)
		if want := (broadcast.Funnel{Total: 4, Sent: 4, Delivered: 2, Read: 2, Replied: 1, OptedOut: 1}); res.Funnel != want || err != nil {
			t.Errorf("the results are %+v, %v; want %+v: who says STOP has not answered it", res.Funnel, err, want)
		}
		again := r.make(broadcast.Audience{All: true})
		if v := r.until(again, broadcast.Ready); v.Counts.Queued != 3 || v.Reasons["opted_out"] != 1 || v.Cold != 2 {
			t.Errorf("the next one is planned as %+v, %v with %d strangers", v.Counts, v.Reasons, v.Cold)
		}
	})
}

// Who writes STOP while it runs, and was not reached, is not.
func TestAnOptOutMeanwhile(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		phones := r.people(3)
		b := r.make(broadcast.Audience{All: true})
		r.until(b, broadcast.Ready)
		cards, err := r.contacts.ByPhones(context.Background(), ws, channel, phones[:1])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.contacts.SetConsent(t.Context(), ws, cards[phones[0]].ID, contact.ConsentEntry{State: contact.ConsentOut, Source: contact.ConsentByMember}); err != nil {
			t.Fatal(err)
		}
		r.must(r.Start(t.Context(), ws, b.ID))
		if got, want := r.until(b, broadcast.Done).Counts, (broadcast.Counts{Sent: 2, Skipped: 1}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// The program ends again and again in the middle, each time with other services on the same database.
func TestItGoesOnAfterAnEnd(t *testing.T) {
	each(t, 2, func(t *testing.T, r *rig) {
		r.people(400)
		r.sky.slow = time.Millisecond
		b := r.make(broadcast.Audience{All: true})
		r.must(r.Start(t.Context(), ws, b.ID))
		for i := range 5 {
			r.eventually(func() bool { return r.sky.sends() > 50*i }, func() string { return "nothing goes" })
			r.halt()
			r.build()
			r.run()
		}
		v := r.until(b, broadcast.Done)
		if bad := r.sky.doubled(); len(bad) > 0 || v.Counts.Sent != 400 || len(r.sky.got) != 400 {
			t.Errorf("%+v, %d phones; not once: %v", v.Counts, len(r.sky.got), bad)
		}
	})
}

// A broadcast whose recipients are all invalid ends in a state that says so.
func TestNobodyCanBeSentTo(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		b := r.make(broadcast.Audience{Numbers: []string{"x", "12", ""}})
		r.must(r.Start(t.Context(), ws, b.ID))
		if v := r.until(b, broadcast.Failed); v.Why != "no_recipients" || v.Counts.Skipped != 3 {
			t.Errorf("got %+v", v)
		}
	})
}
