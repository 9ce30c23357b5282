package desk_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/pingcrm/pingcrm/internal/desk"
	"github.com/pingcrm/pingcrm/internal/member"
)

func TestViewsStandInEachMembersOwnOrder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, shared := t.Context(), true
		ids := map[string]string{}
		for _, name := range []string{"A", "B", "C"} {
			v, err := w.s.AddView(ctx, ani, desk.ViewFields{Name: &name, Shared: &shared})
			if err != nil {
				t.Fatal(err)
			}
			ids[name] = v.ID
		}
		order := func(p member.Principal) (names []string) {
			t.Helper()
			list, err := w.s.Views(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range list {
				names = append(names, v.Name)
			}
			return names
		}
		for _, change := range []struct{ order, want []string }{
			{[]string{ids["C"], ids["A"], ids["B"]}, []string{"C", "A", "B"}},
			{[]string{ids["B"]}, []string{"B", "A", "C"}},
			{nil, []string{"A", "B", "C"}},
			{[]string{ids["C"]}, []string{"C", "A", "B"}},
		} {
			if err := w.s.OrderViews(ctx, ani, change.order); err != nil {
				t.Fatal(err)
			}
			if got := order(ani); !slices.Equal(got, change.want) {
				t.Errorf("ordered %v: got %v, want %v", change.order, got, change.want)
			}
		}
		if err := w.s.OrderViews(ctx, stranger, []string{ids["A"]}); !errors.Is(err, desk.ErrViewNotFound) {
			t.Errorf("a view of another workspace: got %v, want ErrViewNotFound", err)
		}
		if got, want := order(budi), []string{"A", "B", "C"}; !slices.Equal(got, want) {
			t.Errorf("budi got %v, want %v: the order is ani's own", got, want)
		}
		if err := w.s.ForgetMember(ctx, member.Member{WorkspaceID: ani.WorkspaceID, ID: ani.MemberID}); err != nil {
			t.Fatal(err)
		}
		if got, want := order(ani), []string{"A", "B", "C"}; !slices.Equal(got, want) {
			t.Errorf("after ani was removed: got %v, want %v", got, want)
		}
	})
}
