package id_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/id"
)

func TestNewIsUniqueOrderedAndValid(t *testing.T) {
	t.Parallel()
	ids := make([]string, 10_000)
	for i := range ids {
		ids[i] = id.New()
	}
	if !slices.IsSorted(ids) {
		t.Error("ids are not in the order in which they were made")
	}
	if n := len(slices.Compact(slices.Clone(ids))); n != len(ids) {
		t.Errorf("%d of %d ids are unique", n, len(ids))
	}
	if !id.Valid(ids[0]) || ids[0][14] != '7' {
		t.Errorf("%s is no UUIDv7", ids[0])
	}
}

func TestValid(t *testing.T) {
	t.Parallel()
	good := "01890a5d-ac96-774b-bcce-b302099a8057"
	for s, want := range map[string]bool{
		good: true, strings.ToUpper(good): true, "": false, good[1:]: false, "{" + good + "}": false, "urn:uuid:" + good: false,
		strings.ReplaceAll(good, "-", ""): false, strings.Replace(good, "0", "x", 1): false, good + "\x00": false,
	} {
		if got := id.Valid(s); got != want {
			t.Errorf("Valid(%q) = %v, want %v", s, got, want)
		}
	}
}
