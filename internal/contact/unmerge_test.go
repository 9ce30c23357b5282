package contact_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// Two contacts become one by an address and are taken apart again: each is as it was, and they stay two.
func TestAMergeIsTakenBack(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		var told []contact.Merge
		s.Unmerged.Add("test", func(_ context.Context, m contact.Merge) error { told = append(told, m); return nil })
		a := resolve(t, s, peer("", phone("6281")))
		b := resolve(t, s, peer("Budi", lid("99")))
		if _, err := s.Unmerge(t.Context(), ws, a.ID); !errors.Is(err, contact.ErrNoMerge) {
			t.Errorf("before they are one: got %v, want ErrNoMerge", err)
		}
		one := resolve(t, s, peer("", phone("6281"), lid("99")))
		if one.ID != a.ID || one.Name != "Budi" {
			t.Fatalf("merged into %+v, want the elder with Budi's name", one)
		}
		gone, err := s.Unmerge(t.Context(), ws, b.ID) // by either id
		if err != nil || gone.ID != b.ID || gone.MergedInto != "" || gone.Name != "Budi" {
			t.Fatalf("taken apart: %+v, %v; want Budi of before", gone, err)
		}
		if len(told) != 1 || told[0].Kept.ID != a.ID || told[0].Gone.ID != b.ID || len(told[0].Moved) != 1 {
			t.Errorf("told %+v, want it once with both", told)
		}
		again, err := s.Get(t.Context(), ws, a.ID)
		if err != nil || again.Name != "" || again.Phone != "6281" {
			t.Errorf("the one that was kept is %+v, %v; want it without Budi's name", again, err)
		}
		got := []string{
			resolve(t, s, peer("", phone("6281"))).ID, resolve(t, s, peer("", lid("99"))).ID, resolve(t, s, peer("", lid("99"), phone("6281"))).ID,
		}
		if diff := cmp.Diff([]string{a.ID, b.ID, b.ID}, got); diff != "" {
			t.Errorf("phone, LID and both are whose (-want +got):\n%s", diff)
		}
		if _, err := s.Unmerge(t.Context(), ws, a.ID); !errors.Is(err, contact.ErrNoMerge) {
			t.Errorf("a second time: got %v, want ErrNoMerge", err)
		}
	})
}

// What a member has changed since the merge stays; other workspaces see nothing of it.
func TestTakingApartKeepsWhatWasWritten(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		a := resolve(t, s, peer("Lama", phone("6281")))
		resolve(t, s, peer("Budi", lid("99")))
		resolve(t, s, peer("", phone("6281"), lid("99")))
		name := "Pak Budi"
		if _, err := s.Update(t.Context(), ws, a.ID, contact.Change{Name: &name}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Unmerge(t.Context(), "ws-2", a.ID); !errors.Is(err, contact.ErrNotFound) {
			t.Errorf("another workspace: got %v, want ErrNotFound", err)
		}
		if _, err := s.Unmerge(t.Context(), ws, a.ID); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(t.Context(), ws, a.ID); err != nil || got.Name != name || got.NameSource != contact.NameGiven {
			t.Errorf("got %+v, %v; want the given name kept", got, err)
		}
	})
}

func TestWhatAContactWasMadeOfIsListed(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		a := resolve(t, s, peer("Lama", phone("6281")))
		b := resolve(t, s, peer("Budi", lid("99")))
		if list, err := s.Merges(t.Context(), ws, a.ID); err != nil || len(list) != 0 {
			t.Errorf("of one alone: %v, %v, want none", list, err)
		}
		if _, err := s.Join(t.Context(), ws, b.ID, a.ID); err != nil {
			t.Fatal(err)
		}
		list, err := s.Merges(t.Context(), ws, b.ID) // by either id
		if err != nil || len(list) != 1 || list[0].Gone.ID != b.ID || list[0].Gone.Name != "Budi" || list[0].At == 0 {
			t.Errorf("got %+v, %v, want Budi", list, err)
		}
		if _, err := s.Merges(t.Context(), "stranger", a.ID); !errors.Is(err, contact.ErrNotFound) {
			t.Errorf("of another workspace: %v, want ErrNotFound", err)
		}
		if _, err := s.Unmerge(t.Context(), ws, a.ID); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Merges(t.Context(), ws, a.ID); err != nil || len(list) != 0 {
			t.Errorf("after it was taken apart: %v, %v, want none", list, err)
		}
	})
}
