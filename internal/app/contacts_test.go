package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/device"
)

// runModule does the work of one module until the test ends.
func (h *house) runModule(name string) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	for _, m := range h.Modules() {
		if m.Name == name {
			go func() { ended <- m.Run(ctx) }()
		}
	}
	h.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			h.t.Errorf("%s: %v", name, err)
		}
	})
}

// as calls with a shop's key and wants a status.
func (h *house) as(s shop, want int, method, path, body string, headers ...string) answer {
	h.t.Helper()
	a := h.call(method, path, body, append(headers, "Authorization", "Bearer "+s.key)...)
	if a.status != want {
		h.t.Fatalf("%s %s: %d %.300s, want %d", method, path, a.status, a.text, want)
	}
	return a
}

// A shop brings its customers in from a spreadsheet, looks, starts, reads the report, picks some of them and takes
// them out again.
func TestAShopBringsItsCustomersIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.runModule("importer")
	s := h.first
	h.as(s, 201, "POST", "/contact-fields", `{"name":"Belanja","kind":"number"}`)
	body, kind := form("pelanggan.csv", []byte("Nama;No HP;Belanja;Label\nAyu;0812-7000-0001;Rp 1.500.000;grosir\nBayu;8,12E+10;;\nCita;62812 7000 0003;20000;grosir\n"))
	up := h.as(s, 201, "POST", "/imports", body, "Content-Type", kind)
	id := up.body["id"].(string)
	options := `{"channel":"` + h.Channel() + `","consent":true,"why":"kartu anggota"}`
	p := h.as(s, 200, "POST", "/imports/"+id+"/preview", options)
	if diff := cmp.Diff(object{"new": 2.0, "invalid": 1.0}, p.body["counts"]); diff != "" {
		t.Errorf("preview (-want +got):\n%s", diff)
	}
	if line := p.body["lines"].([]any)[1].(object); line["why"] != "lost_digits" || !strings.Contains(line["reason"].(string), "Excel") {
		t.Errorf("the rounded number is explained as %v", line)
	}
	h.as(s, 200, "POST", "/imports/"+id+"/start", options)
	deadline := time.Now().Add(20 * time.Second)
	for state := ""; state != "done"; {
		state = h.as(s, 200, "GET", "/imports/"+id, "").body["state"].(string)
		if state == "failed" || time.Now().After(deadline) {
			t.Fatalf("the import is %s", state)
		}
	}
	where := url.QueryEscape(`tag:"grosir" and field.belanja >= 1000000 and opted_in`)
	list := h.as(s, 200, "GET", "/contacts?filter="+where, "").items()
	if len(list) != 1 || list[0].(object)["name"] != "Ayu" || list[0].(object)["fields"].(object)["belanja"] != "1500000" {
		t.Errorf("picked %v, want Ayu", list)
	}
	one := h.as(s, 200, "GET", "/contacts/"+list[0].(object)["id"].(string), "").body
	if diff := cmp.Diff([]any{object{"channel": h.Channel(), "kind": "phone", "value": "6281270000001"}}, one["identities"]); diff != "" {
		t.Errorf("Ayu's addresses (-want +got):\n%s", diff)
	}
	if n := h.as(s, 200, "GET", "/contacts/count?tag=grosir", "").body["count"]; n != 2.0 {
		t.Errorf("counted %v with the tag, want 2", n)
	}
	if report := h.as(s, 200, "GET", "/imports/"+id+"/report", "").text; !strings.Contains(report, "3,invalid,") || strings.Count(report, "\n") != 4 {
		t.Errorf("the report is %s", report)
	}
	out := h.as(s, 200, "GET", "/contacts/export?format=csv&tag=grosir", "")
	if !strings.Contains(out.text, "Ayu,62 812-7000-0001,grosir,in") || !strings.Contains(out.header.Get("Content-Disposition"), ".csv") {
		t.Errorf("exported as %q:\n%s", out.header.Get("Content-Disposition"), out.text)
	}
	if x := h.as(s, 200, "GET", "/contacts/export?format=xlsx", ""); !strings.HasPrefix(x.text, "PK") {
		t.Errorf("a workbook begins with %.8q", x.text)
	}
	for path, role := range map[string]string{"/contacts/export": "an agent", "/imports": "an agent"} {
		if a := h.call("GET", path, "", "Cookie", s.agent); a.status != 403 {
			t.Errorf("%s as %s: %d, want 403", path, role, a.status)
		}
	}
}

// A customer writes STOP and has opted out; then everything of that customer is deleted.
func TestACustomerOptsOutAndIsForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.first
	d, err := h.Devices.Get(t.Context(), s.id, s.ids["devices"])
	if err != nil {
		t.Fatal(err)
	}
	dewi := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281290649999"}}, Name: "Dewi"}
	for i, text := range []string{"halo", "🛑 ＳＴＯＰ!"} {
		if err := h.Chats.Receive(t.Context(), d, device.Inbound{
			NetworkID: fmt.Sprint("S", i), Chat: dewi, Sender: dewi, At: time.Now().UnixMilli(), Origin: device.OriginLive,
			Content: device.Content{Kind: device.KindText, Text: text},
		}); err != nil {
			t.Fatal(err)
		}
	}
	list := h.as(s, 200, "GET", "/contacts?consent=out&device_id="+s.ids["devices"]+"&seen_since=-1h&sort=last_message", "").items()
	if len(list) != 1 || list[0].(object)["name"] != "Dewi" {
		t.Fatalf("opted out are %v, want Dewi", list)
	}
	id := list[0].(object)["id"].(string)
	if h := h.as(s, 200, "GET", "/contacts/"+id+"/consents", "").items(); len(h) != 1 || h[0].(object)["source"] != "message" {
		t.Errorf("history is %v, want the message", h)
	}
	if e := h.as(s, 200, "GET", "/events?types=contact.consent", "").items(); len(e) != 1 {
		t.Errorf("told %v, want one event", e)
	}
	var whole struct {
		Contact  object   `json:"contact"`
		Messages []object `json:"messages"`
	}
	data := h.as(s, 200, "GET", "/contacts/"+id+"/export", "").text
	if err := json.Unmarshal([]byte(data), &whole); err != nil || whole.Contact["name"] != "Dewi" || len(whole.Messages) != 3 {
		t.Errorf("what is known of Dewi: %v, %s; want two messages and the answer", err, data)
	}
	h.as(s, 422, "POST", "/contacts/"+id+"/erase", `{"name":"Dewi S"}`)
	h.as(s, 204, "POST", "/contacts/"+id+"/erase", `{"name":"dewi"}`)
	h.as(s, 404, "GET", "/contacts/"+id, "")
	h.as(s, 404, "POST", "/contacts/"+id+"/erase", `{"name":"Dewi"}`)
	for _, c := range h.as(s, 200, "GET", "/chats", "").items() {
		if c.(object)["contact"].(object)["id"] == id {
			t.Errorf("the chat is still there: %v", c)
		}
	}
	if n := h.as(s, 200, "GET", "/contacts/count?search=dewi", "").body["count"]; n != 0.0 {
		t.Errorf("still found %v times", n)
	}
}
