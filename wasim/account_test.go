package wasim

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.mau.fi/whatsmeow/types"
	"pgregory.net/rapid"
)

func TestNumbersAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"081234567890", "6281234567890"},
		{"81234567890", "6281234567890"},
		{"+62 812-3456-7890", "6281234567890"},
		{"6281234567890", "6281234567890"},
		{"0062 81234567890", "6281234567890"},
		{"(0812) 3456.7890", "6281234567890"},
		{"+14155550123", "14155550123"},
		{"+81312345678", "81312345678"},
	} {
		if got, err := digitsOf(c.in); err != nil || got != c.want {
			t.Errorf("%q: got %q, %v, want %q", c.in, got, err, c.want)
		}
	}
	for _, in := range []string{"", "+", "0812", "x", "0812345678901234567", "0812\x00345678", "٠٨١٢٣٤٥٦٧٨٩", "62812a4567890"} {
		if got, err := digitsOf(in); !errors.Is(err, ErrNumber) {
			t.Errorf("%q: got %q, %v, want %v", in, got, err, ErrNumber)
		}
	}
}

func FuzzDigitsOf(f *testing.F) {
	for _, s := range []string{"0812-3456-7890", "+62", "٠", "0000000000", "+0 812 3456"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := digitsOf(in)
		if err != nil {
			return
		}
		if len(got) < minDigits || len(got) > maxDigits || strings.Trim(got, "0123456789") != "" {
			t.Errorf("%q: got %q", in, got)
		}
		if again, err := digitsOf("+" + got); err != nil || again != got {
			t.Errorf("%q read again: got %q, %v, want %q", in, again, err, got)
		}
	})
}

func testNetwork(t *testing.T) *Network {
	t.Helper()
	n, err := New(Options{Seed: 3})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func TestAPhoneIsFoundByAnythingThatNamesIt(t *testing.T) {
	t.Parallel()
	n := testNetwork(t)
	p, err := n.AddPhone(PhoneOptions{Name: "Budi", Number: "0812-3456-7890"})
	if err != nil {
		t.Fatalf("AddPhone: %v", err)
	}
	for _, name := range []string{
		"6281234567890", "+62 812 3456 7890", "081234567890", p.LID(), p.LID() + "@lid",
		"6281234567890@s.whatsapp.net", "6281234567890:3@s.whatsapp.net", "6281234567890@c.us",
	} {
		if got, ok := n.PhoneByNumber(name); !ok || got != p {
			t.Errorf("%q finds nobody", name)
		}
	}
	for _, name := range []string{"", "@", "6281234567891", "x@y@z", "6281234567890@g.us", "1.2.3@s.whatsapp.net"} {
		if got, ok := n.PhoneByNumber(name); ok {
			t.Errorf("%q finds %s", name, got.Number())
		}
	}
	if _, err := n.AddPhone(PhoneOptions{Number: "+6281234567890"}); !errors.Is(err, ErrNumberTaken) {
		t.Errorf("the same number: got %v, want %v", err, ErrNumberTaken)
	}
}

func TestTheSameSeedGivesTheSamePhones(t *testing.T) {
	t.Parallel()
	a, b := testNetwork(t), testNetwork(t)
	for range 20 {
		x, y := a.Phone("x"), b.Phone("y")
		if x.Number() != y.Number() || x.LID() != y.LID() {
			t.Fatalf("got %s/%s and %s/%s, want the same", x.Number(), x.LID(), y.Number(), y.LID())
		}
	}
}

func TestDeviceNumbersAreUsedAgainOnlyWhenFree(t *testing.T) {
	t.Parallel()
	a := newAccount("62811", "1", "x", 0)
	var devices []*device
	for i := range maxDevice {
		d, err := a.link([32]byte{byte(i)}, &keyRing{})
		if err != nil || d.id != i+1 {
			t.Fatalf("device %d: got %v, %v", i+1, d, err)
		}
		devices = append(devices, d)
	}
	if _, err := a.link([32]byte{}, &keyRing{}); err == nil {
		t.Error("a hundredth device was linked")
	}
	a.unlink(devices[41])
	if d, err := a.link([32]byte{}, &keyRing{}); err != nil || d.id != 42 {
		t.Errorf("the free place: got %v, %v, want 42", d, err)
	}
}

func TestDeviceHashIsWhatClientsCompute(t *testing.T) {
	t.Parallel()
	devices := []types.JID{{User: "2", Server: "lid"}, {User: "1", Device: 3, Server: "lid"}}
	swapped := []types.JID{devices[1], devices[0]}
	if a, b := deviceHash(devices), deviceHash(swapped); a != b || len(a) != len("2:")+8 {
		t.Errorf("got %q and %q, want one of 10 characters whatever the order", a, b)
	}
}

// TestQueueModel compares the queue with a plain list while stanzas come, are
// confirmed in any order, and the device comes and goes.
func TestQueueModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var want []string
		remove := func(id string) bool {
			for i, x := range want {
				if x == id {
					want = append(want[:i:i], want[i+1:]...)
					return true
				}
			}
			return false
		}
		id := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				x := id.Draw(t, "id")
				q.put(queueKey{class: "message", id: x}, node{Tag: "message", Attrs: attrs{"id": x}})
				remove(x)
				want = append(want, x)
			},
			"confirm": func(t *rapid.T) {
				x := id.Draw(t, "id")
				if got, was := q.confirm(queueKey{class: "message", id: x}), remove(x); got != was {
					t.Fatalf("confirm %s: got %v, want %v", x, got, was)
				}
			},
			"login": func(t *rapid.T) {
				c := looseConn()
				q.open(c, preview, func([]node) node { return node{Tag: "end"} })
				if got := messageIDs(c.out); strings.Join(got, "") != strings.Join(want, "") {
					t.Fatalf("delivered %v, want %v", got, want)
				}
				q.close(c)
			},
			"": func(t *rapid.T) {
				if got := q.waiting(); got != len(want) {
					t.Fatalf("waiting: got %d, want %d", got, len(want))
				}
				select {
				case <-q.empty():
					if len(want) > 0 {
						t.Fatalf("said to be empty with %v", want)
					}
				default:
					if len(want) == 0 {
						t.Fatal("not said to be empty")
					}
				}
			},
		})
	})
}

// looseConn is a connection without a socket: it only collects.
func looseConn() *conn {
	c := &conn{}
	c.wake = sync.NewCond(&c.mu)
	return c
}

func messageIDs(nodes []node) []string {
	var out []string
	for i := range nodes {
		if nodes[i].Tag == "message" {
			out = append(out, text(&nodes[i], "id"))
		}
	}
	return out
}

func TestSeenIDsForgetTheOldest(t *testing.T) {
	t.Parallel()
	var s seenIDs
	name := strconv.Itoa
	for i := range seenSize {
		if !s.add(name(i)) {
			t.Fatalf("%d is said to be seen", i)
		}
	}
	if s.add(name(0)) {
		t.Error("the first of as many as are kept is forgotten")
	}
	if !s.add("new") || !s.add(name(0)) {
		t.Error("one more did not push the oldest out")
	}
	if s.add(name(2)) {
		t.Error("the third is forgotten too early")
	}
}
