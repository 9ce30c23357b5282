package contact_test

import (
	"fmt"
	"testing"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// Many numbers at once, some of them nobody's, one twice, one of another channel.
func TestCardsByPhones(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		var ask []string
		want := map[string]string{}
		for i := range 1200 {
			phone := fmt.Sprintf("62811%07d", i)
			ask = append(ask, phone)
			if i%100 != 0 {
				continue
			}
			c, err := s.Resolve(t.Context(), ws, channel, device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: phone}}})
			if err != nil {
				t.Fatal(err)
			}
			want[phone] = c.ID
		}
		got, err := s.ByPhones(t.Context(), ws, channel, append(ask, ask[100]))
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Errorf("found %d, want %d", len(got), len(want))
		}
		for phone, id := range want {
			if got[phone].ID != id {
				t.Errorf("%s is %q, want %q", phone, got[phone].ID, id)
			}
		}
		if other, err := s.ByPhones(t.Context(), ws, "sms", ask); err != nil || len(other) != 0 {
			t.Errorf("on another channel: %v, %v", other, err)
		}
	})
}
