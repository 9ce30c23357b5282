package apptest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
)

// TestRubbishOnTheSocket has the network write bytes that are no frame, of each kind there is, in front of a stanza: the
// device finds out by itself, also when it understands nothing from then on, and nothing is lost or doubled.
func TestRubbishOnTheSocket(t *testing.T) {
	t.Parallel()
	for kind := range 7 {
		t.Run(fmt.Sprint(kind), func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.talks(t, s.device, s.number, s.sari, "utuh")
			s.spoil(t, wasim.Fault{Kind: wasim.FaultRubbish, Code: kind, Number: s.number})
			says(t, s.sari, s.number, "terdengar?")
			m := s.tell(t, s.device, s.sari.Number(), "masih di sini")
			s.awaitMessage(t, m.ID, "delivered", "read")
			s.awaitIn(t, s.device, s.sari.Number(), textIs("terdengar?"))
			s.talks(t, s.device, s.number, s.sari, "sesudahnya")
			onceEach(t, s.sari, "masih di sini", "dari toko sesudahnya")
			s.onceStored(t, s.sari, "terdengar?", "masih di sini", "dari pelanggan sesudahnya")
			if left := s.net.Faults(); len(left) != 0 {
				t.Errorf("%+v never struck", left)
			}
			if strings.Contains(s.Words(), "panic") {
				t.Error("there was a panic")
			}
		})
	}
}
