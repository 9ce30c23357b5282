package apptest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// operation is one of the OpenAPI document, as far as rubbish is made for it.
type operation struct {
	method, path string
	Parameters   []struct {
		Name, In string
		Required bool
	}
	RequestBody struct {
		Content map[string]struct{ Schema schema }
	}
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Properties map[string]schema
	Example    any
	Examples   []any
	Enum       []any
}

// rubbish is what stands in the place of a part of a path or a query.
var rubbish = []string{ //arch:global a table, never written
	"0", "-1", "%00", "..%2f..%2fetc%2fpasswd", url.PathEscape("😀"), "120363000000000000@g.us", "1@s.whatsapp.net", "628x@lid", "@", "123@newsletter",
	strings.Repeat("9", 64), strings.Repeat("a", 4000), "01a204f1-27e2-76cd-ad68-d42167229f64", "%ff", "' OR 1=1 --",
}

// nonsense is what stands in the place of a value in a body: wrong types, and right ones that mean nothing.
var nonsense = []any{ //arch:global a table, never written
	nil, true, -1, 1e300, 1.5, "", " ", "\x00", "628", "x@g.us", "99999999999999999999@lid", strings.Repeat("z", 70_000), "\u202e\ufffd",
	[]any{},
	[]any{nil},
	[]any{"", "x@g.us", "0812"},
	slices.Repeat([]any{"628"}, 2000),
	object{},
	object{"a": []any{object{}}},
}

// TestRubbishOnALinkedDevice calls what can be done with a linked device, its chats, messages and people with rubbish in
// each place of path, query and body: each is answered at once and as the caller's fault, or as done, and the device
// works on.
func TestRubbishOnALinkedDevice(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	says(t, s.sari, s.number, "halo")
	m := s.awaitIn(t, s.device, s.sari.Number(), textIs("halo"))
	var chat struct{ Contact struct{ ID string } }
	if err := s.Get("/api/v1/chats/"+m.ChatID, &chat); err != nil {
		t.Fatal(err)
	}
	good := map[string]string{"/devices/{id}": s.device, "/chats/{id}": m.ChatID, "/messages/{id}": m.ID, "/contacts/{id}": chat.Contact.ID}
	ops, refs := s.operations(t)
	calls := 0
	for _, o := range ops {
		for begin, id := range good {
			if rest, ok := strings.CutPrefix(o.path, begin); ok && (rest == "" || rest[0] == '/') && !final[o.method+" "+o.path] {
				calls += s.hostile(t, o, strings.Replace(o.path, "{id}", id, 1), refs)
			}
		}
		if o.path == "/messages" || o.path == "/chats" || o.path == "/contacts" {
			calls += s.hostile(t, o, o.path, refs)
		}
	}
	t.Logf("%d calls", calls)
	if calls < 2000 {
		t.Errorf("only %d calls were made", calls)
	}
	var d object
	if err := s.Get("/api/v1/devices/"+s.device, &d); err != nil || d["state"] != "online" {
		t.Fatalf("the device is %v, %v; want it online", d, err)
	}
	budi := s.net.Phone("Budi") // for all that is known, Sari is blocked
	says(t, budi, s.number, "masih jalan")
	s.awaitIn(t, s.device, budi.Number(), textIs("masih jalan"))
}

// final are the operations after which there is nothing left to call.
var final = map[string]bool{ //arch:global a table, never written
	"DELETE /devices/{id}": true, "POST /devices/{id}/unlink": true, "POST /devices/{id}/logout": true, "DELETE /devices/{id}/link": true,
	"DELETE /contacts/{id}": true, "POST /contacts/{id}/erase": true, "DELETE /messages/{id}": true, "POST /chats/{id}/delete": true, "DELETE /chats/{id}": true,
}

// operations reads the document.
func (s *shop) operations(t *testing.T) (list []operation, refs map[string]schema) {
	t.Helper()
	var doc struct {
		Paths      map[string]map[string]operation
		Components struct{ Schemas map[string]schema }
	}
	if err := s.Get("/api/v1/openapi.json", &doc); err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			o := doc.Paths[path][method]
			o.method, o.path = strings.ToUpper(method), path
			list = append(list, o)
		}
	}
	return list, doc.Components.Schemas
}

// hostile calls one operation with rubbish in one place after the other, and returns how often.
func (s *shop) hostile(t *testing.T, o operation, path string, refs map[string]schema) (calls int) {
	t.Helper()
	fill := strings.NewReplacer("{group}", "0", "{newsletter}", "0", "{label_id}", "0", "{call}", "0", "{update}", "0", "{number}", "0", "{file}", "0")
	call := func(path string, body any) {
		calls++
		s.survives(t, o, fill.Replace(path), body)
	}
	var whole any
	body := o.RequestBody.Content["application/json"].Schema
	if body.Ref != "" {
		body = refs[body.Ref[strings.LastIndexByte(body.Ref, '/')+1:]]
	}
	if len(o.RequestBody.Content) > 0 {
		whole = object{}
	}
	query := url.Values{}
	for _, p := range o.Parameters {
		for _, word := range rubbish {
			switch {
			case p.In == "path" && strings.Contains(path, "{"+p.Name+"}"):
				call(strings.Replace(path, "{"+p.Name+"}", word, 1), whole)
			case p.In == "query":
				query.Set(p.Name, word)
				call(path+"?"+query.Encode(), whole)
				query.Del(p.Name)
			}
		}
	}
	if whole == nil {
		return calls
	}
	for _, v := range []any{nil, []any{}, "x", 1, object{}, object{"\x00": 1}} {
		call(path, v)
	}
	for name := range body.Properties {
		for _, v := range nonsense {
			call(path, object{name: v})
		}
	}
	return calls
}

// survives makes one call that has to be answered within a moment, and not as a fault of ours.
func (s *shop) survives(t *testing.T, o operation, path string, body any) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, o.method, s.URL+"/api/v1"+path, bytes.NewReader(data))
	if err != nil {
		return // no address that a client could ask for
	}
	req.Header.Set("Authorization", "Bearer "+s.Demo.APIKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	said := fmt.Sprintf("%s %.120s %.160s", o.method, path, data)
	if err != nil {
		t.Errorf("%s: %v", said, err)
		return
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 400))
	if resp.StatusCode >= 500 || err != nil {
		t.Errorf("%s: %d %s %v", said, resp.StatusCode, answer, err)
	}
}
