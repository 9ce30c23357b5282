package group_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/wasim/internal/group"
)

// opened is a book with one group "g" of the owner, an admin and a member.
func opened(t testing.TB, change func(*group.Draft)) *group.Book {
	t.Helper()
	d := group.Draft{People: []string{"admin", "member", "owner", "member"}}
	d.ID, d.Creator, d.Invite, d.Subject.Text = "g", "owner", "code", "Grup"
	if change != nil {
		change(&d)
	}
	g, err := d.New(time.Unix(1, 0))
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	b := group.NewBook()
	b.Add(g)
	if _, _, err := b.Act("g", "owner", group.ActionPromote, []string{"admin"}, time.Unix(2, 0)); err != nil {
		t.Fatalf("promote: %v", err)
	}
	return b
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	yes := true
	act := func(by string, action group.Action, who string) func(*group.Book) error {
		return func(b *group.Book) error {
			_, list, err := b.Act("g", by, action, []string{who}, time.Unix(3, 0))
			if err == nil && list[0].Code != 0 {
				return list[0].Code
			}
			return err
		}
	}
	set := func(by string, s group.Setting) func(*group.Book) error {
		return func(b *group.Book) error { _, err := b.Set("g", by, s); return err }
	}
	closed := func(d *group.Draft) { d.Locked, d.AdminsAdd = true, true }
	name := group.Setting{Subject: &group.Note{Text: "Baru"}}
	long := group.Setting{Subject: &group.Note{Text: strings.Repeat("é", group.MaxSubject+1)}}
	for _, test := range []struct {
		name  string
		draft func(*group.Draft)
		do    func(*group.Book) error
		want  error
	}{
		{"a member adds", nil, act("member", group.ActionAdd, "new"), nil},
		{"a member adds where only admins may", closed, act("member", group.ActionAdd, "new"), group.NotAdmin},
		{"a stranger adds", nil, act("stranger", group.ActionAdd, "new"), group.NotAllowed},
		{"twice", nil, act("owner", group.ActionAdd, "member"), group.Already},
		{"a member removes", nil, act("member", group.ActionRemove, "admin"), group.NotAdmin},
		{"an admin removes", nil, act("admin", group.ActionRemove, "member"), nil},
		{"an admin removes the owner", nil, act("admin", group.ActionRemove, "owner"), group.NotAcceptable},
		{"removing nobody", nil, act("admin", group.ActionRemove, "stranger"), group.NotFound},
		{"a member promotes", nil, act("member", group.ActionPromote, "member"), group.NotAdmin},
		{"an admin demotes", nil, act("owner", group.ActionDemote, "admin"), nil},
		{"a member renames", nil, set("member", name), nil},
		{"a member renames a locked group", closed, set("member", name), group.NotAdmin},
		{"a stranger renames", nil, set("stranger", name), group.NotAllowed},
		{"an admin renames a locked group", closed, set("admin", name), nil},
		{"a name too long", nil, set("owner", long), group.NotAcceptable},
		{"a name of nothing", nil, set("owner", group.Setting{Subject: &group.Note{Text: " \t"}}), group.NotAcceptable},
		{"a member silences", nil, set("member", group.Setting{Announce: &yes}), group.NotAdmin},
		{"a member sees the link", nil, func(b *group.Book) error { _, err := b.Invite("g", "member"); return err }, nil},
		{"a member resets the link", nil, func(b *group.Book) error { _, err := b.ResetInvite("g", "member", "x"); return err }, group.NotAdmin},
		{"a group that isn't", nil, func(b *group.Book) error { _, err := b.Get("other"); return err }, group.NotFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := opened(t, test.draft)
			before, _ := b.Get("g")
			err := test.do(b)
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			after, _ := b.Get("g")
			if changed := !cmp.Equal(before.Members, after.Members) || before.Subject != after.Subject || before.Announce != after.Announce; err != nil && changed {
				t.Errorf("a refusal changed the group: %+v, was %+v", after, before)
			}
		})
	}
}

func TestLinksAndRequests(t *testing.T) {
	t.Parallel()
	b := opened(t, func(d *group.Draft) { d.Approval = true })
	if _, err := b.ResetInvite("g", "admin", "fresh"); err != nil {
		t.Fatalf("ResetInvite: %v", err)
	}
	for code, want := range map[string]error{"code": group.Gone, "never": group.NotAcceptable, "fresh": nil} {
		if _, err := b.ByCode(code); !errors.Is(err, want) {
			t.Errorf("ByCode(%s): got %v, want %v", code, err, want)
		}
	}
	for range 2 {
		if _, waits, err := b.Enter("fresh", "new", time.Unix(9, 0)); err != nil || !waits {
			t.Fatalf("Enter: waits %v, %v", waits, err)
		}
	}
	if _, _, err := b.Enter("fresh", "member", time.Unix(9, 0)); !errors.Is(err, group.Already) {
		t.Errorf("a member enters: got %v, want %v", err, group.Already)
	}
	g, list, err := b.Approve("g", "admin", []string{"new", "nobody"}, time.Unix(9, 0))
	want := []group.Outcome{{ID: "new"}, {ID: "nobody", Code: group.NotFound}}
	if diff := cmp.Diff(want, list); err != nil || diff != "" {
		t.Errorf("Answer: %v (-want +got):\n%s", err, diff)
	}
	if _, in := g.Member("new"); !in || len(g.Requests) != 0 {
		t.Errorf("after a yes: in %v, %d wait; want in, none", in, len(g.Requests))
	}
}

func TestAGroupEndsWithItsLastMember(t *testing.T) {
	t.Parallel()
	b := opened(t, nil)
	for _, who := range []string{"owner", "admin"} {
		if _, err := b.Leave("g", who); err != nil {
			t.Fatalf("Leave(%s): %v", who, err)
		}
	}
	g, err := b.Get("g")
	if err != nil || !g.IsAdmin("member") {
		t.Fatalf("the last one runs the group: %+v, %v", g, err)
	}
	if _, err := b.Leave("g", "member"); err != nil {
		t.Fatalf("Leave: %v", err)
	}
	if b.Len() != 0 || len(b.Of("member")) != 0 || len(b.Marks()) != 0 {
		t.Errorf("left are %d groups, %d of the member, %d marks", b.Len(), len(b.Of("member")), len(b.Marks()))
	}
	if _, err := b.ByCode("code"); !errors.Is(err, group.NotAcceptable) {
		t.Errorf("its link: got %v, want %v", err, group.NotAcceptable)
	}
}

func TestAGroupIsFull(t *testing.T) {
	t.Parallel()
	d := group.Draft{}
	d.ID, d.Creator, d.Subject.Text = "g", "owner", "Penuh"
	for i := range group.MaxMembers {
		d.People = append(d.People, fmt.Sprint(i))
	}
	if _, err := d.New(time.Unix(1, 0)); !errors.Is(err, group.Full) {
		t.Errorf("one too many: got %v, want %v", err, group.Full)
	}
	d.People = d.People[1:]
	g, err := d.New(time.Unix(1, 0))
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	b := group.NewBook()
	b.Add(g)
	if _, list, err := b.Act("g", "owner", group.ActionAdd, []string{"late"}, time.Unix(2, 0)); err != nil || list[0].Code != group.Full {
		t.Errorf("adding to a full group: got %v, %v, want %v", list, err, group.Full)
	}
}

// TestAGroupStaysWhole does random things to a group, and looks whether it is one after each.
func TestAGroupStaysWhole(t *testing.T) {
	t.Parallel()
	people := []string{"owner", "admin", "member", "a", "b", "c"}
	rapid.Check(t, func(r *rapid.T) {
		b := opened(t, nil)
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			by, who := rapid.SampledFrom(people).Draw(r, "by"), rapid.SampledFrom(people).Draw(r, "who")
			switch rapid.IntRange(0, 4).Draw(r, "what") {
			case 0:
				_, _ = b.Leave("g", who)
			case 1:
				_, _, _ = b.Enter("code", who, time.Unix(5, 0))
			default:
				action := rapid.SampledFrom([]group.Action{group.ActionAdd, group.ActionRemove, group.ActionPromote, group.ActionDemote}).Draw(r, "action")
				_, _, _ = b.Act("g", by, action, []string{who}, time.Unix(5, 0))
			}
			g, err := b.Get("g")
			if err != nil {
				return
			}
			checkWhole(r, b, g, people)
		}
	})
}

func checkWhole(r *rapid.T, b *group.Book, g *group.Group, people []string) {
	seen := map[string]bool{}
	for _, m := range g.Members {
		if seen[m.ID] {
			r.Fatalf("%s is in twice: %+v", m.ID, g.Members)
		}
		seen[m.ID] = true
	}
	for _, who := range people {
		if listed := len(b.Of(who)) == 1; listed != seen[who] {
			r.Fatalf("%s in the group: %v, in the index: %v", who, seen[who], listed)
		}
	}
	if !slices.ContainsFunc(g.Members, func(m group.Member) bool { return m.Role != group.RoleMember }) {
		r.Fatalf("nobody runs the group: %+v", g.Members)
	}
}
