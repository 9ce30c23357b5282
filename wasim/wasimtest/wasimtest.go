// Package wasimtest owns the clients with which tests talk to a simulated
// network: unmodified whatsmeow, unable to reach anything else.
package wasimtest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"
	_ "modernc.org/sqlite" // The clients' session store.

	"github.com/pingcrm/pingcrm/wasim"
)

// Timeout is how long a test waits for anything that should happen at once.
const Timeout = 20 * time.Second

// trust sets the root key once: the library keeps one for the process.
//
//arch:global the library keeps it for the process
var trust sync.Once

// Network makes a network that ends with the test, and prints its last stanzas if
// the test has failed. The zero Options give seed 1 and fast pairing.
func Network(t testing.TB, opts wasim.Options) *wasim.Network {
	t.Helper()
	if opts.Seed == 0 {
		opts.Seed = 1
	}
	opts.FastPairing = true
	n, err := wasim.New(opts)
	if err != nil {
		t.Fatalf("wasim.New: %v", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("last stanzas:\n%s", n.Log().Tail(60))
		}
		_ = n.Close()
	})
	Trust(n)
	return n
}

// Trust makes all whatsmeow clients of this process accept the simulated network and nothing else.
func Trust(n *wasim.Network) {
	trust.Do(func() { whatsmeow.WACertPubKey = n.RootKey() })
}

// Client is an unmodified whatsmeow client and what it stands on.
type Client struct {
	*whatsmeow.Client
	Container *sqlstore.Container
	net       *wasim.Network
}

// NewClient makes an unlinked client with a session store of its own (SQLite, in
// the test's folder) that can dial only this network. It is disconnected when the test ends.
func NewClient(t testing.TB, n *wasim.Network) *Client {
	t.Helper()
	dsn := "file:" + filepath.Join(t.TempDir(), "session.db") +
		"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=busy_timeout(10000)&_txlock=immediate"
	container, err := sqlstore.New(t.Context(), "sqlite", dsn, waLog.Noop)
	if err != nil {
		t.Fatalf("open a session store: %v", err)
	}
	t.Cleanup(func() { _ = container.Close() })
	return On(t, n, container, container.NewDevice())
}

// On makes a client for a device of a session store; a test that restarts a client uses it.
func On(t testing.TB, n *wasim.Network, container *sqlstore.Container, device *store.Device) *Client {
	t.Helper()
	Trust(n)
	cli := whatsmeow.NewClient(device, waLog.Noop)
	Point(cli, n.DialContext)
	t.Cleanup(cli.Disconnect)
	return &Client{Client: cli, Container: container, net: n}
}

// Point leads everything that a client dials to one place, without TLS.
func Point(cli *whatsmeow.Client, dial func(ctx context.Context, network, addr string) (net.Conn, error)) {
	for _, set := range []func(*http.Client){cli.SetPreLoginHTTPClient, cli.SetWebsocketHTTPClient, cli.SetMediaHTTPClient} {
		set(&http.Client{Transport: &http.Transport{DialContext: dial, DialTLSContext: dial, DisableKeepAlives: true}})
	}
}

// Dial leads every connection to one address.
func Dial(addr string) func(ctx context.Context, network, _ string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", addr)
	}
}

// Link connects the client and lets the phone scan its code; it returns when the
// client is logged in, has confirmed the phone's keys and history and fetched the
// shared settings: nothing goes on in the background any more.
func (c *Client) Link(ctx context.Context, phone *wasim.Phone) error {
	synced := c.synced()
	codes, err := c.GetQRChannel(ctx)
	if err != nil {
		return fmt.Errorf("ask for codes: %w", err)
	}
	if err := c.Connect(); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	select {
	case item := <-codes:
		if item.Event != whatsmeow.QRChannelEventCode {
			return fmt.Errorf("got %q instead of a code: %w", item.Event, item.Error)
		}
		if _, err := phone.Scan(ctx, item.Code); err != nil {
			return err
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	if !c.WaitForConnection(Timeout) {
		return fmt.Errorf("linked, but not connected within %s", Timeout)
	}
	// What the own phone sends first would race with the first message to it: the
	// client encrypts for a session while it decrypts with the same.
	if err := phone.Settle(ctx, c.Store.ID.String()); err != nil {
		return err
	}
	select {
	case <-synced:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("linked, but the shared settings were never fetched: %w", ctx.Err())
	}
}

// synced gives a channel that is closed when the client has fetched every
// collection of shared settings, which it does in the background after linking, in any order.
func (c *Client) synced() <-chan struct{} {
	done := make(chan struct{})
	var mu sync.Mutex
	missing := map[appstate.WAPatchName]bool{}
	for _, name := range appstate.AllPatchNames {
		missing[name] = true
	}
	c.AddEventHandler(func(event any) {
		e, ok := event.(*events.AppStateSyncComplete)
		if !ok {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if missing[e.Name] {
			if delete(missing, e.Name); len(missing) == 0 {
				close(done)
			}
		}
	})
	return done
}
