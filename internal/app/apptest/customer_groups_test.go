package apptest_test

import (
	"fmt"
	"image/color"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/baileys"
)

// groupHere waits until the product lists a group by its name.
func (k *kinds) groupHere(t *testing.T, name string) (g groupView) {
	t.Helper()
	k.Await("the group "+name, func() bool {
		var list struct{ Items []groupView }
		if k.Get("/api/v1/devices/"+k.device+"/groups", &list) != nil {
			return false
		}
		i := slices.IndexFunc(list.Items, func(g groupView) bool { return g.Name == name })
		if i >= 0 {
			g = list.Items[i]
		}
		return i >= 0
	})
	return g
}

// linesAre waits until what happened to a group stands in its chat, each once.
func (k *kinds) linesAre(t *testing.T, g groupView, want ...string) {
	t.Helper()
	slices.Sort(want)
	var got []string
	apptest.Eventually(20*time.Second, func() bool {
		got = nil
		for _, c := range k.groupChat(t, g) {
			if l := c.Group; l != nil {
				got = append(got, strings.TrimSpace(l.Deed+" "+l.Text))
			}
		}
		slices.Sort(got)
		return slices.Equal(got, want)
	})
	if !slices.Equal(got, want) {
		t.Errorf("the group's chat says %q, want %q", got, want)
	}
}

// theirGroup is made by the customer, who fills it, changes it, lets the product do some of that and sends it away.
func (k *kinds) theirGroup(t *testing.T) {
	shop, ani := k.shopJID(), k.net.Phone("Ani")
	var made struct{ ID string }
	group := func(function string, args ...any) {
		t.Helper()
		if err := k.customer.Group(k.ctx, function, nil, append([]any{made.ID}, args...)...); err != nil {
			t.Fatalf("%s: %v", function, err)
		}
	}
	if err := k.customer.Group(k.ctx, "groupCreate", &made, "Warga", []string{shop}); err != nil {
		t.Fatal(err)
	}
	g := k.groupHere(t, "Warga")
	if g.Address != made.ID || g.Role != "member" || g.Size != 2 {
		t.Errorf("the product has it as %+v, want %s with two, and itself as a member", g, made.ID)
	}
	theirs := ani.Number() + "@s.whatsapp.net"
	for _, action := range []string{"add", "promote", "demote", "remove"} {
		group("groupParticipantsUpdate", []string{theirs}, action)
	}
	group("groupUpdateSubject", "Warga RT 05")
	group("groupUpdateDescription", "Iuran tanggal 5")
	group("groupToggleEphemeral", 86400)
	for _, setting := range []string{"announcement", "not_announcement", "locked"} {
		group("groupSettingUpdate", setting)
	}
	group("groupMemberAddMode", "admin_add")
	group("groupJoinApprovalMode", "on")
	group("groupParticipantsUpdate", []string{shop}, "promote")
	group("groupRevokeInvite") // of which admins are told
	lines := []string{
		"created Warga", "joined", "promoted", "demoted", "left", "name Warga RT 05", "description Iuran tanggal 5", "disappearing", "announce", "announce", "locked",
		"admins_add", "join_approval", "invite", "promoted",
	}
	k.linesAre(t, g, lines...)
	k.letsIn(t, g, ani)
	k.inGroupWithFiles(t, g)
	group("groupParticipantsUpdate", []string{shop}, "remove")
	k.linesAre(t, g, append(lines, "requested", "joined", "left")...)
	if err := k.Get("/api/v1/devices/"+k.device+"/groups/"+g.ID, &groupView{}); err == nil {
		t.Error("the group that the product was sent away from can still be asked for")
	}
}

// letsIn has somebody ask to come into a group, of which both are told, and the product let them in.
func (k *kinds) letsIn(t *testing.T, g groupView, ani *wasim.Phone) {
	t.Helper()
	at := "/devices/" + k.device + "/groups/" + g.ID
	var invite struct{ Link string }
	k.do(t, http.MethodGet, at+"/invite", nil, &invite)
	if _, waits, err := ani.JoinGroup(invite.Link); err != nil || !waits {
		t.Fatalf("Ani joins: waits %v, %v", waits, err)
	}
	if err := k.customer.WaitGroupOf(k.ctx, g.Address, "group.join-request", `"created"`, nil); err != nil {
		t.Errorf("the customer is not told who asks: %v", err)
	}
	k.do(t, http.MethodPost, at+"/requests", object{"action": "approve", "members": []string{ani.Number()}}, nil)
	var there groupView
	k.do(t, http.MethodGet, at, nil, &there)
	if there.Size != 3 || there.Role != "admin" || there.Name != "Warga RT 05" || there.Description != "Iuran tanggal 5" || !there.Settings.Locked || there.Settings.Announce {
		t.Errorf("the product sees %+v", there)
	}
}

// inGroupWithFiles sends pictures, replies and reactions both ways in a group.
func (k *kinds) inGroupWithFiles(t *testing.T, g groupView) {
	t.Helper()
	picture := drawing(t, color.RGBA{B: 200, A: 255})
	id, err := k.customer.SendContent(k.ctx, g.Address, object{"image": baileys.File(picture), "mimetype": "image/png", "caption": "banjir", "jpegThumbnail": ""}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var theirs object
	k.Await("the customer's picture in the group", func() bool { theirs = k.inGroupChat(t, g, id); return theirs != nil })
	if c, _ := theirs["content"].(object); c["kind"] != "image" || c["text"] != "banjir" || c["media"].(object)["sha256"] != sum(picture) {
		t.Errorf("a picture in the group is %v", theirs["content"])
	}
	to := object{"device_id": k.device, "contact_id": g.ID, "file_id": k.upload(t, "peta.png", picture), "text": "peta", "reply_to": theirs["id"]}
	_, seen := k.reach(t, "map", "messages", to)
	if info, _ := parse(t, string(seen.Message))["contextInfo"].(object); seen.Kind != "imageMessage" || seen.SHA256 != sum(picture) || info["stanzaId"] != id {
		t.Errorf("the customer is shown %+v, want the picture as a reply to %s", seen, id)
	}
	k.reach(t, "in the group", "messages/"+theirs["id"].(string)+"/reactions", object{"emoji": "🙏"})
	if _, err := k.customer.SendContent(k.ctx, g.Address, object{"react": object{"text": "👍", "key": baileys.Key(id)}}, nil); err != nil {
		t.Fatal(err)
	}
	k.Await("both reactions in the group", func() bool {
		list, _ := k.inGroupChat(t, g, id)["reactions"].([]any)
		return len(list) == 2
	})
}

// inGroupChat is the message of a group's chat with a network id, nil when it is not there.
func (k *kinds) inGroupChat(t *testing.T, g groupView, networkID string) object {
	t.Helper()
	var list struct{ Items []object }
	k.groupMessages(t, g, &list)
	for _, m := range list.Items {
		if m["network_id"] == networkID {
			return m
		}
	}
	return nil
}

// ourGroup is changed by the product in every way, and the customer is told of each.
func (k *kinds) ourGroup(t *testing.T) {
	var made struct{ Group groupView }
	k.do(t, http.MethodPost, "/devices/"+k.device+"/groups", object{"name": "Agen", "members": []string{"+" + k.customer.Number()}}, &made)
	g, ani := made.Group, k.net.Phone("Ani dari agen")
	if err := k.customer.WaitGroup(k.ctx, "groups.upsert", "Agen", nil); err != nil {
		t.Fatal(err)
	}
	at := "/devices/" + k.device + "/groups/" + g.ID
	hears := func(event, said string) {
		t.Helper()
		if err := k.customer.WaitGroupOf(k.ctx, g.Address, event, said, nil); err != nil {
			t.Errorf("the customer is not told %s of its group: %v", said, err)
		}
	}
	for _, step := range []struct {
		change object
		said   string
	}{
		{object{"name": "Agen Resmi"}, `"subject":"Agen Resmi"`},
		{object{"description": "Harga agen"}, `"desc":"Harga agen"`},
		{object{"announce": true}, `"announce":true`},
		{object{"announce": false}, `"announce":false`},
		{object{"locked": true}, `"restrict":true`},
		{object{"member_add_mode": "admins"}, `"memberAddMode":false`},
		{object{"join_approval": true}, `"joinApprovalMode":true`},
	} {
		k.do(t, http.MethodPatch, at, step.change, nil)
		hears("groups.update", step.said)
	}
	k.do(t, http.MethodPost, at+"/members", object{"action": "promote", "members": []string{k.customer.Number()}}, nil)
	k.do(t, http.MethodPost, at+"/invite/reset", object{}, nil) // of which admins are told
	hears("groups.update", `"inviteCode":`)
	k.do(t, http.MethodPut, at+"/picture", object{"file_id": k.upload(t, "logo.jpg", photograph(t, 700))}, nil)
	if err := k.customer.WaitEvent(k.ctx, "contacts.update", g.Address+`","imgUrl":"changed"`, nil); err != nil {
		t.Errorf("the customer is not told of the group's picture: %v", err)
	}
	for _, action := range []string{"add", "promote", "demote", "remove"} {
		k.do(t, http.MethodPost, at+"/members", object{"action": action, "members": []string{ani.Number()}}, nil)
		if err := k.customer.WaitGroupOf(k.ctx, ani.Number(), "group-participants.update", fmt.Sprintf(`"action":%q`, action), nil); err != nil {
			t.Errorf("the customer is not told of %s: %v", action, err)
		}
	}
	k.do(t, http.MethodDelete, at, nil, nil)
	var left struct {
		Participants []struct{ ID string }
	}
	k.Await("the customer to be alone in it", func() bool {
		return k.customer.Group(k.ctx, "groupMetadata", &left, g.Address) == nil && len(left.Participants) == 1
	})
}

// theirNewsletter is made and written by the customer, and followed by the product.
func (k *kinds) theirNewsletter(t *testing.T) {
	var own struct{ ID string }
	k.calls(t, "newsletterCreate", &own, "Kabar Rina", "Tiap hari")
	at := "/devices/" + k.device + "/newsletters"
	k.do(t, http.MethodPost, at+"/follow", object{"newsletter": own.ID}, nil)
	if _, err := k.customer.SendContent(k.ctx, own.ID, object{"text": "Halo pengikut"}, nil); err != nil {
		t.Fatal(err)
	}
	k.Await("the customer's post", func() bool {
		var log struct {
			Items []struct{ Data struct{ Text string } }
		}
		return k.Get("/api/v1/events?limit=500&types=newsletter.posted", &log) == nil && len(log.Items) == 1 && log.Items[0].Data.Text == "Halo pengikut"
	})
	var posts postsView
	k.do(t, http.MethodGet, at+"/"+own.ID+"/messages", nil, &posts)
	if len(posts.Items) != 1 || posts.Items[0].Text != "Halo pengikut" {
		t.Fatalf("the product reads %+v", posts)
	}
	k.do(t, http.MethodPost, at+"/"+own.ID+"/reactions", object{"number": posts.Items[0].Number, "emoji": "👍"}, nil)
	k.do(t, http.MethodGet, at+"/"+own.ID+"/messages", nil, &posts)
	if posts.Items[0].Reactions["👍"] != 1 {
		t.Errorf("the post has the reactions %v", posts.Items[0].Reactions)
	}
	k.do(t, http.MethodDelete, at+"/"+own.ID, nil, nil)
}

type postsView struct {
	Items []struct {
		Number    int
		Text      string
		Reactions map[string]int
	}
}

// played has each side listen to a voice note of the other.
func (k *kinds) played(t *testing.T) {
	voice := object{"audio": baileys.File([]byte(oggVoice)), "mimetype": "audio/ogg; codecs=opus", "ptt": true, "seconds": 4}
	id := k.send(t, "voice to play", voice, nil)
	m := k.message(t, id)["id"].(string)
	k.do(t, http.MethodPut, "/messages/"+m+"/played", nil, nil)
	k.status(t, id, baileys.Played)
	ours, _ := k.reach(t, "voice of ours", "chats/"+k.chat+"/messages", object{"file_id": k.upload(t, "a.ogg", []byte(oggVoice)), "kind": "voice", "seconds": 4})
	networkID := ours["network_id"].(string)
	k.calls(t, "sendReceipt", nil, k.shopJID(), nil, []string{networkID}, "played")
	k.Await("ours to be played", func() bool { return k.touched(t, ours["id"].(string)).Content.Media.PlayedAt > 0 })
}
