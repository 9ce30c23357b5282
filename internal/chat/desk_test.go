package chat_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// from names who writes by a number.
func byPhone(number string) opt {
	return from(device.Peer{Name: "x" + number, Addresses: []device.Address{phone(number)}})
}

// chatOf is the chat with who has a number.
func (w *world) chatOf(number string) chat.Item {
	w.t.Helper()
	for _, c := range w.chats() {
		if c.Contact.Name == "x"+number {
			return c
		}
	}
	w.t.Fatalf("no chat with %s", number)
	return chat.Item{}
}

// listed are the names of the contacts that a filter lets through, in order.
func (w *world) listed(f chat.Filter) (out []string) {
	w.t.Helper()
	for {
		p, err := w.s.List(context.Background(), ws, f)
		if err != nil {
			w.t.Fatalf("List(%+v) failed: %v", f, err)
		}
		for _, i := range p.Items {
			out = append(out, i.Contact.Name)
		}
		if f.After = p.Next; f.After == "" {
			return out
		}
	}
}

func (w *world) assign(number string, a chat.Assignment) chat.Chat {
	w.t.Helper()
	c, err := w.s.Assign(context.Background(), ws, w.chatOf(number).Chat.ID, a)
	if err != nil {
		w.t.Fatalf("Assign(%s, %+v) failed: %v", number, a, err)
	}
	return c
}

func (w *world) status(number string, p chat.Progress) chat.Chat {
	w.t.Helper()
	c, err := w.s.SetStatus(context.Background(), ws, w.chatOf(number).Chat.ID, p)
	if err != nil {
		w.t.Fatalf("SetStatus(%s, %+v) failed: %v", number, p, err)
	}
	return c
}

func (w *world) counts(memberID string) chat.Counts {
	w.t.Helper()
	c, err := w.s.Counts(context.Background(), ws, memberID)
	if err != nil {
		w.t.Fatalf("Counts failed: %v", err)
	}
	return c
}

func TestTheInboxIsFiltered(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		for i := range 6 {
			w.write(fmt.Sprint("m", i), byPhone(fmt.Sprint("628", i)))
			w.pass(time.Minute)
		}
		w.assign("6280", chat.Assignment{MemberID: "ani"})
		w.assign("6281", chat.Assignment{MemberID: "ani", TeamID: "gudang"})
		w.assign("6282", chat.Assignment{TeamID: "gudang"})
		w.status("6281", chat.Progress{Status: chat.StatusResolved})
		w.status("6283", chat.Progress{Status: chat.StatusSnoozed, Until: w.clock().Add(time.Hour).UnixMilli()})
		w.post(chat.Post{ChatID: w.chatOf("6284").Chat.ID, Content: text("ya"), By: chat.Author{Kind: chat.ByMember, ID: "ani"}})
		for _, number := range []string{"6280", "6285"} {
			if _, err := w.s.SetTurn(t.Context(), ws, w.chatOf(number).Chat.ID, chat.TurnHuman, 0); err != nil {
				t.Fatal(err)
			}
		}
		for _, tt := range []struct {
			what string
			f    chat.Filter
			want []string
		}{
			{"all", chat.Filter{}, []string{"x6284", "x6285", "x6283", "x6282", "x6281", "x6280"}},
			{"ani's", chat.Filter{Assignee: "ani"}, []string{"x6281", "x6280"}},
			{"ani's, open", chat.Filter{Assignee: "ani", Status: chat.StatusOpen}, []string{"x6280"}},
			{"nobody's, open", chat.Filter{Assignee: chat.Nobody, Status: chat.StatusOpen}, []string{"x6284", "x6285", "x6282"}},
			{"the team's", chat.Filter{TeamID: "gudang"}, []string{"x6282", "x6281"}},
			{"no team's and no member's", chat.Filter{TeamID: chat.Nobody, Assignee: chat.Nobody}, []string{"x6284", "x6285", "x6283"}},
			{"snoozed", chat.Filter{Status: chat.StatusSnoozed}, []string{"x6283"}},
			{"resolved", chat.Filter{Status: chat.StatusResolved}, []string{"x6281"}},
			{"waiting, also for who was not answered by the bot", chat.Filter{Waiting: chat.WaitingOnly}, []string{"x6285", "x6282", "x6280"}},
			{"waiting, longest first", chat.Filter{Waiting: chat.WaitingOnly, Sort: chat.SortWaiting}, []string{"x6280", "x6282", "x6285"}},
			{"last word theirs, by pages", chat.Filter{Sort: chat.SortWaiting, Limit: 2}, []string{"x6280", "x6281", "x6282", "x6283", "x6285"}},
			{"all, by pages", chat.Filter{Limit: 1, Sort: chat.SortNewest}, []string{"x6284", "x6285", "x6283", "x6282", "x6281", "x6280"}},
			{"unread of a device", chat.Filter{Unread: chat.UnreadOnly, DeviceID: dev.ID, Status: chat.StatusOpen}, []string{"x6285", "x6282", "x6280"}},
			{"somebody else's", chat.Filter{Assignee: "budi"}, nil},
		} {
			if diff := cmp.Diff(tt.want, w.listed(tt.f)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.what, diff)
			}
		}
		want := chat.Counts{
			Open: 4, Mine: 1, Nobody: 3, Unread: 5, Waiting: 3, Snoozed: 1, Teams: map[string]int{"gudang": 1}, Devices: map[string]int{dev.ID: 5},
		}
		if diff := cmp.Diff(want, w.counts("ani")); diff != "" {
			t.Errorf("the counts (-want +got):\n%s", diff)
		}
		if got := w.counts("").Mine; got != 0 {
			t.Errorf("a key has %d chats, want none", got)
		}
	})
}

func TestTwoPeopleDoNotAssignOverEachOther(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("halo", byPhone("6280"))
		c := w.chatOf("6280")
		var told []chat.Assigned
		w.s.Assigned.Add("test", func(_ context.Context, a chat.Assigned) error {
			told = append(told, a)
			return nil
		})
		ani := chat.Assignment{MemberID: "ani", Version: c.AssignVersion, By: chat.Author{Kind: chat.ByMember, ID: "ani"}}
		got := w.assign("6280", ani)
		if got.AssigneeID != "ani" || got.AssignVersion != c.AssignVersion+1 {
			t.Errorf("got %+v, want ani's", got)
		}
		budi := ani
		budi.MemberID = "budi"
		if _, err := w.s.Assign(t.Context(), ws, c.Chat.ID, budi); !errors.Is(err, chat.ErrAssignMoved) {
			t.Errorf("with the version from before: got %v, want ErrAssignMoved", err)
		}
		w.assign("6280", chat.Assignment{MemberID: "ani"})
		if len(told) != 1 || told[0].Chat.AssigneeID != "ani" || told[0].By.ID != "ani" || w.chatOf("6280").AssigneeID != "ani" {
			t.Errorf("told %+v, want it once: to whom has it already is nothing new", told)
		}
		if _, err := w.s.Assign(t.Context(), "ws-2", c.Chat.ID, chat.Assignment{}); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("of another workspace: got %v, want ErrNotFound", err)
		}
	})
}

func TestWhoIsRemovedHasNoChats(t *testing.T) {
	errNobody := errors.New("nobody")
	each(t, chat.Config{Assignable: func(_ context.Context, _, memberID, _ string) error {
		if memberID == "siapa" {
			return errNobody
		}
		return nil
	}}, func(t *testing.T, w *world) {
		for _, number := range []string{"6280", "6281", "6282"} {
			w.write("halo "+number, byPhone(number))
			w.assign(number, chat.Assignment{MemberID: "ani", TeamID: "gudang"})
		}
		if _, err := w.s.Assign(t.Context(), ws, w.chatOf("6280").Chat.ID, chat.Assignment{MemberID: "siapa"}); !errors.Is(err, errNobody) {
			t.Errorf("to nobody that there is: got %v, want the fault", err)
		}
		if err := w.s.ForgetMember(t.Context(), ws, "ani"); err != nil {
			t.Fatal(err)
		}
		if got := w.listed(chat.Filter{Assignee: chat.Nobody, TeamID: "gudang"}); len(got) != 3 {
			t.Errorf("got %v, want all three with their team and without ani", got)
		}
		if err := w.s.ForgetTeam(t.Context(), ws, "gudang"); err != nil {
			t.Fatal(err)
		}
		if got := w.listed(chat.Filter{TeamID: chat.Nobody}); len(got) != 3 {
			t.Errorf("got %v, want all three without a team", got)
		}
	})
}

func TestAChatSleepsUntilTheTimeOrAMessage(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		var told []chat.StatusMoved
		w.s.StatusMoved.Add("test", func(_ context.Context, m chat.StatusMoved) error {
			told = append(told, m)
			return nil
		})
		for _, number := range []string{"6280", "6281", "6282"} {
			w.write("halo "+number, byPhone(number))
			w.status(number, chat.Progress{Status: chat.StatusSnoozed, Until: w.clock().Add(time.Hour).UnixMilli()})
		}
		w.status("6282", chat.Progress{Status: chat.StatusSnoozed, Until: w.clock().Add(2 * time.Hour).UnixMilli()})
		w.write("lagi", byPhone("6280"))
		if c := w.chatOf("6280"); c.Status != chat.StatusOpen || c.WakeAt != 0 {
			t.Errorf("they wrote: got %s until %d, want it open", c.Status, c.WakeAt)
		}
		wait, err := w.s.WakeDue(t.Context())
		if err != nil || wait <= 0 || w.chatOf("6281").Status != chat.StatusSnoozed {
			t.Errorf("before the time: got %v, %v and %s, want it asleep", wait, err, w.chatOf("6281").Status)
		}
		w.pass(time.Hour)
		if _, err := w.s.WakeDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a, b := w.chatOf("6281").Status, w.chatOf("6282").Status; a != chat.StatusOpen || b != chat.StatusSnoozed {
			t.Errorf("after an hour: got %s and %s, want the first open and the other asleep", a, b)
		}
		if len(told) != 6 || told[4].From != chat.StatusSnoozed || told[5].Chat.ID != w.chatOf("6281").Chat.ID {
			t.Errorf("told %d times, want six: four times asleep, twice awake: %+v", len(told), told)
		}
		for _, until := range []int64{0, w.clock().UnixMilli(), w.clock().Add(400 * 24 * time.Hour).UnixMilli()} {
			if _, err := w.s.SetStatus(t.Context(), ws, told[0].Chat.ID, chat.Progress{Status: chat.StatusSnoozed, Until: until}); !errors.Is(err, chat.ErrSnooze) {
				t.Errorf("until %d: got %v, want ErrSnooze", until, err)
			}
		}
	})
}

func TestWhatIsResolvedOpensAgain(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("halo", byPhone("6280"))
		id := w.chatOf("6280").Chat.ID
		ani := chat.Author{Kind: chat.ByMember, ID: "ani"}
		w.post(chat.Post{ChatID: id, Content: text("ya"), By: ani})
		if c := w.status("6280", chat.Progress{Status: chat.StatusResolved, By: ani}); c.Turn != chat.TurnBot || c.Status != chat.StatusResolved {
			t.Errorf("got %+v, want it resolved and the bot's turn", c)
		}
		w.post(chat.Post{ChatID: id, Content: text("nota"), By: chat.Author{Kind: chat.ByAPI}, Lane: outbox.LaneNotify})
		w.write("lama", byPhone("6280"), origin(device.OriginHistory), ago(time.Hour))
		if c := w.chatOf("6280"); c.Status != chat.StatusResolved {
			t.Errorf("after a script's message and an old one: got %s, want it resolved", c.Status)
		}
		w.post(chat.Post{ChatID: id, Content: text("satu lagi"), By: ani})
		if c := w.chatOf("6280"); c.Status != chat.StatusOpen {
			t.Errorf("after a member's message: got %s, want it open", c.Status)
		}
		w.status("6280", chat.Progress{Status: chat.StatusResolved})
		w.pass(time.Second)
		w.write("terima kasih", byPhone("6280"))
		if c := w.chatOf("6280"); c.Status != chat.StatusOpen || c.WaitingSince == 0 {
			t.Errorf("after their message: got %s, waiting since %d, want it open and waiting", c.Status, c.WaitingSince)
		}
	})
}

// A broadcast to ten thousand doesn't bury those who wrote.
func TestAChatThatABroadcastBeginsOpensWhenTheyAnswer(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		promo := chat.Post{Content: text("promo"), By: chat.Author{Kind: chat.ByBroadcast, ID: "b"}, Lane: outbox.LaneBroadcast, Quiet: true}
		promo.To = device.Peer{Name: "x6282", Addresses: []device.Address{phone("6282")}}
		w.post(promo)
		if c := w.chatOf("6282"); c.Status != chat.StatusResolved || c.Turn != chat.TurnBot {
			t.Errorf("begun by a broadcast: got %s and the turn of %s, want it resolved and the bot's", c.Status, c.Turn)
		}
		w.write("halo", byPhone("6280"))
		promo.To = device.Peer{Name: "x6280", Addresses: []device.Address{phone("6280")}}
		w.post(promo)
		if c := w.chatOf("6280"); c.Status != chat.StatusOpen {
			t.Errorf("what was open before a broadcast: got %s, want it open", c.Status)
		}
		w.pass(time.Second)
		w.write("mau", byPhone("6282"))
		if c := w.chatOf("6282"); c.Status != chat.StatusOpen {
			t.Errorf("after their answer: got %s, want it open", c.Status)
		}
	})
}

func TestAStretchAroundAMessage(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		for i := range 30 {
			w.write(fmt.Sprintf("m%02d", i))
			w.pass(time.Minute)
		}
		c := w.only()
		all := w.messages(c.Chat.ID)
		for at := range all {
			p, err := w.s.Messages(t.Context(), ws, c.Chat.ID, chat.Span{Around: all[at].ID, Limit: 7})
			if err != nil {
				t.Fatal(err)
			}
			got := texts(p.Messages)
			if !slices.Contains(got, all[at].Content.Text) || len(got) > 7 || !slices.IsSorted(got) {
				t.Errorf("around %d: got %v", at, got)
			}
			joined := got
			if p.Older != "" {
				before, err := w.s.Messages(t.Context(), ws, c.Chat.ID, chat.Span{Before: p.Older, Limit: 200})
				if err != nil {
					t.Fatal(err)
				}
				joined = append(texts(before.Messages), joined...)
			}
			after, err := w.s.Messages(t.Context(), ws, c.Chat.ID, chat.Span{After: p.Newer, Limit: 200})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(texts(all), append(joined, texts(after.Messages)...)); diff != "" {
				t.Errorf("around %d and what lies beyond (-want +got):\n%s", at, diff)
			}
		}
		if _, err := w.s.Messages(t.Context(), ws, c.Chat.ID, chat.Span{Around: "tidak ada"}); !errors.Is(err, chat.ErrMessageNotFound) {
			t.Errorf("around nothing: got %v, want ErrMessageNotFound", err)
		}
	})
}

func TestTheDeskOverTheAPI(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("halo", byPhone("6280"))
		at := "/chats/" + w.chatOf("6280").Chat.ID
		mux := w.serve()
		for _, step := range []struct {
			who, call, body string
			want            int
		}{
			{"friend", "GET /chats?assignee=me&status=open&sort=waiting", "", 200},
			{"script", "GET /chats?assignee=me", "", 403},
			{"friend", "GET /chats?sort=cat", "", 422},
			{"friend", "GET /chats/counts", "", 200},
			{"friend", "PUT " + at + "/assignee", `{"member_id":"m-1","version":1}`, 200},
			{"friend", "PUT " + at + "/assignee", `{"member_id":"m-2","version":1}`, 409},
			{"stranger", "PUT " + at + "/assignee", `{"member_id":"m-2"}`, 404},
			{"friend", "PUT " + at + "/assignee", `{}`, 200},
			{"friend", "PUT " + at + "/assignee", `{"member_id":"m-1"}`, 200},
			{"friend", "PUT " + at + "/status", `{"status":"snoozed"}`, 422},
			{"friend", "PUT " + at + "/status", `{"status":"cat"}`, 422},
			{"stranger", "PUT " + at + "/status", `{"status":"resolved"}`, 404},
			{"friend", "PUT " + at + "/status", fmt.Sprintf(`{"status":"snoozed","until":%d}`, w.clock().Add(time.Hour).UnixMilli()), 200},
			{"friend", "GET " + at + "/messages?around=x", "", 404},
		} {
			if got, body := call(mux, step.who, step.call, step.body); got != step.want {
				t.Errorf("%s %s %s: got %d %v, want %d", step.who, step.call, step.body, got, body, step.want)
			}
		}
		_, mine := call(mux, "friend", "GET /chats?assignee=me", "")
		items, _ := mine["items"].([]any)
		if len(items) != 1 {
			t.Fatalf("got %v, want my one chat", mine)
		}
		c, _ := items[0].(map[string]any)
		if c["assignee_id"] != "m-1" || c["status"] != "snoozed" || c["snoozed_until"] == nil || c["waiting_since"] == nil || c["assign_version"] != 4.0 {
			t.Errorf("got %v, want it mine, asleep and waiting", c)
		}
		if _, n := call(mux, "friend", "GET /chats/counts", ""); n["snoozed"] != 1.0 || n["mine"] != 0.0 {
			t.Errorf("got counts %v, want one snoozed and none of mine open", n)
		}
	})
}
