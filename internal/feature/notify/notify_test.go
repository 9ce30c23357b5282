package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/desk"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/feature/notify"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/team"
)

func (r *rig) key() string {
	r.t.Helper()
	k, err := r.nodes[0].PublicKey(r.t.Context())
	if err != nil {
		r.t.Fatalf("the key: %v", err)
	}
	return k
}

// mention is told to everybody in any case, so it shows that what came before it was not.
func (r *rig) mention(mark string, of ...string) {
	r.t.Helper()
	r.tell(event.NoteCreated, event.NoteData{
		Note: desk.Note{ID: "n", ChatID: "notes", By: chat.ByMember, ByID: "nobody", Text: mark}, Mentioned: of,
	})
}

func TestAMessageRingsWhoseBusinessItIs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, 1)
		owner, ani := r.join("owner", member.Owner), r.join("ani", member.Agent)
		tm, err := r.teams.Create(t.Context(), r.ws, team.Fields{Name: ptr("Gudang"), MemberIDs: &[]string{ani.ID}})
		if err != nil {
			t.Fatal(err)
		}
		r.chat("notes", nil)
		ownerBrowser, aniBrowser := r.hang(r.signIn("owner"), nil), r.hang(r.signIn("ani"), func(f *notify.Fields) { f.Language = "en" })
		r.run()

		mark := 0
		for _, c := range []struct {
			name       string
			chat       func(*chat.Chat)
			owner, ani bool
		}{
			{"nobody's", nil, true, true},
			{"ani's", func(c *chat.Chat) { c.AssigneeID = ani.ID }, false, true},
			{"the owner's", func(c *chat.Chat) { c.AssigneeID = owner.ID }, true, false},
			{"ani's team's", func(c *chat.Chat) { c.TeamID = tm.ID }, false, true},
			{"the owner's of ani's team", func(c *chat.Chat) { c.AssigneeID, c.TeamID = owner.ID, tm.ID }, true, false},
			{"muted", func(c *chat.Chat) { c.MutedUntil = device.MuteForever }, false, false},
			{"read already", func(c *chat.Chat) { c.Unread = 0 }, false, false},
			{"answered already", func(c *chat.Chat) { c.WaitingSince = 0 }, false, false},
			{"of a group, which nobody asked for", func(c *chat.Chat) { c.Group = true }, false, false},
		} {
			id := fmt.Sprintf("c%d", mark)
			mark++
			r.chat(id, c.chat)
			r.write(id, "halo")
			r.mention(c.name, owner.ID, ani.ID)
			for who, b := range map[string]*browser{"owner": ownerBrowser, "ani": aniBrowser} {
				want := map[string]bool{"owner": c.owner, "ani": c.ani}[who]
				got := b.upTo(c.name)
				if rang := len(got) == 1 && got[0].Path == "/inbox/"+id && got[0].Body == "halo" && got[0].Tag == "chat-"+id; rang != want || len(got) > 1 {
					t.Errorf("a message in a chat that is %s: %s's browser showed %+v, want a notice: %v", c.name, who, got, want)
				}
			}
		}
	})
}

func ptr[T any](v T) *T { return &v }

// upTo is what the browser shows until the mention with that mark: of one bell things are told in order.
func (b *browser) upTo(mark string) (out []shown) {
	b.t.Helper()
	for {
		s := b.next()
		if s.Kind != "mentions" {
			out = append(out, s)
			continue
		}
		if s.Body != mark {
			b.t.Fatalf("mention %q, want %q", s.Body, mark)
		}
		return out
	}
}

// until waits for something that happens soon.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	late := time.After(20 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestTheBotHasTimeToAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t, dbtest.SQLite(t), 1)
	owner := r.join("owner", member.Owner)
	b := r.hang(r.signIn("owner"), nil)
	r.run()
	r.chat("notes", nil)
	r.chat("slow", func(c *chat.Chat) { c.Turn = chat.TurnBot })
	r.chat("quick", func(c *chat.Chat) { c.Turn = chat.TurnBot })
	r.write("slow", "satu")
	r.write("quick", "dua")
	r.mention("now", owner.ID)
	if got := b.upTo("now"); len(got) != 0 {
		t.Errorf("while it is the bot's time: got %+v, want nothing", got)
	}
	r.chat("quick", func(c *chat.Chat) { c.Turn, c.WaitingSince = chat.TurnBot, 0 }) // it answered
	r.clock.Add(int64(21 * time.Second))
	if got := b.next(); got.Path != "/inbox/slow" {
		t.Errorf("after the bot's time: got %+v, want the chat that nobody answered", got)
	}
	r.mention("later", owner.ID)
	if got := b.upTo("later"); len(got) != 0 {
		t.Errorf("of the chat that was answered: got %+v, want nothing", got)
	}
}

func TestWhatElseRings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, 1)
		owner, ani := r.join("owner", member.Owner), r.join("ani", member.Agent)
		r.chat("notes", nil)
		r.chat("a", func(c *chat.Chat) { c.AssigneeID = ani.ID })
		ob, ab := r.hang(r.signIn("owner"), nil), r.hang(r.signIn("ani"), nil)
		r.run()
		by := &event.By{Kind: chat.ByMember, ID: owner.ID}
		r.tell(event.ChatAssigned, event.Assigned{Chat: event.Thread{ID: "a", AssigneeID: ani.ID}, By: by})
		r.tell(event.DeviceLoggedOut, event.DeviceState{DeviceID: "d1", Name: "Kasir", State: device.StateLoggedOut, Why: "401"})
		r.tell(event.DeviceLoggedOut, event.DeviceState{DeviceID: "d2", Name: "Gudang", State: device.StateLoggedOut, Why: "unlinked"})
		r.tell(event.NoteCreated, event.NoteData{Note: desk.Note{ChatID: "notes", By: chat.ByMember, ByID: owner.ID, Text: "tolong"}, Mentioned: []string{ani.ID, owner.ID}})
		got := []shown{ab.next(), ab.next()}
		slices.SortFunc(got, func(a, b shown) int { return strings.Compare(a.Kind, b.Kind) })
		if got[0].Kind != "assigned" || got[0].Path != "/inbox/a" || got[0].Body != "Percakapan ini sekarang tugasmu." || got[0].Title != "Sari a" {
			t.Errorf("what was given to ani: got %+v", got[0])
		}
		if got[1].Kind != "mentions" || got[1].Title != "owner menyebutmu · Sari notes" || got[1].Body != "tolong" {
			t.Errorf("where ani was mentioned: got %+v", got[1])
		}
		if got := ob.next(); got.Kind != "devices" || got.Title != "Kasir" || got.Path != "/devices/d1" {
			t.Errorf("the owner: got %+v, want the device that was removed on the phone", got)
		}
		r.mention("end", owner.ID, ani.ID)
		if a, o := ab.upTo("end"), ob.upTo("end"); len(a)+len(o) != 0 {
			t.Errorf("and then ani: %+v, the owner: %+v, want nothing: ani sees no devices, and who does something knows", a, o)
		}
	})
}

func TestWhoLooksIsNotTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, dbtest.SQLite(t), 1)
	owner := r.join("owner", member.Owner)
	r.chat("notes", nil)
	r.chat("a", nil)
	b := r.hang(r.signIn("owner"), nil)
	r.run()
	r.look("a", owner.ID)
	r.write("a", "halo")
	r.mention("looked", owner.ID)
	if got := b.upTo("looked"); len(got) != 0 {
		t.Errorf("while the member looks at the chat: got %+v, want nothing", got)
	}
	r.look("a", "somebody else")
	r.write("a", "halo?")
	if got := b.next(); got.Body != "halo?" {
		t.Errorf("while somebody else looks: got %+v, want the message", got)
	}
}

func TestABrowserChooses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, 1)
		owner := r.join("owner", member.Owner)
		r.chat("notes", nil)
		r.chat("a", func(c *chat.Chat) { c.Group, c.Unread = true, 3 })
		b := r.hang(r.signIn("owner"), func(f *notify.Fields) {
			f.Kinds, f.Preview, f.Language = &[]notify.Kind{notify.Groups}, ptr(false), "en"
		})
		r.run()
		r.mention("unwanted", owner.ID)
		r.write("a", "rahasia")
		got := b.next()
		if got.Kind != "groups" || got.Title != "Sari a (3)" || got.Body != "New message" || got.Lang != "en" {
			t.Errorf("got %+v, want a group's message without its text, in English, and no mention", got)
		}
		if topic, _ := b.topic.Load().(string); len(topic) != 32 {
			t.Errorf("topic %q, want 32 characters by which the push service replaces", topic)
		}
	})
}

func TestManyChatsRingOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, dbtest.SQLite(t), 1)
	r.join("owner", member.Owner)
	b := r.hang(r.signIn("owner"), nil)
	b.answer.Store(503) // at first, so that they are tried again together
	for i := range 7 {
		r.chat(fmt.Sprintf("c%d", i), nil)
		r.write(fmt.Sprintf("c%d", i), "halo")
	}
	r.run()
	b.waitCalls(1)
	until(t, "the retry to be set", func() bool {
		var waiting int
		err := r.db.QueryRow(t.Context(), `SELECT COUNT(*) FROM notices WHERE attempts = 1 AND claimed_until = 0`).Scan(&waiting)
		return err == nil && waiting == 7
	})
	b.answer.Store(0)
	r.clock.Add(int64(time.Minute))
	if got := b.next(); got.Title != "7 percakapan menunggu" || got.Path != "/inbox" {
		t.Errorf("got %+v, want one notice for the seven chats", got)
	}
	if n := b.calls.Load(); n != 2 {
		t.Errorf("%d pushes, want one that failed and one that was taken", n)
	}
}

// A notice that waits to be told again does not wait for as long as the clock was set back.
func TestTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, 1)
		r.join("owner", member.Owner)
		b := r.hang(r.signIn("owner"), nil)
		b.answer.Store(503)
		r.chat("c", nil)
		r.write("c", "halo")
		r.run()
		b.waitCalls(1)
		until(t, "the retry to be set", func() bool {
			var waiting int
			err := r.db.QueryRow(t.Context(), `SELECT COUNT(*) FROM notices WHERE attempts = 1 AND claimed_until = 0`).Scan(&waiting)
			return err == nil && waiting == 1
		})
		b.answer.Store(0)
		r.clock.Add(-int64(time.Hour))
		r.nodes[0].Jumped(t.Context(), -time.Hour)
		if got := b.next(); got.Kind == "" {
			t.Errorf("got %+v, want the notice", got)
		}
	})
}

func (b *browser) waitCalls(n int32) {
	b.t.Helper()
	until(b.t, fmt.Sprintf("%d pushes", n), func() bool { return b.calls.Load() >= n })
}

func TestWhatAPushServiceSays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, 1)
		r.join("owner", member.Owner)
		p := r.signIn("owner")
		b := r.hang(p, nil)
		test := func() string {
			t.Helper()
			r.clock.Add(int64(6 * time.Second))
			f, _ := fault.From(r.nodes[0].Test(t.Context(), p))
			if f == nil {
				return ""
			}
			return f.Code
		}
		if got := test(); got != "" || b.next().Kind != "test" {
			t.Errorf("a test: %q, want success", got)
		}
		if f, _ := fault.From(r.nodes[0].Test(t.Context(), p)); f == nil || f.Code != "bell_tested" {
			t.Errorf("a test at once after another: %v, want bell_tested", f)
		}
		for status, want := range map[int32]string{500: "push_unreachable", 429: "push_unreachable", 403: "push_refused", 413: "push_refused"} {
			b.answer.Store(status)
			if got := test(); got != want {
				t.Errorf("a push service that says %d: %q, want %q", status, got, want)
			}
		}
		if bell, err := r.nodes[0].Bell(t.Context(), p); err != nil || bell == nil || bell.ToldAt == 0 || bell.Code != "403" && bell.Code != "413" {
			t.Errorf("after it was refused: %+v, %v, want the bell with the code and the time of the last success", bell, err)
		}
		for _, status := range []int32{404, 410} {
			b.answer.Store(status)
			if got := test(); got != "bell_gone" {
				t.Errorf("a push service that says %d: %q, want bell_gone", status, got)
			}
			if bell, err := r.nodes[0].Bell(t.Context(), p); bell != nil || err != nil {
				t.Errorf("after %d: %+v, %v, want no bell", status, bell, err)
			}
			if _, err := r.nodes[0].Set(t.Context(), p, b.subscribe(r.key())); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestABrowserThatIsGoneIsForgottenWithAMessage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, 2)
		r.join("owner", member.Owner)
		p := r.signIn("owner")
		b := r.hang(p, nil)
		b.answer.Store(410)
		r.chat("a", nil)
		r.run()
		r.write("a", "halo")
		b.waitCalls(1)
		until(t, "the bell to be forgotten", func() bool {
			bell, err := r.nodes[0].Bell(t.Context(), p)
			return err == nil && bell == nil
		})
	})
}

func TestABellEndsWithItsSession(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, 1)
		r.join("owner", member.Owner)
		ani := r.join("ani", member.Agent)
		p, q := r.signIn("owner"), r.signIn("ani")
		b := r.hang(p, nil)
		other := r.hang(q, nil)
		// Ani signs in where the owner was: the browser is hers now.
		if _, err := r.nodes[0].Set(t.Context(), q, b.subscribe(r.key())); err != nil {
			t.Fatal(err)
		}
		if bell, err := r.nodes[0].Bell(t.Context(), p); bell != nil || err != nil {
			t.Errorf("the owner's bell in a browser that is ani's now: %+v, %v, want none", bell, err)
		}
		if err := r.members.Logout(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if bell, err := r.nodes[0].Bell(t.Context(), q); bell != nil || err != nil {
			t.Errorf("after signing out: %+v, %v, want no bell", bell, err)
		}
		r.hang(p, nil)
		if err := r.nodes[0].Remove(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if err := r.nodes[0].Remove(t.Context(), p); err != nil {
			t.Errorf("a second Remove: %v, want success", err)
		}
		if err := r.nodes[0].Test(t.Context(), p); err == nil || !strings.Contains(err.Error(), "bell_missing") {
			t.Errorf("Test without a bell: %v, want bell_missing", err)
		}
		_, _ = other, ani
	})
}

func TestOnlyWhatABrowserGaveIsTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t, dbtest.SQLite(t), 1)
	r.join("owner", member.Owner)
	p := r.signIn("owner")
	good := newBrowser(t).subscribe(r.key())
	for name, c := range map[string]struct {
		change func(*notify.Fields)
		want   string
	}{
		"no address":           {func(f *notify.Fields) { f.Endpoint = "" }, "push_address_invalid"},
		"another scheme":       {func(f *notify.Fields) { f.Endpoint = "ftp://push.example/1" }, "push_address_invalid"},
		"a private address":    {func(f *notify.Fields) { f.Endpoint = "https://10.0.0.1/1" }, "push_address_invalid"},
		"a password":           {func(f *notify.Fields) { f.Endpoint = "https://a:b@push.example/1" }, "push_address_invalid"},
		"no key":               {func(f *notify.Fields) { f.Keys.P256DH = "" }, "push_keys_invalid"},
		"no point of a curve":  {func(f *notify.Fields) { f.Keys.P256DH = strings.Repeat("B", 87) }, "push_keys_invalid"},
		"a short secret":       {func(f *notify.Fields) { f.Keys.Auth = "AAAA" }, "push_keys_invalid"},
		"a secret of nonsense": {func(f *notify.Fields) { f.Keys.Auth = "%%%" }, "push_keys_invalid"},
		"an unknown kind":      {func(f *notify.Fields) { f.Kinds = &[]notify.Kind{"mine", "all"} }, "bell_kind_unknown"},
	} {
		f := good
		c.change(&f)
		_, err := r.nodes[0].Set(t.Context(), p, f)
		if got, _ := fault.From(err); got == nil || got.Code != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if bell, err := r.nodes[0].Bell(t.Context(), p); bell != nil || err != nil {
		t.Errorf("after what was refused: %+v, %v, want no bell", bell, err)
	}
	if _, err := r.nodes[0].Set(t.Context(), member.Principal{WorkspaceID: r.ws, KeyID: "k", Role: member.Owner}, good); !errors.Is(err, member.ErrPeopleOnly) {
		t.Errorf("Set with an API key: %v, want ErrPeopleOnly", err)
	}
}

func TestTheKeyIsMadeOnceAndSealed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, 3)
		keys := make(chan string, len(r.nodes))
		for _, n := range r.nodes {
			go func() {
				k, err := n.PublicKey(context.Background())
				if err != nil {
					k = err.Error()
				}
				keys <- k
			}()
		}
		first := <-keys
		for range len(r.nodes) - 1 {
			if k := <-keys; k != first || len(k) != 87 {
				t.Errorf("three nodes at once have the keys %q and %q, want the same", first, k)
			}
		}
		var private string
		if err := d.QueryRow(t.Context(), `SELECT private_key FROM notice_keys WHERE one = 1`).Scan(&private); err != nil {
			t.Fatal(err)
		}
		if plain, err := r.seal.OpenText(private); err != nil || len(plain) != 43 || string(plain) == private {
			t.Errorf("the private key at rest: %q, %v, want it sealed", private, err)
		}
	})
}
