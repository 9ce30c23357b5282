package apptest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/baileys"
)

// TestWhatACustomerOnBaileysDoes lets a customer on Baileys and the product do to each other what is no message of
// TestBaileysKinds, in both forms of address, and prints the table of all that is tried.
func TestWhatACustomerOnBaileysDoes(t *testing.T) {
	t.Parallel()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			k := newCustomer(t, form)
			table, whole := kindsTried(t), k.ctx
			for _, d := range k.deeds() {
				part, cancel := context.WithTimeout(whole, time.Minute)
				k.ctx = part
				if t.Run(d.what, d.do) {
					table = append(table, fmt.Sprintf("%-10s %s", d.ways, d.what))
				}
				cancel()
			}
			slices.Sort(table)
			t.Logf("a customer on Baileys, addressed by %s:\n%s\nnot tried, because there is no way:\n%s", form, strings.Join(table, "\n"), strings.Join(noWay(), "\n"))
			if stats := k.net.Stats(); stats.Phones.DecryptErrors != 0 || len(stats.Nacks) != 0 || stats.MostSocketsPerDevice != 1 {
				t.Errorf("decrypt errors %d, refused stanzas %v, sockets %d; want 0, none and 1",
					stats.Phones.DecryptErrors, stats.Nacks, stats.MostSocketsPerDevice)
			}
		})
	}
}

// deed is something that one side does to the other; ways is in (from the customer), out or both.
type deed struct {
	what, ways string
	do         func(*testing.T)
}

// noWay is what a customer on Baileys 7 can't do.
func noWay() []string {
	return []string{
		"in         poll vote: there is no function to encrypt one",
		"in         call: calls can be rejected, not made",
		"in         profile picture: it needs an image library that is not installed",
		"in         live location: there is no such content",
		"in         link preview that it fetches itself: that needs a package that is not installed; a given one is tried",
		"out        link preview: the page would be on this machine, where the product fetches nothing",
	}
}

// kindsTried are the messages of TestBaileysKinds and the receipts of TestBaileysCustomer.
func kindsTried(t *testing.T) (table []string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "kinds.json"))
	if err != nil {
		t.Fatal(err)
	}
	var seen map[string]json.RawMessage
	if err := json.Unmarshal(data, &seen); err != nil {
		t.Fatal(err)
	}
	for name := range seen {
		way, kind, _ := strings.Cut(name, "/")
		table = append(table, fmt.Sprintf("%-10s message: %s", way, kind))
	}
	return append(table, "both       receipts: delivered, read", "in         message: reaction, revoke")
}

func newCustomer(t *testing.T, form wasim.Addressing) *kinds {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	t.Cleanup(cancel)
	net, url := apptest.Network(t, wasim.Options{Addressing: form})
	customer, err := baileys.Start(ctx, url, "Rina")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(customer.Close)
	if _, err := customer.Link(ctx, baileys.ByQR); err != nil {
		t.Fatal(err)
	}
	s := apptest.Start(t, url)
	k := &kinds{
		stranger: &stranger{
			shop: &shop{Server: s, net: net, device: s.Demo.Devices[0].ID, number: s.Demo.Devices[0].Number}, ctx: ctx, customer: customer,
		},
		seen: map[string]any{}, names: map[string]string{},
	}
	k.message(t, k.send(t, "first", object{"text": "Halo"}, nil))
	k.status(t, k.send(t, "second", object{"text": "Ada orang?"}, nil), baileys.Delivered)
	return k
}

func (k *kinds) deeds() []deed {
	return []deed{
		{"message: video note", "in", k.videoNote},
		{"message: link preview", "in", k.preview},
		{"disappearing-message timer", "in", k.timed},
		{"message: revoke", "out", k.revoked},
		{"typing", "out", k.types},
		{"typing", "in", k.typesIn},
		{"reaction given and taken back", "both", k.reactions},
		{"message pinned and unpinned", "both", k.pins},
		{"voice note played", "both", k.played},
		{"group: everybody mentioned, promoted, renamed", "both", k.inGroup},
		{"group: made by the customer, filled, changed, requests, files, sent away", "in", k.theirGroup},
		{"group: every change, left", "out", k.ourGroup},
		{"about text", "both", k.abouts},
		{"profile picture", "out", k.pictured},
		{"block and unblock", "out", k.blocks},
		{"group: made, written in, left", "both", k.grouped},
		{"newsletter: followed, posts, reaction", "out", k.posted},
		{"newsletter: followed, post, reaction", "in", k.theirNewsletter},
		{"status update", "in", k.statuses},
		{"status update", "out", k.showsStatus},
		{"forty messages at once each way", "both", k.crossfire},
		{"reconnect: what was missed", "both", k.cutOff},
	}
}

func (k *kinds) shopJID() string { return k.number + "@s.whatsapp.net" }

// calls calls one of the customer's client's functions.
func (k *kinds) calls(t *testing.T, function string, answer any, args ...any) {
	t.Helper()
	if err := k.customer.Call(k.ctx, function, answer, args...); err != nil {
		t.Fatalf("%s: %v", function, err)
	}
}

func (k *kinds) do(t *testing.T, method, path string, body, answer any) {
	t.Helper()
	if err := k.Do(method, "/api/v1"+path, body, nil, answer); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
}

func (k *kinds) videoNote(t *testing.T) {
	film := baileys.File([]byte(mp4Film))
	m := k.message(t, k.send(t, "note", object{"video": film, "mimetype": "video/mp4", "ptv": true, "jpegThumbnail": "", "seconds": 3}, nil))
	c := m["content"].(object)
	if media, _ := c["media"].(object); c["kind"] != "video" || media["note"] != true {
		t.Errorf("a video note is %v", c)
	}
}

func (k *kinds) preview(t *testing.T) {
	const page = "https://toko.example/promo"
	m := k.message(t, k.send(t, "preview", object{"text": "lihat " + page, "linkPreview": object{
		"canonical-url": page, "matched-text": page, "title": "Promo", "description": "Minggu ini",
	}}, nil))
	link, _ := m["content"].(object)["link"].(object)
	if link["url"] != page || link["title"] != "Promo" || link["description"] != "Minggu ini" {
		t.Errorf("the preview is %v", m["content"])
	}
}

func (k *kinds) timed(t *testing.T) {
	for _, seconds := range []int{86400, 0} {
		if _, err := k.customer.SendContent(k.ctx, k.number, object{"disappearingMessagesInChat": seconds}, nil); err != nil {
			t.Fatal(err)
		}
		k.Await(fmt.Sprint("a timer of ", seconds), func() bool {
			var chat struct{ Expires int }
			return k.Get("/api/v1/chats/"+k.chat, &chat) == nil && chat.Expires == seconds
		})
	}
}

func (k *kinds) revoked(t *testing.T) {
	sent, _ := k.reach(t, "wrong", "chats/"+k.chat+"/messages", object{"text": "salah kirim"})
	id := sent["id"].(string)
	k.awaitMessage(t, id, "delivered", "read")
	k.do(t, http.MethodDelete, "/messages/"+id+"?for=everyone", nil, nil)
	var updates []struct {
		Update struct{ Message, MessageStubType any }
	}
	if err := k.customer.WaitEvent(k.ctx, "messages.update", `"messageStubType"`, &updates); err != nil {
		t.Fatal(err)
	}
	if len(updates) != 1 || updates[0].Update.Message != nil {
		t.Errorf("the customer's client was told %+v", updates)
	}
}

func (k *kinds) types(t *testing.T) {
	// Baileys shows somebody who has stopped as somebody who is there.
	for _, step := range [][2]string{{"typing", "composing"}, {"none", "available"}, {"recording", "recording"}} {
		k.do(t, http.MethodPost, "/chats/"+k.chat+"/typing", object{"activity": step[0]}, nil)
		if err := k.customer.WaitEvent(k.ctx, "presence.update", step[1], nil); err != nil {
			t.Fatalf("%s is not seen: %v", step[0], err)
		}
	}
}

func (k *kinds) contact(t *testing.T) string {
	t.Helper()
	var chat struct{ Contact struct{ ID string } }
	k.do(t, http.MethodGet, "/chats/"+k.chat, nil, &chat)
	return chat.Contact.ID
}

func (k *kinds) abouts(t *testing.T) {
	k.calls(t, "updateProfileStatus", nil, "Sibuk sampai sore")
	var theirs struct{ About string }
	k.do(t, http.MethodGet, "/contacts/"+k.contact(t)+"/profile?device_id="+k.device, nil, &theirs)
	if theirs.About != "Sibuk sampai sore" {
		t.Errorf("the product sees %q of the customer", theirs.About)
	}
	k.do(t, http.MethodPatch, "/devices/"+k.device+"/profile", object{"about": "Buka 08-17"}, nil)
	var ours []struct{ Status struct{ Status string } }
	k.calls(t, "fetchStatus", &ours, k.shopJID())
	if len(ours) != 1 || ours[0].Status.Status != "Buka 08-17" {
		t.Errorf("the customer sees %+v of the product", ours)
	}
}

func (k *kinds) pictured(t *testing.T) {
	k.do(t, http.MethodPut, "/devices/"+k.device+"/profile/picture", object{"file_id": k.upload(t, "logo.jpg", photograph(t, 700))}, nil)
	var url string
	k.calls(t, "profilePictureUrl", &url, k.shopJID(), "image")
	if url == "" {
		t.Error("the customer sees no picture of the product")
	}
}

func (k *kinds) blocks(t *testing.T) {
	contact := k.contact(t)
	k.do(t, http.MethodPost, "/contacts/"+contact+"/block", object{"device_id": k.device}, nil)
	lost := k.send(t, "blocked", object{"text": "halo?"}, nil)
	k.calls(t, "fetchStatus", nil, k.shopJID()) // one socket, in turn: when this is answered, the network has taken the message
	k.do(t, http.MethodDelete, "/contacts/"+contact+"/block?device_id="+k.device, nil, nil)
	k.message(t, k.send(t, "unblocked", object{"text": "sekarang bisa"}, nil))
	for _, m := range k.history(t, k.device, k.customer.Number()) {
		if m.NetworkID == lost {
			t.Errorf("what a blocked customer wrote came in: %+v", m)
		}
	}
}

func (k *kinds) grouped(t *testing.T) {
	var made struct{ Group groupView }
	k.do(t, http.MethodPost, "/devices/"+k.device+"/groups", object{"name": "Reseller", "members": []string{"+" + k.customer.Number()}}, &made)
	if err := k.customer.WaitGroup(k.ctx, "groups.upsert", "Reseller", nil); err != nil {
		t.Fatal(err)
	}
	k.do(t, http.MethodPost, "/messages", object{"device_id": k.device, "contact_id": made.Group.ID, "text": "Selamat datang"}, nil)
	got, err := k.customer.WaitText(k.ctx, "Selamat datang")
	if err != nil || got.From != made.Group.Address {
		t.Fatalf("the customer got %+v, %v; want it in %s", got, err, made.Group.Address)
	}
	_, from := history(t, k.Server, 0, "")
	if _, err := k.customer.SendText(k.ctx, made.Group.Address, "Terima kasih"); err != nil {
		t.Fatal(err)
	}
	k.hearsOnce(t, from, []string{"Terima kasih"})
	if err := k.customer.Group(k.ctx, "groupLeave", nil, made.Group.Address); err != nil {
		t.Fatal(err)
	}
	k.Await("the customer has left", func() bool {
		var g groupView
		return k.Get("/api/v1/devices/"+k.device+"/groups/"+made.Group.ID, &g) == nil && g.Size == 1
	})
}

func (k *kinds) posted(t *testing.T) {
	var made newsletterView
	at := "/devices/" + k.device + "/newsletters"
	k.do(t, http.MethodPost, at, object{"name": "Promo Toko"}, &made)
	k.calls(t, "newsletterFollow", nil, made.ID)
	var post struct{ Number int }
	k.do(t, http.MethodPost, at+"/"+made.ID+"/messages", object{"text": "Diskon 10%"}, &post)
	got, err := k.customer.WaitText(k.ctx, "Diskon 10%")
	if err != nil || got.From != made.ID {
		t.Errorf("the customer got %+v, %v; want the post of %s", got, err, made.ID)
	}
	k.do(t, http.MethodPost, at+"/"+made.ID+"/messages", object{"text": "Foto promo", "file_id": k.upload(t, "promo.jpg", photograph(t, 64))}, nil)
	if err := k.customer.WaitEvent(k.ctx, "messages.upsert", `"caption":"Foto promo"`, nil); err != nil {
		t.Errorf("the customer is not shown the post with a picture: %v", err)
	}
	k.calls(t, "newsletterReactMessage", nil, made.ID, fmt.Sprint(post.Number), "❤️")
	var posts postsView
	k.do(t, http.MethodGet, at+"/"+made.ID+"/messages", nil, &posts)
	if len(posts.Items) != 2 || posts.Items[0].Reactions["❤️"] != 1 {
		t.Errorf("the product has the posts %+v, want the customer's reaction to the first", posts.Items)
	}
	k.calls(t, "newsletterUnfollow", nil, made.ID)
}

func (k *kinds) statuses(t *testing.T) {
	at := "/devices/" + k.device + "/status-updates"
	if _, err := k.customer.SendContent(k.ctx, "status@broadcast", object{"text": "Sedang libur"}, object{"statusJidList": []string{k.shopJID()}}); err != nil {
		t.Fatal(err)
	}
	k.Await("the customer's status update", func() bool {
		var list struct {
			Items []struct {
				FromMe  bool `json:"from_me"`
				Content struct{ Text string }
			}
		}
		return k.Get("/api/v1"+at, &list) == nil && len(list.Items) == 1 && list.Items[0].Content.Text == "Sedang libur" && !list.Items[0].FromMe
	})
}

func (k *kinds) showsStatus(t *testing.T) {
	k.do(t, http.MethodPut, "/contacts/"+k.contact(t)+"/address-book", object{"device_id": k.device, "name": "Rina"}, nil)
	k.do(t, http.MethodPost, "/devices/"+k.device+"/status-updates", object{"text": "Buka sampai jam 9"}, nil)
	if got, err := k.customer.WaitText(k.ctx, "Buka sampai jam 9"); err != nil || got.From != wasim.StatusChat {
		t.Errorf("the customer got %+v, %v; want a status update", got, err)
	}
}

// crossfire has both write at once: each message is on the other side once.
func (k *kinds) crossfire(t *testing.T) {
	_, from := history(t, k.Server, 0, "")
	var in, out []string
	for i := range 40 {
		in, out = append(in, fmt.Sprint("silang masuk ", i)), append(out, fmt.Sprint("silang keluar ", i))
	}
	wrote := make(chan error, 1)
	go func() {
		for _, text := range in {
			if _, err := k.customer.SendText(k.ctx, k.number, text); err != nil {
				wrote <- err
				return
			}
		}
		wrote <- nil
	}()
	var sent []messageView
	for _, text := range out {
		sent = append(sent, k.tell(t, k.device, k.customer.Number(), text))
	}
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
	k.hearsOnce(t, from, in)
	k.reachOnce(t, sent)
}

// reachOnce waits until messages are on the customer's client, and fails unless each is there once, under its id.
func (k *kinds) reachOnce(t *testing.T, sent []messageView) {
	t.Helper()
	for _, m := range sent {
		k.awaitMessage(t, m.ID, "delivered", "read")
		if got, err := k.customer.WaitText(k.ctx, m.Content.Text); err != nil || got.ID != m.NetworkID {
			t.Errorf("%q is %+v on the customer's client, %v; want id %s", m.Content.Text, got, err, m.NetworkID)
		}
	}
}

// cutOff cuts the customer's client off while both write.
func (k *kinds) cutOff(t *testing.T) {
	if err := k.customer.Reconnects(k.ctx); err != nil {
		t.Fatal(err)
	}
	k.spoil(t, wasim.Fault{Kind: wasim.FaultConnect, Code: 503, Number: k.customer.Number()})
	k.spoil(t, wasim.Fault{Kind: wasim.FaultClose, Number: k.customer.Number()})
	var sent []messageView
	for i := range 5 {
		sent = append(sent, k.tell(t, k.device, k.customer.Number(), fmt.Sprint("selagi pergi ", i)))
	}
	k.reachOnce(t, sent)
	k.message(t, k.send(t, "back", object{"text": "kembali"}, nil))
}
