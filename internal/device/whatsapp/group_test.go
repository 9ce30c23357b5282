package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/wasim"
)

// groupRecorder is a recorder that is told of groups, too.
type groupRecorder struct {
	*recorder
	heard []device.GroupEvent
	fails int
}

func (r *groupRecorder) GroupChanged(_ context.Context, _ device.Device, e device.GroupEvent) (err error) {
	r.note(func() {
		if r.fails > 0 {
			r.fails--
			err = errors.New("the database is away")
			return
		}
		r.heard = append(r.heard, e)
	})
	return err
}

// deed waits for something that happened to a group.
func (r *groupRecorder) deed(t *testing.T, deed device.GroupDeed, fits func(device.GroupEvent) bool) device.GroupEvent {
	t.Helper()
	var found device.GroupEvent
	r.wait(t, "group "+string(deed), func() bool {
		i := slices.IndexFunc(r.heard, func(e device.GroupEvent) bool { return e.Deed == deed && fits(e) })
		if i >= 0 {
			found = r.heard[i]
		}
		return i >= 0
	})
	return found
}

func any1(device.GroupEvent) bool { return true }

// groupRig is a rig whose sink hears of groups, on a network of one form of address.
type groupRig struct {
	*rig
	sink *groupRecorder
	s    *session
}

// inBothForms runs a test on a network of each addressing mode, with a device that is linked and running.
func inBothForms(t *testing.T, test func(t *testing.T, r *groupRig)) {
	t.Helper()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, dbtest.SQLite(t), wasim.Options{Addressing: form})
			r.linkOnly(t)
			g := &groupRig{rig: r, sink: &groupRecorder{recorder: r.sink}}
			s, err := r.driver.Open(ctxOf(t), r.device, g.sink)
			if err != nil {
				t.Fatalf("Open: %v", err)
			}
			g.session, g.s = s, s.(*session)
			r.start(t, s)
			r.sink.online(t, 0)
			if err := r.phone.Settle(ctxOf(t), r.device.Account.Address); err != nil {
				t.Fatalf("settle: %v", err)
			}
			test(t, g)
		})
	}
}

func groupPeer(g *wasim.Group) device.Peer { return peerOf("", g.JID()) }

func TestGroupsAreMadeAndChanged(t *testing.T) {
	t.Parallel()
	inBothForms(t, func(t *testing.T, r *groupRig) {
		budi, ani := r.net.Phone("Budi"), r.net.Phone("Ani")
		ctx := ctxOf(t)
		nobody := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "628129999999"}}}
		made, results, err := r.s.MakeGroup(ctx, device.GroupDraft{Name: "Reseller", Members: []device.Peer{person1(budi), nobody}})
		if err != nil {
			t.Fatalf("MakeGroup: %v", err)
		}
		if made.Peer.Name != "Reseller" || made.Size != 2 || made.Role != device.GroupOwner || !made.Peer.Group {
			t.Errorf("made %+v", made)
		}
		if codes := []string{results[0].Code, results[1].Code}; !slices.Equal(codes, []string{"", "404"}) {
			t.Errorf("who was added: %q, want the second one not", codes)
		}
		e := r.sink.deed(t, device.GroupCame, any1)
		if e.Text != "Reseller" || len(e.Members) != 2 {
			t.Errorf("told of %+v", e)
		}
		results, err = r.s.ChangeMembers(ctx, made.Peer, device.MemberAdd, []device.Peer{person1(ani), person1(budi)})
		if err != nil || results[0].Code != "" || results[1].Code != "409" {
			t.Fatalf("add: got %+v, %v, want the second one there already", results, err)
		}
		joined := r.sink.deed(t, device.GroupJoined, any1)
		if len(joined.Members) != 1 || joined.Members[0].Address(device.AddressPhone) != ani.Number() || joined.Members[0].Address(device.AddressLID) != ani.LID() {
			t.Errorf("joined: %+v, want Ani by number and LID", joined.Members)
		}
		if joined.By.Address(device.AddressLID) != r.phone.LID() {
			t.Errorf("joined by %+v, want ourselves", joined.By)
		}
		if _, err := r.s.ChangeMembers(ctx, made.Peer, device.MemberPromote, []device.Peer{person1(ani)}); err != nil {
			t.Fatalf("promote: %v", err)
		}
		r.sink.deed(t, device.GroupPromoted, any1)
		name, about, on, day := "Reseller 2027", "Tiap Senin", true, 86400
		if err := r.s.ChangeGroup(ctx, made.Peer, device.GroupChange{
			Name: &name, Description: &about, Announce: &on, Locked: &on, JoinApproval: &on, AdminsAdd: &on, Disappearing: &day,
		}); err != nil {
			t.Fatalf("ChangeGroup: %v", err)
		}
		for _, deed := range []device.GroupDeed{
			device.GroupName, device.GroupDescription, device.GroupAnnounce, device.GroupLocked, device.GroupApproval,
			device.GroupAddMode, device.GroupDisappearing,
		} {
			r.sink.deed(t, deed, any1)
		}
		got, err := r.s.Group(ctx, made.Peer)
		if err != nil {
			t.Fatalf("Group: %v", err)
		}
		want := device.GroupSettings{Announce: true, Locked: true, JoinApproval: true, AdminsAdd: true, Disappearing: day}
		if got.Peer.Name != name || got.Description != about || got.Settings != want || got.Size != 3 {
			t.Errorf("shown: %+v", got)
		}
		list, err := r.s.Groups(ctx)
		if err != nil || len(list) != 1 {
			t.Fatalf("Groups: %d, %v", len(list), err)
		}
		if diff := cmp.Diff(got, list[0]); diff != "" {
			t.Errorf("listed otherwise than shown:\n%s", diff)
		}
		if _, err := r.s.ChangeMembers(ctx, made.Peer, device.MemberRemove, []device.Peer{person1(ani)}); err != nil {
			t.Fatalf("remove: %v", err)
		}
		r.sink.deed(t, device.GroupLeft, func(e device.GroupEvent) bool { return e.Members[0].Address(device.AddressPhone) == ani.Number() })
		if err := r.s.PaintGroup(ctx, made.Peer, []byte("\xff\xd8")); err != nil {
			t.Fatalf("PaintGroup: %v", err)
		}
		r.sink.deed(t, device.GroupPicture, func(e device.GroupEvent) bool { return e.Text != "" })
		if err := r.s.PaintGroup(ctx, made.Peer, nil); err != nil {
			t.Fatalf("PaintGroup: %v", err)
		}
		r.sink.deed(t, device.GroupPicture, func(e device.GroupEvent) bool { return e.Text == "" })
		if err := r.s.LeaveGroup(ctx, made.Peer); err != nil {
			t.Fatalf("LeaveGroup: %v", err)
		}
		if _, err := r.s.Group(ctx, made.Peer); !errors.Is(err, device.ErrNotInGroup) {
			t.Errorf("a group that was left: got %v, want %v", err, device.ErrNotInGroup)
		}
	})
}

func TestGroupsOfOthersAreJoined(t *testing.T) {
	t.Parallel()
	inBothForms(t, func(t *testing.T, r *groupRig) {
		budi, ani := r.net.Phone("Budi"), r.net.Phone("Ani")
		ctx := ctxOf(t)
		g, err := budi.CreateGroup(wasim.GroupOptions{Name: "Pasar"})
		if err != nil {
			t.Fatalf("CreateGroup: %v", err)
		}
		info, err := g.Info()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.s.PreviewGroup(ctx, info.Invite); err != nil || got.Peer.Name != "Pasar" || got.Size != 1 || got.Role != "" {
			t.Errorf("PreviewGroup: %+v, %v", got, err)
		}
		for range 2 {
			got, waits, err := r.s.JoinGroup(ctx, strings.TrimPrefix(info.Invite, "https://chat.whatsapp.com/"))
			if err != nil || waits || got.Peer.Address(device.AddressGroup) != g.JID().User {
				t.Fatalf("JoinGroup: %+v, waits %v, %v", got, waits, err)
			}
		}
		if _, err := r.s.GroupLink(ctx, groupPeer(g)); err != nil {
			t.Errorf("GroupLink: %v", err)
		}
		if _, err := r.s.ResetGroupLink(ctx, groupPeer(g)); !errors.Is(err, device.ErrNotGroupAdmin) {
			t.Errorf("a member resets the link: got %v, want %v", err, device.ErrNotGroupAdmin)
		}
		if err := g.Promote(budi, r.phone.Number()); err != nil {
			t.Fatalf("Promote: %v", err)
		}
		link, err := r.s.ResetGroupLink(ctx, groupPeer(g))
		if err != nil {
			t.Fatalf("ResetGroupLink: %v", err)
		}
		r.sink.deed(t, device.GroupLink, func(e device.GroupEvent) bool { return e.Text == link })
		for _, bad := range []string{info.Invite, "neverwas", "", "https://example.com/x", strings.Repeat("a", 65), "a/b"} {
			if _, err := r.s.PreviewGroup(ctx, bad); !errors.Is(err, device.ErrInvite) {
				t.Errorf("PreviewGroup(%q): got %v, want %v", bad, err, device.ErrInvite)
			}
		}
		on := true
		if err := r.s.ChangeGroup(ctx, groupPeer(g), device.GroupChange{JoinApproval: &on}); err != nil {
			t.Fatalf("ChangeGroup: %v", err)
		}
		if _, waits, err := ani.JoinGroup(link); err != nil || !waits {
			t.Fatalf("Ani joins: waits %v, %v", waits, err)
		}
		asks := r.sink.deed(t, device.GroupRequested, any1)
		if len(asks.Members) != 1 || asks.Members[0].Address(device.AddressPhone) != ani.Number() {
			t.Errorf("asked by %+v, want Ani", asks.Members)
		}
		waiting, err := r.s.JoinRequests(ctx, groupPeer(g))
		if err != nil || len(waiting) != 1 || waiting[0].Peer.Address(device.AddressLID) != ani.LID() {
			t.Fatalf("JoinRequests: %+v, %v", waiting, err)
		}
		if results, err := r.s.ChangeMembers(ctx, groupPeer(g), device.MemberApprove, []device.Peer{waiting[0].Peer}); err != nil || results[0].Code != "" {
			t.Errorf("approve: %+v, %v", results, err)
		}
		r.sink.deed(t, device.GroupJoined, func(e device.GroupEvent) bool { return e.Members[0].Address(device.AddressLID) == ani.LID() })
		if _, err := r.s.Group(ctx, device.Peer{Addresses: []device.Address{{Kind: device.AddressGroup, Value: "1"}}}); !errors.Is(err, device.ErrGroup) {
			t.Errorf("a group that isn't: got %v, want %v", err, device.ErrGroup)
		}
		if _, err := r.s.Group(ctx, person1(budi)); !errors.Is(err, device.ErrGroup) {
			t.Errorf("a person as a group: got %v, want %v", err, device.ErrGroup)
		}
	})
}

func TestMessagesInGroups(t *testing.T) {
	t.Parallel()
	inBothForms(t, func(t *testing.T, r *groupRig) {
		budi := r.net.Phone("Budi")
		ctx := ctxOf(t)
		g, err := budi.CreateGroup(wasim.GroupOptions{Name: "Ramai"}, r.phone.Number())
		if err != nil {
			t.Fatalf("CreateGroup: %v", err)
		}
		r.sink.deed(t, device.GroupCame, func(e device.GroupEvent) bool {
			return e.Text == "Ramai" && e.By.Address(device.AddressPhone) == budi.Number()
		})
		if _, err := budi.Send(ctx, g.String(), wasim.Content{Text: "Halo toko"}); err != nil {
			t.Fatalf("Send: %v", err)
		}
		in := r.sink.message(t, "Halo toko")
		if !in.Chat.Group || in.Chat.Address(device.AddressGroup) != g.JID().User || in.Sender.Name != "Budi" ||
			in.Sender.Address(device.AddressPhone) != budi.Number() || in.Sender.Address(device.AddressLID) != budi.LID() {
			t.Errorf("came in: %+v", in)
		}
		id, lid := r.s.NewNetworkID(), types.NewJID(budi.LID(), types.HiddenUserServer)
		shown, other := lid, budi.JID() // a mention in the group's form of address, and what is turned into it
		if info, _ := g.Info(); info.Addressing == wasim.AddressPhone {
			shown, other = other, shown
		}
		if _, err := r.s.Send(ctx, device.Outgoing{NetworkID: id, To: groupPeer(g), Content: device.Content{
			Kind: device.KindText, Text: "Halo @" + other.User + " @" + other.User + "1", Mentions: []string{other.String(), "628999"},
		}}); err != nil {
			t.Fatalf("Send: %v", err)
		}
		out := r.await(t, budi, "Halo @"+shown.User+" @"+other.User+"1")
		if named := out.Raw.GetExtendedTextMessage().GetContextInfo().GetMentionedJID(); out.Chat != g.String() ||
			!slices.Equal(named, []string{shown.String(), "628999@s.whatsapp.net"}) {
			t.Errorf("Budi sees %v mentioned in %+v", named, out)
		}
		if err := budi.Read(ctx, g.String()); err != nil {
			t.Fatalf("Read: %v", err)
		}
		r.sink.wait(t, "Budi's read receipt", func() bool {
			return slices.ContainsFunc(r.sink.receipts, func(x device.Receipt) bool {
				return x.Kind == device.ReceiptRead && x.Chat.Group && x.Sender.Address(device.AddressPhone) == budi.Number() && slices.Contains(x.NetworkIDs, id)
			})
		})
		if err := r.s.MarkRead(ctx, in.Chat, in.Sender, []string{in.NetworkID}); err != nil {
			t.Fatalf("MarkRead: %v", err)
		}
		if _, err := budi.Await(ctx, func(m wasim.Message) bool { return m.ID == in.NetworkID && m.Status == wasim.StatusRead }); err != nil {
			t.Error(err)
		}
		if err := g.Remove(budi, r.phone.Number()); err != nil {
			t.Fatalf("Remove: %v", err)
		}
		r.sink.deed(t, device.GroupLeft, any1)
		_, err = r.s.Send(ctx, device.Outgoing{NetworkID: r.s.NewNetworkID(), To: groupPeer(g), Content: device.Content{Kind: device.KindText, Text: "masih?"}})
		if e := device.AsSendError(err); e.Class != device.SendGiveUp {
			t.Errorf("a message to a group that we were removed from: %v, want it given up", err)
		}
	})
}

func TestWhatHappenedToAGroupComesAgainUntilItIsKept(t *testing.T) {
	t.Parallel()
	inBothForms(t, func(t *testing.T, r *groupRig) {
		budi := r.net.Phone("Budi")
		r.sink.note(func() { r.sink.fails = 1 })
		if _, err := budi.CreateGroup(wasim.GroupOptions{Name: "Lagi"}, r.phone.Number()); err != nil {
			t.Fatalf("CreateGroup: %v", err)
		}
		r.sink.wait(t, "the failure", func() bool { return r.sink.fails == 0 })
		_ = r.stop()
		r.start(t, steadfast{r.session}) // word of the old connection's end may come late and end the new one, too
		if e := r.sink.deed(t, device.GroupCame, any1); e.Text != "Lagi" {
			t.Errorf("told of %+v", e)
		}
	})
}

// steadfast connects again and again, as who runs sessions does.
type steadfast struct{ device.Session }

func (s steadfast) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		_ = s.Session.Run(ctx)
	}
	return nil
}

func TestManyNumbersAreAddedWithOneQuestion(t *testing.T) {
	t.Parallel()
	inBothForms(t, func(t *testing.T, r *groupRig) {
		var members []device.Peer
		for i := range 200 {
			members = append(members, person1(r.net.Phone(fmt.Sprintf("Anggota %d", i))))
		}
		before := r.net.Log().Entries(0)
		g, results, err := r.s.MakeGroup(ctxOf(t), device.GroupDraft{Name: "Dua ratus", Members: members})
		if err != nil || g.Size != 201 || slices.ContainsFunc(results, func(m device.MemberResult) bool { return m.Code != "" }) {
			t.Fatalf("MakeGroup: %d members, %v", g.Size, err)
		}
		questions := 0
		for _, s := range r.net.Log().Entries(before[len(before)-1].Seq) {
			if s.Direction == "in" && s.Tag == "iq" && strings.Contains(s.XML, "usync") {
				questions++
			}
		}
		if questions != 1 {
			t.Errorf("asked %d times for numbers, want once", questions)
		}
	})
}

// A group that was just made is told of by the network and, later, by the phone's history: as the same.
func TestAGroupsMakingIsTheSameInHistory(t *testing.T) {
	t.Parallel()
	inBothForms(t, func(t *testing.T, r *groupRig) {
		budi := r.net.Phone("Budi")
		g, err := budi.CreateGroup(wasim.GroupOptions{Name: "Arisan"}, r.phone.Number())
		if err != nil {
			t.Fatal(err)
		}
		live := r.sink.deed(t, device.GroupCame, any1)
		by, _ := jidOf(person1(budi))
		past, ok := r.s.pastLine(ctxOf(t), g.JID(), &waWeb.WebMessageInfo{
			MessageStubType: waWeb.WebMessageInfo_GROUP_CREATE.Enum(), MessageStubParameters: []string{"Arisan"},
			Participant: proto.String(by.String()), MessageTimestamp: proto.Uint64(uint64(live.At / 1000)),
		})
		live.Members, live.Group.Name = nil, "" // which history doesn't say
		past.Origin, past.By.Addresses = live.Origin, sorted(past.By.Addresses)
		live.By.Addresses = sorted(live.By.Addresses)
		if diff := cmp.Diff(live, past); diff != "" || !ok {
			t.Errorf("live and in history, %v (-live +history):\n%s", ok, diff)
		}
		if err := g.Remove(budi, r.phone.Number()); err != nil {
			t.Fatal(err)
		}
		r.sink.deed(t, device.GroupLeft, any1)
		if err := g.Add(budi, r.phone.Number()); err != nil {
			t.Fatal(err)
		}
		r.sink.deed(t, device.GroupCame, func(e device.GroupEvent) bool { return e.Mark != "" }) // coming back is another thing
	})
}

func sorted(list []device.Address) []device.Address {
	return slices.SortedFunc(slices.Values(list), func(a, b device.Address) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
}
