package wasim_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// bothForms runs a test on a network of each addressing mode.
func bothForms(t *testing.T, test func(t *testing.T, n *wasim.Network)) {
	t.Helper()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			test(t, wasimtest.Network(t, wasim.Options{Addressing: form}))
		})
	}
}

// numberJID is how a caller names somebody of whom only the number is known.
func numberJID(p *wasim.Phone) types.JID { return types.NewJID(p.Number(), types.DefaultUserServer) }

// healthy says that nothing was unreadable or refused as malformed.
func healthy(t *testing.T, n *wasim.Network) {
	t.Helper()
	if stats := n.Stats(); stats.Phones.DecryptErrors != 0 || len(stats.Nacks) != 0 {
		t.Errorf("got %d decrypt errors and nacks %v, want none", stats.Phones.DecryptErrors, stats.Nacks)
	}
}

func TestAClientMakesAGroupAndEverybodyTalks(t *testing.T) {
	t.Parallel()
	bothForms(t, func(t *testing.T, n *wasim.Network) {
		s, budi, ani := openShop(t, n), n.Phone("Budi"), n.Phone("Ani")
		ctx := deadline(t)
		made, err := s.CreateGroup(ctx, whatsmeow.ReqCreateGroup{
			Name: "Reseller", Participants: []types.JID{numberJID(budi), numberJID(ani)},
		})
		if err != nil {
			t.Fatalf("CreateGroup: %v", err)
		}
		if len(made.Participants) != 3 || made.Name != "Reseller" {
			t.Errorf("made %q with %d members, want Reseller with 3", made.Name, len(made.Participants))
		}
		joined := awaitOther[*events.JoinedGroup](t, s)
		if joined.JID != made.JID || joined.Type != "new" {
			t.Errorf("told of group %s of type %q, want %s and new", joined.JID, joined.Type, made.JID)
		}
		sent, err := s.SendMessage(ctx, made.JID, textMessage("Halo semua"))
		if err != nil {
			t.Fatalf("SendMessage: %v", err)
		}
		for _, p := range []*wasim.Phone{budi, ani, s.phone} {
			m, err := p.Await(ctx, hasText("Halo semua"))
			if err != nil {
				t.Fatal(err)
			}
			if m.ID != sent.ID || m.Chat != made.JID.String() || m.From != s.phone.Number() {
				t.Errorf("%s sees %s from %s in %s, want %s from %s in %s", p.Name(), m.ID, m.From, m.Chat, sent.ID, s.phone.Number(), made.JID)
			}
		}
		for _, p := range []*wasim.Phone{budi, ani, budi} {
			if _, err := p.Send(ctx, made.JID.String(), wasim.Content{Text: "Siap, kata " + p.Name()}); err != nil {
				t.Fatalf("Send: %v", err)
			}
			in := nextText(t, s)
			if got := in.Message.GetConversation(); got != "Siap, kata "+p.Name() || in.Info.Chat != made.JID {
				t.Errorf("the client got %q in %s", got, in.Info.Chat)
			}
			pn, lid := in.Info.Sender, in.Info.SenderAlt
			if pn.Server != types.DefaultUserServer {
				pn, lid = lid, pn
			}
			if pn.User != p.Number() || lid.User != p.LID() {
				t.Errorf("sender %s beside %s, want %s and %s", pn, lid, p.Number(), p.LID())
			}
		}
		if err := budi.Read(ctx, made.JID.String()); err != nil {
			t.Fatalf("Read: %v", err)
		}
		awaitGroupReceipt(t, s, func(r *events.Receipt) bool {
			return r.Type == types.ReceiptTypeRead && r.Chat == made.JID && slices.Contains(r.MessageIDs, sent.ID)
		})
		healthy(t, n)
	})
}

// nextText is the next message that isn't only a key.
func nextText(t *testing.T, s *shop) *events.Message {
	t.Helper()
	for {
		if m := next(t, s.messages); m.Message.GetConversation() != "" || m.Message.GetExtendedTextMessage() != nil {
			return m
		}
	}
}

func awaitGroupReceipt(t *testing.T, s *shop, fits func(*events.Receipt) bool) {
	t.Helper()
	for !fits(next(t, s.receipts)) {
	}
}

// awaitChange is the next change of a group that fits.
func awaitChange(t *testing.T, s *shop, fits func(*events.GroupInfo) bool) *events.GroupInfo {
	t.Helper()
	for {
		if e := awaitOther[*events.GroupInfo](t, s); fits(e) {
			return e
		}
	}
}

func TestMembersComeAndGo(t *testing.T) {
	t.Parallel()
	bothForms(t, func(t *testing.T, n *wasim.Network) {
		s, budi, ani := openShop(t, n), n.Phone("Budi"), n.Phone("Ani")
		ctx := deadline(t)
		g, err := budi.CreateGroup(wasim.GroupOptions{Name: "Arisan"}, s.phone.Number())
		if err != nil {
			t.Fatalf("CreateGroup: %v", err)
		}
		if joined := awaitOther[*events.JoinedGroup](t, s); joined.Name != "Arisan" || len(joined.Participants) != 2 {
			t.Fatalf("told of %q with %d members", joined.Name, len(joined.Participants))
		}
		if _, err := s.SendMessage(ctx, g.JID(), textMessage("satu")); err != nil {
			t.Fatalf("SendMessage: %v", err)
		}
		list, err := s.UpdateGroupParticipants(ctx, g.JID(), []types.JID{numberJID(ani), types.NewJID("628999", types.DefaultUserServer)}, whatsmeow.ParticipantChangeAdd)
		if err != nil || len(list) != 2 || list[0].Error != 0 || list[1].Error != 404 {
			t.Fatalf("add: got %+v, %v", list, err)
		}
		awaitChange(t, s, func(e *events.GroupInfo) bool { return len(e.Join) == 1 })
		if _, err := s.SendMessage(ctx, g.JID(), textMessage("dua")); err != nil {
			t.Fatalf("SendMessage: %v", err)
		}
		if _, err := ani.Await(ctx, hasText("dua")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.UpdateGroupParticipants(ctx, g.JID(), []types.JID{numberJID(ani)}, whatsmeow.ParticipantChangeRemove); !errors.Is(err, whatsmeow.ErrIQNotAuthorized) {
			t.Errorf("a member removes somebody: got %v, want %v", err, whatsmeow.ErrIQNotAuthorized)
		}
		if err := g.Promote(budi, s.phone.Number()); err != nil {
			t.Fatalf("Promote: %v", err)
		}
		awaitChange(t, s, func(e *events.GroupInfo) bool { return len(e.Promote) == 1 })
		list, err = s.UpdateGroupParticipants(ctx, g.JID(), []types.JID{numberJID(ani), numberJID(budi)}, whatsmeow.ParticipantChangeRemove)
		if err != nil || list[0].Error != 0 || list[1].Error != 406 {
			t.Fatalf("remove: got %+v, %v; the owner stays", list, err)
		}
		if _, err := budi.Send(ctx, g.String(), wasim.Content{Text: "tanpa Ani"}); err != nil {
			t.Fatalf("Send: %v", err)
		}
		if got := nextText(t, s).Message.GetConversation(); got != "tanpa Ani" {
			t.Errorf("got %q", got)
		}
		if _, err := ani.Send(ctx, g.String(), wasim.Content{ID: "GONE", Text: "masih?"}); err != nil {
			t.Fatalf("Send: %v", err)
		}
		if m, err := ani.Await(ctx, func(m wasim.Message) bool { return m.ID == "GONE" && m.Error != 0 }); err != nil || m.Error != 403 {
			t.Errorf("who is not in the group any more writes: error %d (%v), want 403", m.Error, err)
		}
		if err := s.LeaveGroup(ctx, g.JID()); err != nil {
			t.Fatalf("LeaveGroup: %v", err)
		}
		if info, err := g.Await(ctx, func(i wasim.GroupInfo) bool { return len(i.Members) == 1 }); err != nil || info.Members[0].Number != budi.Number() {
			t.Errorf("left are %+v (%v), want Budi alone", info.Members, err)
		}
		for _, m := range ani.Messages(g.String(), "") {
			if m.Text == "tanpa Ani" {
				t.Error("Ani reads on after she was removed")
			}
		}
		healthy(t, n)
	})
}

func TestPropertiesOfAGroup(t *testing.T) {
	t.Parallel()
	bothForms(t, func(t *testing.T, n *wasim.Network) {
		s, budi := openShop(t, n), n.Phone("Budi")
		ctx := deadline(t)
		made, err := s.CreateGroup(ctx, whatsmeow.ReqCreateGroup{Name: "Katalog", Participants: []types.JID{numberJID(budi)}})
		if err != nil {
			t.Fatalf("CreateGroup: %v", err)
		}
		g, _ := n.Group(made.JID.String())
		for _, step := range []struct {
			name string
			do   func() error
			told func(*events.GroupInfo) bool
			is   func(wasim.GroupInfo) bool
		}{
			{
				"name", func() error { return s.SetGroupName(ctx, made.JID, "Katalog 2027") },
				func(e *events.GroupInfo) bool { return e.Name != nil && e.Name.Name == "Katalog 2027" },
				func(i wasim.GroupInfo) bool { return i.Name == "Katalog 2027" },
			},
			{
				"topic", func() error { return s.SetGroupTopic(ctx, made.JID, "", "", "Baru tiap Senin") },
				func(e *events.GroupInfo) bool { return e.Topic != nil && e.Topic.Topic == "Baru tiap Senin" },
				func(i wasim.GroupInfo) bool { return i.Description == "Baru tiap Senin" },
			},
			{
				"no topic", func() error { return s.SetGroupTopic(ctx, made.JID, "", "", "") },
				func(e *events.GroupInfo) bool { return e.Topic != nil && e.Topic.TopicDeleted },
				func(i wasim.GroupInfo) bool { return i.Description == "" },
			},
			{
				"announce", func() error { return s.SetGroupAnnounce(ctx, made.JID, true) },
				func(e *events.GroupInfo) bool { return e.Announce != nil && e.Announce.IsAnnounce },
				func(i wasim.GroupInfo) bool { return i.Announce },
			},
			{
				"locked", func() error { return s.SetGroupLocked(ctx, made.JID, true) },
				func(e *events.GroupInfo) bool { return e.Locked != nil && e.Locked.IsLocked },
				func(i wasim.GroupInfo) bool { return i.Locked },
			},
			{
				"approval", func() error { return s.SetGroupJoinApprovalMode(ctx, made.JID, true) },
				func(e *events.GroupInfo) bool { return e.MembershipApprovalMode != nil },
				func(i wasim.GroupInfo) bool { return i.Approval },
			},
			{
				"who adds", func() error {
					return s.SetGroupMemberAddMode(ctx, made.JID, types.GroupMemberAddModeAdmin)
				},
				func(e *events.GroupInfo) bool { return len(e.UnknownChanges) == 1 },
				func(i wasim.GroupInfo) bool { return i.AdminsAdd },
			},
			{
				"disappearing", func() error { return s.SetDisappearingTimer(ctx, made.JID, 24*time.Hour, time.Now()) },
				func(e *events.GroupInfo) bool { return e.Ephemeral != nil && e.Ephemeral.DisappearingTimer == 86400 },
				func(i wasim.GroupInfo) bool { return i.Ephemeral == 86400 },
			},
		} {
			if err := step.do(); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			awaitChange(t, s, step.told)
			if info, err := g.Info(); err != nil || !step.is(info) {
				t.Errorf("%s: the group is %+v (%v)", step.name, info, err)
			}
		}
		info, err := s.GetGroupInfo(ctx, made.JID)
		if err != nil || info.Name != "Katalog 2027" || !info.IsAnnounce || !info.IsLocked || !info.IsJoinApprovalRequired ||
			info.MemberAddMode != types.GroupMemberAddModeAdmin || info.DisappearingTimer != 86400 {
			t.Errorf("GetGroupInfo: got %+v, %v", info, err)
		}
		if _, err := budi.Send(ctx, made.JID.String(), wasim.Content{ID: "HUSH", Text: "boleh?"}); err != nil {
			t.Fatalf("Send: %v", err)
		}
		if m, err := budi.Await(ctx, func(m wasim.Message) bool { return m.ID == "HUSH" && m.Error != 0 }); err != nil {
			t.Errorf("a member writes where only admins may: %+v, %v", m, err)
		}
		if err := g.Change(budi, wasim.GroupChange{Name: new(string)}); !errors.Is(err, wasim.ErrGroupRefused) {
			t.Errorf("a member changes a locked group: got %v, want %v", err, wasim.ErrGroupRefused)
		}
		healthy(t, n)
	})
}

func TestInvitationsAndRequests(t *testing.T) {
	t.Parallel()
	bothForms(t, func(t *testing.T, n *wasim.Network) {
		s, budi, ani := openShop(t, n), n.Phone("Budi"), n.Phone("Ani")
		ctx := deadline(t)
		made, err := s.CreateGroup(ctx, whatsmeow.ReqCreateGroup{Name: "Promo"})
		if err != nil {
			t.Fatalf("CreateGroup: %v", err)
		}
		old, err := s.GetGroupInviteLink(ctx, made.JID, false)
		if err != nil {
			t.Fatalf("GetGroupInviteLink: %v", err)
		}
		link, err := s.GetGroupInviteLink(ctx, made.JID, true)
		if err != nil || link == old {
			t.Fatalf("reset: got %s (%v), want another than %s", link, err, old)
		}
		if _, _, err := budi.JoinGroup(old); !errors.Is(err, wasim.ErrGroupRefused) {
			t.Errorf("the old link: got %v, want %v", err, wasim.ErrGroupRefused)
		}
		if info, err := s.GetGroupInfoFromLink(ctx, link); err != nil || info.Name != "Promo" {
			t.Errorf("GetGroupInfoFromLink: got %+v, %v", info, err)
		}
		if _, err := s.GetGroupInfoFromLink(ctx, old); !errors.Is(err, whatsmeow.ErrInviteLinkRevoked) {
			t.Errorf("the old link's group: got %v, want %v", err, whatsmeow.ErrInviteLinkRevoked)
		}
		if _, err := s.GetGroupInfoFromLink(ctx, "neverwas"); !errors.Is(err, whatsmeow.ErrInviteLinkInvalid) {
			t.Errorf("a link that never was: got %v, want %v", err, whatsmeow.ErrInviteLinkInvalid)
		}
		if g, waits, err := budi.JoinGroup(link); err != nil || waits || g.JID() != made.JID {
			t.Fatalf("JoinGroup: got %v, waits %v, %v", g, waits, err)
		}
		awaitChange(t, s, func(e *events.GroupInfo) bool { return len(e.Join) == 1 && e.JoinReason == "invite" })
		if err := s.SetGroupJoinApprovalMode(ctx, made.JID, true); err != nil {
			t.Fatalf("SetGroupJoinApprovalMode: %v", err)
		}
		if _, waits, err := ani.JoinGroup(link); err != nil || !waits {
			t.Fatalf("JoinGroup with approval: waits %v, %v", waits, err)
		}
		waiting, err := s.GetGroupRequestParticipants(ctx, made.JID)
		if err != nil || len(waiting) != 1 {
			t.Fatalf("GetGroupRequestParticipants: got %v, %v", waiting, err)
		}
		list, err := s.UpdateGroupRequestParticipants(ctx, made.JID, []types.JID{waiting[0].JID}, whatsmeow.ParticipantChangeApprove)
		if err != nil || len(list) != 1 || list[0].Error != 0 {
			t.Fatalf("approve: got %+v, %v", list, err)
		}
		if _, err := s.GetGroupInfo(ctx, made.JID); err != nil { // or it may write before it has heard of the new member
			t.Fatalf("GetGroupInfo: %v", err)
		}
		if _, err := s.SendMessage(ctx, made.JID, textMessage("Selamat datang")); err != nil {
			t.Fatalf("SendMessage: %v", err)
		}
		if _, err := ani.Await(ctx, hasText("Selamat datang")); err != nil {
			t.Error(err)
		}
		other, err := budi.CreateGroup(wasim.GroupOptions{Name: "Lain"})
		if err != nil {
			t.Fatalf("CreateGroup: %v", err)
		}
		info, err := other.Info()
		if err != nil {
			t.Fatal(err)
		}
		if jid, err := s.JoinGroupWithLink(ctx, info.Invite); err != nil || jid != other.JID() {
			t.Errorf("JoinGroupWithLink: got %s, %v, want %s", jid, err, other.JID())
		}
		mine, err := s.GetJoinedGroups(ctx)
		if err != nil || len(mine) != 2 {
			t.Errorf("GetJoinedGroups: got %d, %v, want 2", len(mine), err)
		}
		healthy(t, n)
	})
}

func TestPrivacyKeepsPeopleOutOfGroups(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	if _, err := s.SetPrivacySetting(ctx, types.PrivacySettingTypeGroupAdd, types.PrivacySettingNone); err != nil {
		t.Fatalf("SetPrivacySetting: %v", err)
	}
	g, err := budi.CreateGroup(wasim.GroupOptions{Name: "Ramai"})
	if err != nil {
		t.Fatalf("CreateGroup: %v", err)
	}
	if err := g.Add(budi, s.phone.Number()); !errors.Is(err, wasim.ErrGroupRefused) {
		t.Errorf("Add: got %v, want %v", err, wasim.ErrGroupRefused)
	}
	if err := g.Add(budi, "0812 0000 0000"); !errors.Is(err, wasim.ErrUnknownNumber) {
		t.Errorf("Add of nobody: got %v, want %v", err, wasim.ErrUnknownNumber)
	}
}

func TestGroupPicture(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	made, err := s.CreateGroup(ctx, whatsmeow.ReqCreateGroup{Name: "Foto", Participants: []types.JID{numberJID(budi)}})
	if err != nil {
		t.Fatalf("CreateGroup: %v", err)
	}
	if _, err := s.GetProfilePictureInfo(ctx, made.JID, nil); !errors.Is(err, whatsmeow.ErrProfilePictureNotSet) {
		t.Errorf("before: got %v, want %v", err, whatsmeow.ErrProfilePictureNotSet)
	}
	id, err := s.SetGroupPhoto(ctx, made.JID, []byte("\xff\xd8picture"))
	if err != nil {
		t.Fatalf("SetGroupPhoto: %v", err)
	}
	if e := awaitOther[*events.Picture](t, s); e.JID != made.JID || e.PictureID != id {
		t.Errorf("told of picture %+v, want %s of %s", e, id, made.JID)
	}
	if info, err := s.GetProfilePictureInfo(ctx, made.JID, nil); err != nil || info.ID != id {
		t.Errorf("after: got %+v, %v, want %s", info, err, id)
	}
	if _, err := s.SetGroupPhoto(ctx, made.JID, nil); err != nil {
		t.Fatalf("SetGroupPhoto: %v", err)
	}
	if e := awaitOther[*events.Picture](t, s); !e.Remove {
		t.Errorf("told of %+v, want a removal", e)
	}
}

func TestWhoLacksTheKeyOfAGroupGetsTheMessageAllTheSame(t *testing.T) {
	t.Parallel()
	bothForms(t, func(t *testing.T, n *wasim.Network) {
		s, budi := openShop(t, n), n.Phone("Budi")
		ctx := deadline(t)
		g, err := budi.CreateGroup(wasim.GroupOptions{Name: "Kunci"}, s.phone.Number())
		if err != nil {
			t.Fatalf("CreateGroup: %v", err)
		}
		if _, err := s.SendMessage(ctx, g.JID(), textMessage("satu")); err != nil {
			t.Fatalf("SendMessage: %v", err)
		}
		if _, err := budi.Await(ctx, hasText("satu")); err != nil {
			t.Fatal(err)
		}
		// The shop's phone is linked to a second companion, of which the first one knows nothing yet.
		second := watch(wasimtest.NewClient(t, n), s.phone)
		if err := second.Link(ctx, s.phone); err != nil {
			t.Fatalf("link: %v", err)
		}
		if _, err := budi.Send(ctx, g.String(), wasim.Content{Text: "dua"}); err != nil {
			t.Fatalf("Send: %v", err)
		}
		for _, client := range []*shop{s, second} {
			if got := nextText(t, client).Message.GetConversation(); got != "dua" {
				t.Errorf("got %q, want dua", got)
			}
		}
		// A phone with new keys can't read what was meant for the old ones, and asks again.
		if err := budi.Reinstall(); err != nil {
			t.Fatalf("Reinstall: %v", err)
		}
		if _, err := s.SendMessage(ctx, g.JID(), textMessage("tiga")); err != nil {
			t.Fatalf("SendMessage: %v", err)
		}
		if _, err := budi.Await(ctx, hasText("tiga")); err != nil {
			t.Error(err)
		}
		if _, err := budi.Send(ctx, g.String(), wasim.Content{Text: "empat"}); err != nil {
			t.Fatalf("Send: %v", err)
		}
		if got := nextText(t, s).Message.GetConversation(); got != "empat" {
			t.Errorf("got %q, want empat", got)
		}
	})
}

func TestAGroupOfAThousand(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s := openShop(t, n)
	ctx, cancel := context.WithTimeout(t.Context(), 6*wasimtest.Timeout)
	defer cancel()
	const size = 1000
	members := []string{s.phone.Number()}
	phones := make([]*wasim.Phone, 0, size-1)
	for i := range size - 1 {
		p := n.Phone(fmt.Sprintf("Anggota %d", i))
		phones = append(phones, p)
		members = append(members, p.Number())
	}
	g, err := phones[0].CreateGroup(wasim.GroupOptions{Name: "Seribu"}, members...)
	if err != nil {
		t.Fatalf("CreateGroup: %v", err)
	}
	if _, err := s.SendMessage(ctx, g.JID(), textMessage("Halo seribu")); err != nil {
		t.Fatalf("SendMessage: %v", err)
	}
	for _, p := range phones {
		if _, err := p.Await(ctx, hasText("Halo seribu")); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range phones[:3] {
		if _, err := p.Send(ctx, g.String(), wasim.Content{Text: "dari " + p.Name()}); err != nil {
			t.Fatalf("Send: %v", err)
		}
		if got := nextText(t, s).Message.GetConversation(); got != "dari "+p.Name() {
			t.Errorf("got %q", got)
		}
	}
	if _, err := phones[size-2].Await(ctx, hasText("dari Anggota 2")); err != nil {
		t.Error(err)
	}
	healthy(t, n)
}
