package wasim_test

import (
	"strings"
	"testing"

	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// A message may be shown by one form of its sender's address alone, and as written at any time.
func TestHowAMessageIsShownCanBeSpoilt(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s := openShop(t, n)
	for form, server := range map[wasim.Addressing]string{wasim.AddressPhone: types.DefaultUserServer, wasim.AddressLID: types.HiddenUserServer} {
		budi := n.Phone("Budi " + string(form))
		spoil := func() {
			for _, f := range []wasim.Fault{
				{Kind: wasim.FaultOneAddress, Form: form, To: budi.Number()}, {Kind: wasim.FaultTimestamp, At: 77, To: budi.Number()},
			} {
				must[wasim.Fault](t, "AddFault")(n.AddFault(f))
			}
		}
		spoil()
		must[string](t, "Send")(budi.Send(deadline(t), s.phone.Number(), wasim.Content{Text: "Halo"}))
		m := nextText(t, s)
		if m.Info.Sender.Server != server || !m.Info.SenderAlt.IsEmpty() || m.Info.Timestamp.Unix() != 77 {
			t.Errorf("spoilt for %s: from %s, also %s, at %v; want one address of %s and 77 s", form, m.Info.Sender, m.Info.SenderAlt, m.Info.Timestamp, server)
		}
		// That somebody makes a group tells both addresses; only the stanza says what the group's message was shown with.
		group := must[*wasim.Group](t, "CreateGroup")(budi.CreateGroup(wasim.GroupOptions{Name: "Arisan"}, s.phone.Number()))
		spoil()
		id := must[string](t, "Send")(budi.Send(deadline(t), group.String(), wasim.Content{Text: "Halo"}))
		nextText(t, s)
		for _, e := range n.Log().Entries(0) {
			if e.Tag == "message" && e.ID == id && (!strings.Contains(e.XML, `participant="`+m.Info.Sender.User) || strings.Contains(e.XML, "participant_")) {
				t.Errorf("spoilt for %s: in a group it is shown as %s", form, e.XML)
			}
		}
	}
	if left := n.Faults(); len(left) != 0 {
		t.Errorf("still in force: %v", left)
	}
}
