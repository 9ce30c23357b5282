package team_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/team"
)

var errNobody = errors.New("no such member")

func newService(t *testing.T, d *db.DB) *team.Service {
	s := team.New(team.Config{DB: d, Member: func(_ context.Context, workspaceID, memberID string) error {
		if workspaceID != "w" || memberID == "siapa" {
			return errNobody
		}
		return nil
	}})
	dbtest.Migrated(t, d, team.Module(s))
	return s
}

func fields(name string, members ...string) team.Fields {
	return team.Fields{Name: &name, MemberIDs: &members}
}

func TestTeams(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		var told []string
		s.Changed.Add("test", func(_ context.Context, c team.Change) error {
			what := c.Team.Name + ":" + strings.Join(c.Team.MemberIDs, ",")
			if c.Deleted {
				what = "-" + what
			}
			told = append(told, what)
			return nil
		})
		a, err := s.Create(t.Context(), "w", fields(" Gudang ", "budi", "ani", "budi"))
		if err != nil || a.Name != "Gudang" {
			t.Fatalf("got %+v, %v", a, err)
		}
		for _, tt := range []struct {
			f    team.Fields
			want error
		}{
			{fields("gudang"), team.ErrTaken},
			{fields(" "), team.ErrName},
			{fields(strings.Repeat("é", 101)), team.ErrName},
			{fields("a\nb"), team.ErrName},
			{fields("Kasir", "siapa"), errNobody},
		} {
			if _, err := s.Create(t.Context(), "w", tt.f); !errors.Is(err, tt.want) {
				t.Errorf("Create(%q): got %v, want %v", *tt.f.Name, err, tt.want)
			}
		}
		if _, err := s.Create(t.Context(), "w", fields("Kasir", "ani")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Update(t.Context(), "w", a.ID, team.Fields{MemberIDs: &[]string{"ani"}}); err != nil {
			t.Fatal(err)
		}
		if err := s.ForgetMember(t.Context(), "w", "ani"); err != nil {
			t.Fatal(err)
		}
		list, err := s.List(t.Context(), "w")
		if err != nil || len(list) != 2 || len(list[0].MemberIDs)+len(list[1].MemberIDs) != 0 {
			t.Errorf("got %+v, %v; want two teams without anybody", list, err)
		}
		if err := s.Delete(t.Context(), "v", a.ID); !errors.Is(err, team.ErrNotFound) {
			t.Errorf("another workspace's: got %v, want ErrNotFound", err)
		}
		if err := s.Delete(t.Context(), "w", a.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), "w", a.ID); !errors.Is(err, team.ErrNotFound) {
			t.Errorf("deleted: got %v, want ErrNotFound", err)
		}
		want := []string{"Gudang:ani,budi", "Kasir:ani", "Gudang:ani", "Gudang:", "Kasir:", "-Gudang:"}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("what was told (-want +got):\n%s", diff)
		}
	})
}
