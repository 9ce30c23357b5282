package apptest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// shop is a running demo with one customer more.
type shop struct {
	*apptest.Server
	net    *wasim.Network
	sari   *wasim.Phone
	device string
	number string
	base   string
}

func newShop(t *testing.T, args ...string) *shop {
	t.Helper()
	return newShopWith(t, nil, args...)
}

// newShopWith is newShop with more of an environment.
func newShopWith(t *testing.T, env []string, args ...string) *shop {
	t.Helper()
	return newShopOn(t, wasim.Options{}, env, args...)
}

// newShopOn is newShopWith on a network of one's own choice.
func newShopOn(t *testing.T, o wasim.Options, env []string, args ...string) *shop {
	t.Helper()
	net, url := apptest.Network(t, o)
	s := apptest.StartWith(t, url, env, args...)
	return &shop{
		Server: s, net: net, sari: net.Phone("Sari"), device: s.Demo.Devices[0].ID, number: s.Demo.Devices[0].Number,
		base: s.URL + "/api-app/whatsapp/",
	}
}

// object is any JSON object.
type object = map[string]any

func parse(t *testing.T, body string) object {
	t.Helper()
	var o object
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, body)
	}
	return o
}

// awaitText waits for a text on the customer's phone.
func (s *shop) awaitText(t *testing.T, text string) wasim.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	m, err := s.sari.Await(ctx, func(m wasim.Message) bool { return !m.FromMe && m.Text == text })
	if err != nil {
		t.Fatalf("%q never came: %v", text, err)
	}
	return m
}

// TestTheContractsCurls runs the contract's lines as they stand in its document, without a Content-Type of JSON.
func TestTheContractsCurls(t *testing.T) {
	t.Parallel()
	for _, engine := range engines(t) {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, engine.args...)
			s.curls(t)
		})
	}
}

func (s *shop) curls(t *testing.T) {
	got := parse(t, apptest.Curl(t, "--location", s.base+"send-message", "--data",
		`{ "phone": "`+s.sari.Number()+`", "device_key": "`+s.device+`", "api_key": "`+s.Demo.APIKey+`", "method": "text", "text": "Hallo guys!" }`))
	if got["status"] != true || got["message"] != "Berhasil mengirimkan pesan" {
		t.Fatalf("send-message = %v", got)
	}
	s.awaitText(t, "Hallo guys!")

	s.template(t)

	if _, err := s.sari.Send(context.Background(), s.number, wasim.Content{Text: "Halo"}); err != nil {
		t.Fatal(err)
	}
	const greeting = "Halo Sari, selamat datang di Toko Demo! Ketik *menu* untuk melihat daftar harga."
	s.awaitText(t, greeting)

	got = parse(t, apptest.Curl(t, "--location", s.base+"callback/device_"+s.device, "--data-raw",
		`{ "from": "`+s.sari.Number()+`@s.whatsapp.net", "message_id": "18DD98462C8AA16C5A598C3DEBA0879B", "message": "Halo", "from_name": "Sari", "type": "single" }`))
	if text := got["message"].(object)["text"]; text != greeting || got["reply"] != true || got["session_id"] != "device_"+s.device ||
		got["receiver"] != s.sari.Number()+"@s.whatsapp.net" || got["autoread"] != false {
		t.Errorf("callback = %v", got)
	}

	s.lists(t, greeting)
}

func (s *shop) template(t *testing.T) {
	t.Helper()
	var made struct{ ID string }
	if err := s.Post("/api/v1/templates", object{"name": "Nota", "body": "Hai {name}, dari {business_name}"}, &made); err != nil {
		t.Fatal(err)
	}
	got := parse(t, apptest.Curl(t, "--location", s.base+"send-message", "--data",
		`{ "phone": "`+s.sari.Number()+`", "device_key": "`+s.device+`", "api_key": "`+s.Demo.APIKey+`", "method": "template", "template": "`+made.ID+`", "is_group": false, "variables": { "{business_name}": "Toko", "{name}": "Sari" } }`))
	if got["status"] != true {
		t.Fatalf("send-message with a template = %v", got)
	}
	s.awaitText(t, "Hai Sari, dari Toko")
	got = parse(t, apptest.Curl(t, "--location", s.base+"send-message", "--data",
		`{ "phone": "`+s.sari.Number()+`", "device_key": "`+s.device+`", "api_key": "`+s.Demo.APIKey+`", "method": "template", "template": "`+made.ID+`", "variables": { "{name}": "Sari" } }`))
	if got["status"] != false || got["code"] != "variable_missing" || !strings.Contains(got["message"].(string), "{business_name}") {
		t.Errorf("a template without a variable = %v", got)
	}
}

// lists tries endpoints 1 to 3.
func (s *shop) lists(t *testing.T, greeting string) {
	t.Helper()
	uid := s.sari.Number() + "@s.whatsapp.net"
	key := "?api_key=" + s.Demo.APIKey
	contacts := parse(t, apptest.Curl(t, "--location", s.base+"chats/contacts/"+s.device+key))
	if e := find(contacts, "id", uid); e == nil || e["name"] != "Sari" || e["phone"] != s.sari.Number() || contacts["status"] != true {
		t.Errorf("contacts has no %s: %v", uid, contacts)
	} else if !strings.HasPrefix(apptest.Curl(t, "--head", e["photo"].(string)), "HTTP/1.1 200") {
		t.Errorf("the photo %v does not open", e["photo"])
	}
	chats := parse(t, apptest.Curl(t, "--location", s.base+"chats/"+s.device+key))
	e := find(chats, "uid", uid)
	if e == nil || e["id"] != s.sari.Number()+"-s-whatsapp-net" || e["sender"] != true || e["type"] != nil || e["message"] != greeting || e["time"] != "Baru saja" {
		t.Errorf("chats has no good entry for %s: %v", uid, chats)
	}
	again := parse(t, apptest.Curl(t, "--location", s.base+"chats/"+s.device+key+"&last_chat="+number64(chats["last_chat"])))
	if again["total_chat"] != float64(0) || again["last_chat"] != chats["last_chat"] {
		t.Errorf("polling with last_chat gave %v", again)
	}
	for _, form := range []string{s.sari.Number() + "-s-whatsapp-net", uid, s.sari.Number(), "0" + s.sari.Number()[2:]} {
		detail := parse(t, apptest.Curl(t, "--location", s.base+"chats/detail/"+s.device+"/"+form+key))
		list, _ := detail["list"].(object)
		if detail["chatid"] != uid || len(list) != 4 {
			t.Fatalf("detail by %s has %d messages, want 4: %v", form, len(list), detail)
		}
		third, fourth := list["3"].(object), list["4"].(object)
		if third["sender"] != false || third["message"].(object)["detail"].(object)["text"] != "Halo" ||
			third["details"].(object)["message"].(object)["conversation"] != "Halo" || third["for_read"].(object)["remoteJid"] != uid {
			t.Errorf("the third message is %v", third)
		}
		if fourth["sender"] != true || fourth["message"].(object)["detail"].(object)["text"] != greeting {
			t.Errorf("the fourth message is %v", fourth)
		}
	}
}

func find(answer object, field, value string) object {
	list, _ := answer["list"].([]any)
	for _, e := range list {
		if e.(object)[field] == value {
			return e.(object)
		}
	}
	return nil
}

func number64(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// TestBadInput sends what no script should: a clear 4xx in the contract's shape, never a 500, and nothing half-done.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	send := func(change string) string {
		o := parse(t, `{"phone":"`+s.sari.Number()+`","device_key":"`+s.device+`","api_key":"`+s.Demo.APIKey+`","method":"text","text":"jangan sampai"}`)
		for k, v := range parse(t, change) {
			o[k] = v
		}
		b, _ := json.Marshal(o)
		return string(b)
	}
	key := "?api_key=" + s.Demo.APIKey
	stranger := "03359ec3-2052-43ff-9495-6155b8cab4cc"
	post := func(path, body string, want ...int) func(*testing.T) { return s.refused("POST", path, body, want...) }
	get := func(path string, want ...int) func(*testing.T) { return s.refused("GET", path, "", want...) }
	for name, try := range map[string]func(*testing.T){
		"send: no body":              post("send-message", "", 400),
		"send: torn JSON":            post("send-message", `{"phone":`, 400),
		"send: an array":             post("send-message", `[1]`, 400),
		"send: two objects":          post("send-message", `{}{}`, 400),
		"send: deep":                 post("send-message", strings.Repeat(`{"a":`, 20000), 400),
		"send: 2 MB":                 post("send-message", send(`{"text":"`+strings.Repeat("x", 2<<20)+`"}`), 413),
		"send: no key":               post("send-message", send(`{"api_key":null}`), 401),
		"send: wrong key":            post("send-message", send(`{"api_key":"`+stranger+`"}`), 401),
		"send: key of wrong type":    post("send-message", send(`{"api_key":{"a":1}}`), 422),
		"send: stranger's device":    post("send-message", send(`{"device_key":"`+stranger+`"}`), 404),
		"send: device is no id":      post("send-message", send(`{"device_key":"' OR 1=1"}`), 404),
		"send: no phone":             post("send-message", send(`{"phone":""}`), 422),
		"send: phone is words":       post("send-message", send(`{"phone":"pak budi"}`), 422),
		"send: phone is an object":   post("send-message", send(`{"phone":{}}`), 422),
		"send: phone is long":        post("send-message", send(`{"phone":"`+strings.Repeat("6", 500)+`"}`), 422),
		"send: no method":            post("send-message", send(`{"method":""}`), 422),
		"send: strange method":       post("send-message", send(`{"method":"video"}`), 422),
		"send: no text":              post("send-message", send(`{"text":"  "}`), 422),
		"send: text is a list":       post("send-message", send(`{"text":["a"]}`), 422),
		"send: NUL":                  post("send-message", send(`{"text":"a\u0000b"}`), 422),
		"send: long text":            post("send-message", send(`{"text":"`+strings.Repeat("x", 10000)+`"}`), 422),
		"send: bad UTF-8":            post("send-message", strings.Replace(send(`{}`), "jangan", "jang\xffan", 1), 400, 422),
		"send: is_group is text":     post("send-message", send(`{"is_group":"mungkin"}`), 422),
		"send: group without device": post("send-message", send(`{"device_key":"","is_group":true,"phone":"120363303315871698"}`), 422),
		"send: no template":          post("send-message", send(`{"method":"template"}`), 422),
		"send: unknown template":     post("send-message", send(`{"method":"template","template":"`+stranger+`"}`), 404),
		"send: variables a list":     post("send-message", send(`{"method":"template","template":"`+stranger+`","variables":[1]}`), 422),
		"send: wrong method":         s.refused("GET", "send-message", "", 404, 405),
		"contacts: no key":           get("chats/contacts/"+s.device, 401),
		"contacts: stranger's":       get("chats/contacts/"+stranger+key, 404),
		"chats: stranger's":          get("chats/"+stranger+key, 404),
		"chats: last_chat words":     get("chats/"+s.device+key+"&last_chat=kemarin", 422),
		"chats: last_chat huge":      get("chats/"+s.device+key+"&last_chat=99999999999999999999", 422),
		"chats: is_group words":      get("chats/"+s.device+key+"&is_group=mungkin", 422),
		"chats: NUL in the path":     get("chats/%00"+key, 400, 404),
		"detail: unknown chat":       get("chats/detail/"+s.device+"/6281200009999"+key, 404),
		"detail: no address":         get("chats/detail/"+s.device+"/apa-ini"+key, 404),
		"detail: unknown group":      get("chats/detail/"+s.device+"/120363303315871698-g-us"+key, 404),
		"callback: unknown device":   post("callback/device_"+stranger, `{"from":"6281","message":"Halo"}`, 404),
		"callback: no prefix":        post("callback/"+s.device, `{"from":"6281290641111","message":"Halo"}`, 404),
		"callback: no from":          post("callback/device_"+s.device, `{"message":"Halo"}`, 422),
		"callback: no message":       post("callback/device_"+s.device, `{"from":"6281290641111"}`, 422),
		"callback: NUL":              post("callback/device_"+s.device, `{"from":"6281290641111","message":"a\u0000"}`, 422),
		"callback: strange type":     post("callback/device_"+s.device, `{"from":"6281290641111","message":"a","type":"satu"}`, 422),
		"callback: long":             post("callback/device_"+s.device, `{"from":"6281290641111","message":"`+strings.Repeat("x", 10000)+`"}`, 422),
	} {
		t.Run(name, try)
	}
	for _, m := range s.sari.Messages("", "") {
		t.Errorf("a refused call sent %q", m.Text)
	}
	chats := parse(t, apptest.Curl(t, s.base+"chats/"+s.device+key))
	if find(chats, "uid", s.sari.Number()+"@s.whatsapp.net") != nil {
		t.Error("a refused call made a chat")
	}
}

// refused makes one call and expects one of the statuses, in the contract's shape.
func (s *shop) refused(method, path, body string, want ...int) func(*testing.T) {
	return func(t *testing.T) {
		req, err := http.NewRequestWithContext(t.Context(), method, s.base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if body != "" {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		data, _ := io.ReadAll(resp.Body)
		var answer object
		if err := json.Unmarshal(data, &answer); err != nil {
			t.Fatalf("status %d with a body that is not JSON: %s", resp.StatusCode, data)
		}
		ok := false
		for _, status := range want {
			ok = ok || resp.StatusCode == status
		}
		if code, _ := answer["code"].(string); !ok || answer["status"] != false || code == "" || answer["message"] == "" {
			t.Errorf("status %d, want %v; body %s", resp.StatusCode, want, data)
		}
	}
}
