package baileys

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestVersionsOfNode(t *testing.T) {
	t.Parallel()
	for version, ok := range map[string]bool{
		"v20.0.0": true, "v22.11.1": true, "v18.20.4": false, "": false, "node": false, "v19": false, "v20": true,
	} {
		if err := checkVersion(version); (err == nil) != ok || (!ok && !errors.Is(err, ErrNode)) {
			t.Errorf("checkVersion(%q): got %v, want ok=%v or ErrNode", version, err, ok)
		}
	}
}

// Where packages come from is the choice of whoever installs them.
func TestLockNamesNoHost(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(content), `"resolved"`) || strings.Contains(string(content), "://registry") {
		t.Error("package-lock.json names the host that packages came from; install with the .npmrc of this folder")
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	t.Parallel()
	kept := &tail{max: 5}
	for _, part := range []string{"abc", "defg", "h"} {
		if n, err := kept.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("Write(%q): got %d, %v", part, n, err)
		}
	}
	if got := kept.String(); got != "defgh" {
		t.Errorf("got %q, want the last five bytes defgh", got)
	}
}

// A client that could reach the real service must not even be made.
func TestForeignAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://198.51.100.7:8010", "http://example.com", "http://localhost.example.com:8010"} {
		client, err := Start(t.Context(), address, "Rina")
		if err == nil {
			client.Close()
			t.Errorf("Start(%q): got a client, want a refusal", address)
			continue
		}
		if !strings.Contains(err.Error(), "not a loopback address") {
			t.Errorf("Start(%q): got %v, want it to say that the address is not loopback", address, err)
		}
	}
}

func TestStartWithoutNetworkSaysWhere(t *testing.T) {
	t.Parallel()
	client, err := Start(t.Context(), "http://127.0.0.1:1", "Rina")
	if err == nil {
		client.Close()
		t.Fatal("Start without a network: got a client, want an error")
	}
	if !strings.Contains(err.Error(), "baileys create") {
		t.Errorf("got %v, want it to name the step that failed", err)
	}
}
