package contact

import (
	"strings"
	"testing"
)

func TestNumbersAsIndonesiaWritesThem(t *testing.T) {
	t.Parallel()
	const sari = "6281290641111"
	for cell, want := range map[string]Number{
		"081290641111": {Phone: sari}, "6281290641111": {Phone: sari}, "+62 812-9064-1111": {Phone: sari}, "81290641111": {Phone: sari},
		"0812 9064 1111": {Phone: sari}, "(0812) 9064.1111": {Phone: sari}, "081290641111.0": {Phone: sari}, "81290641111.00": {Phone: sari},
		"'081290641111": {Phone: sari}, `="081290641111"`: {Phone: sari}, "62081290641111": {Phone: sari}, "0062 81290641111": {Phone: sari},
		"٠٨١٢٩٠٦٤١١١١": {Phone: sari}, "０８１２９０６４１１１１": {Phone: sari}, "https://wa.me/6281290641111": {Phone: sari}, "\u00a0081290641111\u200b": {Phone: sari},
		"8.1290641111E+10": {Phone: sari}, "6.281290641111E+12": {Phone: sari}, "6,281290641111e12": {Phone: sari}, "8.12906411110000E+10": {Phone: sari},
		"8.12E+10": {Problem: LostDigits}, "6.28E+12": {Problem: LostDigits}, "6,28129E+12": {Problem: LostDigits}, "8E+10": {Problem: LostDigits}, "6.28E+99": {Problem: LostDigits},
		"81200000000": {Problem: LostDigits}, "6281200000000": {Problem: LostDigits}, "81200000000.0": {Problem: LostDigits},
		"081200000000": {Phone: "6281200000000"}, "+62 812 0000 0000": {Phone: "6281200000000"}, "81290600000": {Phone: "6281290600000"}, "6281290000000": {Phone: "6281290000000"},
		"081290641111 / 081290642222":    {Phone: sari, Second: "6281290642222"},
		"081290641111, 0812-9064-2222":   {Phone: sari, Second: "6281290642222"},
		"081290641111 atau 081290642222": {Phone: sari, Second: "6281290642222"},
		"081290641111\n081290641111":     {Phone: sari},
		"- / 081290641111":               {Phone: sari},
		"021-5551234":                    {Problem: Landline},
		"(022) 4201234":                  {Problem: Landline},
		"":                               {Problem: NoNumber},
		"  ":                             {Problem: NoNumber},
		"tidak punya":                    {Problem: NotANumber},
		"budi@example.com":               {Problem: NotANumber},
		"123":                            {Problem: NotANumber},
		"08123456789012345":              {Problem: NotANumber},
		"+14155552671":                   {Phone: "14155552671"},
		strings.Repeat("9", 1000):        {Problem: NotANumber},
	} {
		if got := ReadNumber(cell); got != want {
			t.Errorf("%.40q is read as %+v, want %+v", cell, got, want)
		}
	}
}

// FuzzReadNumber: a number is digits, and then there is no problem; never both, never neither.
func FuzzReadNumber(f *testing.F) {
	for _, s := range []string{"0812", "8.12E+10", "a/b;c", "+62", "1e1", "=\"0812\"", "081290641111 & 081290642222"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		n := ReadNumber(cell)
		if (n.Phone == "") == (n.Problem == "") || strings.Trim(n.Phone, "0123456789") != "" || n.Second != "" && n.Second == n.Phone {
			t.Errorf("%q is read as %+v", cell, n)
		}
	})
}
