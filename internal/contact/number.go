package contact

import (
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// NumberProblem says why a cell is no number that can be written to; a stable word, explained in both languages by ExplainNumber.
type NumberProblem string

// The problems.
const (
	NoNumber   NumberProblem = "no_number"   // the cell is empty
	NotANumber NumberProblem = "not_a_phone" // letters, or too few or too many digits
	LostDigits NumberProblem = "lost_digits" // a spreadsheet rounded it: 8.12E+10
	Landline   NumberProblem = "landline"    // WhatsApp is rarely there
)

// Number is what a cell with a phone number says.
type Number struct {
	Phone   string // digits with country code; "" with a Problem
	Second  string // of a cell with two numbers, the other one
	Problem NumberProblem
}

// scientific is how a spreadsheet writes a large number: digits, a point or comma, more digits, the exponent.
//
//arch:global a pattern, never written
var scientific = regexp.MustCompile(`^\s*[+]?(\d)(?:[.,](\d*))?[eE][+]?(\d{1,2})\s*$`)

// rounded is what is left of 8.12E+10 when a spreadsheet has saved it as the number that it shows. A person who has such a
// number writes its 0 or +, which a spreadsheet's number hasn't. With 62 before it, programs write numbers too: it takes more zeros there.
//
//arch:global a pattern, never written
var rounded = regexp.MustCompile(`^(?:8\d{1,6}0{6,}|628\d{0,2}0{8,})$`)

// between are the ways in which people write two numbers into one cell. A blank alone is none: 0812 3456 789.
//
//arch:global a pattern, never written
var between = regexp.MustCompile(`\s*(?:[,;/|&\n]|\batau\b|\bdan\b|\bor\b)\s*`)

// ReadNumber reads a cell as people and spreadsheets write numbers: 0812…, 62…, +62 812-…, 812…, with .0 behind, in full-width
// or Arabic digits, two in one cell. What a spreadsheet has rounded (8.12E+10, 81200000000) is refused unless all digits are there.
func ReadNumber(cell string) Number {
	cell = strings.Trim(cell, " \t\r\n\u00a0'\"`")
	if cell == "" {
		return Number{Problem: NoNumber}
	}
	if m := scientific.FindStringSubmatch(cell); m != nil {
		return exact(m)
	}
	if phone, err := ParsePhone(PlainNumber(cell), ""); err == nil {
		if rounded.MatchString(PlainNumber(cell)) {
			return Number{Problem: LostDigits}
		}
		return reachable(phone)
	}
	parts := between.Split(cell, -1)
	if len(parts) < 2 {
		return Number{Problem: NotANumber}
	}
	var found []string
	first := Number{Problem: NotANumber}
	for _, p := range parts {
		switch n := ReadNumber(p); {
		case n.Phone != "":
			found = append(found, n.Phone)
		case first.Problem == NotANumber && n.Problem != NoNumber:
			first.Problem = n.Problem
		}
	}
	if len(found) == 0 {
		return first
	}
	n := Number{Phone: found[0]}
	if len(found) > 1 && found[1] != found[0] {
		n.Second = found[1]
	}
	return n
}

// PlainNumber takes off what spreadsheets and phone books put around a number.
func PlainNumber(cell string) string {
	cell = strings.TrimPrefix(cell, "=")
	cell = strings.Trim(cell, `"'`)
	for _, prefix := range []string{"tel:", "wa.me/", "https://wa.me/", "WA:", "wa:", "WA ", "wa "} {
		cell = strings.TrimPrefix(cell, prefix)
	}
	if whole, zeros, ok := strings.Cut(cell, "."); ok && len(whole) >= 8 && strings.Trim(zeros, "0") == "" {
		return whole
	}
	return cell
}

// exact takes a number in scientific form when each of its digits is written.
func exact(m []string) Number {
	digits := m[1] + m[2]
	exponent := int(m[3][0] - '0')
	if len(m[3]) == 2 {
		exponent = exponent*10 + int(m[3][1]-'0')
	}
	digits = strings.TrimRight(digits, "0") + strings.Repeat("0", max(0, len(m[2])-len(strings.TrimRight(m[2], "0"))))
	if len(m[1]+m[2]) < exponent+1 || exponent > 15 {
		return Number{Problem: LostDigits}
	}
	whole := (m[1] + m[2])[:exponent+1]
	if strings.Trim((m[1] + m[2])[exponent+1:], "0") != "" || digits == "" {
		return Number{Problem: LostDigits}
	}
	phone, err := ParsePhone(whole, "")
	if err != nil {
		return Number{Problem: NotANumber}
	}
	return reachable(phone)
}

// reachable refuses numbers of fixed lines.
func reachable(phone string) Number {
	if _, mobile := indonesianMobile(phone, true); mobile {
		return Number{Phone: phone}
	}
	n, err := phonenumbers.Parse("+"+phone, "")
	if err == nil && phonenumbers.GetNumberType(n) == phonenumbers.FIXED_LINE {
		return Number{Problem: Landline}
	}
	return Number{Phone: phone}
}

// ExplainNumber says a problem in words.
func ExplainNumber(p NumberProblem) fault.Text {
	switch p {
	case NoNumber:
		return fault.Text{ID: "Tidak ada nomor di baris ini.", EN: "There is no number in this row."}
	case LostDigits:
		return fault.Text{
			ID: "Excel membulatkan nomor ini dan digitnya hilang. Ubah format kolom menjadi Teks, tulis ulang nomornya, lalu unggah lagi.",
			EN: "Excel has rounded this number and its digits are lost. Set the column's format to Text, write the number again, then upload again.",
		}
	case Landline:
		return fault.Text{ID: "Ini nomor telepon rumah atau kantor, biasanya tidak ada di WhatsApp.", EN: "This is the number of a fixed line, which is rarely on WhatsApp."}
	case NotANumber:
		return fault.Text{ID: "Ini bukan nomor telepon yang benar.", EN: "This is no valid phone number."}
	}
	return fault.Text{}
}
