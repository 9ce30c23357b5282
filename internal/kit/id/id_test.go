package id_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

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

// Work that is done again gets the ids that it got the first time; other work, and work at another time, gets others.
func TestIDsOfWorkThatIsDoneAgain(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC).UnixMilli()
	three := func(text string, at int64) (ids []string) {
		ctx := id.Seeded(t.Context(), text, at)
		for range 3 {
			made, again := id.For(ctx)
			if u, err := uuid.Parse(made); err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 || !again {
				t.Errorf("%q is no UUIDv7 of work that may be done again: %v", made, err)
			} else if sec, nsec := u.Time().UnixTime(); time.Unix(sec, nsec).UnixMilli() != at {
				t.Errorf("%q was made at %d, want %d", made, time.Unix(sec, nsec).UnixMilli(), at)
			}
			ids = append(ids, made)
		}
		return ids
	}
	first := three("a", at)
	if diff := cmp.Diff(first, three("a", at)); diff != "" {
		t.Errorf("done again (-first +second):\n%s", diff)
	}
	all := slices.Concat(first, three("b", at), three("a", at+1))
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 9 {
		t.Errorf("%d different ids, want 9", n)
	}
	if made, again := id.For(t.Context()); again || !id.Valid(made) {
		t.Errorf("outside of such work: %q, %v", made, again)
	}
}
