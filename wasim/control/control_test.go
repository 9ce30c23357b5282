package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/control"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// remote is the control interface of a network of its own.
type remote struct {
	t       testing.TB
	base    string
	network *wasim.Network
}

func start(t testing.TB) *remote {
	t.Helper()
	network := wasimtest.Network(t, wasim.Options{})
	server, err := control.Start(control.Config{Listen: "127.0.0.1:0", Network: network})
	if err != nil {
		t.Fatalf("control.Start: %v", err)
	}
	t.Cleanup(server.Close)
	return &remote{t: t, base: server.URL(), network: network}
}

// raw sends a request as it is given and returns status and body.
func (r *remote) raw(method, path, body string) (int, []byte) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.base+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, answer
}

// do sends a request that has to succeed and decodes the answer into T.
func do[T any](r *remote, method, path string, body any) T {
	r.t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			r.t.Fatal(err)
		}
	}
	status, answer := r.raw(method, path, string(text))
	if status != http.StatusOK {
		r.t.Fatalf("%s %s: got status %d (%s), want 200", method, path, status, answer)
	}
	var out T
	if err := json.Unmarshal(answer, &out); err != nil {
		r.t.Fatalf("%s %s answered %s: %v", method, path, answer, err)
	}
	return out
}

// refused sends a request that has to fail with that status and code.
func (r *remote) refused(method, path, body string, status int, code string) {
	r.t.Helper()
	got, answer := r.raw(method, path, body)
	var fault struct{ Error control.Fault }
	if err := json.Unmarshal(answer, &fault); err != nil {
		r.t.Errorf("%s %s: got status %d and %q, want a JSON fault: %v", method, path, got, answer, err)
		return
	}
	if got != status || fault.Error.Code != code {
		r.t.Errorf("%s %s: got %d %s (%s), want %d %s", method, path, got, fault.Error.Code, fault.Error.Message, status, code)
	}
	if fault.Error.Message == "" || strings.Contains(fault.Error.Message, "%!") {
		r.t.Errorf("%s %s: the message %q helps nobody", method, path, fault.Error.Message)
	}
}

type object = map[string]any

type phone struct {
	Number     string   `json:"number"`
	LID        string   `json:"lid"`
	Name       string   `json:"name"`
	Companions []string `json:"companions"`
}

func TestNetworkTellsHowToReachIt(t *testing.T) {
	t.Parallel()
	r := start(t)
	answer := do[struct {
		RootKey []byte `json:"root_key"`
		Dial    string `json:"dial"`
	}](r, http.MethodGet, "/v1/network", nil)
	if key := r.network.RootKey(); !bytes.Equal(answer.RootKey, key[:]) {
		t.Errorf("root_key: got %x, want %x", answer.RootKey, key)
	}
	if answer.Dial == strings.TrimPrefix(r.base, "http://") {
		t.Errorf("dial: got the control interface's own address %q", answer.Dial)
	}
	// Media is served at the same address as the websocket.
	resp, err := http.Get("http://" + answer.Dial + "/v/image/none.enc?x=1")
	if err != nil {
		t.Fatalf("dial address: %v", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown file at %s: got status %d, want 404", answer.Dial, resp.StatusCode)
	}
}

func TestPhonesAreMadeAndFound(t *testing.T) {
	t.Parallel()
	r := start(t)
	budi := do[phone](r, "POST", "/v1/phones", object{"name": "Budi", "number": "0812-3456-7890"})
	if want := (phone{Number: "6281234567890", LID: budi.LID, Name: "Budi", Companions: []string{}}); !cmp.Equal(budi, want) || budi.LID == "" {
		t.Errorf("made: %s", cmp.Diff(want, budi))
	}
	some := do[[]phone](r, "POST", "/v1/phones", object{"count": 3})
	if len(some) != 3 {
		t.Fatalf("count 3: got %d phones", len(some))
	}
	all := do[[]phone](r, "GET", "/v1/phones", nil)
	if diff := cmp.Diff(append([]phone{budi}, some...), all); diff != "" {
		t.Errorf("the list is not what was made, in order: %s", diff)
	}
	for _, form := range []string{"6281234567890", "081234567890", "+62%20812-3456-7890", "6281234567890@s.whatsapp.net", budi.LID + "@lid"} {
		if got := do[phone](r, "GET", "/v1/phones/"+form, nil); got.Number != budi.Number {
			t.Errorf("GET /v1/phones/%s: got %s, want %s", form, got.Number, budi.Number)
		}
	}
}

type message struct {
	Seq       int64  `json:"seq"`
	ID        string `json:"id"`
	Chat      string `json:"chat"`
	From      string `json:"from"`
	FromMe    bool   `json:"from_me"`
	Type      string `json:"type"`
	Text      string `json:"text"`
	MIME      string `json:"mime"`
	Timestamp int64  `json:"timestamp_ms"`
	Status    string `json:"status"`
}

// await polls a phone's messages until one fits.
func (r *remote) await(number, query string, fits func(message) bool) message {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), wasimtest.Timeout)
	defer cancel()
	for ctx.Err() == nil {
		for _, m := range do[[]message](r, "GET", "/v1/phones/"+number+"/messages"+query, nil) {
			if fits(m) {
				return m
			}
		}
	}
	r.t.Fatalf("no such message on %s; the last stanzas:\n%s", number, r.network.Log().Tail(20))
	return message{}
}

func TestTwoPhonesTalk(t *testing.T) {
	t.Parallel()
	r := start(t)
	ani := do[phone](r, "POST", "/v1/phones", object{"name": "Ani"})
	budi := do[phone](r, "POST", "/v1/phones", object{"name": "Budi"})
	path := "/v1/phones/" + ani.Number + "/messages"
	first := do[object](r, "POST", path, object{"to": "+" + budi.Number, "text": "Halo 👋"})["id"].(string)
	got := r.await(budi.Number, "?chat="+ani.Number, func(m message) bool { return m.ID == first })
	want := message{Seq: 1, ID: first, Chat: ani.Number, From: ani.Number, Type: "text", Text: "Halo 👋", Status: "received", Timestamp: got.Timestamp}
	if diff := cmp.Diff(want, got); diff != "" || got.Timestamp == 0 {
		t.Errorf("Budi's message: %s", diff)
	}
	r.await(ani.Number, "", func(m message) bool { return m.ID == first && m.FromMe && m.Status == "delivered" })

	picture := []byte("\x89PNG not really")
	second := do[object](r, "POST", path, object{
		"to": budi.Number, "media": object{"type": "image", "mime": "image/png", "data": picture, "caption": "foto"},
	})["id"].(string)
	for _, after := range []string{first, "1"} {
		got = r.await(budi.Number, "?after="+after, func(message) bool { return true })
		if got.ID != second || got.Type != "image" || got.MIME != "image/png" || got.Text != "foto" {
			t.Errorf("after=%s: got %+v, want the picture %s", after, got, second)
		}
	}
	status, file := r.raw("GET", "/v1/phones/"+budi.Number+"/messages/"+second+"/media", "")
	if status != 200 || !bytes.Equal(file, picture) {
		t.Errorf("media: got status %d and %q, want the picture", status, file)
	}
	r.refused("GET", "/v1/phones/"+budi.Number+"/messages/"+first+"/media", "", 422, "no_file")

	do[object](r, "POST", "/v1/phones/"+budi.Number+"/typing", object{"chat": ani.Number})
	do[object](r, "POST", "/v1/phones/"+budi.Number+"/typing", object{"chat": ani.Number, "stop": true})
	do[object](r, "POST", "/v1/phones/"+budi.Number+"/presence", object{"online": true})
	do[object](r, "POST", "/v1/phones/"+budi.Number+"/presence", object{"online": false})
	do[object](r, "POST", "/v1/phones/"+budi.Number+"/read", object{"chat": ani.Number})
	r.await(ani.Number, "", func(m message) bool { return m.ID == second && m.Status == "read" })
	if got := r.await(budi.Number, "", func(m message) bool { return m.ID == first }); got.Status != "read" {
		t.Errorf("Budi's own copy: got status %s, want read", got.Status)
	}
	if empty := do[[]message](r, "GET", "/v1/phones/"+budi.Number+"/messages?after="+second, nil); len(empty) != 0 {
		t.Errorf("after the last: got %v, want an empty list", empty)
	}
	counters := do[wasim.Counters](r, "GET", "/v1/phones/"+budi.Number+"/counters", nil)
	if counters.IDs != 2 || counters.DecryptErrors != 0 {
		t.Errorf("counters: got %+v, want 2 ids and no errors", counters)
	}
}

func TestDeviceIsLinkedAndUnlinked(t *testing.T) {
	t.Parallel()
	r := start(t)
	toko := do[phone](r, "POST", "/v1/phones", object{"name": "Toko"})
	path := "/v1/phones/" + toko.Number
	r.refused("POST", path+"/scan", `{"code":"2@nobody,AAAA,AAAA,AAAA"}`, 422, "bad_code")
	r.refused("POST", path+"/scan", `{"code":"x"}`, 422, "bad_code")
	r.refused("POST", path+"/enter-code", `{"code":"ABCD-EFGH"}`, 422, "bad_code")

	client := wasimtest.NewClient(t, r.network)
	codes, err := client.GetQRChannel(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Connect(); err != nil {
		t.Fatalf("Connect: %v", err)
	}
	code := (<-codes).Code
	device := do[object](r, "POST", path+"/scan", object{"code": code})["device"].(string)
	if want := client.Store.ID.String(); device != want {
		t.Errorf("linked device: got %s, want %s", device, want)
	}
	if got := do[phone](r, "GET", path, nil); !cmp.Equal(got.Companions, []string{device}) {
		t.Errorf("companions: got %v, want %s", got.Companions, device)
	}
	r.refused("POST", path+"/scan", fmt.Sprintf(`{"code":%q}`, code), 422, "bad_code")

	budi := do[phone](r, "POST", "/v1/phones", object{"name": "Budi"})
	to := types.NewJID(budi.Number, types.DefaultUserServer)
	if _, err := client.SendMessage(t.Context(), to, &waE2E.Message{Conversation: proto.String("dari toko")}); err != nil {
		t.Fatalf("SendMessage: %v", err)
	}
	r.await(budi.Number, "", func(m message) bool { return m.Text == "dari toko" && m.From == toko.Number })
	r.await(toko.Number, "?chat="+budi.Number, func(m message) bool { return m.Text == "dari toko" && m.FromMe })

	if got := do[phone](r, "DELETE", path+"/companions/"+device, nil); len(got.Companions) != 0 {
		t.Errorf("after unlinking: got companions %v, want none", got.Companions)
	}
	r.refused("DELETE", path+"/companions/"+device, "", 404, "unknown_device")
}

func TestPairingCodeIsEntered(t *testing.T) {
	t.Parallel()
	r := start(t)
	toko := do[phone](r, "POST", "/v1/phones", object{"name": "Toko"})
	client := wasimtest.NewClient(t, r.network)
	codes, err := client.GetQRChannel(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Connect(); err != nil {
		t.Fatalf("Connect: %v", err)
	}
	<-codes
	code, err := client.PairPhone(t.Context(), toko.Number, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	if err != nil {
		t.Fatalf("PairPhone: %v", err)
	}
	device := do[object](r, "POST", "/v1/phones/"+toko.Number+"/enter-code", object{"code": code})["device"]
	if want := client.Store.ID.String(); device != want {
		t.Errorf("linked device: got %v, want %s", device, want)
	}
}

func TestFaultsComeAndGo(t *testing.T) {
	t.Parallel()
	r := start(t)
	if list := do[[]wasim.Fault](r, "GET", "/v1/faults", nil); len(list) != 0 {
		t.Fatalf("at first: got %v, want no faults", list)
	}
	added := do[wasim.Fault](r, "POST", "/v1/faults", object{"kind": "ack_error", "code": 463, "new_chats_only": true})
	if added.ID == "" || added.Code != 463 || !added.NewChatsOnly {
		t.Errorf("added: got %+v", added)
	}
	if list := do[[]wasim.Fault](r, "GET", "/v1/faults", nil); len(list) != 1 || list[0].ID != added.ID {
		t.Errorf("list: got %+v, want %s", list, added.ID)
	}
	do[object](r, "DELETE", "/v1/faults/"+added.ID, nil)
	r.refused("DELETE", "/v1/faults/"+added.ID, "", 404, "unknown_fault")
	do[wasim.Fault](r, "POST", "/v1/faults", object{"kind": "lose_ack"})
	if got := do[object](r, "DELETE", "/v1/faults", nil)["removed"]; got != float64(1) {
		t.Errorf("DELETE all: got %v removed, want 1", got)
	}
}

func TestChaosComesAndGoes(t *testing.T) {
	t.Parallel()
	r := start(t)
	other := do[wasim.Fault](r, "POST", "/v1/faults", object{"kind": "lose_ack"})
	for _, probability := range []float64{0.5, 0.25} { // the second takes the place of the first
		list := do[[]wasim.Fault](r, "POST", "/v1/chaos", object{"probability": probability, "delay_ms": 300, "seed": 7})
		if len(list) != 9 || list[0].ID != other.ID {
			t.Fatalf("in force are %+v, want the fault and eight of chaos", list)
		}
		for _, f := range list[1:] {
			if late := f.Kind == "delay_ack" || f.Kind == "delay_delivery" || f.Kind == "slow_stanza"; f.Probability != probability || f.Times != -1 || late != (f.DelayMS == 300) {
				t.Errorf("got %+v, want it for ever with %v", f, probability)
			}
		}
	}
	for body, code := range map[string]string{
		``: "unreadable_body", `[]`: "unreadable_body", `{}`: "invalid_field", `{"probability":0}`: "invalid_field", `{"probability":1.1}`: "invalid_field",
		`{"probability":-1}`: "invalid_field", `{"probability":"often"}`: "invalid_field", `{"probability":0.1,"delay_ms":-1}`: "invalid_field",
		`{"probability":0.1,"delay_ms":3600001}`: "invalid_field", `{"probability":0.1,"delay_ms":9223372036854775807}`: "invalid_field",
		`{"probability":0.1,"seed":-1}`: "invalid_field", `{"probability":0.1,"seed":1.5}`: "invalid_field", `{"probability":0.1,"delay":5}`: "invalid_field",
	} {
		status := 422
		if code == "unreadable_body" {
			status = 400
		}
		r.refused("POST", "/v1/chaos", body, status, code)
	}
	if got := do[object](r, "DELETE", "/v1/chaos", nil)["removed"]; got != float64(8) {
		t.Errorf("DELETE: got %v removed, want 8: what is refused changes nothing", got)
	}
	if list := do[[]wasim.Fault](r, "GET", "/v1/faults", nil); len(list) != 1 || list[0].ID != other.ID {
		t.Errorf("left: %+v, want the fault that is no chaos", list)
	}
}

func TestLogAndStats(t *testing.T) {
	t.Parallel()
	r := start(t)
	ani, toko := r.network.Phone("Ani"), r.network.Phone("Toko")
	client := wasimtest.NewClient(t, r.network)
	if err := client.Link(t.Context(), toko); err != nil {
		t.Fatal(err)
	}
	do[object](r, "POST", "/v1/phones/"+ani.Number()+"/messages", object{"to": toko.Number(), "text": "satu"})
	entries := do[[]wasim.Entry](r, "GET", "/v1/log", nil)
	if len(entries) == 0 {
		t.Fatal("the log is empty")
	}
	middle := entries[len(entries)/2].Seq
	for _, entry := range do[[]wasim.Entry](r, "GET", fmt.Sprintf("/v1/log?after=%d", middle), nil) {
		if entry.Seq <= middle || entry.XML == "" || entry.Tag == "" {
			t.Errorf("after=%d: got %+v", middle, entry)
		}
	}
	if stats := do[wasim.Stats](r, "GET", "/v1/stats", nil); stats.Pairings != 1 || stats.MessagesAccepted == 0 {
		t.Errorf("stats: got %+v, want one pairing and messages", stats)
	}
}

// bigBody is more than the interface takes for anything but a message.
func bigBody() string { return `{"name":"` + strings.Repeat("a", 2<<20) + `"}` }

func TestHostileInputs(t *testing.T) {
	t.Parallel()
	r := start(t)
	ani := r.network.Phone("Ani").Number()
	messages, own := "/v1/phones/"+ani+"/messages", "/v1/phones/"+ani
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		code                     string
	}{
		{"unknown path", "GET", "/v2/phones", "", 404, "no_such_path"},
		{"root", "GET", "/", "", 404, "no_such_path"},
		{"wrong method", "PUT", "/v1/phones", "", 405, "method_not_allowed"},
		{"wrong method on a phone", "DELETE", own, "", 405, "method_not_allowed"},
		{"empty body", "POST", "/v1/phones", "", 400, "unreadable_body"},
		{"no JSON", "POST", "/v1/phones", "name=Budi", 400, "unreadable_body"},
		{"cut off", "POST", "/v1/phones", `{"name":"Bu`, 400, "unreadable_body"},
		{"array", "POST", "/v1/phones", `[{"name":"Budi"}]`, 400, "unreadable_body"},
		{"two objects", "POST", "/v1/phones", `{"name":"a"}{"name":"b"}`, 400, "unreadable_body"},
		{"not UTF-8", "POST", "/v1/phones", "{\"name\":\"\xff\xfe\"}", 400, "unreadable_body"},
		{"too deep", "POST", "/v1/phones", strings.Repeat(`{"name":`, 20000), 400, "unreadable_body"},
		{"two megabytes", "POST", "/v1/phones", bigBody(), 413, "body_too_large"},
		{"name is a number", "POST", "/v1/phones", `{"name":7}`, 422, "invalid_field"},
		{"name is missing", "POST", "/v1/phones", `{}`, 422, "invalid_field"},
		{"name is blank", "POST", "/v1/phones", `{"name":"  "}`, 422, "invalid_field"},
		{"name is long", "POST", "/v1/phones", `{"name":"` + strings.Repeat("a", 26) + `"}`, 422, "invalid_field"},
		{"name with NUL", "POST", "/v1/phones", `{"name":"a\u0000b"}`, 422, "invalid_field"},
		{"number of letters", "POST", "/v1/phones", `{"name":"a","number":"telepon"}`, 422, "invalid_number"},
		{"number too short", "POST", "/v1/phones", `{"name":"a","number":"08"}`, 422, "invalid_number"},
		{"number taken", "POST", "/v1/phones", `{"name":"a","number":"` + ani + `"}`, 409, "number_taken"},
		{"count zero", "POST", "/v1/phones", `{"count":0}`, 422, "invalid_field"},
		{"count too large", "POST", "/v1/phones", `{"count":1000000}`, 422, "invalid_field"},
		{"count is no integer", "POST", "/v1/phones", `{"count":1.5}`, 422, "invalid_field"},
		{"count with number", "POST", "/v1/phones", `{"count":2,"number":"0812"}`, 422, "invalid_field"},
		{"unknown phone", "GET", "/v1/phones/628000000000", "", 404, "unknown_phone"},
		{"phone with NUL", "GET", "/v1/phones/%00", "", 404, "unknown_phone"},
		{"phone that is no number", "POST", "/v1/phones/budi/messages", `{}`, 404, "unknown_phone"},
		{"no code", "POST", own + "/scan", `{}`, 422, "invalid_field"},
		{"code is long", "POST", own + "/scan", `{"code":"` + strings.Repeat("a", 5000) + `"}`, 422, "invalid_field"},
		{"code of commas", "POST", own + "/scan", `{"code":",,,,,,"}`, 422, "bad_code"},
		{"code with NUL", "POST", own + "/enter-code", `{"code":"\u0000"}`, 422, "bad_code"},
		{"no recipient", "POST", messages, `{"text":"a"}`, 422, "invalid_field"},
		{"unknown recipient", "POST", messages, `{"to":"628000000000","text":"a"}`, 422, "unknown_recipient"},
		{"recipient of letters", "POST", messages, `{"to":"budi","text":"a"}`, 422, "unknown_recipient"},
		{"no content", "POST", messages, `{"to":"` + ani + `"}`, 422, "invalid_field"},
		{"two contents", "POST", messages, `{"to":"` + ani + `","text":"a","media":{"type":"image","data":"AAAA"}}`, 422, "invalid_field"},
		{"text too long", "POST", messages, `{"to":"` + ani + `","text":"` + strings.Repeat("a", 65537) + `"}`, 422, "invalid_field"},
		{"text is an object", "POST", messages, `{"to":"` + ani + `","text":{}}`, 422, "invalid_field"},
		{"unknown media type", "POST", messages, `{"to":"` + ani + `","media":{"type":"hologram","data":"AAAA"}}`, 422, "invalid_field"},
		{"empty media", "POST", messages, `{"to":"` + ani + `","media":{"type":"image"}}`, 422, "invalid_field"},
		{"media is no base64", "POST", messages, `{"to":"` + ani + `","media":{"type":"image","data":"***"}}`, 422, "invalid_field"},
		{"mime with a line break", "POST", messages, `{"to":"` + ani + `","media":{"type":"image","data":"AAAA","mime":"a/b\r\nX: y"}}`, 422, "invalid_field"},
		{"reaction to nothing", "POST", messages, `{"to":"` + ani + `","reaction":{"to":"none","emoji":"x"}}`, 422, "not_sent"},
		{"unknown after", "GET", messages + "?after=none", "", 404, "unknown_message"},
		{"long after", "GET", messages + "?after=" + strings.Repeat("a", 5000), "", 422, "invalid_field"},
		{"media of nothing", "GET", messages + "/none/media", "", 404, "unknown_message"},
		{"playing nothing", "POST", messages + "/none/play", "", 404, "unknown_message"},
		{"read without chat", "POST", own + "/read", `{}`, 422, "invalid_field"},
		{"read a stranger", "POST", own + "/read", `{"chat":"628000000000"}`, 422, "not_done"},
		{"typing without chat", "POST", own + "/typing", `{"stop":true}`, 422, "invalid_field"},
		{"presence without a word", "POST", own + "/presence", `{}`, 422, "invalid_field"},
		{"unknown fault", "POST", "/v1/faults", `{"kind":"earthquake"}`, 422, "invalid_fault"},
		{"misspelt fault", "POST", "/v1/faults", `{"kind":"delay_ack","delay":5}`, 422, "invalid_field"},
		{"fault with probability 2", "POST", "/v1/faults", `{"kind":"lose_ack","probability":2}`, 422, "invalid_fault"},
		{"log after a word", "GET", "/v1/log?after=x", "", 422, "invalid_field"},
		{"log after a negative number", "GET", "/v1/log?after=-1", "", 422, "invalid_field"},
	} {
		t.Run(test.name, func(t *testing.T) {
			(&remote{t: t, base: r.base, network: r.network}).refused(test.method, test.path, test.body, test.status, test.code)
		})
	}
	if phones := r.network.Phones(); len(phones) != 1 || len(r.network.Faults()) != 0 || len(phones[0].Messages("", "")) != 0 {
		t.Errorf("the refusals left %d phones, %d faults and messages %v, want the one phone alone",
			len(phones), len(r.network.Faults()), phones[0].Messages("", ""))
	}
}

func TestOnlyThisMachineIsServed(t *testing.T) {
	t.Parallel()
	network := wasimtest.Network(t, wasim.Options{})
	handler := control.Handler(network, "127.0.0.1:1", nil)
	for _, test := range []struct {
		name, remote, host, origin string
		want                       int
	}{
		{"IPv4", "127.0.0.1:4000", "127.0.0.1:8010", "", 200},
		{"IPv6", "[::1]:4000", "[::1]:8010", "", 200},
		{"by name", "127.0.0.1:4000", "localhost:8010", "", 200},
		{"another machine", "192.0.2.7:4000", "127.0.0.1:8010", "", 403},
		{"a name that points here", "127.0.0.1:4000", "attacker.example:8010", "", 403},
		{"no host", "127.0.0.1:4000", "", "", 403},
		{"a foreign page", "127.0.0.1:4000", "127.0.0.1:8010", "https://attacker.example", 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/phones", strings.NewReader(`{"name":"a"}`))
			req.RemoteAddr, req.Host = test.remote, test.host
			if test.origin != "" {
				req.Header.Set("Origin", test.origin)
			}
			rec := httptest.NewRecorder()
			handler.ServeHTTP(rec, req)
			if rec.Code != test.want {
				t.Errorf("got status %d (%s), want %d", rec.Code, rec.Body, test.want)
			}
		})
	}
	if got := len(network.Phones()); got != 3 {
		t.Errorf("got %d phones, want one for each caller that is served", got)
	}
}

func TestListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	network := wasimtest.Network(t, wasim.Options{})
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:0"} {
		for _, cfg := range []control.Config{
			{Network: network, Listen: address}, {Network: network, Listen: "127.0.0.1:0", Wire: address},
		} {
			if server, err := control.Start(cfg); !errors.Is(err, control.ErrNotLoopback) {
				if err == nil {
					server.Close()
				}
				t.Errorf("Start with %q: got %v, want ErrNotLoopback", address, err)
			}
		}
	}
	if _, err := control.Start(control.Config{Network: network, Listen: "nonsense"}); err == nil {
		t.Error("Start with an address without port: got no error")
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	network := wasimtest.Network(t, wasim.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var url, dial string
	err := control.Serve(ctx, control.Config{Network: network, Listen: "127.0.0.1:0"}, func(s *control.Server) {
		url, dial = s.URL(), s.Dial()
		cancel()
	})
	if err != nil {
		t.Errorf("Serve: got %v, want nil after its context ended", err)
	}
	for _, address := range []string{strings.TrimPrefix(url, "http://"), dial} {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			t.Errorf("%s still answers after Serve returned", address)
		}
	}
}

// twoFreePorts finds an address whose port and the next are free, below those that the system hands out.
func twoFreePorts(t *testing.T) string {
	t.Helper()
	for port := 20000 + os.Getpid()%5000*2; port < 32000; port += 2 {
		first, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		second, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+1))
		_ = first.Close()
		if err == nil {
			_ = second.Close()
			return first.Addr().String()
		}
	}
	t.Fatal("no two free ports in a row")
	return ""
}

// Clients that were told the wire's address once find it again after a new start.
func TestWireKeepsItsPort(t *testing.T) {
	t.Parallel()
	network := wasimtest.Network(t, wasim.Options{})
	listen := twoFreePorts(t)
	start := func() *control.Server {
		s, err := control.Start(control.Config{Network: network, Listen: listen})
		if err != nil {
			t.Fatalf("Start on %s: %v", listen, err)
		}
		return s
	}
	second := start()
	dial := second.Dial()
	second.Close()
	taken, err := net.Listen("tcp", dial)
	if err != nil {
		t.Fatalf("%s is not free after Close: %v", dial, err)
	}
	third := start()
	if third.Dial() == dial {
		t.Errorf("got %s, which is taken", dial)
	}
	third.Close()
	_ = taken.Close()
	fourth := start()
	defer fourth.Close()
	if fourth.Dial() != dial {
		t.Errorf("after a new start: got %s, want %s as before", fourth.Dial(), dial)
	}
}

func TestServeReportsABusyPort(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	network := wasimtest.Network(t, wasim.Options{})
	if err := control.Serve(t.Context(), control.Config{Network: network, Listen: taken.Addr().String()}, nil); err == nil {
		t.Error("Serve on a port in use: got no error")
	}
}

func FuzzBodies(f *testing.F) {
	network := wasimtest.Network(f, wasim.Options{})
	handler := control.Handler(network, "127.0.0.1:1", nil)
	number := network.Phone("Ani").Number()
	paths := []string{
		"/v1/phones", "/v1/faults", "/v1/phones/" + number + "/messages", "/v1/phones/" + number + "/scan",
		"/v1/phones/" + number + "/enter-code", "/v1/phones/" + number + "/read", "/v1/phones/" + number + "/typing",
	}
	for i, body := range []string{
		`{"name":"a"}`, `{"kind":"lose_ack"}`, `{"to":"` + number + `","text":"a"}`, `{"code":"2@a,AA==,AA==,AA=="}`,
		`{"code":"ABCD-EFGH"}`, `{"chat":"` + number + `"}`, "{\"a\":\"\xff\"}",
		`{"to":"0","media":{"type":"voice","data":"AAAA","mime":"audio/ogg; codecs=opus"}}`,
	} {
		f.Add(uint8(i), body)
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		path := paths[int(which)%len(paths)]
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1"+path, strings.NewReader(body))
		req.RemoteAddr = "127.0.0.1:1"
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		if rec.Code != 200 && (rec.Code < 400 || rec.Code >= 500) {
			t.Errorf("POST %s %q: got status %d (%s), want 200 or a refusal", path, body, rec.Code, rec.Body)
		}
		if !json.Valid(rec.Body.Bytes()) {
			t.Errorf("POST %s %q: got %q, want JSON", path, body, rec.Body)
		}
		network.ClearFaults()
	})
}
