package baileys_test

import (
	"slices"
	"testing"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/baileys"
)

// metadata is a group as Baileys shows it.
type metadata struct {
	ID                string
	Subject           string
	Desc              string
	AddressingMode    string
	Size              int
	Announce          bool
	Restrict          bool
	JoinApprovalMode  bool
	MemberAddMode     bool
	EphemeralDuration int
	Participants      []struct {
		ID, PhoneNumber, LID string
		Admin                *string
	}
}

type status struct{ Status, JID string }

func TestGroupsWithBaileys(t *testing.T) {
	t.Parallel()
	for _, addressing := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(addressing), func(t *testing.T) {
			t.Parallel()
			s := setUp(t, wasim.Options{Addressing: addressing}, baileys.ByQR)
			g := s.baileysMakesAGroup(t)
			s.groupTalks(t, g)
			s.baileysChangesTheGroup(t, g)
			s.baileysIsToldOfChanges(t, g)
			s.nothingWentWrong(t)
		})
	}
}

func (s *stage) groupCall(t *testing.T, function string, answer any, args ...any) {
	t.Helper()
	if err := s.customer.Group(s.ctx, function, answer, args...); err != nil {
		t.Fatalf("%s: %v", function, err)
	}
}

func (s *stage) baileysMakesAGroup(t *testing.T) *wasim.Group {
	t.Helper()
	var made metadata
	s.groupCall(t, "groupCreate", &made, "Pelanggan", []string{s.shopTel + "@s.whatsapp.net"})
	if made.Subject != "Pelanggan" || len(made.Participants) != 2 || made.Participants[0].Admin == nil || *made.Participants[0].Admin != "superadmin" {
		t.Errorf("made %+v", made)
	}
	g, ok := s.network.Group(made.ID)
	if !ok {
		t.Fatalf("no group %s on the network", made.ID)
	}
	if err := s.customer.WaitGroup(s.ctx, "groups.upsert", "Pelanggan", nil); err != nil {
		t.Errorf("Baileys is told of its group: %v", err)
	}
	return g
}

// groupTalks sends both ways, twice each: the second message comes without a key.
func (s *stage) groupTalks(t *testing.T, g *wasim.Group) {
	t.Helper()
	for _, text := range []string{"Halo grup", "Ada yang baru?"} {
		id, err := s.customer.SendText(s.ctx, g.String(), text)
		if err != nil {
			t.Fatalf("Baileys sends %q: %v", text, err)
		}
		got := s.received(t, func(m *waE2E.Message) bool {
			return m.GetConversation() == text || m.GetExtendedTextMessage().GetText() == text
		})
		if got.Info.ID != id || got.Info.Chat != g.JID() {
			t.Errorf("the shop got %s in %s, want %s in %s", got.Info.ID, got.Info.Chat, id, g.JID())
		}
	}
	for _, text := range []string{"Ada, Kak", "Katalog menyusul"} {
		sent, err := s.shop.SendMessage(s.ctx, g.JID(), &waE2E.Message{Conversation: &text})
		if err != nil {
			t.Fatalf("the shop sends %q: %v", text, err)
		}
		got, err := s.customer.WaitText(s.ctx, text)
		if err != nil {
			t.Fatalf("Baileys waits for %q: %v", text, err)
		}
		if got.ID != sent.ID || got.From != g.String() {
			t.Errorf("Baileys got %s in %s, want %s in %s", got.ID, got.From, sent.ID, g)
		}
		if err := s.customer.MarkRead(s.ctx, got.ID); err != nil {
			t.Errorf("MarkRead: %v", err)
		}
		select {
		case id := <-s.read:
			if id != sent.ID {
				t.Errorf("read is %s, want %s", id, sent.ID)
			}
		case <-s.ctx.Done():
			t.Fatalf("%q was never reported as read", text)
		}
	}
}

// baileysChangesTheGroup does every write, and looks at the group after each.
func (s *stage) baileysChangesTheGroup(t *testing.T, g *wasim.Group) {
	t.Helper()
	id := g.String()
	ani := s.network.Phone("Ani")
	is := func(what string, fits func(wasim.GroupInfo) bool) {
		t.Helper()
		if info, err := g.Info(); err != nil || !fits(info) {
			t.Errorf("%s: the group is %+v (%v)", what, info, err)
		}
	}
	s.groupCall(t, "groupUpdateSubject", nil, id, "Pelanggan 2027")
	is("subject", func(i wasim.GroupInfo) bool { return i.Name == "Pelanggan 2027" })
	s.groupCall(t, "groupUpdateDescription", nil, id, "Diskon")
	is("description", func(i wasim.GroupInfo) bool { return i.Description == "Diskon" })
	s.groupCall(t, "groupUpdateDescription", nil, id)
	is("no description", func(i wasim.GroupInfo) bool { return i.Description == "" })
	s.groupCall(t, "groupSettingUpdate", nil, id, "announcement")
	s.groupCall(t, "groupSettingUpdate", nil, id, "locked")
	s.groupCall(t, "groupToggleEphemeral", nil, id, 86400)
	s.groupCall(t, "groupMemberAddMode", nil, id, "admin_add")
	s.groupCall(t, "groupJoinApprovalMode", nil, id, "on")
	is("settings", func(i wasim.GroupInfo) bool {
		return i.Announce && i.Locked && i.AdminsAdd && i.Approval && i.Ephemeral == 86400
	})
	var results []status
	s.groupCall(t, "groupParticipantsUpdate", &results, id, []string{ani.Number() + "@s.whatsapp.net", "628999@s.whatsapp.net"}, "add")
	if len(results) != 2 || results[0].Status != "200" || results[1].Status != "404" {
		t.Errorf("add: %+v", results)
	}
	for _, action := range []string{"promote", "demote", "remove"} {
		s.groupCall(t, "groupParticipantsUpdate", &results, id, []string{ani.Number() + "@s.whatsapp.net"}, action)
		if len(results) != 1 || results[0].Status != "200" {
			t.Errorf("%s: %+v", action, results)
		}
	}
	var code, fresh string
	s.groupCall(t, "groupInviteCode", &code, id)
	s.groupCall(t, "groupRevokeInvite", &fresh, id)
	if code == "" || fresh == code {
		t.Errorf("links %q and %q, want two", code, fresh)
	}
	if _, waits, err := ani.JoinGroup(fresh); err != nil || !waits {
		t.Fatalf("Ani joins: waits %v, %v", waits, err)
	}
	var waiting []struct{ JID string }
	s.groupCall(t, "groupRequestParticipantsList", &waiting, id)
	if len(waiting) != 1 {
		t.Fatalf("waiting: %+v", waiting)
	}
	s.groupCall(t, "groupRequestParticipantsUpdate", &results, id, []string{waiting[0].JID}, "approve")
	is("approved", func(i wasim.GroupInfo) bool { return len(i.Members) == 3 })
	var shown metadata
	s.groupCall(t, "groupMetadata", &shown, id)
	if shown.Subject != "Pelanggan 2027" || !shown.Announce || !shown.Restrict || !shown.JoinApprovalMode || shown.MemberAddMode ||
		shown.EphemeralDuration != 86400 || len(shown.Participants) != 3 {
		t.Errorf("metadata: %+v", shown)
	}
	for _, p := range shown.Participants {
		jid, _ := types.ParseJID(p.ID)
		if lid := jid.Server == types.HiddenUserServer; lid != (shown.AddressingMode == "lid") || lid && p.PhoneNumber == "" || !lid && p.LID == "" {
			t.Errorf("a member of a group with mode %s: %+v", shown.AddressingMode, p)
		}
	}
	var all map[string]metadata
	s.groupCall(t, "groupFetchAllParticipating", &all)
	if len(all) != 1 || all[id].Subject != shown.Subject {
		t.Errorf("all groups: %+v", all)
	}
}

// baileysIsToldOfChanges lets a phone change another group that Baileys is in, until it leaves.
func (s *stage) baileysIsToldOfChanges(t *testing.T, g *wasim.Group) {
	t.Helper()
	budi := s.network.Phone("Budi")
	own, err := budi.CreateGroup(wasim.GroupOptions{Name: "Arisan"}, s.customer.Number())
	if err != nil {
		t.Fatalf("CreateGroup: %v", err)
	}
	if err := s.customer.WaitGroup(s.ctx, "groups.upsert", "Arisan", nil); err != nil {
		t.Fatalf("Baileys is told of a group: %v", err)
	}
	name := "Arisan RT 05"
	if err := own.Change(budi, wasim.GroupChange{Name: &name}); err != nil {
		t.Fatalf("Change: %v", err)
	}
	if err := s.customer.WaitGroup(s.ctx, "groups.update", name, nil); err != nil {
		t.Errorf("Baileys is told of the name: %v", err)
	}
	if err := own.Promote(budi, s.customer.Number()); err != nil {
		t.Fatalf("Promote: %v", err)
	}
	if err := s.customer.WaitGroup(s.ctx, "group-participants.update", "promote", nil); err != nil {
		t.Errorf("Baileys is told of its promotion: %v", err)
	}
	if _, err := budi.Send(s.ctx, own.String(), wasim.Content{Text: "Selamat datang"}); err != nil {
		t.Fatalf("Send: %v", err)
	}
	if got, err := s.customer.WaitText(s.ctx, "Selamat datang"); err != nil || got.From != own.String() {
		t.Errorf("Baileys got %+v, %v", got, err)
	}
	for _, group := range []*wasim.Group{own, g} {
		s.groupCall(t, "groupLeave", nil, group.String())
		if info, err := group.Info(); err == nil && slices.ContainsFunc(info.Members, func(m wasim.GroupMember) bool { return m.Number == s.customer.Number() }) {
			t.Errorf("Baileys has left %s, and is in it: %+v", info.Name, info.Members)
		}
	}
}
