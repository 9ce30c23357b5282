package importer

import (
	"strings"
	"unicode"

	"github.com/pingcrm/pingcrm/internal/contact"
)

// headings are the words by which people call columns, Indonesian and English, in small letters without signs.
func headings() map[string][]string {
	return map[string][]string{
		toPhone: {
			"nomor", "no", "nohp", "no hp", "nomor hp", "no telp", "no telepon", "nomor telepon", "telepon", "telp", "hp", "handphone", "wa", "no wa", "nomor wa",
			"no whatsapp", "nomor whatsapp", "phone", "phone number", "mobile", "mobile phone", "mobile number", "cell", "tel", "telephone", "msisdn", "kontak", "contact",
			"phone 1 value", "ponsel", "no ponsel", "nomor ponsel", "no handphone", "nomor handphone", "no hp wa", "no wa hp", "nomor hp wa", "nomor wa hp", "hp wa", "wa hp",
		},
		toName: {
			"nama", "name", "nama lengkap", "full name", "nama pelanggan", "nama customer", "customer", "pelanggan", "nama kontak", "contact name", "first name", "last name",
			"nama depan", "nama belakang", "given name", "family name", "nama pembeli", "nama penerima", "customer name", "display name",
		},
		toNote:    {"catatan", "note", "notes", "keterangan", "ket", "memo", "remark", "remarks", "komentar"},
		toTags:    {"tag", "tags", "label", "labels", "kategori", "category", "grup", "group", "kelompok", "segmen"},
		toConsent: {"consent", "persetujuan", "opt in", "optin", "setuju", "izin", "langganan promo", "newsletter"},
	}
}

// heading brings a column's name into the form of the words.
func heading(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return ' '
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// propose guesses what the columns are, by their names and, for the number, by what stands below.
func propose(header []string, samples [][]string, fields []contact.Field) []string {
	words := map[string]string{}
	for to, list := range headings() {
		for _, w := range list {
			words[w] = to
			if bare, ok := strings.CutPrefix(w, "no "); ok && to == toPhone {
				words[bare] = to
			}
		}
	}
	for _, f := range fields {
		words[heading(f.Name)], words[heading(f.Key)] = toField+f.Key, toField+f.Key
	}
	out := make([]string, len(header))
	numbered := false
	for i, h := range header {
		out[i] = words[heading(h)]
		if out[i] == toPhone && heading(h) == "no" && numbers(samples, i) == 0 { // a running number
			out[i] = toNothing
		}
		if out[i] == toNothing && asksConsent(heading(h), samples, i) {
			out[i] = toConsent
		}
		numbered = numbered || out[i] == toPhone
	}
	if numbered {
		return out
	}
	best, most := -1, 0
	for i := range header {
		if n := numbers(samples, i); n > most && out[i] == toNothing {
			best, most = i, n
		}
	}
	if best >= 0 {
		out[best] = toPhone
	}
	return out
}

// numbers counts the phone numbers in a column of the samples.
func numbers(samples [][]string, column int) (n int) {
	for _, row := range samples {
		if column < len(row) {
			if found := contact.ReadNumber(row[column]); found.Phone != "" || found.Problem == contact.LostDigits {
				n++
			}
		}
	}
	return n
}
