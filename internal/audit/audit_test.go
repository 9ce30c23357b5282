package audit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

type book struct {
	*audit.Service
	db    *db.DB
	clock atomic.Int64 // Unix ms
}

func each(t *testing.T, fn func(t *testing.T, b *book)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := &book{db: d}
		b.clock.Store(1_000_000)
		b.Service = audit.New(d, slog.New(slog.DiscardHandler), func() time.Time { return time.UnixMilli(b.clock.Load()) })
		dbtest.Migrated(t, d, audit.Module(b.Service))
		fn(t, b)
	})
}

func (b *book) ids(t *testing.T, workspaceID string, f audit.Filter) (all []string) {
	t.Helper()
	page, err := b.List(context.Background(), workspaceID, f, httpx.Page{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Items {
		all = append(all, e.Subject.ID)
	}
	return all
}

func TestTheLogPagesAndFilters(t *testing.T) {
	each(t, func(t *testing.T, b *book) {
		ani := audit.As(context.Background(), audit.Actor{Kind: audit.Member, ID: "ani", Name: "Ani"})
		for i := range 7 {
			deed := audit.Deed("member.added")
			if i%2 == 1 {
				deed = "member.role"
			}
			ctx := context.Background()
			if i >= 4 {
				ctx = ani
			}
			if err := b.Write(ctx, "w", deed, audit.Subject{Kind: "member", ID: fmt.Sprint(i)}, nil); err != nil {
				t.Fatal(err)
			}
			if i%3 == 0 { // some share a moment
				b.clock.Add(1)
			}
		}
		if err := b.Write(ani, "other", "member.added", audit.Subject{ID: "x"}, map[string]string{"a": "b"}); err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]struct {
			f    audit.Filter
			want []string
		}{
			"all":            {audit.Filter{}, []string{"6", "5", "4", "3", "2", "1", "0"}},
			"one deed":       {audit.Filter{Deed: "member.role"}, []string{"5", "3", "1"}},
			"a noun's":       {audit.Filter{Deed: "member"}, []string{"6", "5", "4", "3", "2", "1", "0"}},
			"another noun's": {audit.Filter{Deed: "api_key"}, nil},
			"somebody's":     {audit.Filter{Actor: "ani"}, []string{"6", "5", "4"}},
			"done to":        {audit.Filter{Subject: "3"}, []string{"3"}},
			"a stretch":      {audit.Filter{Since: 1_000_001, Until: 1_000_002}, []string{"3", "2", "1"}},
		} {
			if diff := cmp.Diff(c.want, b.ids(t, "w", c.f)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		var paged []string
		p := httpx.Page{Limit: 2}
		for more := true; more; more = p.After != "" {
			page, err := b.List(context.Background(), "w", audit.Filter{}, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Items {
				paged = append(paged, e.Subject.ID)
			}
			p.After = page.Next
		}
		if diff := cmp.Diff([]string{"6", "5", "4", "3", "2", "1", "0"}, paged); diff != "" {
			t.Errorf("in pages (-want +got):\n%s", diff)
		}
		for field, f := range map[string]audit.Filter{"deed": {Deed: "mem"}, "since": {Since: 5, Until: 4}} {
			_, err := b.List(context.Background(), "w", f, httpx.Page{Limit: 2})
			if got, ok := fault.From(err); !ok || got.Kind != fault.Invalid || got.Field != field {
				t.Errorf("%s: got %v", field, err)
			}
		}
	})
}

func TestALineIsThereWithTheDeedOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, b *book) {
		errUndone := errors.New("undone")
		err := b.db.Tx(context.Background(), func(ctx context.Context) error {
			if err := b.Write(ctx, "w", "member.added", audit.Subject{ID: "1"}, nil); err != nil {
				return err
			}
			return errUndone
		})
		if got := b.ids(t, "w", audit.Filter{}); !errors.Is(err, errUndone) || len(got) != 0 {
			t.Errorf("got %v, lines %v", err, got)
		}
	})
}

func TestLinesAreKeptForTwoYears(t *testing.T) {
	each(t, func(t *testing.T, b *book) {
		ctx := context.Background()
		for _, id := range []string{"old", "new"} {
			if err := b.Write(ctx, "w", "member.added", audit.Subject{ID: id}, nil); err != nil {
				t.Fatal(err)
			}
			b.clock.Add(24 * time.Hour.Milliseconds())
		}
		b.clock.Add((2*365-2)*24*time.Hour.Milliseconds() + 1)
		if err := b.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"new"}, b.ids(t, "w", audit.Filter{})); diff != "" {
			t.Errorf("after two years (-want +got):\n%s", diff)
		}
	})
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"203.0.113.77": "203.0.113.0/24", "2001:db8:1:2::5": "2001:db8:1::/48", "127.0.0.1": "127.0.0.1", "::1": "::1",
	} {
		if got := audit.Network(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	if got := audit.Network(netip.Addr{}); got != "" {
		t.Errorf("no address: got %q", got)
	}
}
