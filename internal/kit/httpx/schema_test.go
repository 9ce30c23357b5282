package httpx

import (
	"log/slog"
	"reflect"
	"testing"
	"time"

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
