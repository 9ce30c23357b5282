package wasim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// uploads counts the one-time keys of every upload in the log.
func uploads(n *wasim.Network) []int {
	var out []int
	for _, e := range n.Log().Entries(0) {
		if e.Tag == "iq" && e.Direction == "in" && strings.Contains(e.XML, "<registration>") {
			out = append(out, strings.Count(e.XML, "<key>"))
		}
	}
	return out
}

func TestADeviceThatRunsOutOfKeysIsToldToBringMore(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s := openShop(t, n)
	ctx := deadline(t)
	if got := uploads(n); fmt.Sprint(got) != "[50]" {
		t.Fatalf("uploads after linking: got %v, want one of 50 keys", got)
	}
	// The own phone took one when it welcomed the device; 46 strangers leave three, one less than the alarm.
	for i := range 46 {
		if _, err := n.Phone(fmt.Sprint("Orang ", i)).Send(ctx, s.phone.Number(), wasim.Content{Text: "Halo"}); err != nil {
			t.Fatalf("Send: %v", err)
		}
	}
	for range 46 {
		next(t, s.messages)
	}
	for len(uploads(n)) < 2 {
		if ctx.Err() != nil {
			t.Fatalf("no second upload within %s", wasimtest.Timeout)
		}
		// The upload is answered in the background; a round trip of another kind lets it pass.
		if _, err := s.GetBlocklist(ctx); err != nil {
			t.Fatalf("GetBlocklist: %v", err)
		}
	}
	if got := n.Stats().Phones.DecryptErrors; got != 0 {
		t.Errorf("decrypt errors: got %d, want none", got)
	}
}

func TestLinkingWithoutTheShortCutUploadsAllKeys(t *testing.T) {
	t.Parallel()
	n, err := wasim.New(wasim.Options{Seed: 1})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(func() { _ = n.Close() })
	openShop(t, n)
	if got := uploads(n); fmt.Sprint(got) != "[812]" {
		t.Errorf("uploads: got %v, want one of 812 keys", got)
	}
}
