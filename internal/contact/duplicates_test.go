package contact_test

import (
	"errors"
	"testing"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

func TestOneContactsDuplicates(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		ctx := t.Context()
		ids := map[string]string{}
		for _, c := range []struct{ key, name, phone, channel string }{
			{"sari", "Sari Wulandari", "6281290641111", "wire"},
			{"on another channel", "Bu Sari", "6281290641111", "post"},
			{"with a zero", "S", "62081290641111", "wire"},
			{"the same name and digits", "sari wulandari", "6285511111111", "wire"},
			{"the same name", "Sari Wulandari", "6285512345678", "wire"},
			{"nobody like", "Budi", "6281290642222", "wire"},
		} {
			made, err := s.Create(ctx, "w", c.channel, c.name, c.phone)
			if err != nil {
				t.Fatalf("%s: %v", c.key, err)
			}
			ids[c.key] = made.ID
		}
		other := func(p contact.Pair, id string) string {
			if p.A.ID == id {
				return p.B.ID
			}
			return p.A.ID
		}
		pairs, err := s.DuplicatesOf(ctx, "w", ids["sari"])
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]contact.Likeness{}
		for _, p := range pairs {
			got[other(p, ids["sari"])] = p.Why
		}
		for key, want := range map[string]contact.Likeness{
			"on another channel": contact.SameNumber, "with a zero": contact.SameNumber, "the same name and digits": contact.SameName,
			"the same name": "", "nobody like": "", "sari": "",
		} {
			if got[ids[key]] != want {
				t.Errorf("%s: got %q, want %q", key, got[ids[key]], want)
			}
		}
		if pairs, err := s.DuplicatesOf(ctx, "w", ids["with a zero"]); err != nil || len(pairs) == 0 {
			t.Errorf("from the other side: got %v and %v, want a pair", pairs, err)
		}
		if _, err := s.DuplicatesOf(ctx, "v", ids["sari"]); !errors.Is(err, contact.ErrNotFound) {
			t.Errorf("another workspace: got %v, want ErrNotFound", err)
		}
	})
}
