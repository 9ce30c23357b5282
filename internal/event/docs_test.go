package event_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/event"
)

//arch:global a flag of the tests
var update = flag.Bool("update", false, "write docs/events.md anew")

const docs = "../../docs/events.md"

// docs/events.md has each type with its example, as the table has them, between its introduction and its end.
func TestTheDocumentationIsOfTheTable(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- types: begin -->\n", "<!-- types: end -->\n"
	old, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(old), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no %q … %q", docs, begin, end)
	}
	want := head + begin + typesPage(t) + end + tail
	if *update {
		if err := os.WriteFile(docs, []byte(want), 0o644); err != nil { //nolint:gosec // everybody may read it
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(old)); diff != "" {
		t.Errorf("run the test with -update (-want +got):\n%s", diff)
	}
}

func typesPage(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("| type | version | when |\n|---|---|---|\n")
	for _, k := range event.Kinds() {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %d | %s |\n", k.Type, strings.ReplaceAll(string(k.Type), ".", ""), k.Version, k.Summary)
	}
	for _, k := range event.Kinds() {
		text, err := json.MarshalIndent(k.Example, "", "  ")
		if err != nil {
			t.Fatalf("%s: %v", k.Type, err)
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n```json\n%s\n```\n", k.Type, k.Summary, text)
	}
	return b.String()
}

func TestTheTableIsWhole(t *testing.T) {
	t.Parallel()
	seen := map[event.Type]bool{}
	for _, k := range event.Kinds() {
		if seen[k.Type] {
			t.Errorf("%s is there twice", k.Type)
		}
		seen[k.Type] = true
		noun, deed, ok := strings.Cut(string(k.Type), ".")
		if !ok || noun == "" || deed == "" || k.Version < 1 || !strings.HasSuffix(k.Summary, ".") {
			t.Errorf("%+v is not whole", k)
		}
		if reflect.TypeOf(k.Example).Kind() != reflect.Struct {
			t.Errorf("%s has an example of %T: the API's document can't describe it", k.Type, k.Example)
		}
	}
}
