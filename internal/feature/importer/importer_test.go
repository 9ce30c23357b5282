package importer_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/feature/importer"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

const (
	ws      = "ws-1"
	channel = "test"
)

// rig is the importer with what it writes into.
type rig struct {
	*importer.Service
	t        *testing.T
	contacts *contact.Service
	conf     importer.Config
}

func each(t *testing.T, fn func(r *rig)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		contacts := contact.New(d, contact.Config{})
		files := file.New(d, blob.Dir(t.TempDir()))
		events := event.New(event.Config{DB: d, Log: slog.New(slog.DiscardHandler)})
		c := importer.Config{
			DB: d, Log: slog.New(slog.DiscardHandler), Contacts: contacts, Files: files, Events: events, Node: "n1",
			Own:  func(context.Context, string) ([]string, error) { return []string{"6281200000000"}, nil },
			Zone: func(context.Context, string) (*time.Location, error) { return time.UTC, nil },
		}
		r := &rig{importer.New(c), t, contacts, c}
		dbtest.Migrated(t, d, contact.Module(contacts), file.Module(files, func(context.Context) string { return ws }), event.Module(events), importer.Module(r.Service))
		fn(r)
	})
}

// add uploads a file and chooses the channel.
func (r *rig) add(name, body string) importer.Import {
	r.t.Helper()
	i, err := r.Add(r.t.Context(), ws, "m", name, strings.NewReader(body))
	if err != nil {
		r.t.Fatalf("Add(%s): %v", name, err)
	}
	i.Options.Channel = channel
	return i
}

// finish starts an import and runs it to its end.
func (r *rig) finish(i importer.Import) importer.Import {
	r.t.Helper()
	if _, err := r.Start(r.t.Context(), i); err != nil {
		r.t.Fatal(err)
	}
	return r.run(i)
}

// run runs what waits until an import is over.
func (r *rig) run(i importer.Import) importer.Import {
	r.t.Helper()
	ctx, stop := context.WithCancel(r.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Service.Run(ctx) }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for {
		got, err := r.Get(r.t.Context(), ws, i.ID)
		if err != nil {
			r.t.Fatal(err)
		}
		if got.State != importer.Queued && got.State != importer.Running {
			stop()
			if err := <-ended; err != nil {
				r.t.Fatal(err)
			}
			return got
		}
		select {
		case <-tick.C:
		case <-deadline:
			r.t.Fatalf("the import is still %s at %d", got.State, got.Done)
		}
	}
}

func (r *rig) count(text string) int {
	r.t.Helper()
	n, err := filter.Parse(text)
	if err != nil {
		r.t.Fatal(err)
	}
	count, err := r.contacts.Count(r.t.Context(), ws, n)
	if err != nil {
		r.t.Fatal(err)
	}
	return count
}

const shop = "Nama Lengkap;No. HP;Kota;Label;Catatan;Tgl Lahir\n" +
	"Sari;0812 9064 1111;Bandung;grosir, langganan;suka merah;17/05/1990\n" +
	"Budi;8.12E+10;Solo;;;\n" +
	"Tono;+62 812-9064-3333;Solo;;;kemarin\n" +
	"Sari lagi;6281290641111;;;;\n" +
	"Kami;0812 0000 0000;;;;\n" +
	"Rina;0812 9064 4444 / 0812 9064 5555;;;;\n" +
	";;;;;\n" +
	"Kantor;021-5551234;;;;\n" +
	"Joko;;;;;\n" +
	"Keluar;081290646666;Solo;;;\n"

func TestAFileIsPreviewedAndWritten(t *testing.T) {
	each(t, func(r *rig) {
		ctx := t.Context()
		for name, kind := range map[string]filter.Kind{"Kota": filter.Text, "Tgl lahir": filter.Date} {
			if _, err := r.contacts.AddField(ctx, ws, name, kind, nil); err != nil {
				t.Fatal(err)
			}
		}
		out, err := r.contacts.EnterMany(ctx, ws, []contact.Entry{{Channel: channel, Phone: "6281290646666", Name: "Lama"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.contacts.SetConsent(ctx, ws, out[0].ContactID, contact.ConsentEntry{State: contact.ConsentOut, Source: contact.ConsentByContact}); err != nil {
			t.Fatal(err)
		}
		i := r.add("pelanggan.csv", shop)
		if diff := cmp.Diff([]string{"name", "phone", "field.kota", "tags", "note", "field.tgl_lahir"}, i.Options.Columns); diff != "" {
			t.Errorf("proposed (-want +got):\n%s", diff)
		}
		i.Options.Consent, i.Options.Why = true, "formulir"
		p, err := r.Preview(ctx, i, importer.Ask{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		counts := map[importer.Verdict]int{importer.Added: 3, importer.Duplicate: 1, importer.Invalid: 3, importer.Own: 1, importer.OptedOut: 1}
		if diff := cmp.Diff(counts, p.Counts); diff != "" || p.Looked != i.Total || i.Total != 9 {
			t.Errorf("preview of %d of %d (-want +got):\n%s", p.Looked, i.Total, diff)
		}
		want := []importer.Line{
			{Row: 2, Verdict: importer.Added, Cell: "0812 9064 1111", Phone: "6281290641111", Name: "Sari"},
			{Row: 3, Verdict: importer.Invalid, Why: contact.LostDigits, Cell: "8.12E+10", Name: "Budi"},
			{Row: 4, Verdict: importer.Added, Cell: "+62 812-9064-3333", Phone: "6281290643333", Name: "Tono", Ignored: []string{"Tgl Lahir"}},
			{Row: 5, Verdict: importer.Duplicate, Cell: "6281290641111", Phone: "6281290641111", Name: "Sari lagi"},
			{Row: 6, Verdict: importer.Own, Cell: "0812 0000 0000", Phone: "6281200000000", Name: "Kami"},
			{Row: 7, Verdict: importer.Added, Cell: "0812 9064 4444 / 0812 9064 5555", Phone: "6281290644444", Second: "6281290645555", Name: "Rina"},
			{Row: 9, Verdict: importer.Invalid, Why: contact.Landline, Cell: "021-5551234", Name: "Kantor"},
			{Row: 10, Verdict: importer.Invalid, Why: contact.NoNumber, Name: "Joko"},
			{Row: 11, Verdict: importer.OptedOut, Cell: "081290646666", Phone: "6281290646666", Name: "Keluar", ContactID: out[0].ContactID},
		}
		if diff := cmp.Diff(want, p.Lines, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
		if n := r.count("named"); n != 1 {
			t.Errorf("a preview has written: %d contacts", n)
		}
		got := r.finish(i)
		if got.State != importer.Done || got.Done != 9 || !cmp.Equal(counts, got.Counts) {
			t.Errorf("the import is %+v, want it done as previewed", got)
		}
		for text, want := range map[string]int{
			`named`: 4, `tag:"grosir" and tag:"langganan"`: 1, `field.kota = bandung and field.tgl_lahir = 1990-05-17`: 1, `opted_in`: 3, `opted_out`: 1, `field.kota = solo and name = lama`: 1,
		} {
			if n := r.count(text); n != want {
				t.Errorf("%s: %d contacts, want %d", text, n, want)
			}
		}
		again := r.add("pelanggan.csv", shop)
		if got := r.finish(again); got.Counts[importer.Added] != 0 || got.Counts[importer.Same] != 3 || r.count("named") != 4 {
			t.Errorf("the same file again: %+v", got.Counts)
		}
	})
}

func TestPoliciesOfMerging(t *testing.T) {
	each(t, func(r *rig) {
		ctx := t.Context()
		if _, err := r.contacts.EnterMany(ctx, ws, []contact.Entry{{Channel: channel, Phone: "6281290641111", Name: "Sari Asli"}}); err != nil {
			t.Fatal(err)
		}
		const body = "nama,hp,catatan\nSari Baru,081290641111,baru\n"
		i := r.add("a.csv", body)
		r.finish(i)
		if r.count(`name = "sari asli"`) != 1 {
			t.Error("fill has replaced a given name")
		}
		i = r.add("b.csv", body)
		i.Options.Policy = contact.Overwrite
		if got := r.finish(i); r.count(`name = "sari baru"`) != 1 || got.Counts[importer.Update] != 1 {
			t.Errorf("overwrite has left the name: %v", got.Counts)
		}
	})
}

// Who says no in any row, or in a later file, is out; who has once said no is out for good.
func TestANoInAFileIsHeeded(t *testing.T) {
	each(t, func(r *rig) {
		i := r.add("a.csv", "nama,hp,mau promo\nSari,081290641111,ya\nBudi,081290642222,ya\nTono,081290643333,gak mau\nRina,081290644444,nanti ditanya\nJoko,081290645555,\nSari,0812-9064-1111,TIDAK\n")
		i.Options.Consent = true
		got := r.finish(i)
		if want := (map[importer.Verdict]int{importer.Added: 5, importer.Duplicate: 1}); !cmp.Equal(got.Counts, want) {
			t.Errorf("the rows are %v, want %v", got.Counts, want)
		}
		for text, want := range map[string]int{`opted_out`: 2, `opted_out and name = sari`: 1, `opted_in`: 2, `opted_in and name = rina`: 0} {
			if n := r.count(text); n != want {
				t.Errorf("%s: %d contacts, want %d", text, n, want)
			}
		}
		got = r.finish(r.add("b.csv", "nama,hp,mau promo\nBudi,081290642222,tidak\nTono,081290643333,ya\n"))
		if want := (map[importer.Verdict]int{importer.Update: 1, importer.OptedOut: 1}); !cmp.Equal(got.Counts, want) || r.count("opted_out") != 3 {
			t.Errorf("a later file's rows are %v, want %v; %d are out, want 3", got.Counts, want, r.count("opted_out"))
		}
	})
}

func many(n int) string {
	var b strings.Builder
	b.WriteString("nama,nomor\n")
	for i := range n {
		fmt.Fprintf(&b, "Orang %d,08129%07d\n", i, i)
	}
	return b.String()
}

// A run that ends in the middle goes on where it was: nobody is written twice, nobody is left out.
func TestAnImportGoesOnAfterACrash(t *testing.T) {
	each(t, func(r *rig) {
		const n = 1000
		i := r.add("banyak.csv", many(n))
		if _, err := r.Start(t.Context(), i); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		stopping := 0
		r.contacts.Created.Add("crash", func(context.Context, contact.Contact) error {
			if stopping++; stopping == 450 {
				stop() // in the middle of the third chunk
				return errors.New("crash")
			}
			return nil
		})
		if err := r.Service.Run(ctx); err != nil {
			t.Fatal(err)
		}
		half, err := r.Get(t.Context(), ws, i.ID)
		if err != nil || half.Done != 400 || r.count("named") != 400 {
			t.Fatalf("after the crash: %d rows done, %d contacts, %v; want two whole chunks", half.Done, r.count("named"), err)
		}
		got := r.run(i)
		if got.State != importer.Done || got.Done != n || got.Counts[importer.Added] != n || r.count("named") != n {
			t.Errorf("in the end: %s, %d rows, %v, %d contacts", got.State, got.Done, got.Counts, r.count("named"))
		}
		if lines := r.report(got); len(lines) != n+1 {
			t.Errorf("the report has %d lines, want %d", len(lines), n+1)
		}
	})
}

func (r *rig) report(i importer.Import) [][]string {
	r.t.Helper()
	var b bytes.Buffer
	if err := r.WriteReport(r.t.Context(), i, &b); err != nil {
		r.t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
	if err != nil {
		r.t.Fatal(err)
	}
	return lines
}

func TestAnImportIsCancelled(t *testing.T) {
	each(t, func(r *rig) {
		i := r.add("banyak.csv", many(4000))
		if _, err := r.Start(t.Context(), i); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Start(t.Context(), i); !errors.Is(err, importer.ErrState) {
			t.Errorf("start again: %v, want ErrState", err)
		}
		begun, cancelled := make(chan struct{}), make(chan error, 1)
		first := sync.OnceFunc(func() { close(begun) })
		r.contacts.Created.Add("cancel", func(context.Context, contact.Contact) error { first(); return nil })
		go func() {
			<-begun
			now, err := r.Get(t.Context(), ws, i.ID)
			if err == nil {
				_, err = r.Cancel(t.Context(), now)
			}
			cancelled <- err
		}()
		done := r.run(i)
		if err := <-cancelled; err != nil || done.State != importer.Cancelled || done.Done >= done.Total || r.count("named") != done.Done {
			t.Fatalf("cancelled on the way: %v, %s at %d of %d with %d contacts; want what is written to stay", err, done.State, done.Done, done.Total, r.count("named"))
		}
		if _, err := r.Cancel(t.Context(), done); !errors.Is(err, importer.ErrState) {
			t.Errorf("cancel what is over: %v, want ErrState", err)
		}
		j := r.add("lain.csv", many(10))
		if _, err := r.Start(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		j.State = importer.Queued
		if _, err := r.Cancel(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		if got := r.run(j); got.State != importer.Cancelled || got.Done != 0 {
			t.Errorf("cancelled before it ran: %+v", got)
		}
		if err := r.Delete(t.Context(), done); err != nil {
			t.Errorf("delete: %v", err)
		}
		if _, err := r.Get(t.Context(), ws, done.ID); !errors.Is(err, importer.ErrNotFound) {
			t.Errorf("after that: %v, want ErrNotFound", err)
		}
	})
}

func TestExportsAreReadAgainAndRunNothing(t *testing.T) {
	each(t, func(r *rig) {
		names := []string{"=HYPERLINK(\"http://x\")", "+62 Budi", "-1+2", "@SUM(A1)", "Biasa, \"saja\"", "＝1+1"}
		var entries []contact.Entry
		for i, name := range names {
			entries = append(entries, contact.Entry{Channel: channel, Phone: fmt.Sprintf("62812906411%02d", i), Name: name})
		}
		if _, err := r.contacts.EnterMany(t.Context(), ws, entries); err != nil {
			t.Fatal(err)
		}
		for _, format := range []importer.Format{importer.CSV, importer.XLSX} {
			f, err := os.CreateTemp(t.TempDir(), "x")
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := r.WriteExport(t.Context(), ws, filter.Node{}, format, f); err != nil {
				t.Fatal(err)
			}
			rows := readBack(t, format, f.Name())
			if len(rows) != len(names)+1 {
				t.Fatalf("%s has %d rows, want %d", format, len(rows), len(names)+1)
			}
			for i, row := range rows[1:] {
				want := names[i]
				if i != 4 {
					want = "'" + want
				}
				if row[1] != want {
					t.Errorf("%s has the name %q, want %q", format, row[1], want)
				}
				if n := contact.ReadNumber(row[2]); n.Phone != entries[i].Phone {
					t.Errorf("%s has the number %q, which is read as %+v", format, row[2], n)
				}
			}
		}
	})
}

func readBack(t *testing.T, format importer.Format, name string) [][]string {
	t.Helper()
	if format == importer.XLSX {
		f, err := excelize.OpenFile(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := f.GetRows("Sheet1")
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
