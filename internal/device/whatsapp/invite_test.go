package whatsapp

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
)

// An invitation that is sent is the one that the other side reads.
func TestAnInvitationIsReadAsItWasSent(t *testing.T) {
	t.Parallel()
	want := device.Content{Kind: device.KindText, Text: "Ayo ikut", Invite: &device.Invite{
		Group: "120363303315871698", Name: "Arisan RT 05", Code: "AbC123", ExpiresAt: 1_790_000_000_000,
	}}
	m, err := messageOf(want, nil, addressee{chat: types.NewJID("111", types.HiddenUserServer)})
	if err != nil || m.GetGroupInviteMessage().GetGroupJID() != "120363303315871698@g.us" {
		t.Fatalf("messageOf: %v, %v; want an invitation", m, err)
	}
	got, ok := offerOf(m)
	want.Text = "Arisan RT 05\nAyo ikut"
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	for name, m := range map[string]*waE2E.GroupInviteMessage{
		"no group":  {GroupName: proto.String("x"), InviteCode: proto.String("c")},
		"a person":  {GroupName: proto.String("x"), InviteCode: proto.String("c"), GroupJID: proto.String("1@s.whatsapp.net")},
		"no code":   {GroupName: proto.String("x"), GroupJID: proto.String("120363303315871698@g.us")},
		"far times": {GroupName: proto.String("x"), InviteCode: proto.String("c"), GroupJID: proto.String("1203633@g.us"), InviteExpiration: proto.Int64(1 << 62)},
	} {
		i := invitation(m)
		if name == "far times" {
			if i == nil || i.ExpiresAt != 0 {
				t.Errorf("%s: %+v, want one without an end", name, i)
			}
		} else if i != nil {
			t.Errorf("%s: %+v, want none", name, i)
		}
	}
	if invitation(nil) != nil {
		t.Error("a message without an invitation has one")
	}
}
