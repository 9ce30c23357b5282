package baileys_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/baileys"
)

// TestBaileysIsLinkedToAPhoneWithAPast links Baileys to a phone that has talked, and changed its settings more often than
// one answer holds patches: it gets the messages as history and the settings as a snapshot, whose MAC it checks and on which
// it writes. The account's key is changed twice under it, and settings go on both ways.
func TestBaileysIsLinkedToAPhoneWithAPast(t *testing.T) {
	t.Parallel()
	for _, addressing := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(addressing), func(t *testing.T) {
			t.Parallel()
			const said, changes = 12, 150
			var budi *wasim.Phone
			s := setUpAfter(t, wasim.Options{Addressing: addressing}, baileys.ByQR, func(ctx context.Context, n *wasim.Network, own *wasim.Phone) {
				budi = n.Phone("Budi")
				for i := range said {
					if _, err := budi.Send(ctx, own.Number(), wasim.Content{Text: fmt.Sprint("dulu ", i)}); err != nil {
						t.Fatal(err)
					}
					if _, err := own.Send(ctx, budi.Number(), wasim.Content{Text: fmt.Sprint("dijawab ", i)}); err != nil {
						t.Fatal(err)
					}
				}
				for i := range changes {
					if err := own.Mark(ctx, wasim.Mark{Kind: wasim.MarkLabel, Label: fmt.Sprint(i + 1), Name: fmt.Sprint("Label ", i)}); err != nil {
						t.Fatal(err)
					}
				}
			})
			for _, text := range []string{fmt.Sprint("dulu ", said-1), fmt.Sprint("dijawab ", said-1), "dulu 0"} {
				s.hears(t, "messaging-history.set", text)
			}
			phone := s.phone(t)
			for round, name := range []string{"Lunas", "Kirim", "Selesai"} {
				label, chat := fmt.Sprint(900+round), budi.Number()+"@s.whatsapp.net"
				s.does(t, "addLabel", nil, chat, map[string]any{"id": label, "name": name, "color": round})
				s.does(t, "addChatLabel", nil, chat, label)
				if _, err := phone.AwaitChat(s.ctx, budi.Number(), func(c wasim.Chat) bool { return len(c.Labels) == round+1 }); err != nil {
					t.Fatalf("label %q of Baileys never reached the phone: %v", name, err)
				}
				if err := phone.Mark(s.ctx, wasim.Mark{Kind: wasim.MarkLabel, Label: fmt.Sprint(800 + round), Name: "HP " + name}); err != nil {
					t.Fatal(err)
				}
				s.hears(t, "labels.edit", "HP "+name)
				if err := phone.RotateAppKey(s.ctx); err != nil {
					t.Fatal(err)
				}
				if err := phone.Settle(s.ctx, phone.Companions()[0]); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(phone.Labels()); n != changes+6 {
				t.Errorf("the phone has %d labels, want %d", n, changes+6)
			}
			s.nothingWentWrong(t)
		})
	}
}
