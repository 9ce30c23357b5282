package wasim_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// reopen makes a network on a folder and goes on there as the same client.
func reopen(t *testing.T, dir string, s *shop) (*wasim.Network, *shop) {
	t.Helper()
	n := wasimtest.Network(t, wasim.Options{Dir: dir})
	phone, ok := n.PhoneByNumber(s.phone.Number())
	if !ok {
		t.Fatalf("the phone %s is gone", s.phone.Number())
	}
	again := watch(wasimtest.On(t, n, s.Container, s.Store), phone)
	if err := again.Connect(); err != nil {
		t.Fatalf("Connect: %v", err)
	}
	if !again.WaitForConnection(wasimtest.Timeout) {
		t.Fatal("the client did not log in again")
	}
	return n, again
}

// sameMessages compares what a phone shows before and after.
func sameMessages(t *testing.T, when string, before, after []wasim.Message) {
	t.Helper()
	if diff := cmp.Diff(before, after, cmpopts.IgnoreFields(wasim.Message{}, "Raw")); diff != "" {
		t.Errorf("messages after %s (-before +after):\n%s", when, diff)
	}
}

// talk sends a text each way and fails unless both arrive, at the sender's own phone too: what that has to ask for
// again would be encrypted while the next text is, and the bare client takes one message key for both.
func talk(t *testing.T, s *shop, budi *wasim.Phone, word string) {
	t.Helper()
	ctx := deadline(t)
	if _, err := s.SendMessage(ctx, types.NewJID(budi.Number(), types.DefaultUserServer), textMessage("to Budi "+word)); err != nil {
		t.Fatalf("SendMessage: %v", err)
	}
	for _, p := range []*wasim.Phone{budi, s.phone} {
		if _, err := p.Await(ctx, hasText("to Budi "+word)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: "from Budi " + word}); err != nil {
		t.Fatalf("Send: %v", err)
	}
	for next(t, s.messages).Message.GetConversation() != "from Budi "+word {
	}
	if err := s.phone.Settle(ctx, s.Store.ID.String()); err != nil {
		t.Fatalf("Settle: %v", err)
	}
}

func TestStateSurvivesAStop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := wasimtest.Network(t, wasim.Options{Dir: dir})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	talk(t, s, budi, "one")
	file := bytes.Repeat([]byte("picture"), 500)
	picture, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Media: &wasim.Media{Type: "image", MIME: "image/png", Data: file}})
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	next(t, s.messages)
	s.Disconnect()
	for i := range 3 {
		if _, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: fmt.Sprint("while away ", i)}); err != nil {
			t.Fatalf("Send: %v", err)
		}
	}
	if _, err := s.phone.Await(ctx, hasText("while away 2")); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	before, own := budi.Messages("", ""), s.phone.Messages("", "")

	n2, again := reopen(t, dir, s)
	budi2, ok := n2.PhoneByNumber(budi.Number())
	if !ok || budi2.LID() != budi.LID() || budi2.Name() != "Budi" || n2.Seed() != n.Seed() || n2.RootKey() != n.RootKey() {
		t.Fatalf("Budi came back as %v (%s), with seed %d; want what he was", budi2, budi2.Name(), n2.Seed())
	}
	for i := range 3 {
		if got, want := next(t, again.messages).Message.GetConversation(), fmt.Sprint("while away ", i); got != want {
			t.Fatalf("queued message: got %q, want %q", got, want)
		}
	}
	sameMessages(t, "a stop (the shop's phone)", own, again.phone.Messages("", ""))
	for i, m := range budi2.Messages("", "") {
		if before[i].ID != m.ID || before[i].Text != m.Text {
			t.Errorf("Budi's message %d: got %+v, want %+v", i, m, before[i])
		}
	}
	if data, err := again.phone.Media(ctx, picture); err != nil || !bytes.Equal(data, file) {
		t.Errorf("the picture: got %d bytes, %v; want the %d sent", len(data), err, len(file))
	}
	talk(t, again, budi2, "two")
	if stats := n2.Stats(); stats.Phones.DecryptErrors != 0 || stats.RetryReceipts != 0 || len(stats.Nacks) != 0 {
		t.Errorf("after a proper stop: got %d decrypt errors, %d retries, nacks %v; want none",
			stats.Phones.DecryptErrors, stats.RetryReceipts, stats.Nacks)
	}
}

// copyWhenSaved copies a running network's folder once every phone's messages are in
// it: that is what a killed process leaves behind.
func copyWhenSaved(t *testing.T, dir string, phones ...*wasim.Phone) string {
	t.Helper()
	ctx := deadline(t)
	saved := func() bool {
		for _, p := range phones {
			data, err := os.ReadFile(filepath.Join(dir, "phones", p.Number()+".json"))
			messages := p.Messages("", "")
			_, phone, _ := bytes.Cut(data, []byte("\n")) // before it, the network names what waits for others too
			if err != nil {
				return false
			}
			for _, m := range messages {
				if !bytes.Contains(phone, []byte(m.ID)) {
					return false
				}
			}
		}
		return true
	}
	for tick := time.NewTicker(5 * time.Millisecond); !saved(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the messages were not written to %s within %s", dir, wasimtest.Timeout)
		}
	}
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.CopyFS(kept, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestStateSurvivesAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := wasimtest.Network(t, wasim.Options{Dir: dir})
	s, budi := openShop(t, n), n.Phone("Budi")
	talk(t, s, budi, "one")
	kept := copyWhenSaved(t, dir, s.phone, budi)
	before := budi.Messages("", "")
	// What happens now is lost to the network, but not to the client: its sessions move on.
	talk(t, s, budi, "two")
	talk(t, s, budi, "three")
	s.Disconnect()

	n2, again := reopen(t, kept, s)
	budi2, ok := n2.PhoneByNumber(budi.Number())
	if !ok {
		t.Fatal("Budi is gone")
	}
	after := budi2.Messages("", "")
	if len(after) < len(before) {
		t.Fatalf("Budi has %d messages, had %d when he was written down", len(after), len(before))
	}
	for i := range before {
		if before[i].ID != after[i].ID {
			t.Errorf("Budi's message %d: got %s, want %s", i, after[i].ID, before[i].ID)
		}
	}
	for i := range 3 {
		talk(t, again, budi2, fmt.Sprint("after ", i))
	}
	if got := n2.Stats(); got.Phones.DuplicateCounters != 0 {
		t.Errorf("got %d message keys used twice, want none", got.Phones.DuplicateCounters)
	}
}

// What waits for a companion that is away is there after a kill, once and in order.
func TestQueueSurvivesAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := wasimtest.Network(t, wasim.Options{Dir: dir})
	s, budi := openShop(t, n), n.Phone("Budi")
	talk(t, s, budi, "one")
	s.Disconnect()
	const count = 5
	for i := range count {
		if _, err := budi.Send(deadline(t), s.phone.Number(), wasim.Content{Text: fmt.Sprint(i)}); err != nil {
			t.Fatalf("Send: %v", err)
		}
	}
	if _, err := s.phone.Await(deadline(t), hasText(fmt.Sprint(count-1))); err != nil {
		t.Fatal(err)
	}
	n2, again := reopen(t, copyWhenSaved(t, dir, s.phone, budi), s)
	for i := range count {
		if got := next(t, again.messages).Message.GetConversation(); got != fmt.Sprint(i) {
			t.Fatalf("queued message: got %q, want %d", got, i)
		}
	}
	if err := again.phone.Settle(deadline(t), again.Store.ID.String()); err != nil {
		t.Fatal(err)
	}
	if waiting, err := again.phone.Queued(again.Store.ID.String()); waiting != 0 || err != nil {
		t.Errorf("after all receipts: %d stanzas wait (%v), want none", waiting, err)
	}
	if got := n2.Stats().RetryReceipts; got != 0 {
		t.Errorf("got %d requests to encrypt again, want none: the ciphertexts were kept", got)
	}
}

// Without changes nothing is written.
func TestIdlePhonesAreNotWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := wasimtest.Network(t, wasim.Options{Dir: dir})
	quiet, busy, other := n.Phone("Diam"), n.Phone("Ani"), n.Phone("Budi")
	copyWhenSaved(t, dir, quiet, busy, other)
	path := filepath.Join(dir, "phones", quiet.Number()+".json")
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, err := busy.Send(deadline(t), other.Number(), wasim.Content{Text: fmt.Sprint(i)}); err != nil {
			t.Fatalf("Send: %v", err)
		}
		if _, err := other.Await(deadline(t), hasText(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		copyWhenSaved(t, dir, busy, other)
	}
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) {
		t.Error("the file of a phone that did nothing was written again")
	}
}

func TestFoldersAreGuarded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n, err := wasim.New(wasim.Options{Dir: dir, Seed: 5})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	number := n.Phone("Ani").Number()
	if _, err := wasim.New(wasim.Options{Dir: dir}); !errors.Is(err, wasim.ErrFolderBusy) {
		t.Errorf("a second network on the folder: got %v, want %v", err, wasim.ErrFolderBusy)
	}
	if err := n.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if _, err := wasim.New(wasim.Options{Dir: dir, Seed: 6}); !errors.Is(err, wasim.ErrFolderSeed) {
		t.Errorf("another seed: got %v, want %v", err, wasim.ErrFolderSeed)
	}
	path := filepath.Join(dir, "phones", number+".json")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, damage := range []string{"", "{", string(whole[:len(whole)/2]), `{"PN":"` + number + `"}`, `{"PN":"` + number + "\"}\n{}", "[]\n[]"} {
		if err := os.WriteFile(path, []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := wasim.New(wasim.Options{Dir: dir}); !errors.Is(err, wasim.ErrFolder) {
			t.Errorf("damaged file %.20q: got %v, want %v", damage, err, wasim.ErrFolder)
		}
		if left, err := os.ReadFile(path); err != nil || string(left) != damage {
			t.Errorf("the damaged file was changed to %.20q (%v)", left, err)
		}
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", whole[:10], 0o600); err != nil {
		t.Fatal(err)
	}
	n, err = wasim.New(wasim.Options{Dir: dir})
	if err != nil {
		t.Fatalf("New on the mended folder: %v", err)
	}
	if got := n.Phones(); len(got) != 1 || got[0].Number() != number || n.Seed() != 5 {
		t.Errorf("got phones %v and seed %d, want %s and 5", got, n.Seed(), number)
	}
	if err := n.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func TestDamagedAboutFileIsNotTakenForANewFolder(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "{}", `{"Format":99,"Seed":1}`, "null"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "network.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := wasim.New(wasim.Options{Dir: dir}); !errors.Is(err, wasim.ErrFolder) {
			t.Errorf("about file %q: got %v, want %v", content, err, wasim.ErrFolder)
		}
	}
}

func TestPhonesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n, err := wasim.New(wasim.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"Wati", "Adi", "Maya", "Budi", "Citra"}
	for _, name := range names {
		n.Phone(name)
	}
	if err := n.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	n, err = wasim.New(wasim.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	n.Phone("Eka")
	got := []string{}
	for _, p := range n.Phones() {
		got = append(got, p.Name())
	}
	if diff := cmp.Diff(append(names, "Eka"), got); diff != "" {
		t.Errorf("names (-want +got): %s", diff)
	}
}
