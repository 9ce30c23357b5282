package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/app"
	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/whatsapp"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

type object = map[string]any

// operation is one of the document's.
type operation struct {
	method, path string
	Need         string `json:"x-need"`
	Summary      string `json:"summary"`
	RequestBody  *struct {
		Content map[string]any `json:"content"`
	} `json:"requestBody"`
}

func (o operation) String() string { return o.method + " " + o.path }
func (o operation) named() bool    { return strings.Contains(o.path, "{id}") }
func (o operation) json() bool {
	return o.RequestBody != nil && o.RequestBody.Content["application/json"] != nil
}

// shop is a workspace with one of everything, and who may act in it.
type shop struct {
	id, key string            // an API key, which may do what an admin may
	ids     map[string]string // first part of a path → the id of one such thing
	owner   string            // a cookie
	agent   string
}

// house is the program with two shops that know nothing of each other.
type house struct {
	*app.App
	t             *testing.T
	data          string // its folder
	first, second shop
	operations    []operation
}

const password = "rahasia-panjang-sekali"

func newHouse(t *testing.T) *house {
	t.Helper()
	return newHouseOn(t, "")
}

// newHouseOn is newHouse on a PostgreSQL of that address; "" is SQLite.
func newHouseOn(t *testing.T, database string) *house {
	t.Helper()
	// A network where nobody answers: nothing that is tried here may reach another one.
	network := &whatsapp.Network{RootKey: [32]byte{1}, Addr: "127.0.0.1:9"}
	data := t.TempDir()
	a, err := app.New(t.Context(), app.Config{
		Data: data, Database: database, Version: "1", Log: slog.New(slog.DiscardHandler), Network: network,
		Password: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}, // dear ones cost a quarter of the time
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	h := &house{App: a, t: t, data: data}
	h.first, h.second = h.shop("satu"), h.shop("dua")
	h.operations = h.document()
	return h
}

// must ends the test for an error of the preparations.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (h *house) shop(name string) shop {
	t, ctx := h.t, context.Background()
	w := must[workspace.Workspace](t)(h.Workspaces.Create(ctx, name))
	s := shop{id: w.ID, ids: map[string]string{}}
	owner := must[member.Member](t)(h.Members.Create(ctx, w.ID, member.Fields{Email: "owner@" + name + ".example", Name: "O", Role: member.Owner, Password: password}))
	agent := must[member.Member](t)(h.Members.Create(ctx, w.ID, member.Fields{Email: "agent@" + name + ".example", Name: "A", Role: member.Agent, Password: password}))
	key, secret, err := h.Members.CreateKey(ctx, member.Principal{WorkspaceID: w.ID, MemberID: owner.ID, Role: member.Owner}, member.KeyFields{Name: "jalan"})
	if err != nil {
		t.Fatal(err)
	}
	spare, _, err := h.Members.CreateKey(ctx, member.Principal{WorkspaceID: w.ID, MemberID: owner.ID, Role: member.Owner}, member.KeyFields{Name: "cadangan"})
	if err != nil || spare.ID == key.ID {
		t.Fatal(err)
	}
	s.key, s.ids["members"], s.ids["api-keys"] = secret, agent.ID, spare.ID
	for _, email := range []string{"owner@", "agent@"} {
		a := h.call("POST", "/login", fmt.Sprintf(`{"email":"%s%s.example","password":"%s"}`, email, name, password))
		cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
		if a.status != 200 || cookie == "" {
			t.Fatalf("sign in: %d %s", a.status, a.text)
		}
		if email == "owner@" {
			s.owner = cookie
		} else {
			s.agent = cookie
		}
	}
	h.stock(&s)
	h.stockPeople(&s)
	h.stockTakeout(&s)
	return s
}

// stock puts one of everything into a shop.
func (h *house) stock(s *shop) {
	t, auth := h.t, "Bearer "+s.key
	post := func(path, body string) string {
		t.Helper()
		a := h.call("POST", path, body, "Authorization", auth)
		id, _ := a.body["id"].(string)
		if a.status >= 300 || id == "" {
			t.Fatalf("prepare %s: %d %s", path, a.status, a.text)
		}
		return id
	}
	s.ids["devices"] = post("/devices", `{"channel":"`+h.Channel()+`","name":"Kasir","webhook_url":"http://127.0.0.1:8099/hook"}`)
	h.stockLabel(s)
	s.stockDesk(post)
	s.ids["templates"] = post("/templates", `{"name":"Nota","body":"Hai {name}"}`)
	s.ids["rules"] = post("/rules", `{"name":"Salam","when":{"trigger":"keyword","match":"exact","words":["halo"]},"then":[{"text":"hai"}]}`)
	s.ids["webhooks"] = post("/webhooks", `{"url":"http://127.0.0.1:8099/all","events":["*"]}`)
	s.ids["contacts"] = post("/contacts", `{"name":"Sari","phone":"6281290641111","channel":"`+h.Channel()+`"}`)
	stockContacts(h, s, post)
	body, kind := form("foto.png", []byte("\x89PNG\r\n\x1a\nisi"))
	up := h.call("POST", "/files", body, "Authorization", auth, "Content-Type", kind)
	s.ids["files"], _ = up.body["id"].(string)
	d := must[device.Device](t)(h.Devices.Get(context.Background(), s.id, s.ids["devices"]))
	budi := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281290642222"}}, Name: "Budi"}
	if err := h.Chats.Receive(context.Background(), d, device.Inbound{
		NetworkID: "N1", Chat: budi, Sender: budi, At: time.Now().UnixMilli(), Origin: device.OriginLive, Content: device.Content{Kind: device.KindText, Text: "apa kabar"},
	}); err != nil {
		t.Fatal(err)
	}
	h.stockStatus(s, d)
	chats := h.call("GET", "/chats", "", "Authorization", auth).items()
	s.ids["chats"] = chats[0].(object)["id"].(string)
	messages := h.call("GET", "/chats/"+s.ids["chats"]+"/messages", "", "Authorization", auth).items()
	s.ids["messages"] = messages[0].(object)["id"].(string)
	s.stockNotes(post)
	s.ids["broadcasts"] = post("/broadcasts", strings.NewReplacer("<devices>", s.ids["devices"], "<contacts>", s.ids["contacts"]).Replace(broadcastBodies["POST /broadcasts"]))
	deliveries := h.call("GET", "/devices/"+s.ids["devices"]+"/webhook/deliveries", "", "Authorization", auth).items()
	s.ids["webhook-deliveries"] = deliveries[0].(object)["id"].(string)
}

// stockLabel gives the shop's device a label, as its account's phone would.
func (h *house) stockLabel(s *shop) {
	ctx := context.Background()
	d := must[device.Device](h.t)(h.Devices.Get(ctx, s.id, s.ids["devices"]))
	if err := h.Chats.Marked(ctx, d, device.Mark{Kind: device.MarkLabel, At: 1, Label: device.Label{ID: "1", Name: "Lunas"}}); err != nil {
		h.t.Fatal(err)
	}
	s.ids["labels"] = must[[]chat.Label](h.t)(h.Chats.Labels(ctx, s.id, d.ID))[0].ID
}

func form(name string, data []byte) (body, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, _ := w.CreateFormFile("file", name)
	_, _ = part.Write(data)
	_ = w.Close()
	return b.String(), w.FormDataContentType()
}

// answer is what a call got.
type answer struct {
	status int
	header http.Header
	text   string
	body   object
}

func (a answer) items() []any { list, _ := a.body["items"].([]any); return list }

// code is the fault's, "" when the answer is not in the shape of errors.
func (a answer) code() string {
	e, _ := a.body["error"].(object)
	code, _ := e["code"].(string)
	if message, _ := e["message"].(string); message == "" {
		return ""
	}
	return code
}

// call makes a request of the API; headers come in pairs.
func (h *house) call(method, path, body string, headers ...string) answer {
	r := httptest.NewRequest(method, httpx.Prefix+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	h.Handler().ServeHTTP(rec, r)
	a := answer{status: rec.Code, header: rec.Header(), text: rec.Body.String()}
	_ = json.Unmarshal(rec.Body.Bytes(), &a.body)
	return a
}

// document reads the operations, what deletes at the end.
func (h *house) document() []operation {
	var doc struct {
		Paths map[string]map[string]operation `json:"paths"`
	}
	a := h.call("GET", "/openapi.json", "")
	if err := json.Unmarshal([]byte(a.text), &doc); err != nil {
		h.t.Fatalf("the document: %d: %v", a.status, err)
	}
	var all []operation
	for path, methods := range doc.Paths {
		for method, o := range methods {
			o.method, o.path = strings.ToUpper(method), path
			all = append(all, o)
		}
	}
	if len(all) < 40 {
		h.t.Fatalf("the document has %d operations, want all", len(all))
	}
	slices.SortFunc(all, func(a, b operation) int {
		if last := rank(a) - rank(b); last != 0 {
			return last
		}
		return strings.Compare(a.String(), b.String())
	})
	return all
}

func rank(o operation) int {
	if r, ok := ranks[o.String()]; ok {
		return r
	}
	if o.method == "DELETE" {
		return 1
	}
	return 0
}

// at is an operation's path with the id of a shop's thing.
func (h *house) at(o operation, s shop) string {
	h.t.Helper()
	if !o.named() {
		return o.path
	}
	kind := strings.Split(o.path, "/")[1]
	id, ok := s.ids[kind]
	if !ok {
		h.t.Fatalf("%s: the walk has no %s; give a shop one", o, kind)
	}
	return strings.NewReplacer("{id}", id, "{group}", walkGroup, "{newsletter}", walkNewsletter, "{label_id}", s.ids["labels"], "{number}", "100", "{call}", walkCall, "{update}", s.ids["status-updates"]).Replace(o.path)
}

// good are bodies that the operations take, for the shop.
func (h *house) good(s shop) map[string]string {
	ids := func(text string) string {
		for kind, id := range s.ids {
			text = strings.ReplaceAll(text, "<"+kind+">", id)
		}
		return strings.ReplaceAll(text, "<channel>", h.Channel())
	}
	out := map[string]string{
		"POST /setup":                `{"workspace_name":"Baru","name":"Orang","email":"a@b.example","password":"` + password + `"}`,
		"POST /login":                `{"email":"owner@satu.example","password":"` + password + `"}`,
		"POST /me/password":          `{"old_password":"` + password + `","password":"` + password + `-2"}`,
		"POST /members":              `{"email":"baru@satu.example","name":"Baru","role":"agent","password":"` + password + `"}`,
		"PATCH /members/{id}":        `{"name":"Ganti"}`,
		"POST /api-keys":             `{"name":"Lagi"}`,
		"PATCH /workspace":           `{"name":"Ganti"}`,
		"POST /devices":              `{"channel":"<channel>","name":"Dua"}`,
		"PATCH /devices/{id}":        `{"name":"Ganti"}`,
		"POST /devices/{id}/link":    `{"method":"qr"}`,
		"POST /templates":            `{"name":"Baru","body":"x","file_id":"<files>"}`,
		"PATCH /templates/{id}":      `{"file_id":"<files>"}`,
		"POST /rules":                `{"name":"Baru","when":{"trigger":"fallback"},"then":[{"text":"x","file_id":"<files>"}],"device_ids":["<devices>"]}`,
		"PATCH /rules/{id}":          `{"device_ids":["<devices>"],"then":[{"file_id":"<files>"}]}`,
		"PUT /rules/order":           `{"rule_ids":["<rules>"]}`,
		"POST /webhooks":             `{"url":"http://127.0.0.1:8099/more","events":["message.*"],"device_ids":["<devices>"]}`,
		"PATCH /webhooks/{id}":       `{"device_ids":["<devices>"]}`,
		"POST /webhooks/{id}/replay": `{"after":0}`,
		"POST /contacts":             `{"name":"Rina","phone":"6281290643333","channel":"<channel>"}`,
		"PATCH /contacts/{id}":       `{"name":"Ganti"}`,
		"PATCH /chats/{id}":          `{"turn":"human","read":true,"archived":false,"pinned":true,"muted_until":-1,"unread":true}`,
		"POST /chats/{id}/messages":  `{"text":"x","file_id":"<files>"}`,
		"POST /messages":             `{"text":"x","device_id":"<devices>","contact_id":"<contacts>","file_id":"<files>"}`,
	}
	maps.Copy(out, leavingBodies)
	out["POST /devices/{id}/link/answer"] = `{"code":"ABCD-1234"}`
	out["POST /chats/{id}/history"] = `{"count":50}`
	maps.Copy(out, peopleBodies)
	maps.Copy(out, groupBodies)
	maps.Copy(out, saidBodies)
	maps.Copy(out, labelBodies)
	maps.Copy(out, deskBodies)
	maps.Copy(out, memberBodies(s))
	maps.Copy(out, contactBodies)
	maps.Copy(out, broadcastBodies)
	for k, v := range out {
		out[k] = ids(v)
	}
	return out
}

// send makes an operation's call on a shop's things, with the good body of another shop if need be.
func (h *house) send(o operation, on, bodyOf shop, headers ...string) answer {
	h.t.Helper()
	body := ""
	if o.json() {
		var ok bool
		if body, ok = h.good(bodyOf)[o.String()]; !ok {
			h.t.Fatalf("%s: the walk has no body for it; give it one", o)
		}
	} else if o.RequestBody != nil {
		var kind string
		body, kind = form("a.txt", []byte("isi"))
		headers = append(headers, "Content-Type", kind)
	}
	return h.call(o.method, h.at(o, on), body, headers...)
}

// snapshot is everything that a shop's key can read.
func (h *house) snapshot(s shop) map[string]any {
	all := map[string]any{}
	for _, o := range h.operations {
		if o.method != "GET" || o.Need == string(httpx.Public) || strings.Contains(o.path, "secret") || strings.HasPrefix(o.path, "/me") {
			continue
		}
		if a := h.call("GET", h.at(o, s), "", "Authorization", "Bearer "+s.key); a.body != nil {
			delete(a.body, "error") // it carries the request's id
			all[o.String()] = a.body
		}
	}
	keys, _ := all["GET /api-keys"].(map[string]any)["items"].([]any)
	for _, k := range keys { // reading all this has used one
		delete(k.(map[string]any), "last_used_at")
	}
	return all
}

func TestEveryOperation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.needs()
	h.guests()
	before := h.snapshot(h.first)
	h.strangers()
	h.wrongRoles()
	h.hostile()
	if diff := cmp.Diff(before, h.snapshot(h.first)); diff != "" {
		t.Errorf("refused calls changed something (-before +after):\n%s", diff)
	}
	h.friends()
}

// needs: each operation names one that the matrix knows.
func (h *house) needs() {
	for _, o := range h.operations {
		if o.Need != string(httpx.Public) && !slices.Contains(member.Needs(), httpx.Need(o.Need)) {
			h.t.Errorf("%s needs %q, which is none of member.Needs()", o, o.Need)
		}
	}
}

// guests are asked to sign in, before anything else of the request counts.
func (h *house) guests() {
	for _, o := range h.operations {
		for what, headers := range map[string][]string{"a guest": nil, "a wrong key": {"Authorization", "Bearer 03359ec3-2052-43ff-9495-6155b8cab4cc"}} {
			if o.Need == string(httpx.Public) {
				continue
			}
			if a := h.call(o.method, h.at(o, h.first), `{`, headers...); a.status != 401 || a.code() == "" {
				h.t.Errorf("%s as %s: %d %s, want 401", o, what, a.status, a.text)
			}
		}
	}
}

// strangers have a good key of another workspace: ids of the first are like ids that do not exist, in paths and bodies.
func (h *house) strangers() {
	for _, o := range h.operations {
		if o.named() {
			if a := h.send(o, h.first, h.second, friend(o, h.second)...); a.status != 404 || a.code() == "" || a.code() == "no_such_path" {
				h.t.Errorf("%s as a stranger: %d %s, want 404", o, a.status, a.text)
			}
		}
		foreign := h.good(h.first)[o.String()]
		if foreign == h.good(h.second)[o.String()] {
			continue // it names nothing of a workspace
		}
		var whole object
		if err := json.Unmarshal([]byte(foreign), &whole); err != nil {
			h.t.Fatal(err)
		}
		own := h.good(h.second)[o.String()]
		for field, value := range whole { // one foreign id at a time, the others their own
			var body object
			_ = json.Unmarshal([]byte(own), &body)
			if cmp.Equal(body[field], value) {
				continue
			}
			body[field] = value
			text, _ := json.Marshal(body)
			a := h.call(o.method, h.at(o, h.second), string(text), friend(o, h.second)...)
			if a.status != 404 && a.status != 422 || a.code() == "" {
				h.t.Errorf("%s with another workspace's %s: %d %s, want 404 or 422", o, field, a.status, a.text)
			}
		}
	}
}

// wrongRoles: an agent gets 403 for what the matrix keeps from agents.
func (h *house) wrongRoles() {
	agent := member.Principal{WorkspaceID: h.first.id, MemberID: "m", Role: member.Agent}
	refused := 0
	for _, o := range h.operations {
		if o.Need == string(httpx.Public) || member.Can(agent, httpx.Need(o.Need)) {
			continue
		}
		refused++
		if a := h.send(o, h.first, h.first, "Cookie", h.first.agent); a.status != 403 || a.code() == "" {
			h.t.Errorf("%s as an agent: %d %s, want 403", o, a.status, a.text)
		}
	}
	if refused < 10 {
		h.t.Errorf("only %d operations are kept from agents", refused)
	}
}

// hostile sends each operation what no script should.
func (h *house) hostile() {
	for _, o := range h.operations {
		auth := friend(o, h.first)
		bad := map[string]string{}
		if o.json() {
			bad = hostileBodies(h.good(h.first)[o.String()])
		} else if o.RequestBody != nil {
			bad = map[string]string{"JSON": `{"file":1}`, "nothing": "", "2 MB": strings.Repeat("x", 2<<20)}
		}
		for what, body := range bad {
			if a := h.call(o.method, h.at(o, h.first), body, auth...); a.status < 400 || a.status > 499 || a.code() == "" {
				h.t.Errorf("%s with %s: %d %.200s, want 4xx in the shape of errors", o, what, a.status, a.text)
			}
		}
		if o.named() {
			for _, id := range []string{"tidak-ada", "%00", "%ff", strings.Repeat("x", 65), "'%20OR%201=1--", "..%2f..", "😀"} {
				path := strings.NewReplacer("{id}", id, "{group}", walkGroup, "{newsletter}", walkNewsletter, "{label_id}", h.first.ids["labels"], "{number}", "100", "{call}", walkCall, "{update}", h.first.ids["status-updates"]).Replace(o.path)
				body := h.good(h.first)[o.String()]
				if a := h.call(o.method, path, body, auth...); a.status < 400 || a.status > 499 || a.code() == "" {
					h.t.Errorf("%s with id %q: %d %.200s, want 4xx in the shape of errors", o, id, a.status, a.text)
				}
			}
		}
		if o.method == "GET" {
			for _, query := range []string{"limit=0", "limit=x", "limit=99999999999999999999", "after=%00", "after=e30", "after=x", "turn=kucing", "before=x", "since=-1", "%ff=1"} {
				if a := h.call(o.method, h.at(o, h.first)+"?"+query, "", auth...); a.status >= 500 {
					h.t.Errorf("%s?%s: %d %.200s", o, query, a.status, a.text)
				}
			}
		}
	}
}

// hostileBodies are a good body's worst relatives.
func hostileBodies(good string) map[string]string {
	bad := map[string]string{
		"nothing": "", "a torn object": good[:len(good)-1], "an array": "[" + good + "]", "a string": `"x"`, "a number": "5", "two objects": good + good,
		"2 MB": strings.Repeat(" ", 2<<20) + good, "depth": strings.Repeat("[", 100_000), "words": "halo",
		"an unknown field": `{"tidak_dikenal":1,` + good[1:], "NUL": strings.Replace(good, `":"`, `":"\u0000`, 1) + "\x00",
		"bad UTF-8": strings.Replace(good, `"`, "\"\xff", 1),
	}
	var fields object
	_ = json.Unmarshal([]byte(good), &fields)
	for name := range fields {
		for what, value := range map[string]any{"an object": object{"x": []int{1}}, "a large number": 1e300, "nested lists": []any{[]any{[]any{1}}}} {
			var one object
			_ = json.Unmarshal([]byte(good), &one)
			one[name] = value
			text, _ := json.Marshal(one)
			bad[name+" as "+what] = string(text)
		}
	}
	return bad
}

// excused are the operations that a shop in this state is refused, with the reason: its number is not linked, as no
// network answers, and the walk has made a second rule on its way.
var excused = map[string]string{ //arch:global a table, never written
	"POST /devices/{id}/link/answer": "link_not_started", "POST /chats/{id}/history": "device_not_linked", "POST /contacts/{id}/unmerge": "merge_not_found",
	"GET /devices/{id}/link": "link_not_started", "GET /messages/{id}/media": "message_without_media", "POST /setup": "set_up_already",
	"GET /invitations/{id}": "invitation_not_found", "POST /invitations/{id}/accept": "invitation_not_found", "DELETE /me/sessions/{id}": "session_not_found",
	"POST /login/second-factor": "sign_in_again", "POST /login/passkey/begin": "sign_in_again", "POST /login/passkey": "sign_in_again",
	"POST /me/totp/confirm": "code_wrong", "POST /me/recovery-codes": "no_second_factor", "POST /me/passkeys/begin": "public_url_missing",
	"POST /me/passkeys": "public_url_missing", "PATCH /me/passkeys/{id}": "passkey_not_found", "POST /me/passkeys/{id}/remove": "passkey_not_found",
	"DELETE /members/{id}/second-factor": "owner_needed", "POST /members/{id}/password-reset": "owner_needed", "POST /password-resets/{id}": "reset_not_found",
	"POST /me/bell/test": "bell_missing", "POST /takeouts": "takeout_under_way", "GET /takeouts/{id}/content": "takeout_not_ready",
	"POST /messages": "device_not_linked", "POST /devices/{id}/labels": "device_not_linked", "POST /chats/{id}/messages": "device_not_linked", "PUT /rules/order": "rule_order_bad",
}

// friend are the headers of somebody of the shop who may call the operation: its key, or its owner for what only owners may.
func friend(o operation, s shop) []string {
	if o.Need == string(member.OwnWorkspace) {
		return []string{"Cookie", s.owner}
	}
	return []string{"Authorization", "Bearer " + s.key}
}

// friends are let in everywhere, and lists have one shape.
func (h *house) friends() {
	for _, o := range h.operations {
		headers := []string{"Authorization", "Bearer " + h.first.key}
		if o.Need == string(member.Self) || o.Need == string(member.OwnWorkspace) {
			headers = []string{"Cookie", h.freshCookie()}
		}
		a := h.send(o, h.first, h.first, headers...)
		if want, ok := excuse(o); a.status >= 300 && (!ok || a.code() != want) {
			h.t.Errorf("%s as a friend: %d %s, want success or %q", o, a.status, a.text, want)
		}
		if o.method == "GET" && strings.HasPrefix(o.Summary, "List") {
			if _, ok := a.body["items"].([]any); !ok || len(a.body) > 2 || (len(a.body) == 2 && a.body["next"] == nil) {
				h.t.Errorf("%s lists as %.200s, want items and next", o, a.text)
			}
		}
	}
}

// freshCookie signs the owner in; the walk has signed out and changed the password on its way.
func (h *house) freshCookie() string {
	for _, p := range []string{password, password + "-2"} {
		a := h.call("POST", "/login", `{"email":"owner@satu.example","password":"`+p+`"}`)
		if cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";"); a.status == 200 {
			return cookie
		}
	}
	h.t.Fatal("the owner can't sign in any more")
	return ""
}
