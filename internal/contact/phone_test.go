package contact_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/contact"
)

func TestParsePhone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ raw, region, want string }{
		{"081290641111", "", "6281290641111"},
		{"6281290641111", "", "6281290641111"},
		{"+62 812-9064-1111", "", "6281290641111"},
		{"+62 (0)812 9064 1111", "", "6281290641111"},
		{"62 0812 9064 1111", "", "6281290641111"},
		{"0062 812 9064 1111", "", "6281290641111"},
		{"81290641111", "", "6281290641111"},
		{"8.1290641111E+10", "", "6281290641111"},
		{"6,281290641111E+12", "", "6281290641111"},
		{"6281290641111.0", "", "6281290641111"},
		{"\u0660\u0668\u0661\u0662\u0669\u0660\u0666\u0664\u0661\u0661\u0661\u0661", "", "6281290641111"},
		{"\uff10\uff18\uff11\uff12\uff19\uff10\uff16\uff14\uff11\uff11\uff11\uff11", "", "6281290641111"},
		{"\u202a+62 812\u20119064\u20111111\u202c", "", "6281290641111"},
		{"021-5551234", "", "62215551234"},
		{"6591234567", "", "6591234567"},
		{"+65 9123 4567", "ID", "6591234567"},
		{"91234567", "sg", "6591234567"},
	} {
		if got, err := contact.ParsePhone(c.raw, c.region); err != nil || got != c.want {
			t.Errorf("ParsePhone(%q, %q): got %q, %v; want %q", c.raw, c.region, got, err, c.want)
		}
	}
}

func TestParsePhoneRefuses(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", " ", "+", "abc", "0812abc", "112", "0812 9064 1111 ext 5", "6281290641111@s", "12345678901234567890",
		"8.1290641111E+99", "NaN", "1e400", "+62", strings.Repeat("6", 200), "0812\x00", "++62812", "0812+62", "08123456789012345",
	} {
		if got, err := contact.ParsePhone(raw, ""); !errors.Is(err, contact.ErrPhone) {
			t.Errorf("ParsePhone(%q): got %q, %v; want ErrPhone", raw, got, err)
		}
	}
}

// What comes out is digits only, and goes in again as the same number.
func FuzzParsePhone(f *testing.F) {
	for _, s := range []string{"0812", "+62 812-9064-1111", "8.12E+10", "\uff10", "62081", "0062812", "1e16", "-0"} {
		f.Add(s, "ID")
		f.Add(s, "US")
	}
	f.Fuzz(func(t *testing.T, raw, region string) {
		got, err := contact.ParsePhone(raw, region)
		if err != nil {
			return
		}
		if len(got) < 5 || len(got) > 17 || strings.Trim(got, "0123456789") != "" {
			t.Fatalf("ParsePhone(%q, %q) got %q, want 5 to 17 digits", raw, region, got)
		}
		again, err := contact.ParsePhone("+"+got, region)
		if err != nil || again != got {
			t.Errorf("ParsePhone(+%s) got %q, %v; want the same number", got, again, err)
		}
	})
}
