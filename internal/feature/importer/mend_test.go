package importer_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/feature/importer"
)

// A refused row is judged anew by what somebody writes in its place, or is left out; the file's other cells stay, and what is
// said of it holds in the preview, in what is written, and in the report.
func TestRowsAreMended(t *testing.T) {
	each(t, func(r *rig) {
		t := r.t
		i := r.add("a.csv", "Nama,HP,HP 2,Tag\nAni,0812,,vip\nBudi,081290641112,,vip\nCitra,bukan,,vip\nDodi,6281200000000,,\nEka,?,081290641115,baru\nFajar,0813,,hantu\n")
		i.Options.Columns = []string{"name", "phone", "phone", "tags"}
		i.Options.Mends = []importer.Mend{
			{Row: 2, Phone: " 0812-9064-1111 ", Name: "Ani Lestari"},
			{Row: 4, Phone: "081290641112"}, // Budi's
			{Row: 5, LeftOut: true},
			{Row: 6, Phone: "masih salah"},
			{Row: 7, LeftOut: true, Phone: "081290641119"},
		}
		want := map[importer.Verdict]int{importer.Added: 2, importer.Duplicate: 1, importer.LeftOut: 2, importer.Invalid: 1}
		p, err := r.Preview(t.Context(), i, importer.Ask{Limit: 50})
		if diff := cmp.Diff(want, p.Counts); diff != "" || err != nil {
			t.Fatalf("%v, the preview's counts (-want +got):\n%s", err, diff)
		}
		if got := p.Lines[0]; !got.Mended || got.Name != "Ani Lestari" || got.Phone != "6281290641111" || got.Cell != "0812-9064-1111" {
			t.Errorf("the mended row is %+v", got)
		}
		if got := p.Lines[1]; got.Mended || got.Name != "Budi" {
			t.Errorf("a row that nobody mended is %+v", got)
		}
		if got := p.Lines[4]; got.Cell != "masih salah" || got.Why == "" {
			t.Errorf("what is mended wrongly is %+v, want it refused by what was written", got)
		}
		done := r.finish(i)
		if diff := cmp.Diff(want, done.Counts); diff != "" {
			t.Errorf("the counts (-want +got):\n%s", diff)
		}
		cards, err := r.contacts.ByPhones(t.Context(), ws, channel, []string{"6281290641111", "6281290641115", "6281290641119"})
		if err != nil || len(cards) != 1 || cards["6281290641111"].Name != "Ani Lestari" {
			t.Errorf("written are %+v, %v; want Ani alone", cards, err)
		}
		tags, err := r.contacts.Tags(t.Context(), ws)
		for _, tag := range tags {
			if tag.Name == "hantu" {
				t.Error("a row that is left out has made its tag")
			}
		}
		var report bytes.Buffer
		if err := errors.Join(err, r.WriteReport(t.Context(), done, &report)); err != nil || strings.Count(report.String(), ",left_out,") != 2 {
			t.Errorf("%v, the report is\n%s", err, report.String())
		}
	})
}

func TestMendsThatAreNone(t *testing.T) {
	each(t, func(r *rig) {
		t := r.t
		i := r.add("a.csv", "Nama,HP\nAni,0812\n")
		for name, mends := range map[string][]importer.Mend{
			"twice":    {{Row: 2, Name: "A"}, {Row: 2, LeftOut: true}},
			"nothing":  {{Row: 2, Phone: "  "}},
			"nowhere":  {{Name: "A"}},
			"too many": make([]importer.Mend, 1001),
		} {
			i.Options.Mends = mends
			if _, err := r.Preview(t.Context(), i, importer.Ask{Limit: 1}); !errors.Is(err, importer.ErrMends) {
				t.Errorf("%s: Preview = %v, want ErrMends", name, err)
			}
			if _, err := r.Start(t.Context(), i); !errors.Is(err, importer.ErrMends) {
				t.Errorf("%s: Start = %v, want ErrMends", name, err)
			}
		}
	})
}
