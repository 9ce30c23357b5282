package importer

import (
	"strings"
	"testing"
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
