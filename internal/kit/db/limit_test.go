package db_test

import (
	"context"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
)

// ice is a way to PostgreSQL that can be frozen: its sockets stay open and nothing comes through any more.
type ice struct {
	mu     sync.Mutex
	frozen chan struct{} // closed while it is not
}

func (i *ice) freeze() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.frozen = make(chan struct{})
}

func (i *ice) thaw() {
	i.mu.Lock()
	defer i.mu.Unlock()
	close(i.frozen)
}

func (i *ice) wait() {
	i.mu.Lock()
	open := i.frozen
	i.mu.Unlock()
	<-open
}

// pass copies until either side ends.
func (i *ice) pass(to, from net.Conn) {
	defer to.Close()
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		i.wait()
		if _, werr := to.Write(b[:n]); werr != nil || err != nil {
			return
		}
	}
}

// frozenWay opens the test's PostgreSQL through ice.
func frozenWay(t *testing.T, silence time.Duration) (*db.DB, *ice) {
	t.Helper()
	conf, err := pgx.ParseConfig(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	network, far := pgconn.NetworkAddress(conf.Host, conf.Port)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	i := &ice{}
	i.freeze()
	i.thaw()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial(network, far)
			if err != nil {
				_ = c.Close()
				continue
			}
			go i.pass(c, s)
			go i.pass(s, c)
		}
	}()
	u := &url.URL{Scheme: "postgres", User: url.UserPassword(conf.User, conf.Password), Host: l.Addr().String(), Path: conf.Database, RawQuery: "sslmode=disable"}
	d, err := db.Open(t.Context(), db.Config{URL: u.String(), Silence: silence})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d, i
}

// A server that is frozen holds nobody up: calls and transactions fail as something that passes, and work again when it
// is back.
func TestAFrozenServerHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	d, i := frozenWay(t, 300*time.Millisecond)
	one := func(ctx context.Context) error {
		var n int
		return d.QueryRow(ctx, "SELECT 1").Scan(&n)
	}
	if err := one(t.Context()); err != nil {
		t.Fatal(err)
	}
	i.freeze()
	began := time.Now()
	for what, call := range map[string]func() error{
		"a read":        func() error { return one(t.Context()) },
		"a transaction": func() error { return d.Tx(t.Context(), one) },
		"a write":       func() error { _, err := d.Exec(t.Context(), "SELECT 1"); return err },
	} {
		if err := call(); err == nil || !db.Transient(err) {
			t.Errorf("%s of a frozen server: got %v, want something that passes", what, err)
		}
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v to give up", took)
	}
	i.thaw()
	late := time.Now().Add(20 * time.Second)
	for err := one(t.Context()); err != nil; err = one(t.Context()) {
		if time.Now().After(late) {
			t.Fatalf("after the thaw: %v", err)
		}
	}
}

// A slow answer within the limit, and bytes that keep coming, are no silence.
func TestASlowServerIsWaitedFor(t *testing.T) {
	t.Parallel()
	d, _ := frozenWay(t, 2*time.Second)
	var n int
	if err := d.QueryRow(t.Context(), "SELECT count(*) FROM (SELECT pg_sleep(0.5)) x").Scan(&n); err != nil || n != 1 {
		t.Errorf("got %d, %v, want 1", n, err)
	}
}
