package wasim

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	randv2 "math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/wasim/internal/handset"
	"github.com/pingcrm/pingcrm/wasim/internal/mediastore"
	"github.com/pingcrm/pingcrm/wasim/internal/newsletter"
	"github.com/pingcrm/pingcrm/wasim/internal/noise"
)

const defaultLogSize = 4096

// Network is a simulated WhatsApp with its accounts, phones and media.
// All methods are safe for concurrent use.
type Network struct {
	opts      Options
	authority *noise.Authority
	log       *Log
	pulse     *pulse
	count     counters
	faults    faults
	accounts  registry
	pairing   pairing
	calls     calls
	letters   newsletter.Book
	groups    hall
	media     *mediastore.Store
	folder    *folder
	http      *http.Server
	pipes     *pipeListener

	ctx    context.Context //nolint:containedctx // it is the network's life, which no call hands down
	cancel context.CancelFunc
	// mu guards closed and lets Close wait for all goroutines that were started before it.
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// New makes a network, empty or with what Options.Dir has of an earlier run. Close ends it.
func New(opts Options) (*Network, error) {
	folder, err := openFolder(&opts)
	if err != nil {
		return nil, err
	}
	n, err := open(opts, folder)
	if err != nil && folder != nil {
		_ = folder.lock.Close()
	}
	return n, err
}

func open(opts Options, folder *folder) (*Network, error) {
	if err := complete(&opts); err != nil {
		return nil, err
	}
	n := &Network{
		opts: opts, log: newLog(opts.LogSize), pulse: newPulse(), accounts: newRegistry(), groups: newHall(),
		pairing: newPairing(), pipes: newPipeListener(), folder: folder,
	}
	handset.Quiet()
	n.ctx, n.cancel = context.WithCancel(context.Background())
	n.count.init()
	n.faults.seed = opts.Seed
	n.faults.fired = func() { n.count.fired.Add(1) }
	var err error
	// Clients keep the root in a variable of their process, so all networks share
	// one. The certificates are for the clients' clock, not for ours.
	if n.authority, err = noise.NewAuthority(newRandom(0, "authority", 0), time.Now()); err != nil {
		return nil, fmt.Errorf("wasim: %w", err)
	}
	media := mediastore.Config{Fault: n.spoilMedia}
	if opts.Dir != "" {
		media.Dir = filepath.Join(opts.Dir, mediaDir)
	}
	if n.media, err = mediastore.New(media); err != nil {
		return nil, fmt.Errorf("wasim: %w", err)
	}
	n.http = n.newHTTP()
	if err := n.openState(); err != nil {
		n.folder = nil // What was read of it so far must not be written back.
		return nil, errors.Join(err, n.Close())
	}
	if opts.Chaos != (Chaos{}) {
		if err := n.AddChaos(opts.Chaos); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	n.spawn(func() { _ = n.http.Serve(n.pipes) })
	return n, nil
}

func complete(opts *Options) error {
	if opts.Seed == 0 {
		var b [8]byte
		_, _ = rand.Read(b[:])
		opts.Seed = binary.BigEndian.Uint64(b[:])
	}
	if opts.Clock == nil {
		opts.Clock = systemClock{}
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.LogSize <= 0 {
		opts.LogSize = defaultLogSize
	}
	switch opts.Addressing {
	case "":
		opts.Addressing = AddressLID
	case AddressLID, AddressPhone:
	default:
		return fmt.Errorf("wasim: addressing %q, want %q or %q", opts.Addressing, AddressLID, AddressPhone)
	}
	return nil
}

// Close ends all connections, listeners and goroutines, and writes the state to
// Options.Dir if there is one; only that can fail. A second call does nothing.
func (n *Network) Close() error {
	n.mu.Lock()
	first := !n.closed
	n.closed = true
	n.mu.Unlock()
	if first {
		n.cancel()
		_ = n.http.Close()
		_ = n.pipes.Close()
		for _, a := range n.accounts.accounts() {
			a.phone.inbox.close()
		}
	}
	n.running.Wait()
	if first {
		return n.closeFolder()
	}
	return nil
}

// spawn starts f unless the network is closed; Close waits for it.
func (n *Network) spawn(f func()) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return false
	}
	n.running.Add(1)
	go func() {
		defer n.running.Done()
		f()
	}()
	return true
}

func (n *Network) isClosed() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.closed
}

// after calls f when d has passed on the network's clock, unless the network is closed by then.
func (n *Network) after(d time.Duration, f func()) {
	n.opts.Clock.AfterFunc(d, func() { n.spawn(f) })
}

func (n *Network) now() time.Time { return n.opts.Clock.Now() }

// random is a source of numbers that depends on the seed, a purpose and a serial
// number only, so that what one goroutine draws doesn't change what another one gets.
func (n *Network) random(purpose string, serial int64) io.Reader {
	return newRandom(n.opts.Seed, purpose, serial)
}

func newRandom(seed uint64, purpose string, serial int64) *randv2.ChaCha8 {
	h := sha256.New()
	_ = binary.Write(h, binary.BigEndian, seed)
	_ = binary.Write(h, binary.BigEndian, serial)
	_, _ = io.WriteString(h, purpose)
	return randv2.NewChaCha8([32]byte(h.Sum(nil)))
}

// Seed is the seed in use.
func (n *Network) Seed() uint64 { return n.opts.Seed }

// RootKey is the public key that signs the network's certificates: what
// whatsmeow.WACertPubKey must be set to, once, before the first client connects.
// It is the same for all networks, whatever their seed.
func (n *Network) RootKey() [32]byte { return n.authority.Root() }

// Log is the stanza log.
func (n *Network) Log() *Log { return n.log }
