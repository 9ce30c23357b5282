package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/desk"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

var (
	errNobody = errors.New("no such member")
	ani       = member.Principal{WorkspaceID: "w", MemberID: "ani", Role: member.Agent}
	budi      = member.Principal{WorkspaceID: "w", MemberID: "budi", Role: member.Agent}
	admin     = member.Principal{WorkspaceID: "w", MemberID: "citra", Role: member.Admin}
	stranger  = member.Principal{WorkspaceID: "v", MemberID: "dedi", Role: member.Owner}
)

// shelf has a linked and an unlinked device.
type shelf struct{ linked *bool }

func (s shelf) Get(_ context.Context, workspaceID, id string) (device.Device, error) {
	d := device.Device{ID: id, WorkspaceID: workspaceID, Channel: "wire"}
	if *s.linked {
		d.LinkedAt, d.Account.Number = 1, "6200"
	}
	return d, nil
}

type world struct {
	t        *testing.T
	contacts *contact.Service
	chats    *chat.Service
	s        *desk.Service
	chatID   string
	linked   bool

	mu        sync.Mutex
	now       time.Time
	drafts    []desk.Draft
	notes     []desk.NoteChange
	scheduled []string // state and code of each change
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &world{t: t, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), contacts: contact.New(d, contact.Config{}), linked: true}
		sends := outbox.New(d, outbox.Config{Now: w.clock})
		w.chats = chat.New(d, w.contacts, sends, chat.Config{Devices: shelf{&w.linked}, Now: w.clock})
		w.s = desk.New(desk.Config{
			DB: d, Chats: w.chats, Now: w.clock, Drafted: func(d desk.Draft) { w.drafts = append(w.drafts, d) },
			Member: func(_ context.Context, workspaceID, id string) error {
				if workspaceID != "w" || id == "siapa" {
					return errNobody
				}
				return nil
			},
		})
		w.s.NoteChanged.Add("test", func(_ context.Context, c desk.NoteChange) error {
			w.notes = append(w.notes, c)
			return nil
		})
		w.s.ScheduledChanged.Add("test", func(_ context.Context, m desk.Scheduled) error {
			w.scheduled = append(w.scheduled, strings.Trim(string(m.State)+" "+m.Code, " "))
			return nil
		})
		dbtest.Migrated(t, d, contact.Module(w.contacts), device.Module(device.New(device.Config{DB: d})), outbox.Module(sends), chat.Module(w.chats), desk.Module(w.s))
		w.chats.Arrived.Add("desk", w.s.Arrived)
		w.chats.Joined.Add("desk", w.s.Joined)
		w.receive("halo", phone("6281"))
		w.chatID = w.chatOf("halo")
		fn(t, w)
	})
}

func phone(v string) device.Address { return device.Address{Kind: device.AddressPhone, Value: v} }

func (w *world) receive(text string, a ...device.Address) {
	w.t.Helper()
	p := device.Peer{Name: "Sari", Addresses: a}
	in := device.Inbound{NetworkID: text, Chat: p, Sender: p, At: w.clock().UnixMilli(), Origin: device.OriginLive, Content: words(text)}
	if err := w.chats.Receive(context.Background(), device.Device{ID: "d", WorkspaceID: "w", Channel: "wire"}, in); err != nil {
		w.t.Fatal(err)
	}
}

func words(s string) device.Content { return device.Content{Kind: device.KindText, Text: s} }

// chatOf is the chat that a message is in.
func (w *world) chatOf(networkID string) string {
	w.t.Helper()
	m, err := w.chats.GetByNetworkID(context.Background(), "w", "d", networkID)
	if err != nil {
		w.t.Fatal(err)
	}
	return m.ChatID
}

func (w *world) noteTexts() (out []string) {
	w.t.Helper()
	list, err := w.s.Notes(context.Background(), "w", w.chatID, desk.Stretch{Limit: 50})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range list {
		out = append(out, n.Text)
	}
	return out
}

func (w *world) unread(memberID string) int {
	w.t.Helper()
	n, err := w.s.Unread(context.Background(), "w", memberID)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestNotes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		n, err := w.s.AddNote(ctx, ani, w.chatID, desk.Jot{Text: " cek stok ", Mentions: []string{"budi", "ani", "budi"}})
		if err != nil || n.Text != "cek stok" || w.unread("budi") != 1 || w.unread("ani") != 0 {
			t.Fatalf("got %+v, %v, %d and %d unread; want it, unread by budi only", n, err, w.unread("budi"), w.unread("ani"))
		}
		w.pass(time.Minute)
		second, err := w.s.AddNote(ctx, budi, w.chatID, desk.Jot{Text: "sudah"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.s.EditNote(ctx, budi, n.ID, desk.Jot{Text: "bukan"}); !errors.Is(err, desk.ErrNotYours) {
			t.Errorf("an agent edits another's: got %v, want ErrNotYours", err)
		}
		if _, err := w.s.EditNote(ctx, stranger, n.ID, desk.Jot{Text: "bukan"}); !errors.Is(err, desk.ErrNoteNotFound) {
			t.Errorf("a stranger edits: got %v, want ErrNoteNotFound", err)
		}
		for text, want := range map[string]error{"": desk.ErrText, strings.Repeat("é", 10_001): desk.ErrText} {
			if _, err := w.s.AddNote(ctx, ani, w.chatID, desk.Jot{Text: text}); !errors.Is(err, want) {
				t.Errorf("%d characters: got %v, want %v", len(text), err, want)
			}
		}
		if _, err := w.s.AddNote(ctx, ani, w.chatID, desk.Jot{Text: "x", Mentions: []string{"siapa"}}); !errors.Is(err, errNobody) {
			t.Errorf("mentioning nobody: got %v, want the fault", err)
		}
		if _, err := w.s.AddNote(ctx, stranger, w.chatID, desk.Jot{Text: "x"}); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("a stranger writes: got %v, want chat.ErrNotFound", err)
		}
		if _, err := w.s.EditNote(ctx, ani, n.ID, desk.Jot{Text: "cek gudang", Mentions: []string{"citra"}}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"cek gudang", "sudah"}, w.noteTexts()); diff != "" || w.unread("budi") != 0 || w.unread("citra") != 1 {
			t.Errorf("after the edit %d and %d unread (-want +got):\n%s", w.unread("budi"), w.unread("citra"), diff)
		}
		if err := w.s.ReadMentions(ctx, "w", "citra", w.chatID); err != nil || w.unread("citra") != 0 {
			t.Errorf("read: got %v and %d unread, want none", err, w.unread("citra"))
		}
		if err := w.s.DeleteNote(ctx, admin, second.ID); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"cek gudang"}, w.noteTexts()); diff != "" {
			t.Errorf("after the deletion (-want +got):\n%s", diff)
		}
		type tale struct {
			Text         string
			New, Deleted bool
			Mentioned    []string
		}
		var told []tale
		for _, c := range w.notes {
			told = append(told, tale{c.Note.Text, c.New, c.Deleted, c.Mentioned})
		}
		want := []tale{
			{"cek stok", true, false, []string{"ani", "budi"}},
			{"sudah", true, false, nil},
			{"cek gudang", false, false, []string{"citra"}},
			{"sudah", false, true, nil},
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("what was told (-want +got):\n%s", diff)
		}
	})
}

func TestWhatIsKeptFollowsTheChat(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lid := device.Address{Kind: device.AddressLID, Value: "77"}
		w.receive("dari lid", lid)
		other := w.chatOf("dari lid")
		soon := w.clock().Add(time.Hour).UnixMilli()
		content := words("nanti")
		for _, id := range []string{w.chatID, other} {
			if _, err := w.s.AddNote(ctx, ani, id, desk.Jot{Text: "catatan " + id}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.s.PutDraft(ctx, desk.Draft{WorkspaceID: "w", MemberID: "ani", ChatID: id, Text: "draf"}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.s.Schedule(ctx, ani, id, desk.Plan{Content: &content, SendAt: &soon}); err != nil {
				t.Fatal(err)
			}
		}
		w.receive("satu orang", phone("6281"), lid)
		w.chatID = w.chatOf("satu orang")
		list, err := w.s.Scheduled(ctx, "w", w.chatID)
		if err != nil || len(list) != 2 || len(w.noteTexts()) != 2 {
			t.Errorf("got %d scheduled, %v, and notes %v; want two of each", len(list), err, w.noteTexts())
		}
		drafts, err := w.s.Drafts(ctx, "w", "ani", "")
		if err != nil || len(drafts) != 1 || drafts[0].ChatID != w.chatID {
			t.Errorf("got drafts %+v, %v; want one in the chat that stays", drafts, err)
		}
		if err := w.s.ForgetMember(ctx, member.Member{ID: "ani", WorkspaceID: "w"}); err != nil {
			t.Fatal(err)
		}
		if drafts, _ := w.s.Drafts(ctx, "w", "ani", ""); len(drafts) != 0 || len(w.noteTexts()) != 2 {
			t.Errorf("after ani is gone: drafts %v, notes %v; want the notes only", drafts, w.noteTexts())
		}
		if err := w.s.ForgetDevice(ctx, device.Device{ID: "d", WorkspaceID: "w"}); err != nil || len(w.noteTexts()) != 0 {
			t.Errorf("after the device is gone: %v, notes %v; want none", err, w.noteTexts())
		}
	})
}

func TestWhatIsErasedLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.schedule("nanti", time.Hour, false)
		_, err := w.s.AddNote(ctx, ani, w.chatID, desk.Jot{Text: "rahasia", Mentions: []string{"budi"}})
		_, drafted := w.s.PutDraft(ctx, desk.Draft{WorkspaceID: "w", MemberID: "ani", ChatID: w.chatID, Text: "draf"})
		c, found := w.chats.Get(ctx, "w", w.chatID)
		if err := errors.Join(err, drafted, found); err != nil {
			t.Fatal(err)
		}
		w.chats.Erasing.Add("desk", w.s.Erasing)
		if err := w.chats.EraseContact(ctx, c.Contact); err != nil {
			t.Fatal(err)
		}
		drafts, err := w.s.Drafts(ctx, "w", "ani", "")
		mentions, listed := w.s.Mentions(ctx, "w", "budi", desk.MentionQuery{Page: httpx.Page{Limit: 5}})
		w.pass(2 * time.Hour)
		w.sendDue()
		if err := errors.Join(err, listed); err != nil || len(drafts)+len(mentions.Items)+w.unread("budi") != 0 || len(w.scheduled) != 1 {
			t.Errorf("left: drafts %v, mentions %v, %d unread, told %v, %v; want nothing", drafts, mentions.Items, w.unread("budi"), w.scheduled, err)
		}
	})
}

func TestDrafts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		put := func(by member.Principal, text string) error {
			_, err := w.s.PutDraft(t.Context(), desk.Draft{WorkspaceID: by.WorkspaceID, MemberID: by.MemberID, ChatID: w.chatID, Text: text})
			return err
		}
		if err := errors.Join(put(ani, "Halo"), put(ani, "Halo kak"), put(budi, "Hai")); err != nil {
			t.Fatal(err)
		}
		if err := put(stranger, "x"); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("a stranger: got %v, want chat.ErrNotFound", err)
		}
		list, err := w.s.Drafts(t.Context(), "w", "ani", w.chatID)
		if err != nil || len(list) != 1 || list[0].Text != "Halo kak" {
			t.Errorf("got %+v, %v; want ani's newest", list, err)
		}
		if err := put(ani, " "); err != nil {
			t.Fatal(err)
		}
		if list, _ := w.s.Drafts(t.Context(), "w", "ani", ""); len(list) != 0 {
			t.Errorf("got %+v, want none after an empty one", list)
		}
		if len(w.drafts) != 4 || w.drafts[2].MemberID != "budi" || w.drafts[3].Text != "" {
			t.Errorf("told %+v, want each once, to whose it is", w.drafts)
		}
	})
}

func (w *world) schedule(text string, in time.Duration, cancelOnReply bool) desk.Scheduled {
	w.t.Helper()
	c, at := words(text), w.clock().Add(in).UnixMilli()
	m, err := w.s.Schedule(context.Background(), ani, w.chatID, desk.Plan{Content: &c, SendAt: &at, CancelOnReply: &cancelOnReply})
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *world) sendDue() time.Duration {
	w.t.Helper()
	wait, err := w.s.SendDue(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return wait
}

// said are the texts of the chat.
func (w *world) said() (out []string) {
	w.t.Helper()
	p, err := w.chats.Messages(context.Background(), "w", w.chatID, chat.Span{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range p.Messages {
		out = append(out, m.Content.Text)
	}
	return out
}

func TestAScheduledMessageGoesOnceAtItsTime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.schedule("nanti", time.Hour, false)
		if _, err := w.chats.SetTurn(t.Context(), "w", w.chatID, chat.TurnBot, 0); err != nil {
			t.Fatal(err)
		}
		w.sendDue()
		if diff := cmp.Diff([]string{"halo"}, w.said()); diff != "" {
			t.Errorf("before its time (-want +got):\n%s", diff)
		}
		w.pass(time.Hour)
		var both sync.WaitGroup
		for range 2 { // two nodes at once
			both.Go(func() { _, _ = w.s.SendDue(context.Background()) })
		}
		both.Wait()
		w.sendDue()
		if diff := cmp.Diff([]string{"halo", "nanti"}, w.said()); diff != "" {
			t.Errorf("at its time (-want +got):\n%s", diff)
		}
		if c, err := w.chats.Get(t.Context(), "w", w.chatID); err != nil || c.Turn != chat.TurnBot || c.Unread != 1 {
			t.Errorf("got %+v, %v; want the bot's turn and one unread: nobody was there", c.Chat, err)
		}
		if list, err := w.s.Scheduled(t.Context(), "w", w.chatID); err != nil || len(list) != 0 {
			t.Errorf("got %+v, %v; want nothing scheduled any more", list, err)
		}
		if err := w.s.Unschedule(t.Context(), "w", m.ID); !errors.Is(err, desk.ErrScheduledNotFound) {
			t.Errorf("taking back what is sent: got %v, want ErrScheduledNotFound", err)
		}
		if diff := cmp.Diff([]string{"waiting", "sent"}, w.scheduled); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

func TestAScheduledMessageIsChangedAndTakenBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		m, gone := w.schedule("nanti", time.Hour, false), w.schedule("tidak jadi", time.Hour, false)
		c, at := words("diubah"), w.clock().Add(2*time.Hour).UnixMilli()
		if _, err := w.s.Reschedule(ctx, "w", m.ID, desk.Plan{Content: &c, SendAt: &at}); err != nil {
			t.Fatal(err)
		}
		if err := w.s.Unschedule(ctx, "w", gone.ID); err != nil {
			t.Fatal(err)
		}
		for _, at := range []int64{0, w.clock().UnixMilli(), w.clock().Add(400 * 24 * time.Hour).UnixMilli()} {
			if _, err := w.s.Reschedule(ctx, "w", m.ID, desk.Plan{SendAt: &at}); !errors.Is(err, desk.ErrSendAt) {
				t.Errorf("at %d: got %v, want ErrSendAt", at, err)
			}
		}
		if _, err := w.s.Reschedule(ctx, "v", m.ID, desk.Plan{}); !errors.Is(err, desk.ErrScheduledNotFound) {
			t.Errorf("a stranger: got %v, want ErrScheduledNotFound", err)
		}
		w.pass(time.Hour)
		if wait := w.sendDue(); wait <= 0 || len(w.said()) != 1 {
			t.Errorf("at the old time: said %v, next look in %v; want nothing yet", w.said(), wait)
		}
		w.pass(time.Hour)
		w.sendDue()
		if diff := cmp.Diff([]string{"halo", "diubah"}, w.said()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestTheirReplyCancelsWhatWasToGo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.schedule("masih minat?", time.Hour, true)
		w.schedule("nota", time.Hour, false)
		w.pass(time.Minute)
		w.receive("saya ambil", phone("6281"))
		w.pass(time.Hour)
		w.sendDue()
		if diff := cmp.Diff([]string{"halo", "saya ambil", "nota"}, w.said()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		list, err := w.s.Scheduled(t.Context(), "w", w.chatID)
		if err != nil || len(list) != 1 || list[0].ID != m.ID || list[0].Code != "replied" {
			t.Errorf("got %+v, %v; want it listed as cancelled by their reply", list, err)
		}
		at := w.clock().Add(time.Hour).UnixMilli()
		if again, err := w.s.Reschedule(t.Context(), "w", m.ID, desk.Plan{SendAt: &at}); err != nil || again.State != desk.ScheduledWaiting {
			t.Errorf("scheduled again: got %+v, %v; want it waiting", again, err)
		}
	})
}

func TestWhatCanNotBeQueuedFailsOpenly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.schedule("nanti", time.Hour, false)
		w.linked = false
		w.pass(time.Hour)
		w.sendDue()
		list, err := w.s.Scheduled(t.Context(), "w", w.chatID)
		if err != nil || len(list) != 1 || list[0].State != desk.ScheduledFailed || list[0].Code != "device_not_linked" {
			t.Errorf("got %+v, %v; want it failed as the device is not linked", list, err)
		}
		if diff := cmp.Diff([]string{"waiting", "failed device_not_linked"}, w.scheduled); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

func TestViews(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		name, shared := "Belum dibalas", true
		v, err := w.s.AddView(ctx, ani, desk.ViewFields{Name: &name, Filter: &desk.Filter{Waiting: "only", Assignee: "me"}})
		if err != nil {
			t.Fatal(err)
		}
		sees := func(p member.Principal) int {
			list, err := w.s.Views(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		if sees(ani) != 1 || sees(budi) != 0 || sees(admin) != 0 {
			t.Errorf("seen by %d, %d, %d; want by ani only", sees(ani), sees(budi), sees(admin))
		}
		if err := w.s.DeleteView(ctx, budi, v.ID); !errors.Is(err, desk.ErrViewNotFound) {
			t.Errorf("what budi does not see: got %v, want ErrViewNotFound", err)
		}
		if v, err = w.s.UpdateView(ctx, ani, v.ID, desk.ViewFields{Shared: &shared}); err != nil || v.Filter.Waiting != "only" {
			t.Fatalf("got %+v, %v", v, err)
		}
		if err := w.s.DeleteView(ctx, budi, v.ID); !errors.Is(err, desk.ErrNotYours) || sees(budi) != 1 || sees(stranger) != 0 {
			t.Errorf("shared: got %v, seen by %d and %d; want ErrNotYours, one, none", err, sees(budi), sees(stranger))
		}
		empty := " "
		if _, err := w.s.UpdateView(ctx, ani, v.ID, desk.ViewFields{Name: &empty}); !errors.Is(err, desk.ErrViewName) {
			t.Errorf("without a name: got %v, want ErrViewName", err)
		}
		if err := w.s.DeleteView(ctx, admin, v.ID); err != nil || sees(ani) != 0 {
			t.Errorf("an admin deletes it: got %v, %d left", err, sees(ani))
		}
	})
}

func TestTheAPI(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mux := http.NewServeMux()
		callers := map[string]member.Principal{"ani": ani, "budi": budi, "stranger": stranger, "script": {WorkspaceID: "w", KeyID: "k", Role: member.Admin}}
		desk.Module(w.s).API(httpx.NewAPI(mux, httpx.Info{Title: "t", Version: "1", Guard: func(r *http.Request, _ httpx.Need) (context.Context, error) {
			return member.With(r.Context(), callers[r.Header.Get("X-Who")]), nil
		}}))
		call := func(who, pattern, body string) (int, map[string]any) {
			method, path, _ := strings.Cut(pattern, " ")
			r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
			r.Header.Set("X-Who", who)
			rec := httptest.NewRecorder()
			mux.ServeHTTP(rec, r)
			var out map[string]any
			_ = json.Unmarshal(rec.Body.Bytes(), &out)
			return rec.Code, out
		}
		at, soon := "/chats/"+w.chatID, w.clock().Add(time.Hour).UnixMilli()
		_, note := call("ani", "POST "+at+"/notes", `{"text":"cek","mentions":["budi"]}`)
		_, later := call("ani", "POST "+at+"/scheduled", fmt.Sprintf(`{"text":"besok","send_at":%d,"cancel_on_reply":true}`, soon))
		_, view := call("ani", "POST /views", `{"name":"Punyaku","filter":{"assignee":"me","status":"open"}}`)
		for _, step := range []struct {
			who, call, body string
			want            int
		}{
			{"budi", "GET /mentions?unread=only", "", 200},
			{"budi", "GET /mentions?limit=1&after=x", "", 422},
			{"budi", "GET /mentions/unread", "", 200},
			{"budi", "POST /mentions/read", `{}`, 204},
			{"script", "POST /mentions/read", `{}`, 403},
			{"script", "POST " + at + "/notes", `{"text":"dari skrip"}`, 201},
			{"stranger", "GET " + at + "/notes", "", 404},
			{"budi", "PATCH /notes/" + note["id"].(string), `{"text":"x"}`, 403},
			{"stranger", "DELETE /notes/" + note["id"].(string), "", 404},
			{"ani", "PATCH /notes/" + note["id"].(string), `{"text":"` + strings.Repeat("a", 10_001) + `"}`, 422},
			{"ani", "DELETE /notes/" + note["id"].(string), "", 204},
			{"ani", "PUT " + at + "/draft", `{"text":"Halo"}`, 200},
			{"script", "PUT " + at + "/draft", `{"text":"Halo"}`, 403},
			{"stranger", "PUT " + at + "/draft", `{"text":"Halo"}`, 404},
			{"ani", "GET /drafts", "", 200},
			{"ani", "POST " + at + "/scheduled", `{"text":"besok"}`, 422},
			{"ani", "POST " + at + "/scheduled", fmt.Sprintf(`{"text":"","send_at":%d}`, soon), 422},
			{"ani", "POST " + at + "/scheduled", `{"text":"besok","send_at":5}`, 422},
			{"stranger", "POST " + at + "/scheduled", fmt.Sprintf(`{"text":"x","send_at":%d}`, soon), 404},
			{"budi", "PATCH /scheduled/" + later["id"].(string), `{"message":{"text":"lusa"}}`, 200},
			{"stranger", "PATCH /scheduled/" + later["id"].(string), `{"message":{"text":"lusa"}}`, 404},
			{"stranger", "DELETE /scheduled/" + later["id"].(string), "", 404},
			{"ani", "POST /views", `{"name":"x","filter":{"status":"cat"}}`, 422},
			{"budi", "PATCH /views/" + view["id"].(string), `{"name":"x"}`, 404},
			{"ani", "DELETE /views/" + view["id"].(string), "", 204},
		} {
			if got, body := call(step.who, step.call, step.body); got != step.want {
				t.Errorf("%s %s %.80s: got %d %v, want %d", step.who, step.call, step.body, got, body, step.want)
			}
		}
		_, list := call("ani", "GET "+at+"/scheduled", "")
		items, _ := list["items"].([]any)
		if len(items) != 1 || items[0].(map[string]any)["content"].(map[string]any)["text"] != "lusa" || items[0].(map[string]any)["cancel_on_reply"] != true {
			t.Errorf("got %v, want the changed one", list)
		}
		if _, d := call("ani", "GET "+at+"/draft", ""); d["text"] != "Halo" {
			t.Errorf("got draft %v, want ani's", d)
		}
		if _, d := call("budi", "GET "+at+"/draft", ""); d["text"] != "" {
			t.Errorf("got draft %v, want none of budi's", d)
		}
	})
}
