package control

import (
	"os"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
)

// The reference in wasim/README.md is what callers go by.
func TestReferenceIsComplete(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range new(api).all() {
		if call := "`" + route.method + " " + route.path; !strings.Contains(string(content), call) {
			t.Errorf("wasim/README.md has nothing about %s`", call)
		}
	}
	for _, kind := range wasim.FaultKinds() {
		if !strings.Contains(string(content), "`"+string(kind)+"`") {
			t.Errorf("wasim/README.md has nothing about the fault %q", kind)
		}
	}
}
