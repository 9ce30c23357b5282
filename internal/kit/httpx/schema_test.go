package httpx

import (
	"encoding/json"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

func TestSchemaNamesTellPackagesApart(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		"Fault":            fault.Fault{},
		"FaultText":        &fault.Text{},
		"Answer":           Answer{},
		"ListFault":        List[fault.Fault]{},
		"ListFaultText":    List[fault.Text]{},
		"ListString":       List[string]{},
		"ListTimeDuration": List[time.Duration]{},
		"SlogRecord":       slog.Record{},
		"Hint":             struct{ A int }{},
	} {
		if got := schemaName(reflect.TypeOf(v), "Hint"); got != want {
			t.Errorf("schemaName(%T) = %q, want %q", v, got, want)
		}
	}
}

func TestNULIsFoundHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		`"a\u0000"`: true, `"\\u0000"`: false, `"\\\u0000"`: true, `"\\\\u0000"`: false, `"\\u0000\u0000"`: true,
		`{"\u0000":1}`: true, `"\u00001"`: true, `"u0000"`: false, ``: false,
	} {
		if got := escapesNUL([]byte(body)); got != want {
			t.Errorf("escapesNUL(%s) = %v, want %v", body, got, want)
		}
	}
}

// What checkText lets through holds no NUL once it is decoded, and what it refuses does.
func FuzzCheckText(f *testing.F) {
	for _, s := range []string{`{"a":"\u0000"}`, `"\\u0000"`, `["\\\u0000"]`, "\"\xff\"", `{"a\u0000b":[1,null]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var v any
		if json.Unmarshal(body, &v) != nil || !utf8.Valid(body) {
			return
		}
		if got, want := checkText(body) != nil, holdsNUL(v); got != want {
			t.Errorf("checkText(%s) refuses: %v, it holds a NUL: %v", body, got, want)
		}
	})
}

func holdsNUL(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, "\x00")
	case []any:
		return slices.ContainsFunc(v, holdsNUL)
	case map[string]any:
		for k, x := range v {
			if holdsNUL(k) || holdsNUL(x) {
				return true
			}
		}
	}
	return false
}
