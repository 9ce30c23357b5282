package apptest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// photograph is a JPEG of a colour.
func photograph(t *testing.T, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, side, side)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// get opens an address without any key.
func get(t *testing.T, url string) (status int, header http.Header, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

// details is the contract's long form of the only message of a kind that a number sent.
func (s *shop) details(t *testing.T, number, kind string) (d object) {
	t.Helper()
	s.Await("the message in the chat's detail", func() bool {
		var detail struct {
			List map[string]struct {
				Message struct{ Type string }
				Details object
			}
		}
		_ = s.Get("/api-app/whatsapp/chats/detail/"+s.device+"/"+number+"?api_key="+s.Demo.APIKey, &detail)
		for _, m := range detail.List {
			if m.Message.Type == kind {
				d = m.Details
			}
		}
		return d != nil
	})
	return d
}

// TestTheContractsDownloadMedia runs the document's line with the message object that the detail shows: the picture that
// is downloaded is the one that was sent.
func TestTheContractsDownloadMedia(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	picture := photograph(t, 300)
	id, err := s.sari.Send(context.Background(), s.number, wasim.Content{Media: &wasim.Media{Type: "image", MIME: "image/jpeg", Data: picture, Caption: "bukti"}})
	if err != nil {
		t.Fatal(err)
	}
	message := s.details(t, s.sari.Number(), "image")
	message["pushName"], message["broadcast"] = "Bhisma Kalijaga", false
	uid := s.sari.Number() + "@s.whatsapp.net"
	body := func(change object) string {
		o := object{"api_key": s.Demo.APIKey, "chatid": uid, "type": "jpeg", "medianame": id, "message": message}
		for k, v := range change {
			o[k] = v
		}
		b, _ := json.Marshal(o)
		return string(b)
	}
	url := s.base + "misc/download-media/" + s.device
	got := parse(t, apptest.Curl(t, "--location", url, "--data-raw", body(nil)))
	data, _ := got["data"].(object)
	path, _ := data["downloadPath"].(string)
	if got["success"] != true || got["message"] != "Berhasil mengunduh media" || !strings.HasPrefix(path, s.URL+"/uploads/wamedia/"+id+".jpeg?") {
		t.Fatalf("download-media = %v", got)
	}
	status, header, file := get(t, path)
	if status != 200 || !bytes.Equal(file, picture) || header.Get("Content-Type") != "image/jpeg" || header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the path: %d, %d bytes, %v; want the %d bytes that were sent", status, len(file), header, len(picture))
	}
	if status, _, _ := get(t, strings.Split(path, "?")[0]); status != 404 {
		t.Errorf("the path without its signature: %d, want 404", status)
	}
	s.hostileObjects(t, url, body, message)
	header = http.Header{"Idempotency-Key": {"sekali"}}
	var first, second object
	if err := s.Send(http.MethodPost, "/api-app/whatsapp/misc/download-media/"+s.device, strings.NewReader(body(nil)), header, &first); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(http.MethodPost, "/api-app/whatsapp/misc/download-media/"+s.device, strings.NewReader(body(nil)), header, &second); err != nil ||
		first["data"].(object)["downloadPath"] != second["data"].(object)["downloadPath"] {
		t.Errorf("the same call again: %v, %v; want %v", second, err, first)
	}
}

// hostileObjects tries message objects that want something else than a file of WhatsApp.
func (s *shop) hostileObjects(t *testing.T, url string, body func(object) string, good object) {
	t.Helper()
	asked := make(chan string, 1)
	trap := listen(t, func(r *http.Request) {
		select {
		case asked <- r.URL.String():
		default:
		}
	})
	with := func(change object) object {
		b, _ := json.Marshal(good)
		whole := parse(t, string(b))
		media := whole["message"].(object)["imageMessage"].(object)
		for k, v := range change {
			media[k] = v
		}
		return object{"message": whole}
	}
	lost := with(object{"directPath": "/v/image/nothing.enc?ccb=1"})
	delete(lost["message"].(object), "key") // with it, the phone is asked for the file
	path := strings.TrimPrefix(url, s.base)
	for what, try := range map[string]struct {
		change object
		want   []int
	}{
		"another host's path":   {with(object{"directPath": "//" + strings.TrimPrefix(trap, "http://") + "/x?y"}), []int{422}},
		"a url as a path":       {with(object{"directPath": trap + "/x?y"}), []int{422}},
		"another path":          {lost, []int{404, 502}},
		"another hash":          {with(object{"fileSha256": strings.Repeat("A", 43) + "="}), []int{502}},
		"another key":           {with(object{"mediaKey": strings.Repeat("A", 43) + "="}), []int{502}},
		"no key":                {with(object{"mediaKey": nil}), []int{422}},
		"a huge length":         {with(object{"fileLength": "99999999999999"}), []int{413}},
		"no message":            {object{"message": nil}, []int{422}},
		"a message that's text": {object{"message": "halo"}, []int{422}},
		"a text message":        {object{"message": object{"message": object{"conversation": "halo"}}}, []int{422}},
		"a name that climbs":    {object{"medianame": "../../etc/passwd"}, []int{422}},
		"a type that climbs":    {object{"type": "../html"}, []int{422}},
		"no name":               {object{"medianame": ""}, []int{422}},
		"no chat":               {object{"chatid": ""}, []int{422}},
		"a chat of words":       {object{"chatid": "pak budi"}, []int{422}},
		"no key of ours":        {object{"api_key": ""}, []int{401}},
	} {
		t.Run(what, s.refusedAs("success", "POST", path, body(try.change), try.want...))
	}
	t.Run("a stranger's device", s.refusedAs("success", "POST", "misc/download-media/03359ec3-2052-43ff-9495-6155b8cab4cc", body(nil), 404))
	// The url of the object is anybody's, and is never asked.
	got := parse(t, apptest.Curl(t, url, "--data-raw", body(with(object{"url": trap + "/secret"}))))
	if got["success"] != true {
		t.Errorf("with a url of somebody else: %v", got)
	}
	select {
	case u := <-asked:
		t.Errorf("somebody else was asked for %s", u)
	default:
	}
}

// TestTheContractsGetProfile runs the document's line: the url opens and is the picture that the customer shows.
func TestTheContractsGetProfile(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	says(t, s.sari, s.number, "Halo")
	awaitOn(t, s.sari, "Halo Sari, selamat datang di Toko Demo! Ketik *menu* untuk melihat daftar harga.")
	picture := photograph(t, 96)
	ask := func(phone string) object {
		return parse(t, apptest.Curl(t, "--location", s.base+"misc/get-profile/"+s.device, "--data-raw", `{ "api_key": "`+s.Demo.APIKey+`", "phone": "`+phone+`" }`))
	}
	uid := s.sari.Number() + "@s.whatsapp.net"
	if got := ask(uid); got["success"] != false || got["code"] != "picture_not_set" {
		t.Errorf("of somebody without a picture: %v", got)
	}
	stranger := s.net.Phone("Rudi")
	for _, p := range []*wasim.Phone{s.sari, stranger} {
		if err := p.SetPicture(t.Context(), picture); err != nil {
			t.Fatal(err)
		}
	}
	for _, phone := range []string{uid, s.sari.Number(), s.sari.Number() + "-s-whatsapp-net", stranger.Number() + "@s.whatsapp.net"} {
		got := ask(phone)
		data, _ := got["data"].(object)
		url, _ := data["url"].(string)
		if got["success"] != true || got["message"] != "Berhasil mengambil photo profile" || url == "" || !strings.HasSuffix(data["phone"].(string), "@s.whatsapp.net") {
			t.Fatalf("get-profile of %s = %v", phone, got)
		}
		if status, header, file := get(t, url); status != 200 || !bytes.Equal(file, picture) || header.Get("Content-Type") != "image/jpeg" {
			t.Errorf("the url of %s: %d, %d bytes of %s", phone, status, len(file), header.Get("Content-Type"))
		}
	}
	contacts := parse(t, apptest.Curl(t, s.base+"chats/contacts/"+s.device+"?api_key="+s.Demo.APIKey))
	e := find(contacts, "id", uid)
	if e == nil || e["getpict"] != true {
		t.Fatalf("the contact after that: %v", e)
	}
	if status, _, file := get(t, e["photo"].(string)); status != 200 || !bytes.Equal(file, picture) {
		t.Errorf("the contact's photo: %d, %d bytes", status, len(file))
	}
	for what, try := range map[string]struct {
		body string
		want int
	}{
		"no number":       {`{"api_key":"` + s.Demo.APIKey + `","phone":""}`, 422},
		"words":           {`{"api_key":"` + s.Demo.APIKey + `","phone":"pak budi"}`, 422},
		"an object":       {`{"api_key":"` + s.Demo.APIKey + `","phone":{}}`, 422},
		"nobody's number": {`{"api_key":"` + s.Demo.APIKey + `","phone":"6281200000001"}`, 404},
		"no key":          {`{"phone":"` + uid + `"}`, 401},
		"torn":            {`{"phone":`, 400},
	} {
		t.Run(what, s.refusedAs("success", "POST", "misc/get-profile/"+s.device, try.body, try.want))
	}
}

// TestPeopleOverTheAPI asks about customers and changes what the shop shows, and looks on the phones.
func TestPeopleOverTheAPI(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	says(t, s.sari, s.number, "Halo")
	var chats struct {
		Items []struct{ Contact struct{ ID, Phone string } }
	}
	s.Await("the chat", func() bool {
		return s.Get("/api/v1/chats?search="+s.sari.Number(), &chats) == nil && len(chats.Items) == 1
	})
	if err := s.sari.SetAbout(t.Context(), "Sibuk"); err != nil {
		t.Fatal(err)
	}
	contact, dev := "/api/v1/contacts/"+chats.Items[0].Contact.ID, "/api/v1/devices/"+s.device
	var person struct {
		About, LID, Phone string
		FileID            string `json:"picture_file_id"`
	}
	picture := photograph(t, 96)
	for _, p := range []string{"", "with a picture"} {
		if p != "" {
			if err := s.sari.SetPicture(t.Context(), picture); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Get(contact+"/profile?device_id="+s.device, &person); err != nil || person.About != "Sibuk" || person.LID != s.sari.LID() ||
			person.Phone != s.sari.Number() || (person.FileID != "") != (p != "") {
			t.Errorf("the profile %s: %+v, %v", p, person, err)
		}
	}
	s.sari.SetBusiness(&wasim.Business{
		Name: "Warung Sari", Address: "Jl. Melati 5", Email: "sari@example.com", Category: "Makanan", Timezone: "Asia/Jakarta",
		Hours: []wasim.BusinessHours{{Day: "mon", Mode: "specific_hours", Open: 480, Close: 1020}},
	})
	var shown struct{ Business object }
	if err := s.Get(contact+"/profile?device_id="+s.device, &shown); err != nil || fmt.Sprint(shown.Business) !=
		"map[address:Jl. Melati 5 categories:[Makanan] email:sari@example.com hours:[map[close:1020 day:mon mode:specific_hours open:480]] timezone:Asia/Jakarta]" {
		t.Errorf("as a business she shows %v, %v", shown.Business, err)
	}
	var found struct {
		Items []struct {
			Phone, LID string
			Registered bool
		}
	}
	if err := s.Post(dev+"/lookup", object{"phones": []string{"0" + s.sari.Number()[2:], "+62 812-0000-0001"}}, &found); err != nil || len(found.Items) != 2 ||
		!found.Items[0].Registered || found.Items[0].LID != s.sari.LID() || found.Items[1].Registered || found.Items[1].Phone != "6281200000001" {
		t.Errorf("lookup: %+v, %v", found, err)
	}
	s.ownProfile(t, dev)
	s.typing(t)
	if err := s.Post(contact+"/block", object{"device_id": s.device}, nil); err != nil {
		t.Fatal(err)
	}
	var blocked struct{ Items []struct{ Phone string } }
	if err := s.Get(dev+"/blocked", &blocked); err != nil || len(blocked.Items) != 1 || blocked.Items[0].Phone != s.sari.Number() {
		t.Errorf("blocked: %+v, %v", blocked, err)
	}
	shop, _ := s.net.PhoneByNumber(s.number)
	if got := shop.Blocked(); len(got) != 1 || got[0] != s.sari.Number() {
		t.Errorf("the shop's phone has blocked %v", got)
	}
	if err := s.Do(http.MethodDelete, contact+"/block?device_id="+s.device, nil, nil, nil); err != nil || len(shop.Blocked()) != 0 {
		t.Errorf("unblock: %v; still %v", err, shop.Blocked())
	}
}

// typing shows the customer what the shop is doing.
func (s *shop) typing(t *testing.T) {
	t.Helper()
	chat := "/api/v1/chats/" + s.chats(t, s.device, s.sari.Number())[0] + "/typing"
	for _, step := range [][2]string{{"typing", "composing"}, {"none", "paused"}, {"recording", "composing"}} {
		if err := s.Post(chat, object{"activity": step[0]}, nil); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		_, err := s.sari.AwaitSeen(ctx, s.number, func(seen wasim.Seen) bool { return seen.Typing == step[1] })
		cancel()
		if err != nil {
			t.Errorf("%s is not seen: %v", step[0], err)
		}
	}
	if err := s.Post(chat, object{"activity": "sleeping"}, nil); err == nil {
		t.Error("an activity that there isn't was taken")
	}
}

// ownProfile changes what the shop's account shows.
func (s *shop) ownProfile(t *testing.T, dev string) {
	t.Helper()
	shop, _ := s.net.PhoneByNumber(s.number)
	var own struct{ Name, About string }
	if err := s.Do(http.MethodPatch, dev+"/profile", object{"name": "Toko Maju", "about": "Buka 08-17"}, nil, &own); err != nil ||
		own.Name != "Toko Maju" || own.About != "Buka 08-17" || shop.Profile().About != "Buka 08-17" || shop.Name() != "Toko Maju" {
		t.Errorf("the own profile: %+v, %v; the phone shows %+v", own, err, shop.Profile())
	}
	id := s.upload(t, "logo.jpg", photograph(t, 1000))
	if err := s.Do(http.MethodPut, dev+"/profile/picture", object{"file_id": id}, nil, nil); err != nil {
		t.Fatal(err)
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(shop.Picture()))
	if err != nil || c.Width != 640 || c.Height != 640 {
		t.Errorf("the phone's picture is %+v, %v; want 640×640", c, err)
	}
	if err := s.Do(http.MethodDelete, dev+"/profile/picture", nil, nil, nil); err != nil || shop.Picture() != nil {
		t.Errorf("removing it: %v, %d bytes", err, len(shop.Picture()))
	}
	if err := s.Do(http.MethodPut, dev+"/presence", object{"presence": "online"}, nil, nil); err != nil {
		t.Errorf("presence: %v", err)
	}
}

// refusedAs makes one call and expects one of the statuses, in the contract's shape with that flag.
func (s *shop) refusedAs(flag, method, path, body string, want ...int) func(*testing.T) {
	return func(t *testing.T) {
		req, err := http.NewRequestWithContext(t.Context(), method, s.base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		data, _ := io.ReadAll(resp.Body)
		answer := parse(t, string(data))
		if code, _ := answer["code"].(string); !slices.Contains(want, resp.StatusCode) || answer[flag] != false || code == "" || answer["message"] == "" {
			t.Errorf("status %d, want %v; body %s", resp.StatusCode, want, data)
		}
	}
}

// listen serves until the test ends and tells of each request.
func listen(t *testing.T, heard func(r *http.Request)) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard(r) }))
	t.Cleanup(server.Close)
	return server.URL
}
