package contact_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

const (
	ws      = "ws-1"
	channel = "test"
)

func each(t *testing.T, fn func(t *testing.T, d *db.DB, s *contact.Service)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := contact.New(d, contact.Config{})
		dbtest.Migrated(t, d, contact.Module(s))
		fn(t, d, s)
	})
}

func phone(v string) device.Address { return device.Address{Kind: device.AddressPhone, Value: v} }
func lid(v string) device.Address   { return device.Address{Kind: device.AddressLID, Value: v} }

func peer(name string, a ...device.Address) device.Peer { return device.Peer{Name: name, Addresses: a} }

func resolve(t *testing.T, s *contact.Service, p device.Peer) contact.Contact {
	t.Helper()
	c, err := s.Resolve(t.Context(), ws, channel, p)
	if err != nil {
		t.Fatalf("Resolve(%v) failed: %v", p, err)
	}
	return c
}

func TestResolveMakesAContactOnce(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		a := resolve(t, s, peer("Budi", phone("6281"), lid("99")))
		if a.Phone != "6281" || a.Name != "Budi" || a.NameSource != contact.NamePush {
			t.Errorf("got %+v, want phone 6281 and the push name Budi", a)
		}
		for _, p := range []device.Peer{peer("", phone("6281")), peer("", lid("99")), peer("", lid("99"), phone("6281"))} {
			if b := resolve(t, s, p); b.ID != a.ID {
				t.Errorf("Resolve(%v) got contact %s, want %s", p, b.ID, a.ID)
			}
		}
		other, err := s.Resolve(t.Context(), "ws-2", channel, peer("", phone("6281")))
		if err != nil || other.ID == a.ID {
			t.Errorf("in another workspace: got %s, %v; want a contact of its own", other.ID, err)
		}
	})
}

func TestResolveWithoutAddress(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		for _, p := range []device.Peer{{}, peer("x", phone("")), peer("x", phone("\x00"))} {
			if _, err := s.Resolve(t.Context(), ws, channel, p); !errors.Is(err, contact.ErrNoAddress) {
				t.Errorf("Resolve(%v) got %v, want ErrNoAddress", p, err)
			}
		}
	})
}

// The same person comes first by one address, then by the other, then by both.
func TestResolveMergesInBothOrders(t *testing.T) {
	for name, order := range map[string][2]device.Address{
		"lid before phone": {lid("99"), phone("6281")},
		"phone before lid": {phone("6281"), lid("99")},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
				var merges []contact.Merge
				s.Merged.Add("test", func(_ context.Context, m contact.Merge) error {
					merges = append(merges, m)
					return nil
				})
				elder := resolve(t, s, peer("Budi", order[0]))
				younger := resolve(t, s, peer("", order[1]))
				if elder.ID == younger.ID {
					t.Fatal("two unrelated addresses got one contact")
				}
				both := resolve(t, s, peer("", order[1], order[0]))
				if both.ID != elder.ID || both.Phone != "6281" || both.Name != "Budi" {
					t.Errorf("merged contact: got %+v, want %s with the phone and the name", both, elder.ID)
				}
				if len(merges) != 1 || merges[0].Gone.ID != younger.ID || len(merges[0].Moved) != 1 {
					t.Fatalf("merges: got %+v, want one of %s with its identity", merges, younger.ID)
				}
				for _, a := range order {
					if c := resolve(t, s, peer("", a)); c.ID != elder.ID {
						t.Errorf("%v: got %s, want %s", a, c.ID, elder.ID)
					}
				}
				if c, err := s.Get(t.Context(), ws, younger.ID); err != nil || c.ID != elder.ID {
					t.Errorf("Get of the merged one: got %s, %v; want %s", c.ID, err, elder.ID)
				}
			})
		})
	}
}

func TestAVetoUndoesAMerge(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		veto := errors.New("no")
		a, b := resolve(t, s, peer("", lid("1"))), resolve(t, s, peer("", phone("2")))
		s.Merged.Add("veto", func(context.Context, contact.Merge) error { return veto })
		if _, err := s.Resolve(t.Context(), ws, channel, peer("", lid("1"), phone("2"))); !errors.Is(err, veto) {
			t.Fatalf("got %v, want the veto", err)
		}
		if c := resolve(t, s, peer("", lid("1"))); c.ID != a.ID {
			t.Errorf("lid: got %s, want %s", c.ID, a.ID)
		}
		if c := resolve(t, s, peer("", phone("2"))); c.ID != b.ID {
			t.Errorf("phone: got %s, want %s", c.ID, b.ID)
		}
	})
}

func TestNamesOfMembersStay(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		resolve(t, s, peer("", phone("6281")))
		var c contact.Contact
		if c = resolve(t, s, peer("budi_99", phone("6281"))); c.Name != "budi_99" {
			t.Errorf("empty name: got %q, want the push name", c.Name)
		}
		if c = resolve(t, s, peer("Budi S", phone("6281"))); c.Name != "Budi S" {
			t.Errorf("push name: got %q, want the newer one", c.Name)
		}
		given := "Pak Budi"
		if _, err := s.Update(t.Context(), ws, c.ID, contact.Change{Name: &given}); err != nil {
			t.Fatal(err)
		}
		if c = resolve(t, s, peer("Someone", phone("6281"))); c.Name != given || c.NameSource != contact.NameGiven {
			t.Errorf("given name: got %q (%s), want %q", c.Name, c.NameSource, given)
		}
		long := resolve(t, s, peer(strings.Repeat("x", 10_000)+"\x00\n", phone("6282")))
		if n := len(long.Name); n != 200 {
			t.Errorf("a book as a name: got %d characters, want 200", n)
		}
	})
}

// People call themselves what they like: what is kept is what can be seen, and turns nothing around.
func TestANameCanBeSeen(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		for i, c := range []struct{ name, want string }{
			{"\u202egnis rotareposO\u202c", "gnis rotareposO"},
			{"Budi\u2067\u200f!", "Budi!"},
			{"\u200b\u200d\ufeff\u2060", ""},
			{"\u3164\u115f\uffa0 \u2800\ufe0f", ""},
			{"\u0301\u0301", ""},
			{"Ani\u2028\u0085Bu", "Ani  Bu"},
			{"👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"},
			{"می\u200cخواهم", "می\u200cخواهم"},
			{"שלום", "שלום"},
		} {
			if got := resolve(t, s, peer(c.name, phone(fmt.Sprint("628", i)))).Name; got != c.want {
				t.Errorf("%+q became %+q, want %+q", c.name, got, c.want)
			}
		}
	})
}

// Many writers meet the same new addresses at once, in all orders.
func TestConcurrentResolvesMakeOneContact(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		for round := range 5 {
			p, l := phone(fmt.Sprint("62", round)), lid(fmt.Sprint("9", round))
			peers := []device.Peer{peer("", p), peer("", l), peer("", p, l), peer("", l, p)}
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() {
					if _, err := s.Resolve(t.Context(), ws, channel, peers[i%len(peers)]); err != nil {
						t.Errorf("Resolve failed: %v", err)
					}
				})
			}
			wg.Wait()
			a, b := resolve(t, s, peer("", p)), resolve(t, s, peer("", l))
			if a.ID != b.ID {
				t.Errorf("round %d: got contacts %s and %s, want one", round, a.ID, b.ID)
			}
			ids, err := s.Identities(t.Context(), ws, a.ID)
			if err != nil || len(ids) != 2 {
				t.Errorf("round %d: got identities %v, %v; want two", round, ids, err)
			}
		}
	})
}

func TestListPagesByName(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		for i, name := range []string{"dewi", "Agus", "", "budi", "Citra 100%"} {
			resolve(t, s, peer(name, phone(fmt.Sprint("628", i))))
		}
		g := resolve(t, s, device.Peer{Group: true, Name: "Arisan", Addresses: []device.Address{{Kind: device.AddressGroup, Value: "1-2"}}})
		got := func(f contact.Filter) (names []string) {
			for {
				p, err := s.List(t.Context(), ws, f)
				if err != nil {
					t.Fatalf("List(%+v) failed: %v", f, err)
				}
				for _, c := range p.Contacts {
					names = append(names, c.Display())
				}
				if f.After = p.Next; p.Next == "" {
					return names
				}
			}
		}
		for _, c := range []struct {
			f    contact.Filter
			want []string
		}{
			{contact.Filter{Limit: 2}, []string{"Agus", "Arisan", "budi", "Citra 100%", "dewi", "+6282"}},
			{contact.Filter{Kind: contact.FilterGroups}, []string{g.Name}},
			{contact.Filter{Kind: contact.FilterPeople, Search: "BUD"}, []string{"budi"}},
			{contact.Filter{Search: "0%"}, []string{"Citra 100%"}},
			{contact.Filter{Search: "6280"}, []string{"dewi"}},
			{contact.Filter{Search: "nobody"}, nil},
		} {
			if diff := cmp.Diff(c.want, got(c.f)); diff != "" {
				t.Errorf("List(%+v) (-want +got):\n%s", c.f, diff)
			}
		}
		if _, err := s.List(t.Context(), ws, contact.Filter{After: "xx"}); err == nil {
			t.Error("a made-up cursor was taken")
		}
	})
}

func TestCreateAndUpdateRefuseWhatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		c, err := s.Create(t.Context(), ws, channel, " Sari ", "62811")
		if err != nil || c.Name != "Sari" || c.NameSource != contact.NameGiven {
			t.Fatalf("Create: got %+v, %v", c, err)
		}
		if _, err := s.Create(t.Context(), ws, channel, "Sari", "62811"); !errors.Is(err, contact.ErrTaken) {
			t.Errorf("the same number again: got %v, want ErrTaken", err)
		}
		if _, err := s.Create(t.Context(), ws, channel, "\x00 ", "62812"); !errors.Is(err, contact.ErrName) {
			t.Errorf("no name: got %v, want ErrName", err)
		}
		long := strings.Repeat("y", 201)
		if _, err := s.Update(t.Context(), ws, c.ID, contact.Change{Name: &long}); !errors.Is(err, contact.ErrName) {
			t.Errorf("long name: got %v, want ErrName", err)
		}
		name := "x"
		if _, err := s.Update(t.Context(), "ws-2", c.ID, contact.Change{Name: &name}); !errors.Is(err, contact.ErrNotFound) {
			t.Errorf("a stranger's contact: got %v, want ErrNotFound", err)
		}
	})
}
