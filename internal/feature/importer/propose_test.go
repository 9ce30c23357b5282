package importer

import (
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/contact"
)

func TestColumnsAreProposed(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"No|Nama Pelanggan|No. HP|Keterangan|Kategori": "|name|phone|note|tags",
		"First Name|Last Name|Mobile Phone|Email":      "name|name|phone|",
		"A|B|C":             "|phone|",
		"nama_depan|WA|kol": "name|phone|",
		"No. HP/WA|Nama|x":  "phone|name|",
	} {
		h := strings.Split(header, "|")
		samples := [][]string{{"1", "081290641111", "081290641112"}, {"2", "081290641113", "x"}}
		if h[0] != "A" {
			samples = [][]string{{"1", "x", "081290641111"}}
		}
		if got := strings.Join(propose(h, samples, nil), "|"); got != want {
			t.Errorf("%s is proposed as %s, want %s", header, got, want)
		}
	}
}

func TestAConsentIsReadAsShopsWriteIt(t *testing.T) {
	t.Parallel()
	for want, cells := range map[contact.Consent]string{
		contact.ConsentIn:      "ya|Ya|Y|iya kak|OK|oke|boleh|mau|setuju|in|✓|1",
		contact.ConsentOut:     "tidak|TIDAK MAU|gak mau|ga|Tdk|jangan lagi|stop|no|Don't|nggak usah|n|0|BERHENTI|tidak setuju|❌",
		contact.ConsentUnknown: "|-|nanti ditanya|belum|x|brownies",
	} {
		for cell := range strings.SplitSeq(cells, "|") {
			if got := consentOf(cell); got != want {
				t.Errorf("%q is read as %q, want %q", cell, got, want)
			}
		}
	}
}

func TestAColumnOfConsentsIsKnownByWhatStandsInIt(t *testing.T) {
	t.Parallel()
	answers := [][]string{{"081290641111", "ya"}, {"081290641112", "-"}, {"081290641113", "gak mau"}}
	for header, want := range map[string]string{"HP|Mau promo?": "phone|consent", "HP|Boleh kirim siaran": "phone|consent", "HP|Reseller": "phone|"} {
		if got := strings.Join(propose(strings.Split(header, "|"), answers, nil), "|"); got != want {
			t.Errorf("%s is proposed as %s, want %s", header, got, want)
		}
	}
	for _, samples := range [][][]string{{{"081290641111", "Diskon 20%"}}, {{"081290641111", ""}}} {
		if got := propose([]string{"HP", "Promo terakhir"}, samples, nil); got[1] != "" {
			t.Errorf("promotions %q are proposed as %s", samples, got[1])
		}
	}
}
