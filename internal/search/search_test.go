package search_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/outbox"
	"github.com/pingcrm/pingcrm/internal/search"
)

// shelf has one device per workspace, of its name.
type shelf struct{}

func devOf(workspaceID string) device.Device {
	return device.Device{ID: "dev-" + workspaceID, WorkspaceID: workspaceID, Channel: "wire", LinkedAt: 1, Account: device.Account{Number: "6200"}}
}

func (shelf) Get(_ context.Context, workspaceID, _ string) (device.Device, error) {
	return devOf(workspaceID), nil
}

type world struct {
	t        testing.TB
	db       *db.DB
	contacts *contact.Service
	chats    *chat.Service
	s        *search.Service
	at       int64
}

func newWorld(t testing.TB, d *db.DB) *world {
	w := &world{t: t, db: d, at: time.Now().Add(-time.Hour).UnixMilli(), contacts: contact.New(d, contact.Config{})}
	sends := outbox.New(d, outbox.Config{})
	w.chats = chat.New(d, w.contacts, sends, chat.Config{Devices: shelf{}})
	w.s = search.New(search.Config{DB: d, Contacts: w.contacts, Chats: w.chats})
	dbtest.Migrated(t, d, contact.Module(w.contacts), device.Module(device.New(device.Config{DB: d})), outbox.Module(sends), chat.Module(w.chats))
	return w
}

// index begins the index, and hears of what is new from then on.
func (w *world) index() {
	dbtest.Migrated(w.t, w.db, search.Module(w.s))
	w.chats.Arrived.Add("search", w.s.Arrived)
	w.chats.Posted.Add("search", w.s.Posted)
	w.chats.Altered.Add("search", w.s.Altered)
	w.chats.MarkMade.Add("search", w.s.MarkMade)
}

func (w *world) receive(workspaceID, from, networkID string, c device.Content) {
	w.t.Helper()
	w.at += 1000
	p := device.Peer{Name: "Nama " + from, Addresses: []device.Address{{Kind: device.AddressPhone, Value: from}}}
	if err := w.chats.Receive(context.Background(), devOf(workspaceID), device.Inbound{
		NetworkID: networkID, Chat: p, Sender: p, At: w.at, Origin: device.OriginLive, Content: c,
	}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) says(from, text string) { w.receive("w", from, text, words(text)) }

func words(text string) device.Content { return device.Content{Kind: device.KindText, Text: text} }

// found are the texts of the messages that a question finds, all pages of them.
func (w *world) found(workspaceID, text string) (out []string) {
	w.t.Helper()
	for q := (search.Query{Text: text, Limit: 2}); ; {
		f, err := w.s.Find(context.Background(), workspaceID, q)
		if err != nil {
			w.t.Fatalf("Find(%q) failed: %v", text, err)
		}
		for _, h := range f.Messages {
			whole := ""
			for _, p := range h.Parts {
				whole += p.Text
			}
			out = append(out, whole)
		}
		if q.After = f.Next; f.Next == "" {
			return out
		}
	}
}

func (w *world) work() {
	w.t.Helper()
	for {
		more, err := w.s.Work(context.Background())
		if err != nil {
			w.t.Fatal(err)
		}
		if !more {
			return
		}
	}
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d)) })
}

func (w *world) want(text string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.found("w", text)); diff != "" {
		w.t.Errorf("%q (-want +got):\n%s", text, diff)
	}
}

func TestMessagesAreFoundByTheirWords(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.index()
		w.says("6281", "Ada stok beras?")
		w.says("6282", "stoknya habis")
		w.says("6281", "Beras merah, 5 kg")
		w.receive("v", "6281", "v1", words("stok orang lain"))
		w.want("stok", "stoknya habis", "Ada stok beras?")
		w.want("stok ", "Ada stok beras?")
		w.want("BERAS", "Beras merah, 5 kg", "Ada stok beras?")
		w.want("beras stok", "Ada stok beras?")
		w.want("ber kg")
		w.want("lain")
		w.want(`"stok beras" NEAR(x) *`)
		w.want(`"stok`, "stoknya habis", "Ada stok beras?")
		w.want("!?*\"'")
		w.want(strings.Repeat("beras ", 1700), "Beras merah, 5 kg", "Ada stok beras?")
		if got := w.found("v", "stok"); len(got) != 1 {
			t.Errorf("the other workspace: got %v, want its own", got)
		}
	})
}

func TestEditsAndDeletionsFollow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.index()
		w.says("6281", "pertama")
		w.says("6281", "kedua")
		w.says("6281", "ketiga")
		w.receive("w", "6281", "e1", device.Content{Kind: device.KindEdit, Target: "pertama", Text: "diubah"})
		w.want("pertama")
		w.want("diubah", "diubah")
		w.receive("w", "6281", "e2", device.Content{Kind: device.KindRevoke, Target: "kedua"})
		w.want("kedua")
		w.receive("w", "6281", "e3", device.Content{Kind: device.KindEdit, Target: "keempat", Text: "sudah lain"})
		w.says("6281", "keempat") // its edit came before it
		w.want("keempat")
		w.want("sudah lain", "sudah lain")
		m, err := w.chats.GetByNetworkID(t.Context(), "w", "dev-w", "ketiga")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.chats.DeleteMessage(t.Context(), "w", m.ID); err != nil {
			t.Fatal(err)
		}
		w.want("ketiga")
		if err := w.chats.DeleteChat(t.Context(), "w", m.ChatID); err != nil {
			t.Fatal(err)
		}
		w.want("diubah")
		w.want("sudah")
	})
}

func TestWhatWasThereBeforeIsIndexedInTheBackground(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const n = 450
		for i := range n {
			w.says(fmt.Sprint("628", i%3), fmt.Sprint("lama ", i))
		}
		w.receive("w", "6280", "r", device.Content{Kind: device.KindRevoke, Target: "lama 0"})
		w.index()
		w.says("6281", "lama tapi baru")
		w.want("lama", "lama tapi baru")
		w.work()
		if got := w.found("w", "lama"); len(got) != n || got[0] != "lama tapi baru" || got[n-1] != "lama 1" {
			t.Errorf("got %d, the first %q and the last %q; want %d, the newest first, without what was taken back", len(got), got[0], got[len(got)-1], n)
		}
		if err := w.chats.Forget(t.Context(), devOf("w")); err != nil {
			t.Fatal(err)
		}
		if err := w.s.Forget(t.Context(), devOf("w")); err != nil {
			t.Fatal(err)
		}
		w.work()
		var left int
		if err := w.db.QueryRow(t.Context(), `SELECT COUNT(*) FROM message_index`).Scan(&left); err != nil || left != 0 {
			t.Errorf("after the device is gone %d are left in the index, %v; want none", left, err)
		}
	})
}

func TestAnErasedChatLeavesNoWords(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.index()
		w.chats.Erasing.Add("search", w.s.Erasing)
		w.says("6281", "rahasia satu")
		w.says("6282", "rahasia dua")
		m, err := w.chats.GetByNetworkID(t.Context(), "w", "dev-w", "rahasia satu")
		if err != nil {
			t.Fatal(err)
		}
		c, err := w.chats.Get(t.Context(), "w", m.ChatID)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.chats.EraseContact(t.Context(), c.Contact); err != nil {
			t.Fatal(err)
		}
		w.want("rahasia", "rahasia dua")
		var left int
		if err := w.db.QueryRow(t.Context(), `SELECT COUNT(*) FROM message_index`).Scan(&left); err != nil || left != 1 {
			t.Errorf("%d are left in the index, %v; want the other one", left, err)
		}
	})
}

func TestPeopleAreFoundByNameAndNumber(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.index()
		w.says("6281290641111", "halo")
		w.says("6281290642222", "halo juga")
		for text, want := range map[string]int{"nama": 2, "0812 9064 1111": 1, "9999": 0, "2222": 1, "tidak": 0} {
			f, err := w.s.Find(t.Context(), "w", search.Query{Text: text, Limit: 10})
			if err != nil || len(f.People) != want {
				t.Errorf("%q: got %d people, %v; want %d", text, len(f.People), err, want)
			}
			for _, p := range f.People {
				if len(p.Chats) != 1 {
					t.Errorf("%q: got %d chats with %s, want one", text, len(p.Chats), p.Contact.Name)
				}
			}
		}
	})
}

func TestTheAPI(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.index()
		w.says("6281", "Halo satu")
		w.says("6282", "Halo dua")
		mux := http.NewServeMux()
		search.Module(w.s).API(httpx.NewAPI(mux, httpx.Info{Title: "t", Version: "1", Guard: func(r *http.Request, _ httpx.Need) (context.Context, error) {
			return member.With(r.Context(), member.Principal{WorkspaceID: r.Header.Get("X-Who"), MemberID: "m-1", Role: member.Agent}), nil
		}}))
		get := func(who, query string) (int, map[string]any) {
			r := httptest.NewRequest("GET", "/api/v1/search?"+query, nil)
			r.Header.Set("X-Who", who)
			rec := httptest.NewRecorder()
			mux.ServeHTTP(rec, r)
			var out map[string]any
			_ = json.Unmarshal(rec.Body.Bytes(), &out)
			return rec.Code, out
		}
		status, page := get("w", "q=halo&limit=1")
		messages, _ := page["messages"].([]any)
		next, _ := page["next"].(string)
		if status != 200 || len(messages) != 1 || next == "" {
			t.Fatalf("got %d %v, want one and more", status, page)
		}
		hit, _ := messages[0].(map[string]any)
		want := []any{map[string]any{"text": "Halo", "hit": true}, map[string]any{"text": " dua"}}
		if diff := cmp.Diff(want, hit["parts"]); diff != "" {
			t.Errorf("the parts (-want +got):\n%s", diff)
		}
		chatID, _ := hit["chat_id"].(string)
		for _, tt := range []struct {
			who, query string
			want, hits int
		}{
			{"w", "q=halo&limit=1&after=" + next, 200, 1},
			{"w", "q=halo&chat_id=" + chatID, 200, 1},
			{"w", "q=", 200, 0},
			{"w", "", 200, 0},
			{"w", "q=halo&after=x", 422, 0},
			{"w", "q=halo&limit=0", 422, 0},
			{"w", "q=halo&chat_id=x", 404, 0},
			{"v", "q=halo", 200, 0},
			{"v", "q=halo&chat_id=" + chatID, 404, 0},
			{"w", "q=" + url.QueryEscape(strings.Repeat(`"*`, 5000)), 200, 0},
			{"w", "q=" + strings.Repeat("a", 20_001), 422, 0},
		} {
			status, page := get(tt.who, tt.query)
			messages, _ := page["messages"].([]any)
			if status != tt.want || len(messages) != tt.hits {
				t.Errorf("%s %.60s: got %d %v, want %d and %d hits", tt.who, tt.query, status, page, tt.want, tt.hits)
			}
		}
	})
}

func TestARolledBackMessageIsNotFound(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.index()
		veto := errors.New("no")
		w.chats.Arrived.Add("veto", func(context.Context, chat.Arrived) error { return veto })
		p := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281"}}}
		err := w.chats.Receive(t.Context(), devOf("w"), device.Inbound{NetworkID: "x", Chat: p, Sender: p, Origin: device.OriginLive, Content: words("batal")})
		if !errors.Is(err, veto) {
			t.Fatalf("got %v, want the veto", err)
		}
		w.want("batal")
	})
}
