package wasim_test

import (
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
		for _, f := range []wasim.Fault{
			{Kind: wasim.FaultOneAddress, Form: form, To: budi.Number()}, {Kind: wasim.FaultTimestamp, At: 77, To: budi.Number()},
		} {
			if _, err := n.AddFault(f); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := budi.Send(deadline(t), s.phone.Number(), wasim.Content{Text: "Halo"}); err != nil {
			t.Fatal(err)
		}
		m := nextText(t, s)
		if m.Info.Sender.Server != server || !m.Info.SenderAlt.IsEmpty() || m.Info.Timestamp.Unix() != 77 {
			t.Errorf("spoilt for %s: from %s, also %s, at %v; want one address of %s and 77 s", form, m.Info.Sender, m.Info.SenderAlt, m.Info.Timestamp, server)
		}
	}
	if left := n.Faults(); len(left) != 0 {
		t.Errorf("still in force: %v", left)
	}
}
