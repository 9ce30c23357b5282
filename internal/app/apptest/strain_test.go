package apptest_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// heard counts the texts that were told as received since a place in the event log.
func (s *shop) heard(t *testing.T, after int64) map[string]int {
	t.Helper()
	got := map[string]int{}
	s.hear(t, after, got)
	return got
}

// hear adds to got what was told as received since a place, and returns the newest place.
func (s *shop) hear(t *testing.T, after int64, got map[string]int) int64 {
	t.Helper()
	list, newest := history(t, s.Server, after, "")
	for _, e := range list {
		if e.Type == "message.received" {
			got[e.Data.Message.Content.Text]++
		}
	}
	return max(after, newest)
}

// hearsOnce waits until each text was received, and fails unless it was exactly once.
func (s *shop) hearsOnce(t *testing.T, after int64, texts []string) {
	t.Helper()
	got := map[string]int{}
	var missing []string
	if !apptest.Eventually(100*time.Second+time.Duration(len(texts))*30*time.Millisecond, func() bool {
		after = s.hear(t, after, got) // never all again, which costs the server more than what it is asked about
		missing = nil
		for _, text := range texts {
			if got[text] == 0 {
				missing = append(missing, text)
			}
		}
		return len(missing) == 0
	}) {
		t.Fatalf("%d of %d messages were never received: %q", len(missing), len(texts), missing)
	}
	for _, text := range texts {
		if got[text] != 1 {
			t.Errorf("%q was received %d times, want once", text, got[text])
		}
	}
}

// uploads counts how often devices brought new one-time keys.
func (s *shop) uploads() (n int) {
	for _, e := range s.net.Log().Entries(0) {
		if e.Tag == "iq" && e.Direction == "in" && strings.Contains(e.XML, "<registration>") {
			n++
		}
	}
	return n
}

// crowd has many strangers write at once, and returns what they wrote.
func (s *shop) crowd(t *testing.T, people int, word string) (texts []string) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range people {
		p, text := s.net.Phone(fmt.Sprint("Orang ", word, i)), fmt.Sprintf("%s %d", word, i)
		texts = append(texts, text)
		wg.Go(func() {
			if _, err := p.Send(context.Background(), s.number, wasim.Content{Text: text}); err != nil {
				t.Errorf("%s could not write: %v", p.Name(), err)
			}
		})
	}
	wg.Wait()
	return texts
}

// TestTheOneTimeKeysRunOut has more strangers write than the device has one-time keys for, first while its server is
// down, so that nobody brings new ones, then while it is there: everything is read, once, and there are new keys.
func TestTheOneTimeKeysRunOut(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	people := 200
	if raced {
		people = 70 // a device in these tests has 50 keys
	}
	people = number(t, "PING_TEST_STRANGERS", people)
	s.talks(t, s.device, s.number, s.sari, "sebelumnya")
	_, from := history(t, s.Server, 0, "")
	s.Stop()
	before := s.uploads()
	away := s.crowd(t, people, "tutup")
	if n := s.uploads(); n != before {
		t.Errorf("%d uploads of keys while nobody was there", n-before)
	}
	s.Run()
	s.AwaitOnline()
	s.hearsOnce(t, from, away)
	s.Await("new keys", func() bool { return s.uploads() > before })
	_, from = history(t, s.Server, from, "")
	s.hearsOnce(t, from, s.crowd(t, people, "buka"))
	s.talks(t, s.device, s.number, s.sari, "sesudahnya")
	if stats := s.net.Stats(); stats.RetryReceipts != 0 || stats.Phones.DecryptErrors != 0 {
		t.Errorf("%d messages had to be asked for again and %d could not be read by phones, want none", stats.RetryReceipts, stats.Phones.DecryptErrors)
	}
}

// TestManyDevicesComeBackAtOnce ends the network for some seconds and brings it back (PING_TEST_DEVICES, 20 if nothing is
// said): all devices are online again without hands, each with one socket, in the time that the pace allows; what was
// written meanwhile, in and out, is there once; and the storm needs no memory to speak of.
func TestManyDevicesComeBackAtOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	n := number(t, "PING_TEST_DEVICES", 20)
	devices, numbers := s.linkMany(t, n)
	_, from := history(t, s.Server, 0, "")
	s.forgetPeak(t)
	rest := s.memory(t, "VmRSS")

	away := s.spoil(t, wasim.Fault{Kind: wasim.FaultConnect, Code: 503, Times: -1})
	logins := s.net.Stats().Logins
	s.spoil(t, wasim.Fault{Kind: wasim.FaultClose})
	var in, out []string
	var sent []messageView
	for i, d := range devices {
		in, out = append(in, fmt.Sprint("masuk ", i)), append(out, fmt.Sprint("keluar ", i))
		says(t, s.sari, numbers[i], in[i])
		sent = append(sent, s.tell(t, d, s.sari.Number(), out[i]))
	}
	for _, d := range devices {
		s.awaitDevice(t, d, func(d deviceView) bool { return d.State != "online" })
	}
	s.Await("everybody has been refused", func() bool { return s.net.Stats().LoginFailures >= int64(n) })
	refused := s.net.Stats().LoginFailures
	s.net.RemoveFault(away)
	began := time.Now()
	// The waits between tries double up to a minute.
	if !apptest.Eventually(2*time.Minute+time.Duration(n)*100*time.Millisecond, func() bool { return s.net.Stats().Logins-logins >= int64(n) }) {
		t.Fatalf("%d of %d logged in again", s.net.Stats().Logins-logins, n)
	}
	for _, d := range devices {
		s.awaitState(t, d, "online")
	}
	back := time.Since(began)
	s.hearsOnce(t, from, in)
	for _, m := range sent {
		s.awaitMessage(t, m.ID, "delivered")
	}
	onceEach(t, s.sari, out...)
	peak := s.memory(t, "VmHWM")
	t.Logf("%d devices were back in %v after %d refused logins; memory %d MiB before, %d at most", n, back.Round(time.Millisecond), refused, rest>>10, peak>>10)
	if limit := rest + rest/2 + 64<<10; peak > limit {
		t.Errorf("the storm needed %d MiB, want %d at most", peak>>10, limit>>10)
	}
	if stats := s.net.Stats(); stats.MostSocketsPerDevice != 1 || stats.Phones.DecryptErrors != 0 {
		t.Errorf("a device had %d sockets at once, want 1; %d messages could not be read, want none", stats.MostSocketsPerDevice, stats.Phones.DecryptErrors)
	}
}

// linkMany has n linked devices that have each talked to the customer, the demo's among them.
func (s *shop) linkMany(t *testing.T, n int) (devices, numbers []string) {
	t.Helper()
	devices, numbers = []string{s.device}, []string{s.number}
	var phones []*wasim.Phone
	for i := range n - 1 {
		phones = append(phones, s.net.Phone(fmt.Sprint("Toko ", i)))
		devices, numbers = append(devices, s.makeDevice(t, fmt.Sprint("Nomor ", i))), append(numbers, phones[i].Number())
	}
	t.Run("link", func(t *testing.T) {
		for i, p := range phones {
			t.Run(p.Name(), func(t *testing.T) {
				t.Parallel()
				s.linkByQR(t, devices[i+1], p)
			})
		}
	})
	for i, d := range devices {
		s.talks(t, d, numbers[i], s.sari, fmt.Sprint("pertama ", i))
	}
	return devices, numbers
}

// memory is a figure of the server's process in KiB, as the kernel counts: VmRSS is now, VmHWM at most.
func (s *shop) memory(t *testing.T, name string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PID()))
	if err != nil {
		t.Fatalf("memory can't be measured here: %v", err)
	}
	found := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("no %s in the process's status", name)
	}
	kib, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kib
}

// forgetPeak has the kernel measure the most memory anew.
func (s *shop) forgetPeak(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.PID()), []byte("5"), 0); err != nil {
		t.Fatalf("memory can't be measured here: %v", err)
	}
}
