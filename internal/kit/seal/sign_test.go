package seal_test

import (
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/seal"
)

func TestSignaturesAreOfTheirPartsAndTheirInstallation(t *testing.T) {
	t.Parallel()
	load := func(secret string) *seal.Box {
		b, err := seal.Load(t.TempDir(), secret)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	box, twin, other := load("enam belas huruf lebih"), load("enam belas huruf lebih"), load("rahasia yang lain lagi")
	good := box.Sign("link", "ab", "c")
	if !box.Signed(good, "link", "ab", "c") || !twin.Signed(good, "link", "ab", "c") {
		t.Error("a signature is not known to its own installation")
	}
	for what, bad := range map[string]bool{
		"another installation": other.Signed(good, "link", "ab", "c"), "another purpose": box.Signed(good, "login", "ab", "c"),
		"parts cut elsewhere": box.Signed(good, "link", "a", "bc"), "a part less": box.Signed(good, "link", "ab"),
		"nothing": box.Signed("", "link", "ab", "c"), "a changed signature": box.Signed("A"+good[1:]+"A", "link", "ab", "c"),
	} {
		if bad {
			t.Errorf("%s is taken for signed", what)
		}
	}
}
