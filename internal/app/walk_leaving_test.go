package app_test

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
)

// leavingBodies are what the operations of leaving take. The walk has given the workspace another name by then.
var leavingBodies = map[string]string{ //arch:global a table, never written
	"POST /takeouts":          `{"password":"` + password + `"}`,
	"POST /workspace/closing": `{"password":"` + password + `","name":"Ganti"}`,
}

// stockTakeout has a copy of everything ordered, which nobody makes while the walk walks.
func (h *house) stockTakeout(s *shop) {
	h.t.Helper()
	made := h.call("POST", "/takeouts", leavingBodies["POST /takeouts"], "Cookie", s.owner)
	if s.ids["takeouts"], _ = made.body["id"].(string); made.status != 201 || s.ids["takeouts"] == "" {
		h.t.Fatalf("prepare a takeout: %d %s", made.status, made.text)
	}
}

// onBoth runs fn in a house on each engine.
func onBoth(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, newHouseOn(t, ""))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, newHouseOn(t, pgtest.URL(t)))
	})
}

// within waits until fn reports true, which looks every few milliseconds.
func within(t *testing.T, what string, fn func() bool) {
	t.Helper()
	look, late := time.NewTicker(10*time.Millisecond), time.After(time.Minute)
	defer look.Stop()
	for !fn() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("%s: it did not come", what)
		}
	}
}

func TestEverythingIsTakenOutAcrossAKill(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		s := h.first
		content := "/takeouts/" + s.ids["takeouts"] + "/content"
		if a := h.call("GET", content, "", "Cookie", s.owner); a.status != 409 {
			t.Errorf("before it is ready: %d %s, want 409", a.status, a.text)
		}
		h.Takeouts.PartSize = 1 // every table is a part
		ctx, kill := context.WithCancel(t.Context())
		var told atomic.Int64
		h.Takeouts.Told = func(string) {
			if told.Add(1) == 9 {
				kill()
			}
		}
		if err := h.Takeouts.Run(ctx); err != nil {
			t.Fatal(err)
		}
		half := h.call("GET", "/takeouts/"+s.ids["takeouts"], "", "Cookie", s.owner)
		if half.body["state"] != "running" || half.body["done"] == half.body["total"] {
			t.Fatalf("after the kill: %s, want one under way", half.text)
		}
		again, stop := context.WithCancel(t.Context())
		defer stop()
		over := make(chan error, 1)
		go func() { over <- h.Takeouts.Run(again) }()
		within(t, "a takeout that is ready", func() bool {
			return h.call("GET", "/takeouts/"+s.ids["takeouts"], "", "Cookie", s.owner).body["state"] == "ready"
		})
		h.holdsEverything(s, content)
		for who, headers := range map[string][]string{"an API key": {"Authorization", "Bearer " + s.key}, "an agent": {"Cookie", s.agent}} {
			if a := h.call("GET", content, "", headers...); a.status != 403 {
				t.Errorf("%s: %d, want 403", who, a.status)
			}
		}
		if a := h.call("GET", content, "", "Cookie", h.second.owner); a.status != 404 {
			t.Errorf("another shop's owner: %d, want 404", a.status)
		}
		deeds := h.call("GET", "/audit-log?deed=takeout", "", "Cookie", s.owner).items()
		if len(deeds) != 2 || deeds[0].(object)["deed"] != "takeout.downloaded" {
			t.Errorf("the audit log has %v, want one that was made and downloaded", deeds)
		}
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
		h.Takeouts.Now = func() time.Time { return time.Now().Add(73 * time.Hour) }
		if a := h.call("GET", content, "", "Cookie", s.owner); a.status != 404 {
			t.Errorf("after three days: %d, want 404", a.status)
		}
		if err := h.Takeouts.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := h.kept(filepath.Join(s.id, "takeouts")); len(left) != 0 {
			t.Errorf("after three days there still is %v", left)
		}
	})
}

// holdsEverything downloads a takeout and looks into it.
func (h *house) holdsEverything(s shop, content string) {
	t := h.t
	a := h.call("GET", content, "", "Cookie", s.owner)
	z, err := zip.NewReader(strings.NewReader(a.text), int64(len(a.text)))
	if err != nil {
		t.Fatalf("%d: %v", a.status, err)
	}
	all := map[string]string{}
	for _, f := range z.File {
		r := must[io.ReadCloser](t)(f.Open())
		data := must[[]byte](t)(io.ReadAll(r))
		if _, twice := all[f.Name]; twice {
			t.Errorf("%s is there twice", f.Name)
		}
		all[f.Name] = string(data)
	}
	for name, want := range map[string]string{
		"README.txt": "Ping!", "contacts.csv": "Sari", "data/messages.jsonl": `"text":"apa kabar"`, "data/rules.jsonl": `"words":["halo"]`,
		"files/" + s.ids["files"] + "/foto.png": "PNG", "data/members.jsonl": `"role":"owner"`,
	} {
		if !strings.Contains(all[name], want) {
			t.Errorf("%s has no %s, but %.300s", name, want, all[name])
		}
	}
	for name, text := range all {
		for _, never := range []string{h.second.id, "key_hash", "token_hash", `"secret"`} {
			if strings.Contains(text, never) {
				t.Errorf("%s holds %s", name, never)
			}
		}
		for line := range strings.Lines(text) {
			if strings.HasSuffix(name, ".jsonl") && !json.Valid([]byte(line)) {
				t.Errorf("%s has a line that is no JSON: %.200s", name, line)
			}
		}
	}
}

// kept are the files under a folder of the blobs.
func (h *house) kept(folder string) (all []string) {
	h.t.Helper()
	root := filepath.Join(h.data, "files", folder)
	_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return nil
	})
	return all
}

// told is how often what a shop is told of names something, in its event log and in its webhooks' deliveries.
func (h *house) told(s shop, what string) int {
	auth := []string{"Authorization", "Bearer " + s.key}
	all := h.call("GET", "/events?limit=500", "", auth...).text
	all += h.call("GET", "/webhooks/"+s.ids["webhooks"]+"/deliveries?limit=200", "", auth...).text
	all += h.call("GET", "/devices/"+s.ids["devices"]+"/webhook/deliveries?limit=200", "", auth...).text
	return strings.Count(all, what)
}

func TestAContactThatIsErasedLeavesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx, s := t.Context(), h.first
		d := must[device.Device](t)(h.Devices.Get(ctx, s.id, s.ids["devices"]))
		rina := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281290647777"}}, Name: "Rina Rahasia"}
		photo, shared := h.upload(s, "rina.png", "rahasia"), h.upload(s, "brosur.png", "brosur")
		for i, f := range []string{photo, shared} {
			if err := h.Chats.Receive(ctx, d, device.Inbound{
				NetworkID: fmt.Sprint("R", i), Chat: rina, Sender: rina, At: time.Now().UnixMilli(), Origin: device.OriginLive,
				Content: device.Content{Kind: device.KindImage, Text: "alamatku Jalan Mawar", Media: &device.Media{Blob: f, MIME: "image/png"}},
			}); err != nil {
				t.Fatal(err)
			}
		}
		made := h.call("POST", "/templates", `{"name":"Brosur","body":"ini","file_id":"`+shared+`"}`, "Authorization", "Bearer "+s.key)
		if made.status != 201 {
			t.Fatalf("prepare a template: %s", made.text)
		}
		number(t, h, s)
		if h.told(s, "Jalan Mawar") == 0 {
			t.Fatal("nothing was told of the contact, so nothing can be erased")
		}
		found := h.call("GET", "/contacts?search=Rahasia", "", "Authorization", "Bearer "+s.key).items()
		id, _ := found[0].(object)["id"].(string)
		if a := h.call("POST", "/contacts/"+id+"/erase", `{"name":"Rina Rahasia"}`, "Authorization", "Bearer "+s.key); a.status != 204 {
			t.Fatalf("erase: %d %s", a.status, a.text)
		}
		for _, later := range []time.Duration{0, 2 * time.Minute} {
			h.Erasures.Now = func() time.Time { return time.Now().Add(later) }
			number(t, h, s)
			if err := h.Erasures.Work(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if n := h.told(s, "Jalan Mawar") + h.told(s, "Rina Rahasia"); n != 0 {
			t.Errorf("the contact is still named %d times in the log and the deliveries", n)
		}
		if h.told(s, "apa kabar") == 0 {
			t.Error("what was told of others is gone, too")
		}
		if h.told(s, "contact.deleted") == 0 {
			t.Error("that the contact was deleted is not told")
		}
		for f, want := range map[string]int{photo: 404, shared: 200, s.ids["files"]: 200} {
			if a := h.call("GET", "/files/"+f+"/content", "", "Authorization", "Bearer "+s.key); a.status != want {
				t.Errorf("file %s: %d, want %d", f, a.status, want)
			}
		}
		before := len(h.kept(s.id))
		if err := h.Files.Sweep(ctx, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if left := len(h.kept(s.id)); left != before-1 {
			t.Errorf("%d files' bytes are left of %d, want one to go", left, before)
		}
	})
}

// number gives the events of a shop their numbers, as the running program does, and its webhook, and more of them, their deliveries.
func number(t *testing.T, h *house, s shop, more ...string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var over []chan error
	for _, run := range []func(context.Context) error{h.Events.Run, h.Webhooks.Run} {
		done := make(chan error, 1)
		over = append(over, done)
		go func() { done <- run(ctx) }()
	}
	for _, webhookID := range append(more, s.ids["webhooks"]) {
		within(t, "deliveries of all events", func() bool {
			if waiting, err := h.Unnumbered(ctx, s.id); err != nil || waiting > 0 {
				return false
			}
			last := h.call("GET", "/events?limit=1", "", "Authorization", "Bearer "+s.key).body["last"]
			seq, err := h.WebhookPlace(ctx, s.id, webhookID)
			return err == nil && last != nil && float64(seq) >= last.(float64)
		})
	}
	stop()
	for _, done := range over {
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("a worker ended with %v", err)
		}
	}
}

func (h *house) upload(s shop, name, data string) string {
	h.t.Helper()
	body, kind := form(name, []byte("\x89PNG\r\n\x1a\n"+data))
	up := h.call("POST", "/files", body, "Authorization", "Bearer "+s.key, "Content-Type", kind)
	id, _ := up.body["id"].(string)
	if up.status != 201 || id == "" {
		h.t.Fatalf("upload: %d %s", up.status, up.text)
	}
	return id
}

func TestAWorkspaceIsDeletedWithEverythingInIt(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx, s := t.Context(), h.first
		owner := []string{"Cookie", s.owner}
		for what, c := range map[string]struct {
			body string
			want int
			as   []string
		}{
			"a wrong name":     {`{"password":"` + password + `","name":"dua"}`, 422, owner},
			"a wrong password": {`{"password":"salah-sekali-ini","name":"satu"}`, 403, owner},
			"an agent":         {`{"password":"` + password + `","name":"satu"}`, 403, []string{"Cookie", s.agent}},
			"an API key":       {`{"password":"` + password + `","name":"satu"}`, 403, []string{"Authorization", "Bearer " + s.key}},
		} {
			if a := h.call("POST", "/workspace/closing", c.body, c.as...); a.status/100 != 4 || a.code() == "" {
				t.Errorf("%s: %d %s, want it refused", what, a.status, a.text)
			}
		}
		good := `{"password":"` + password + `","name":" SATU "}`
		for range 2 { // undone once, then not
			if a := h.call("POST", "/workspace/closing", good, owner...); a.status != 201 || a.body["closing"] != true {
				t.Fatalf("close: %d %s", a.status, a.text)
			}
			if a := h.call("POST", "/workspace/closing", good, owner...); a.status != 409 {
				t.Errorf("close again: %d %s, want 409", a.status, a.text)
			}
			if err := h.Erasures.Work(ctx); err != nil {
				t.Fatal(err)
			}
			if a := h.call("GET", "/workspace/closing", "", "Cookie", s.agent); a.body["closing"] != true {
				t.Errorf("members are told %s, want that it closes", a.text)
			}
			if a := h.call("DELETE", "/workspace/closing", "", owner...); a.status != 204 {
				t.Fatalf("keep: %d %s", a.status, a.text)
			}
			if a := h.call("GET", "/workspace/closing", "", owner...); a.body["closing"] != false {
				t.Errorf("after it was kept: %s", a.text)
			}
		}
		if a := h.call("POST", "/workspace/closing", good, owner...); a.status != 201 {
			t.Fatalf("close: %d %s", a.status, a.text)
		}
		if len(h.rows(s.id)) < 20 || len(h.kept(s.id)) == 0 {
			t.Fatalf("the shop has rows in %d tables only, want some in most", len(h.rows(s.id)))
		}
		others := h.rows(h.second.id)
		h.Erasures.Now = func() time.Time { return time.Now().Add(7*24*time.Hour + time.Minute) }
		if err := h.Erasures.Work(ctx); err != nil {
			t.Fatal(err)
		}
		if left := h.rows(s.id); !cmp.Equal(left, map[string]int{"closings": 1}) {
			t.Errorf("after the time of grace there are rows in %v, want the note that it was closed", left)
		}
		if diff := cmp.Diff(others, h.rows(h.second.id)); diff != "" {
			t.Errorf("rows of the other workspace (-before +after):\n%s", diff)
		}
		if left := h.kept(s.id); len(left) != 0 || len(h.kept(h.second.id)) == 0 {
			t.Errorf("bytes: %d are left, %d of the other workspace; want none and some", len(left), len(h.kept(h.second.id)))
		}
		login := `{"email":"owner@satu.example","password":"` + password + `"}`
		for what, a := range map[string]answer{
			"the session": h.call("GET", "/me", "", owner...), "the key": h.call("GET", "/me", "", "Authorization", "Bearer "+s.key), "the password": h.call("POST", "/login", login),
		} {
			if a.status != http.StatusUnauthorized && a.status != http.StatusForbidden {
				t.Errorf("%s still opens something: %d %s", what, a.status, a.text)
			}
		}
		h.Erasures.Now = func() time.Time { return time.Now().Add(8 * 24 * time.Hour) }
		if err := h.Erasures.Work(ctx); err != nil {
			t.Fatal(err)
		}
		if left := h.rows(s.id); len(left) != 0 {
			t.Errorf("in the end there are rows in %v, want none", left)
		}
	})
}

// rows counts what a workspace has in every table that has its id.
func (h *house) rows(workspaceID string) map[string]int {
	h.t.Helper()
	found := map[string]int{}
	tables, err := h.DB().TablesWith(context.Background(), "workspace_id")
	if err != nil || len(tables) < 50 {
		h.t.Fatalf("%d tables, %v", len(tables), err)
	}
	for _, table := range tables {
		var n int
		if err := h.DB().QueryRow(context.Background(), `SELECT COUNT(*) FROM `+table.Name+` WHERE workspace_id = $1`, workspaceID).Scan(&n); err != nil {
			h.t.Fatal(err)
		}
		if n > 0 {
			found[table.Name] = n
		}
	}
	return found
}

func TestTheLastWorkspaceThatGoesLeavesAnInstallationThatBeginsAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, s := range []shop{h.first, h.second} {
		if a := h.call("GET", "/setup", ""); a.body["needed"] != false {
			t.Errorf("while somebody is there: %s", a.text)
		}
		if err := h.Members.Disband(t.Context(), s.id); err != nil {
			t.Fatal(err)
		}
	}
	if a := h.call("GET", "/setup", ""); a.body["needed"] != true {
		t.Errorf("when nobody is left: %s", a.text)
	}
	if a := h.call("POST", "/setup", `{"workspace_name":"Baru","name":"Orang","email":"a@b.example","password":"`+password+`"}`); a.status != 201 {
		t.Errorf("set up anew: %d %s", a.status, a.text)
	}
}

func TestNotesAreToldOnlyToWebhooksThatAskForThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.first
	auth := []string{"Authorization", "Bearer " + s.key}
	asks := h.call("POST", "/webhooks", `{"url":"http://127.0.0.1:8099/notes","events":["*","note.created"]}`, auth...)
	id, _ := asks.body["id"].(string)
	if a := h.call("POST", "/chats/"+s.ids["chats"]+"/notes", `{"text":"jangan kirim dulu"}`, auth...); a.status != 201 {
		t.Fatalf("note: %d %s", a.status, a.text)
	}
	number(t, h, s, id)
	if !strings.Contains(h.call("GET", "/webhooks/"+id+"/deliveries?limit=200", "", auth...).text, "jangan kirim dulu") {
		t.Error("a webhook that names the notes is not told of them")
	}
	all := h.call("GET", "/webhooks/"+s.ids["webhooks"]+"/deliveries?limit=200", "", auth...).text
	if strings.Contains(all, "jangan kirim dulu") || !strings.Contains(all, "apa kabar") {
		t.Error("a webhook on * is told of notes, or of nothing")
	}
}
