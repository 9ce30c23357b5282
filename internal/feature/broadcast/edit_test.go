package broadcast_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/feature/broadcast"
)

// What is changed while it is paused is what the others get.
func TestATextIsChangedInTheMiddle(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		phones := r.people(150)
		r.sky.slow = 2 * time.Millisecond
		b := r.make(broadcast.Audience{All: true})
		r.must(r.Start(t.Context(), ws, b.ID))
		r.eventually(func() bool { return r.sky.sends() > 5 }, func() string { return "nothing goes" })
		if _, err := r.Edit(t.Context(), ws, b.ID, func(*broadcast.Broadcast) error { return nil }); !errors.Is(err, broadcast.ErrState) {
			t.Errorf("Edit while it runs = %v, want ErrState", err)
		}
		r.must(r.Pause(t.Context(), ws, b.ID))
		if _, err := r.Edit(t.Context(), ws, b.ID, func(b *broadcast.Broadcast) error { b.Audience.Numbers = phones; return nil }); !errors.Is(err, broadcast.ErrEditRunning) {
			t.Errorf("Edit of the audience = %v, want ErrEditRunning", err)
		}
		r.must(r.Edit(t.Context(), ws, b.ID, func(b *broadcast.Broadcast) error { b.Content.Variants[0].Text = "Baru {name}"; return nil }))
		r.must(r.Resume(t.Context(), ws, b.ID))
		r.until(b, broadcast.Done)
		fresh := 0
		for _, p := range phones {
			if got := r.sky.texts(p); len(got) == 1 && got[0][:4] == "Baru" {
				fresh++
			}
		}
		if fresh == 0 || fresh == len(phones) {
			t.Errorf("%d of %d got the new text, want those who had not got it", fresh, len(phones))
		}
	})
}

// Those that failed go again, and one that got it does not.
func TestFailedOnesGoAgain(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		phones := r.people(5)
		off := false
		r.sky.absent[phones[3]] = true
		b := r.make(broadcast.Audience{All: true, Check: &off})
		r.must(r.Start(t.Context(), ws, b.ID))
		if got, want := r.until(b, broadcast.Done).Counts, (broadcast.Counts{Sent: 4, Failed: 1}); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		r.sky.mu.Lock()
		delete(r.sky.absent, phones[3])
		r.sky.mu.Unlock()
		n, _, err := r.RetryFailed(t.Context(), ws, b.ID)
		if err != nil || n != 1 {
			t.Fatalf("%d go again, %v; want 1", n, err)
		}
		r.eventually(func() bool { return r.view(b).Counts.Sent == 5 }, func() string { return "" })
		if bad := r.sky.doubled(); len(bad) > 0 {
			t.Errorf("not once: %v", bad)
		}
	})
}

// Why some failed is told by how many there are of each, and those go again of whom that may be worth it.
func TestWhyTheyFailed(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		phones := r.people(9)
		for i, code := range []string{"timeout", "not_on_whatsapp", "timeout", "599", "timeout", "not_on_whatsapp"} {
			r.sky.refuse[phones[i]] = code
		}
		off := false
		b := r.make(broadcast.Audience{All: true, Check: &off})
		if got, err := r.Failures(t.Context(), b); err != nil || len(got.Reasons) != 0 || got.Again != 0 || got.Lost != 0 {
			t.Errorf("before it starts: %+v, %v; want none", got, err)
		}
		r.must(r.Start(t.Context(), ws, b.ID))
		r.until(b, broadcast.Done)
		got, err := r.Failures(t.Context(), b)
		want := broadcast.Failures{Again: 4, Lost: 2, Reasons: []broadcast.FailureReason{
			{Code: "timeout", Count: 3, Again: true, Reason: "Sambungan ke WhatsApp terputus.", ReasonEN: "The connection to WhatsApp broke off."},
			{Code: "not_on_whatsapp", Count: 2, Reason: "Nomor ini tidak ada di WhatsApp.", ReasonEN: "The number is not on WhatsApp."},
			{Code: "599", Count: 1, Again: true, Reason: "WhatsApp menolak pesan ini (kode 599).", ReasonEN: "WhatsApp refused the message (code 599)."},
		}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v, (-want +got):\n%s", err, diff)
		}
		list, err := r.Recipients(t.Context(), b, broadcast.RecipientsAsked{Status: broadcast.FailedTo, Code: "timeout", After: -1, Limit: 2})
		if err != nil || len(list) != 2 || list[0].Code != "timeout" || list[1].Code != "timeout" {
			t.Fatalf("the first two of a reason are %+v, %v", list, err)
		}
		rest, err := r.Recipients(t.Context(), b, broadcast.RecipientsAsked{Status: broadcast.FailedTo, Code: "timeout", After: list[1].N, Limit: 9})
		if err != nil || len(rest) != 1 || rest[0].Code != "timeout" || rest[0].N <= list[1].N {
			t.Errorf("those after them are %+v, %v; want one", rest, err)
		}

		r.sky.mu.Lock()
		clear(r.sky.refuse)
		r.sky.mu.Unlock()
		if n, _, err := r.RetryFailed(t.Context(), ws, b.ID, "timeout", "599"); err != nil || n != 4 {
			t.Fatalf("%d go again, %v; want 4", n, err)
		}
		if got, want := r.until(b, broadcast.Done).Counts, (broadcast.Counts{Sent: 7, Failed: 2}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got, err := r.Failures(t.Context(), b); err != nil || got.Lost != 2 || got.Again != 0 {
			t.Errorf("left are %+v, %v; want the two who have no chance", got, err)
		}
	})
}

// What a deleted device could not send goes again where another one takes over.
func TestADeletedDevicesFailuresAreWorthARetryWithAnother(t *testing.T) {
	each(t, 2, func(t *testing.T, r *rig) {
		for _, takes := range []bool{false, true} {
			b := r.make(broadcast.Audience{Numbers: []string{"628129000001"}}, func(b *broadcast.Broadcast) { b.TakeOver = takes })
			r.until(b, broadcast.Ready)
			if _, err := r.db.Exec(t.Context(), `UPDATE broadcast_recipients SET state = 'failed', code = 'device_deleted' WHERE broadcast_id = $1`, b.ID); err != nil {
				t.Fatal(err)
			}
			if got, err := r.Failures(t.Context(), b); err != nil || len(got.Reasons) != 1 || got.Reasons[0].Again != takes {
				t.Errorf("with TakeOver %v: %+v, %v", takes, got, err)
			}
		}
	})
}

// Who is not on the network is left out, found by asking.
func TestNumbersAreAskedFor(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		phones := r.people(4)
		on := true
		r.sky.absent[phones[1]] = true
		b := r.make(broadcast.Audience{All: true, Check: &on})
		r.must(r.Start(t.Context(), ws, b.ID))
		if got, want := r.until(b, broadcast.Done).Counts, (broadcast.Counts{Sent: 3, Skipped: 1}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestResultsAndTheFile(t *testing.T) {
	each(t, 2, func(t *testing.T, r *rig) {
		r.people(20)
		if _, err := r.contacts.EnterMany(t.Context(), ws, []contact.Entry{{Channel: channel, Phone: "6281299999999", Name: "=HYPERLINK(\"x\")", Policy: contact.Overwrite}}); err != nil {
			t.Fatal(err)
		}
		b := r.make(broadcast.Audience{All: true}, func(b *broadcast.Broadcast) {
			b.Content.Variants = []broadcast.Variant{{Text: "A {name}"}, {Text: "B {name}"}}
		})
		r.must(r.Start(t.Context(), ws, b.ID))
		r.until(b, broadcast.Done)
		res, err := r.Results(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		if want := (broadcast.Funnel{Total: 21, Sent: 21}); res.Funnel != want || len(res.ByVariant) != 2 || res.ByVariant[0].Sent+res.ByVariant[1].Sent != 21 || res.ByVariant[1].Sent < 8 ||
			res.ByDevice[0].Sent+res.ByDevice[1].Sent != 21 || len(res.ByHour) == 0 {
			t.Errorf("got %+v", res)
		}
		var out bytes.Buffer
		if err := r.WriteExport(t.Context(), b, &out); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(out.Bytes()[3:])).ReadAll()
		if err != nil || len(rows) != 22 {
			t.Fatalf("%d lines, %v; want 22", len(rows), err)
		}
		found := false
		for _, row := range rows {
			found = found || row[2] == "'=HYPERLINK(\"x\")"
		}
		if !found {
			t.Errorf("a formula is not made harmless in %q", rows)
		}
	})
}

// A dry run sends nothing and says when it would be over; so does a duplicate, which is a draft.
func TestADryRun(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		r.people(250)
		b := r.make(broadcast.Audience{All: true}, func(b *broadcast.Broadcast) {
			b.Pacing = broadcast.Pacing{Preset: broadcast.Normal}
			b.Window = &broadcast.Window{From: "09:00", To: "17:00"}
		})
		r.until(b, broadcast.Ready)
		hours, err := r.Timetable(t.Context(), r.must(r.Get(t.Context(), ws, b.ID)))
		if err != nil || len(hours) < 13 { // 250 strangers at 20 a day
			t.Fatalf("%d hours, %v; want at least 13 days' worth", len(hours), err)
		}
		total := int64(0)
		for _, h := range hours {
			total += h.Sends
			if at := time.UnixMilli(h.From).UTC(); at.Hour() < 9 || at.Hour() >= 17 || h.To <= h.From {
				t.Errorf("something goes at %v", at)
			}
		}
		if total != 250 || hours[len(hours)-1].Total != 250 || r.sky.sends() != 0 {
			t.Errorf("%d would go and %d went, want 250 and 0", total, r.sky.sends())
		}
		c := r.must(r.Duplicate(t.Context(), ws, b.ID, chat.Author{Kind: chat.ByMember, ID: "m"}))
		if v := r.view(c); v.State != broadcast.Draft || v.Window == nil {
			t.Errorf("the duplicate is %+v", v)
		}
		samples, err := r.Samples(t.Context(), c, 10)
		if err != nil || len(samples) != 10 || samples[0].Text == "" {
			t.Errorf("%d samples, %v: %+v", len(samples), err, samples)
		}
	})
}

// Devices that are lost hand over when that was asked for.
func TestAnotherDeviceTakesOver(t *testing.T) {
	each(t, 2, func(t *testing.T, r *rig) {
		r.people(40)
		b := r.make(broadcast.Audience{All: true}, func(b *broadcast.Broadcast) { b.TakeOver = true })
		r.until(b, broadcast.Ready)
		d := r.shelf.devices[1]
		r.Gone(device.Live{Device: d})
		r.shelf.edit("dev-1", func(d *device.Device) { d.State.Code = device.StateLoggedOut })
		r.must(r.Start(t.Context(), ws, b.ID))
		v := r.until(b, broadcast.Done)
		if bad := r.sky.doubled(); len(bad) > 0 || v.Counts != (broadcast.Counts{Sent: 40}) {
			t.Errorf("%+v; not once: %v", v.Counts, bad)
		}
	})
}
