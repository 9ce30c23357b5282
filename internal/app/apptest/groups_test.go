package apptest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// groupView is a group as the API shows it.
type groupView struct {
	ID          string
	Address     string
	Name        string
	Description string
	Role        string
	Size        int
	Settings    struct {
		Announce     bool
		Locked       bool
		JoinApproval bool   `json:"join_approval"`
		MemberAdd    string `json:"member_add_mode"`
		Disappearing int    `json:"disappearing_seconds"`
	}
	Members []struct {
		ContactID string `json:"contact_id"`
		Phone     string
		LID       string
		Name      string
		Role      string
		Self      bool
	}
}

type resultView struct {
	Member, Phone, LID, Code string
	Done                     bool
}

// eventView is one line of the event log.
type eventView struct {
	Type string
	Data struct {
		Group   struct{ ID, Name, Group string }
		By      *struct{ Self bool }
		Members []struct {
			Self           bool
			ID, Phone, LID string
		}
		Change, Text string
		On           *bool
	}
}

// groupEvents are the events of a type in the log.
func (s *shop) groupEvents(t *testing.T, kind string) (out []eventView) {
	t.Helper()
	var log struct{ Items []eventView }
	if err := s.Get("/api/v1/events?limit=500&types="+kind, &log); err != nil {
		t.Fatal(err)
	}
	return log.Items
}

// awaitEvent waits until the log has an event that fits.
func (s *shop) awaitEvent(t *testing.T, kind string, fits func(eventView) bool) (e eventView) {
	t.Helper()
	s.Await("an event "+kind, func() bool {
		list := s.groupEvents(t, kind)
		i := slices.IndexFunc(list, fits)
		if i >= 0 {
			e = list[i]
		}
		return i >= 0
	})
	return e
}

// refused makes a request that has to be refused with a status and a code.
func (s *shop) groupRefuses(t *testing.T, method, path string, body any, status int, code string) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	if err = s.Send(method, path, bytes.NewReader(data), nil, nil); err == nil || !strings.Contains(err.Error(), fmt.Sprintf(": %d ", status)) || !strings.Contains(err.Error(), `"`+code+`"`) {
		t.Errorf("%s %s %s: %v, want %d %s", method, path, data, err, status, code)
	}
}

// awaitOn waits for a text on any phone.
func awaitInGroup(t *testing.T, p *wasim.Phone, text string) wasim.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	m, err := p.Await(ctx, func(m wasim.Message) bool { return !m.FromMe && m.Text == text })
	if err != nil {
		t.Fatalf("%q never came: %v", text, err)
	}
	return m
}

func TestGroupsOverTheAPI(t *testing.T) {
	t.Parallel()
	for _, engine := range engines(t) {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, engine.args...)
			g := s.groupIsMade(t)
			s.groupIsChanged(t, g)
			s.groupTalks(t, g)
			s.groupIsLeft(t, g)
			s.groupIsJoined(t)
		})
	}
}

// inNetwork is a group as all of its members have it, and who has which role.
func (s *shop) inNetwork(t *testing.T, g groupView) (info wasim.GroupInfo, roles map[string]string) {
	t.Helper()
	group, ok := s.net.Group(g.Address)
	if !ok {
		t.Fatalf("the network has no group %s", g.Address)
	}
	info, err := group.Info()
	if err != nil {
		t.Fatal(err)
	}
	roles = map[string]string{}
	for _, m := range info.Members {
		roles[m.Number] = m.Role
	}
	return info, roles
}

// groupIsMade makes a group of Sari and somebody without an account.
func (s *shop) groupIsMade(t *testing.T) groupView {
	t.Helper()
	var made struct {
		Group   groupView
		Results []resultView
	}
	if err := s.Post("/api/v1/devices/"+s.device+"/groups", object{
		"name": "Reseller", "members": []string{"+" + s.sari.Number(), "0812 0000 1111"}, "join_approval": true,
	}, &made); err != nil {
		t.Fatal(err)
	}
	g := made.Group
	if g.Name != "Reseller" || g.Role != "owner" || g.Size != 2 || !g.Settings.JoinApproval || !strings.HasSuffix(g.Address, "@g.us") || len(g.Members) != 2 {
		t.Fatalf("made %+v", g)
	}
	if r := made.Results; len(r) != 2 || !r[0].Done || r[0].LID != s.sari.LID() || r[1].Done || r[1].Code != "404" {
		t.Errorf("results %+v, want Sari in and the other without an account", r)
	}
	if in := s.sari.Groups(); len(in) != 1 || in[0].String() != g.Address {
		t.Errorf("Sari is in %v, want %s", in, g.Address)
	}
	e := s.awaitEvent(t, "group.created", func(e eventView) bool { return e.Data.Group.ID == g.ID })
	if e.Data.Group.Name != "Reseller" || e.Data.By == nil || !e.Data.By.Self {
		t.Errorf("told of %+v", e)
	}
	var list struct {
		Items []groupView
		Next  string
	}
	if err := s.Get("/api/v1/devices/"+s.device+"/groups", &list); err != nil || len(list.Items) != 1 || list.Items[0].ID != g.ID || list.Next != "" {
		t.Errorf("listed %+v, %v", list, err)
	}
	return g
}

// groupIsChanged changes everything that can be, by both names of the group.
func (s *shop) groupIsChanged(t *testing.T, g groupView) {
	t.Helper()
	one := "/api/v1/devices/" + s.device + "/groups/" + g.ID
	var changed groupView
	if err := s.Do(http.MethodPatch, one, object{
		"name": "Reseller 2027", "description": "Harga tiap Senin", "locked": true, "member_add_mode": "admins", "disappearing_seconds": 604800,
	}, nil, &changed); err != nil {
		t.Fatal(err)
	}
	if c := changed; c.Name != "Reseller 2027" || c.Description != "Harga tiap Senin" || !c.Settings.Locked || c.Settings.MemberAdd != "admins" || c.Settings.Disappearing != 604800 {
		t.Errorf("changed into %+v", c)
	}
	if in, _ := s.inNetwork(t, g); in.Name != "Reseller 2027" || in.Description != "Harga tiap Senin" || !in.Locked || !in.AdminsAdd || !in.Approval || in.Ephemeral != 604800 || in.Announce {
		t.Errorf("its members have %+v", in)
	}
	for _, on := range []bool{true, false} {
		if err := s.Do(http.MethodPatch, one, object{"announce": on}, nil, &changed); err != nil || changed.Settings.Announce != on {
			t.Errorf("announce %v: %+v, %v", on, changed.Settings, err)
		}
		if in, _ := s.inNetwork(t, g); in.Announce != on {
			t.Errorf("announce is %v for its members, want %v", in.Announce, on)
		}
	}
	s.awaitEvent(t, "group.changed", func(e eventView) bool { return e.Data.Change == "name" && e.Data.Text == "Reseller 2027" })
	s.awaitEvent(t, "group.changed", func(e eventView) bool { return e.Data.Change == "admins_add" && e.Data.On != nil && *e.Data.On })
	s.groupLines(t, g, "admins_add", "announce", "announce", "created", "description", "disappearing", "locked", "name")
	byAddress := "/api/v1/devices/" + s.device + "/groups/" + strings.TrimSuffix(g.Address, "@g.us")
	ani := s.net.Phone("Ani")
	act := func(action string) []resultView {
		var out struct{ Results []resultView }
		if err := s.Post(byAddress+"/members", object{"action": action, "members": []string{ani.Number(), s.sari.LID() + "@lid"}}, &out); err != nil {
			t.Fatalf("%s: %v", action, err)
		}
		return out.Results
	}
	if r := act("add"); !r[0].Done || r[1].Code != "409" {
		t.Errorf("added: %+v, want Ani new and Sari there already", r)
	}
	joined := s.awaitEvent(t, "group.joined", func(eventView) bool { return true })
	if m := joined.Data.Members; len(m) != 1 || m[0].ID == "" || m[0].Phone != ani.Number() || m[0].LID != ani.LID() {
		t.Errorf("joined: %+v, want Ani's contact with phone and LID", m)
	}
	if _, roles := s.inNetwork(t, g); len(roles) != 3 {
		t.Errorf("after adding Ani the members are %v", roles)
	}
	for _, step := range []struct{ action, role string }{{"promote", "admin"}, {"demote", ""}, {"remove", "none"}} {
		if r := act(step.action); !r[0].Done || !r[1].Done {
			t.Errorf("%s: %+v", step.action, r)
		}
		_, roles := s.inNetwork(t, g)
		for _, p := range []*wasim.Phone{ani, s.sari} {
			if role, in := roles[p.Number()]; role != step.role && in || in == (step.role == "none") {
				t.Errorf("%s: %s is in %v as %q", step.action, p.Name(), in, role)
			}
		}
	}
	left := s.awaitEvent(t, "group.left", func(eventView) bool { return true })
	if len(left.Data.Members) != 2 {
		t.Errorf("left: %+v, want both", left.Data.Members)
	}
	s.groupInvites(t, byAddress, g)
}

// groupLines wants the chat with a group to say what happened to it, each once and none of it unread.
func (s *shop) groupLines(t *testing.T, g groupView, want ...string) {
	t.Helper()
	var got []string
	s.Await("the lines of the group's chat", func() bool {
		var chats struct {
			Items []struct {
				ID      string
				Unread  int
				Contact struct{ ID string }
			}
		}
		if err := s.Get("/api/v1/chats?limit=100&device_id="+s.device, &chats); err != nil {
			t.Fatal(err)
		}
		for _, c := range chats.Items {
			if c.Contact.ID != g.ID {
				continue
			}
			var list struct {
				Items []struct {
					Content struct{ Group *struct{ Deed, By string } }
				}
			}
			if err := s.Get("/api/v1/chats/"+c.ID+"/messages?limit=200", &list); err != nil || c.Unread != 0 {
				t.Fatalf("%v; %d are unread", err, c.Unread)
			}
			got = nil
			for _, m := range list.Items {
				if l := m.Content.Group; l != nil && l.By == "self" {
					got = append(got, l.Deed)
				}
			}
		}
		slices.Sort(got)
		return slices.Equal(got, want)
	})
	if !slices.Equal(got, want) {
		t.Errorf("the lines are %v, want %v", got, want)
	}
}

// groupInvites lets Sari come back by the link, as an admin has to agree.
func (s *shop) groupInvites(t *testing.T, one string, g groupView) {
	t.Helper()
	var link, fresh struct{ Link string }
	if err := s.Get(one+"/invite", &link); err != nil {
		t.Fatal(err)
	}
	if err := s.Post(one+"/invite/reset", object{}, &fresh); err != nil || fresh.Link == link.Link {
		t.Fatalf("reset: %v, %v", fresh, err)
	}
	var seen groupView
	if err := s.Get("/api/v1/devices/"+s.device+"/groups/preview?invite="+url.QueryEscape(fresh.Link), &seen); err != nil || seen.Address != g.Address || seen.Size != 1 {
		t.Errorf("preview: %+v, %v", seen, err)
	}
	s.groupRefuses(t, "GET", "/api/v1/devices/"+s.device+"/groups/preview?invite="+url.QueryEscape(link.Link), nil, 422, "invite_invalid")
	if _, waits, err := s.sari.JoinGroup(fresh.Link); err != nil || !waits {
		t.Fatalf("Sari joins: waits %v, %v", waits, err)
	}
	s.awaitEvent(t, "group.requested", func(e eventView) bool { return len(e.Data.Members) == 1 && e.Data.Members[0].Phone == s.sari.Number() })
	s.groupAnswers(t, one, g, "reject")
	if _, waits, err := s.sari.JoinGroup(fresh.Link); err != nil || !waits {
		t.Fatalf("Sari joins again: waits %v, %v", waits, err)
	}
	s.groupAnswers(t, one, g, "approve")
	s.groupIsPainted(t, one, g)
}

// groupAnswers lets Sari in, who waits, or sends her away.
func (s *shop) groupAnswers(t *testing.T, one string, g groupView, verdict string) {
	t.Helper()
	var waiting struct {
		Items []struct {
			ContactID string `json:"contact_id"`
			LID       string
		}
	}
	if err := s.Get(one+"/requests", &waiting); err != nil || len(waiting.Items) != 1 || waiting.Items[0].ContactID == "" || waiting.Items[0].LID != s.sari.LID() {
		t.Fatalf("waiting: %+v, %v", waiting, err)
	}
	var out struct{ Results []resultView }
	if err := s.Post(one+"/requests", object{"action": verdict, "members": []string{waiting.Items[0].ContactID}}, &out); err != nil || !out.Results[0].Done {
		t.Errorf("%s: %+v, %v", verdict, out, err)
	}
	info, roles := s.inNetwork(t, g)
	if _, in := roles[s.sari.Number()]; in != (verdict == "approve") || len(info.Requests) != 0 {
		t.Errorf("%s: Sari is in: %v; %v wait", verdict, in, info.Requests)
	}
}

// groupIsPainted gives the group a picture and takes it away.
func (s *shop) groupIsPainted(t *testing.T, one string, g groupView) {
	t.Helper()
	file := s.upload(t, "logo.jpg", photograph(t, 900))
	if err := s.Do(http.MethodPut, one+"/picture", object{"file_id": file}, nil, nil); err != nil {
		t.Errorf("picture: %v", err)
	}
	group, _ := s.net.Group(g.Address)
	if c, err := jpeg.DecodeConfig(bytes.NewReader(group.Picture())); err != nil || c.Width != 640 || c.Height != 640 {
		t.Errorf("the group's picture is %+v, %v; want 640×640", c, err)
	}
	s.awaitEvent(t, "group.changed", func(e eventView) bool { return e.Data.Change == "picture" && e.Data.Text != "" })
	if err := s.Do(http.MethodDelete, one+"/picture", nil, nil, nil); err != nil || group.Picture() != nil {
		t.Errorf("no picture: %v, %d bytes", err, len(group.Picture()))
	}
}

// groupTalks sends and receives, lets a rule answer, and renames the group on a phone.
func (s *shop) groupTalks(t *testing.T, g groupView) {
	t.Helper()
	if err := s.Post("/api/v1/rules", object{
		"name": "Harga di grup", "audience": "groups", "when": object{"trigger": "keyword", "match": "exact", "words": []string{"harga?"}},
		"then": []object{{"text": "Cek katalog ya"}},
	}, nil); err != nil {
		t.Fatal(err)
	}
	sent := s.post(t, g.ID, "Halo semua")
	if m := awaitInGroup(t, s.sari, "Halo semua"); m.Chat != g.Address || m.ID != s.awaitMessage(t, sent.ID, "sent", "delivered", "read").NetworkID {
		t.Errorf("Sari sees %+v", m)
	}
	s.say(t, object{"device_id": s.device, "contact_id": g.ID, "text": "@" + s.sari.Number() + " sudah?", "mentions": []string{s.sari.Number()}, "mention_all": true})
	seen := awaitInGroup(t, s.sari, "@"+s.sari.LID()+" sudah?") // which her phone shows as her name
	if named, all := mentioned(seen); all != 1 || len(named) != 1 || named[0] != s.sari.LID()+"@lid" {
		t.Errorf("Sari sees %v mentioned, everybody: %d", named, all)
	}
	if err := s.sari.Read(context.Background(), g.Address); err != nil {
		t.Fatal(err)
	}
	s.awaitMessage(t, sent.ID, "read")
	if _, err := s.sari.Send(context.Background(), g.Address, wasim.Content{Text: "harga?"}); err != nil {
		t.Fatal(err)
	}
	if m := awaitInGroup(t, s.sari, "Cek katalog ya"); m.Chat != g.Address {
		t.Errorf("the rule answered in %s, want %s", m.Chat, g.Address)
	}
	group, _ := s.net.Group(g.Address)
	owner, _ := s.net.PhoneByNumber(s.number)
	name := "Grup Baru"
	if err := group.Change(owner, wasim.GroupChange{Name: &name}); err != nil {
		t.Fatal(err)
	}
	s.Await("the chat's new name", func() bool {
		var list struct {
			Items []struct {
				Group   bool
				Contact struct{ ID, Name string }
			}
		}
		if err := s.Get("/api/v1/chats?limit=100&device_id="+s.device, &list); err != nil {
			return false
		}
		for _, c := range list.Items {
			if c.Contact.ID == g.ID {
				return c.Contact.Name == name
			}
		}
		return false
	})
}

// groupIsLeft leaves the group, after which nothing can be asked of it.
func (s *shop) groupIsLeft(t *testing.T, g groupView) {
	t.Helper()
	groups := "/api/v1/devices/" + s.device + "/groups"
	one := groups + "/" + g.ID
	for _, bad := range []struct {
		method, path string
		body         any
		status       int
		code         string
	}{
		{"POST", groups, object{"name": " "}, 422, "group_name_invalid"},
		{"POST", groups, object{"name": strings.Repeat("é", 101)}, 422, "group_name_invalid"},
		{"POST", groups, object{"name": "x", "members": []string{"bukan nomor"}}, 422, "member_invalid"},
		{"POST", groups, object{"name": "x", "members": []string{g.ID}}, 422, "member_invalid"},
		{"PATCH", one, object{}, 422, "nothing_to_change"},
		{"PATCH", one, object{"description": strings.Repeat("x", 2049)}, 422, "group_description_invalid"},
		{"POST", groups + "/join", object{"invite": "https://example.com/x"}, 422, "invite_invalid"},
		{"GET", groups + "/0", nil, 404, "group_not_found"},
		{"GET", groups + "/bukan-grup", nil, 404, "group_not_found"},
		{"GET", groups + "/01a204f1-27e2-76cd-ad68-d42167229f64", nil, 404, "group_not_found"},
		{"PUT", one + "/picture", object{"file_id": "01a204f1-27e2-76cd-ad68-d42167229f64"}, 404, "file_not_found"},
	} {
		s.groupRefuses(t, bad.method, bad.path, bad.body, bad.status, bad.code)
	}
	if err := s.Do(http.MethodDelete, one, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	s.awaitEvent(t, "group.left", func(e eventView) bool { return len(e.Data.Members) == 1 && e.Data.Members[0].Self })
	s.groupRefuses(t, "GET", one, nil, 409, "not_in_group")
	s.groupRefuses(t, "POST", one+"/members", object{"action": "add", "members": []string{s.sari.Number()}}, 409, "not_in_group")
}

// groupIsJoined goes into groups of Sari's by their links: at once, and when she lets it in; where only she may write, a
// message is refused.
func (s *shop) groupIsJoined(t *testing.T) {
	t.Helper()
	for _, approval := range []bool{false, true} {
		name := fmt.Sprint("Arisan ", approval)
		g, err := s.sari.CreateGroup(wasim.GroupOptions{Name: name, Approval: approval})
		if err != nil {
			t.Fatal(err)
		}
		info, _ := g.Info()
		var joined struct {
			Group groupView
			Waits bool
		}
		if err := s.Post("/api/v1/devices/"+s.device+"/groups/join", object{"invite": info.Invite}, &joined); err != nil || joined.Waits != approval || joined.Group.Address != g.String() {
			t.Fatalf("joining %s: %+v, %v", name, joined, err)
		}
		if approval {
			if info, _ := g.Info(); len(info.Requests) != 1 || info.Requests[0] != s.number {
				t.Errorf("%v ask to come in, want the shop", info.Requests)
			}
			if err := g.Answer(s.sari, wasim.Approve, s.number); err != nil {
				t.Fatal(err)
			}
			s.awaitEvent(t, "group.created", func(e eventView) bool { return e.Data.Group.Name == name })
		}
		if _, roles := s.inNetwork(t, joined.Group); len(roles) != 2 {
			t.Errorf("in %s are %v, want Sari and the shop", name, roles)
		}
		s.post(t, joined.Group.ID, "Salam di "+name)
		if m := awaitInGroup(t, s.sari, "Salam di "+name); m.Chat != g.String() {
			t.Errorf("Sari sees it in %s", m.Chat)
		}
		only := true
		if err := g.Change(s.sari, wasim.GroupChange{Announce: &only}); err != nil {
			t.Fatal(err)
		}
		if m := s.awaitMessage(t, s.post(t, joined.Group.ID, "Tidak boleh").ID, "failed"); m.Code == "" {
			t.Errorf("where only Sari may write: %+v", m)
		}
	}
}

// post writes to a group.
func (s *shop) post(t *testing.T, group, text string) messageView {
	t.Helper()
	return s.say(t, object{"device_id": s.device, "contact_id": group, "text": text})
}

func (s *shop) say(t *testing.T, body object) (m messageView) {
	t.Helper()
	if err := s.Post("/api/v1/messages", body, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// mentioned is whom a text mentions by address, and whether (1) everybody.
func mentioned(m wasim.Message) (named []string, all uint32) {
	info := m.Raw.GetExtendedTextMessage().GetContextInfo()
	return info.GetMentionedJID(), info.GetNonJIDMentions()
}

// TestALargeGroupOverTheAPI sends to a thousand people (PING_TEST_MEMBERS) and receives from them. Whoever writes first has
// to agree on keys with everybody, which the race detector makes slow: under it they are two hundred.
func TestALargeGroupOverTheAPI(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	size, writers := 1000, 20
	if raced {
		size, writers = 200, 5
	}
	size = number(t, "PING_TEST_MEMBERS", size)
	members := []string{s.number}
	phones := []*wasim.Phone{s.sari}
	for i := range size - 2 {
		p := s.net.Phone(fmt.Sprintf("Anggota %d", i))
		phones = append(phones, p)
		members = append(members, p.Number())
	}
	g, err := s.sari.CreateGroup(wasim.GroupOptions{Name: "Seribu"}, members...)
	if err != nil {
		t.Fatal(err)
	}
	e := s.awaitEvent(t, "group.created", func(e eventView) bool { return e.Data.Group.Name == "Seribu" })
	var shown groupView
	if err := s.Get("/api/v1/devices/"+s.device+"/groups/"+e.Data.Group.ID, &shown); err != nil || shown.Size != size || len(shown.Members) != size || shown.Role != "member" {
		t.Fatalf("shown with %d of %d members, %v; want %d", len(shown.Members), shown.Size, err, size)
	}
	sent := s.say(t, object{"device_id": s.device, "contact_id": e.Data.Group.ID, "text": "Halo semua", "mention_all": true})
	for _, p := range phones {
		m := awaitInGroup(t, p, "Halo semua")
		if _, all := mentioned(m); m.Chat != g.String() || all != 1 {
			t.Fatalf("%s sees it in %s; everybody is mentioned: %d", p.Name(), m.Chat, all)
		}
	}
	for _, p := range phones[:writers] {
		if _, err := p.Send(context.Background(), g.String(), wasim.Content{Text: "dari " + p.Name()}); err != nil {
			t.Fatal(err)
		}
	}
	var chat struct{ Items []messageView }
	s.Await("their answers in the chat", func() bool {
		var list struct {
			Items []struct {
				ID      string
				Contact struct{ ID string }
			}
		}
		if s.Get("/api/v1/chats?limit=100&device_id="+s.device, &list) != nil {
			return false
		}
		for _, c := range list.Items {
			if c.Contact.ID == e.Data.Group.ID {
				_ = s.Get("/api/v1/chats/"+c.ID+"/messages?limit=100", &chat)
			}
		}
		return len(chat.Items) == writers+2 // the first says how the shop came into the group
	})
	if !apptest.Eventually(time.Minute, func() bool { return s.awaitMessage(t, sent.ID, "delivered", "read").ID == sent.ID }) {
		t.Error("the message was never delivered")
	}
}

// TestAGroupsPastStandsInItsChat links a phone in whose group something has happened, lets more happen, and asks for what
// the phone has of it: each stands in the chat once, and nobody is told of what is past.
func TestAGroupsPastStandsInItsChat(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	branch, ani := s.net.Phone("Cabang"), s.net.Phone("Ani")
	g, err := s.sari.CreateGroup(wasim.GroupOptions{Name: "Arisan"}, branch.Number(), ani.Number())
	if err != nil {
		t.Fatal(err)
	}
	second := func() { <-time.After(1100 * time.Millisecond) } // the network tells the time in seconds
	says(t, s.sari, g.String(), "Lama")
	awaitInGroup(t, branch, "Lama")
	second()
	name, about, timer, on := "Arisan RT 05", "Iuran tanggal 5", uint32(86400), true
	for _, err := range []error{
		g.Change(s.sari, wasim.GroupChange{Name: &name, Description: &about, Locked: &on, AdminsAdd: &on}), g.Change(s.sari, wasim.GroupChange{Ephemeral: &timer}),
		g.SetPicture(s.sari, drawing(t, color.White)), g.Leave(ani),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	says(t, s.sari, g.String(), "Siapa ikut?")
	awaitInGroup(t, branch, "Siapa ikut?")
	second() // what is written in the second in which it is linked is news
	device := s.makeDevice(t, "Cabang")
	if err := s.Do("PATCH", "/api/v1/devices/"+device, object{"history_per_chat": 8}, nil, nil); err != nil {
		t.Fatal(err)
	}
	s.linkByQR(t, device, branch)
	s.awaitState(t, device, "online")
	var id string
	lines := func() (out []string) {
		var chats struct {
			Items []struct {
				ID      string
				Unread  int
				Contact struct{ Name string }
			}
		}
		if err := s.Get("/api/v1/chats?limit=100&device_id="+device, &chats); err != nil {
			t.Fatal(err)
		}
		if len(chats.Items) == 0 {
			return nil
		}
		id = chats.Items[0].ID
		var list struct {
			Items []struct {
				Content struct {
					Text  string
					Group *struct{ Deed, Text string }
				}
			}
		}
		if err := s.Get("/api/v1/chats/"+id+"/messages?limit=100", &list); err != nil || chats.Items[0].Unread != 0 || len(chats.Items) != 1 {
			t.Fatalf("%v; the chats are %+v", err, chats)
		}
		for _, m := range list.Items {
			if l := m.Content.Group; l != nil {
				out = append(out, strings.TrimSpace(l.Deed+" "+l.Text))
			} else {
				out = append(out, m.Content.Text)
			}
		}
		slices.Sort(out)
		return out
	}
	var want []string
	stands := func(what string) {
		t.Helper()
		if !apptest.Eventually(time.Minute, func() bool { return slices.Equal(lines(), want) }) {
			t.Fatalf("%s: the chat has %q, want %q", what, lines(), want)
		}
	}
	want = []string{"Siapa ikut?", "admins_add", "description Iuran tanggal 5", "disappearing", "left", "locked", "name Arisan RT 05", "picture"}
	stands("the past of the group")
	for _, kind := range []string{"group.created", "group.left", "group.changed"} {
		if told := s.groupEvents(t, kind); len(told) != 0 {
			t.Errorf("told of what is past: %+v", told)
		}
	}
	if err := g.Promote(s.sari, branch.Number()); err != nil {
		t.Fatal(err)
	}
	about = "Iuran tanggal 7"
	_, err = g.ResetInvite(s.sari)
	for _, err := range []error{err, g.Change(s.sari, wasim.GroupChange{Description: &about}), g.SetPicture(s.sari, drawing(t, color.Black))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want = append(want, "promoted", "invite", "description Iuran tanggal 7", "picture")
	slices.Sort(want)
	stands("what happens now")
	if err := s.Post("/api/v1/chats/"+id+"/history", object{"count": 50}, nil); err != nil {
		t.Fatal(err)
	}
	want = append(want, "Lama", "created Arisan")
	slices.Sort(want) // with it comes everything that happened, once more
	stands("what was before")
}
