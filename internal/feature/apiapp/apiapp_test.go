package apiapp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/template"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

func TestTheSameCallAgainDoesItsWorkOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.net.Connect(t, r.devices, r.ws, "6200")
		var wg sync.WaitGroup
		var mu sync.Mutex
		texts := map[string]int{}
		for range 50 {
			wg.Go(func() {
				a := r.send(nil, "Idempotency-Key", "k-1")
				mu.Lock()
				defer mu.Unlock()
				texts[fmt.Sprint(a.status, " ", a.text)]++
			})
		}
		wg.Wait()
		if len(texts) != 1 {
			t.Fatalf("50 equal calls got %d different answers: %v", len(texts), texts)
		}
		again := r.send(nil, "Idempotency-Key", "k-1")
		if texts[fmt.Sprint(again.status, " ", again.text)] != 50 || again.status != 200 {
			t.Errorf("later: %d %s; want what the others got", again.status, again.text)
		}
		for what, change := range map[string]object{"another text": {"text": "lain"}, "a field more": {"is_group": false}} {
			if a := r.send(change, "Idempotency-Key", "k-1"); a.status != 422 || a.code() != "idempotency_key_reused" {
				t.Errorf("%s: %d %s, want 422", what, a.status, a.text)
			}
		}
		r.pass(24*time.Hour + time.Millisecond)
		if a := r.send(object{"text": "besok"}, "Idempotency-Key", "k-1"); a.status != 200 || a.data("id") == again.data("id") {
			t.Errorf("after a day: %d %s, want a new message", a.status, a.text)
		}
		got := r.taken(d, 2)
		if got[0].Content.Text != "halo" || got[1].Content.Text != "besok" || len(r.net.Taken(d.ID)) != 2 {
			t.Errorf("the network took %+v, want halo and besok", got)
		}
	})
}

func TestAKeyIsFreeAfterARefusal(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		_, stranger := r.shop("Toko Lain")
		if a := r.send(object{"text": ""}, "Idempotency-Key", "k"); a.status != 422 {
			t.Fatalf("no text: %d %s", a.status, a.text)
		}
		if a := r.send(nil, "Idempotency-Key", "k"); a.status != 409 {
			t.Fatalf("no device: %d %s", a.status, a.text)
		}
		d := r.net.Connect(t, r.devices, r.ws, "6200")
		if a := r.send(nil, "Idempotency-Key", "k"); a.status != 200 || a.data("device_key") != d.ID {
			t.Errorf("after refusals: %d %s, want it sent", a.status, a.text)
		}
		if a := r.send(object{"api_key": stranger}, "Idempotency-Key", "k"); a.status != 409 || a.code() != "no_device_connected" {
			t.Errorf("another workspace with the same key: %d %s, want its own answer", a.status, a.text)
		}
		for _, bad := range []string{"", strings.Repeat("x", 256), "kun\tci", "kunçi"} {
			if a := r.send(nil, "Idempotency-Key", bad); a.status != 422 || a.code() != "idempotency_key_invalid" {
				t.Errorf("key %q: %d %s, want 422", bad, a.status, a.text)
			}
		}
	})
}

func TestDeviceChoice(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		refused := func(what string, a answer, status int, code string) {
			t.Helper()
			if a.status != status || a.code() != code || a.body["status"] != false || a.body["message"] == "" {
				t.Errorf("%s: %d %s, want %d %s", what, a.status, a.text, status, code)
			}
		}
		refused("no device at all", r.send(nil), 409, "no_device_connected")
		fresh, err := r.devices.Create(t.Context(), r.ws, devicetest.LoopbackChannel, "Baru", device.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		refused("one that was never linked", r.send(nil), 409, "no_device_connected")
		refused("it by name", r.send(object{"device_key": fresh.ID}), 409, "device_not_connected")
		paused, ok := r.net.Connect(t, r.devices, r.ws, "6201"), r.net.Connect(t, r.devices, r.ws, "6202")
		yes := true
		if _, err := r.devices.Update(t.Context(), r.ws, paused.ID, device.Change{Paused: &yes}); err != nil {
			t.Fatal(err)
		}
		held := r.net.Connect(t, r.devices, r.ws, "6203")
		r.net.Report(t.Context(), held.ID, device.State{Code: device.StateRestricted, Until: time.Now().Add(time.Hour).UnixMilli()})
		devicetest.AwaitState(t, r.devices, held, func(s device.State) bool { return s.Code == device.StateRestricted })
		for range 20 {
			if a := r.send(nil); a.status != 200 || a.data("device_key") != ok.ID {
				t.Fatalf("at random: %d %s, want %s, the only one that may send", a.status, a.text, ok.ID)
			}
		}
		if a := r.send(object{"device_key": paused.ID}); a.status != 200 || a.data("device_key") != paused.ID {
			t.Errorf("a paused one by name: %d %s, want it queued there", a.status, a.text)
		}
		strangers, _ := r.shop("Toko Lain")
		other := r.net.Connect(t, r.devices, strangers, "6299")
		refused("another workspace's", r.send(object{"device_key": other.ID}), 404, "device_not_found")
		refused("an unknown one", r.send(object{"device_key": "x"}), 404, "device_not_found")
		group := object{"phone": "120363303315871698@g.us", "is_group": true}
		refused("a group without device", r.send(group), 422, "device_key_missing")
		refused("a group's address without is_group", r.send(object{"phone": "120363303315871698@g.us"}), 422, "device_key_missing")
		r.set(workspace.SettingsChange{DeviceKeyRequired: &yes})
		refused("when it is mandatory", r.send(nil), 422, "device_key_missing")
		if len(r.net.Taken(other.ID)) != 0 {
			t.Error("another workspace's device sent")
		}
	})
}

func TestSendsReachWhomTheyAreFor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.net.Connect(t, r.devices, r.ws, "6200")
		form := url.Values{"api_key": {r.key}, "phone": {"0812 9064 1113"}, "method": {"text"}, "text": {"formulir & tanda"}, "is_group": {"false"}}
		for i, step := range []struct {
			a    answer
			to   device.Address
			text string
		}{
			{r.send(object{"phone": "081290641112"}), device.Address{Kind: device.AddressPhone, Value: "6281290641112"}, "halo"},
			{r.send(object{"phone": 6281290641114}), device.Address{Kind: device.AddressPhone, Value: "6281290641114"}, "halo"},
			{
				r.call("POST", "send-message", form.Encode(), "Content-Type", "application/x-www-form-urlencoded"),
				device.Address{Kind: device.AddressPhone, Value: "6281290641113"},
				"formulir & tanda",
			},
			{
				r.send(object{"phone": "120363303315871698", "is_group": "true", "device_key": d.ID}),
				device.Address{Kind: device.AddressGroup, Value: "120363303315871698"},
				"halo",
			},
			{
				r.send(object{"phone": "120363303315871698-g-us", "device_key": d.ID, "text": "lagi"}),
				device.Address{Kind: device.AddressGroup, Value: "120363303315871698"},
				"lagi",
			},
		} {
			if step.a.status != 200 || step.a.body["message"] != "Berhasil mengirimkan pesan" || step.a.data("status") == "" {
				t.Fatalf("send %d: %d %s", i, step.a.status, step.a.text)
			}
			m := r.taken(d, i+1)[i]
			if m.NetworkID != step.a.data("message_id") || m.To.Address(step.to.Kind) != step.to.Value || m.Content.Text != step.text || m.To.Group != (step.to.Kind == device.AddressGroup) {
				t.Errorf("send %d: the network took %+v, want %q for %+v", i, m, step.text, step.to)
			}
		}
	})
}

func TestTemplates(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.net.Connect(t, r.devices, r.ws, "6200")
		f, err := r.files.Add(t.Context(), r.ws, "nota.pdf", []byte("%PDF-1.7"))
		if err != nil {
			t.Fatal(err)
		}
		strangers, _ := r.shop("Toko Lain")
		put := func(workspaceID, body, fileID string) string {
			t.Helper()
			made, err := r.templates.Create(context.Background(), template.Template{WorkspaceID: workspaceID, Name: body, Body: body, FileID: fileID})
			if err != nil {
				t.Fatal(err)
			}
			return made.ID
		}
		nota, other := put(r.ws, "Hai {name}, total {total=0}", f.ID), put(strangers, "Rahasia", "")
		use := func(id string, vars any) answer {
			return r.send(object{"method": "template", "text": nil, "template": id, "variables": vars})
		}
		if a := use(nota, object{"{name}": "Sari", "total": 5000}); a.status != 200 {
			t.Fatalf("a template: %d %s", a.status, a.text)
		}
		if m := r.taken(d, 1)[0]; m.Content.Text != "Hai Sari, total 5000" || m.Content.Kind != device.KindDocument || m.Content.Media.Blob != f.ID {
			t.Errorf("the network took %+v, want the file with its caption", m.Content)
		}
		for what, c := range map[string]struct {
			a      answer
			status int
			code   string
			field  string
		}{
			"a variable is missing": {use(nota, object{}), 422, "variable_missing", "variables.{name}"},
			"another workspace's":   {use(other, nil), 404, "template_not_found", "template"},
			"unknown":               {use("x", nil), 404, "template_not_found", "template"},
			"none":                  {use("", nil), 422, "field_missing", "template"},
			"variables a list":      {use(nota, []int{1}), 422, "field_type", "variables"},
		} {
			if c.a.status != c.status || c.a.code() != c.code || c.a.body["field"] != c.field {
				t.Errorf("%s: %d %s, want %d %s %s", what, c.a.status, c.a.text, c.status, c.code, c.field)
			}
		}
	})
}

func TestScopesBindTheContractToo(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.net.Connect(t, r.devices, r.ws, "6200")
		reader, writer := r.scoped(r.ws, member.ReadChats), r.scoped(r.ws, member.SendMessages)
		_, stranger := r.shop("Toko Lain")
		for _, c := range []struct {
			what string
			a    answer
			want int
		}{
			{"a reader reads", r.call("GET", "chats/"+d.ID+"?api_key="+reader, ""), 200},
			{"a reader writes", r.send(object{"api_key": reader}), 403},
			{"a writer writes", r.send(object{"api_key": writer}), 200},
			{"a writer reads", r.call("GET", "chats/"+d.ID+"?api_key="+writer, ""), 403},
			{"by Authorization", r.call("GET", "chats/"+d.ID, "", "Authorization", "Bearer "+reader), 200},
			{"by X-API-Key", r.call("GET", "chats/contacts/"+d.ID, "", "X-API-Key", reader), 200},
			{"a stranger reads chats", r.call("GET", "chats/"+d.ID+"?api_key="+stranger, ""), 404},
			{"a stranger reads contacts", r.call("GET", "chats/contacts/"+d.ID+"?api_key="+stranger, ""), 404},
			{"a stranger reads a chat", r.call("GET", "chats/detail/"+d.ID+"/6281290641111?api_key="+stranger, ""), 404},
			{"a stranger sends", r.send(object{"api_key": stranger, "device_key": d.ID}), 404},
			{"nobody", r.call("GET", "chats/"+d.ID, ""), 401},
		} {
			if c.a.status != c.want || (c.want != 200 && (c.a.body["status"] != false || c.a.code() == "")) {
				t.Errorf("%s: %d %s, want %d", c.what, c.a.status, c.a.text, c.want)
			}
		}
	})
}

func TestCallback(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.net.Connect(t, r.devices, r.ws, "6200")
		ask := func(change object) answer {
			o := object{"from": "6281290641111@s.whatsapp.net", "message": "ping", "from_name": "Sari", "type": "single"}
			for k, v := range change {
				o[k] = v
			}
			b, _ := json.Marshal(o)
			return r.call("POST", "callback/device_"+d.ID, string(b))
		}
		text := func(a answer) any {
			m, _ := a.body["message"].(object)
			return m["text"]
		}
		if a := ask(nil); text(a) != "selamat datang Sari" {
			t.Errorf("somebody new: %d %s, want the welcome", a.status, a.text)
		}
		if p, err := r.chats.List(t.Context(), r.ws, chat.Filter{}); err != nil || len(p.Items) != 0 || len(r.net.Taken(d.ID)) != 0 {
			t.Errorf("a pretended message left %v, %v, %v", p.Items, err, r.net.Taken(d.ID))
		}
		r.net.WriteText(d.ID, "6281290641111", "Sari", "hai", time.Now().UnixMilli())
		r.taken(d, 1)
		if a := ask(nil); text(a) != "pong" || a.body["reply"] != true || a.body["receiver"] != "6281290641111@s.whatsapp.net" || a.body["session_id"] != "device_"+d.ID {
			t.Errorf("somebody known: %d %s, want pong", a.status, a.text)
		}
		if a := ask(object{"message": "apa"}); a.status != 200 || a.body["reply"] != false || a.body["message"] != nil {
			t.Errorf("nothing fits: %d %s, want no reply", a.status, a.text)
		}
		if a := ask(object{"from": "120363303315871698", "type": "group"}); a.body["receiver"] != "120363303315871698@g.us" || text(a) != "pong" {
			t.Errorf("a group: %d %s", a.status, a.text)
		}
		yes := true
		r.set(workspace.SettingsChange{CallbackKeyRequired: &yes})
		_, stranger := r.shop("Toko Lain")
		for what, c := range map[string]struct {
			key  any
			want int
		}{"none": {nil, 401}, "another workspace's": {stranger, 401}, "one that may not": {r.scoped(r.ws, member.ReadFiles), 403}, "ours": {r.key, 200}} {
			if a := ask(object{"api_key": c.key}); a.status != c.want {
				t.Errorf("key demanded, %s: %d %s, want %d", what, a.status, a.text, c.want)
			}
		}
	})
}

func TestCallbacksAreLimitedPerAddress(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var last answer
		for i := range 700 { // the window slides: at most two windows' worth
			if last = r.call("POST", "callback/device_tidak-ada", "{}"); last.status == 429 {
				if i < 300 {
					t.Errorf("call %d is refused, want 300 a minute", i+1)
				}
				break
			}
		}
		if last.status != 429 || last.code() != "too_many_requests" || last.body["status"] != false || last.header.Get("Retry-After") == "" {
			t.Errorf("got %d %v %s, want 429 with Retry-After", last.status, last.header, last.text)
		}
		if a := r.call("GET", "chats/x?api_key="+r.key, ""); a.status != 404 {
			t.Errorf("other calls: %d, want them served", a.status)
		}
	})
}

func TestListsAndDetail(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.net.Connect(t, r.devices, r.ws, "6200")
		at := time.Now().Add(-time.Minute).UnixMilli() / 1000 * 1000
		r.net.WriteText(d.ID, "6281290641111", "Sari", "satu", at)
		r.net.WriteText(d.ID, "6281290641112", "<b>Budi</b>", "dua", at+2000)
		group := device.Peer{Group: true, Addresses: []device.Address{{Kind: device.AddressGroup, Value: "120363303315871698"}}, Name: "Arisan"}
		sari := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281290641111"}}, Name: "Sari"}
		r.net.Write(d.ID, device.Inbound{Chat: group, Sender: sari, At: at + 3000, Content: device.Content{Kind: device.KindImage, Media: &device.Media{MIME: "image/jpeg"}}})
		r.taken(d, 2)
		r.settle(d)
		get := func(path string) object {
			t.Helper()
			a := r.call("GET", path, "", "Authorization", "Bearer "+r.key)
			if a.status != 200 || a.body["status"] != true {
				t.Fatalf("GET %s: %d %s", path, a.status, a.text)
			}
			return a.body
		}
		groups := get("chats/" + d.ID + "?is_group=true")
		if list := groups["list"].([]any); len(list) != 1 || list[0].(object)["type"] != "image" || list[0].(object)["uid"] != "120363303315871698@g.us" ||
			list[0].(object)["phone"] != nil || list[0].(object)["name"] != "Arisan" {
			t.Errorf("groups: %v", groups)
		}
		people := get("chats/" + d.ID)
		if people["total_chat"] != 2.0 {
			t.Errorf("people: %v, want two", people)
		}
		newest := fmt.Sprintf("%.0f", people["last_chat"].(float64))
		if again := get("chats/" + d.ID + "?last_chat=" + newest); again["total_chat"] != 0.0 || again["last_chat"] != people["last_chat"] {
			t.Errorf("newer than the newest: %v", again)
		}
		contacts := get("chats/contacts/" + d.ID)["list"].([]any)
		if len(contacts) != 2 {
			t.Errorf("contacts: %v, want two", contacts)
		}
		photo := contacts[0].(object)["photo"].(string)
		resp, err := http.Get(photo)
		if err != nil || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "image/png" {
			t.Errorf("the photo %s: %v, %v", photo, resp, err)
		}
		_ = resp.Body.Close()
		detail := get("chats/detail/" + d.ID + "/120363303315871698-g-us")
		one := detail["list"].(object)["1"].(object)
		if key := one["details"].(object)["key"].(object); key["participant"] != "6281290641111@s.whatsapp.net" || one["message"].(object)["type"] != "image" ||
			one["status"] != "UNREAD" || detail["chatid"] != "120363303315871698@g.us" {
			t.Errorf("a group's detail: %v", detail)
		}
		two := get("chats/detail/" + d.ID + "/081290641111")["list"].(object)
		if len(two) != 2 || two["1"].(object)["sender"] != false || two["2"].(object)["sender"] != true || two["2"].(object)["status"] != "SENT" && two["2"].(object)["status"] != "PENDING" {
			t.Errorf("a person's detail: %v", two)
		}
	})
}
