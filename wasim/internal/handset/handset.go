// Package handset owns one simulated phone: its Signal keys and sessions, what it
// encrypts, decrypts and shows, and how it links companions. It knows nothing of sockets.
package handset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/appstate"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// What can go wrong with a phone. All of them are the caller's to understand; use errors.Is.
var (
	ErrNoContent      = errors.New("handset: a message needs exactly one of text, media, location, contact, contacts, reaction, poll, vote, edit, revoke, timer and raw")
	ErrMediaType      = errors.New("handset: media type must be image, video, audio, voice, document or sticker")
	ErrNoMessage      = errors.New("handset: no such message on this phone")
	ErrNoMedia        = errors.New("handset: that message has no file")
	ErrDamagedMedia   = errors.New("handset: the downloaded file isn't what its sender encrypted")
	ErrNotOwn         = errors.New("handset: only an own message can be edited or revoked")
	ErrQR             = errors.New("handset: not a linking code: want ref,noise key,identity key,secret[,platform]")
	ErrCodeShape      = errors.New("handset: a linking code has eight characters of 1-9 and A-Z without I, O and U, with or without a dash")
	ErrWrongCode      = errors.New("handset: wrong linking code; look again and type it anew")
	ErrNotPaired      = errors.New("handset: no linking is waiting for this answer")
	ErrBadSignature   = errors.New("handset: the companion's signature doesn't fit its identity")
	ErrSnapshot       = errors.New("handset: snapshot can't be read")
	ErrMark           = errors.New("handset: no such mark; see the Mark constants for the kinds and what each needs")
	ErrUnknownDevices = errors.New("handset: the recipient has no device to encrypt for")

	errNoKeys      = errors.New("handset: no usable keys")
	errNoAnswer    = errors.New("handset: a request that phones of this network don't know")
	errConflicts   = errors.New("handset: somebody else was always faster")
	errNeverCalled = errors.New("handset: libsignal asked for something that a phone has no use for")
)

// Link is what one phone needs from the network. A handset never calls it while
// holding its own lock, so an implementation may call back into any handset.
type Link interface {
	// Send takes a stanza from this phone (device 0): message, receipt, chatstate, presence.
	// Stanzas are handed over one after the other, in the order in which they were encrypted.
	Send(node waBinary.Node)
	// Devices lists all devices of the given accounts, device 0 and the caller's own companions
	// included: LID form in, LID form with device numbers out. An account without devices is missing.
	Devices(ctx context.Context, users []types.JID) (map[types.JID][]types.JID, error)
	// Bundles fetches one prekey bundle for each device (LID form); devices without keys are missing.
	Bundles(ctx context.Context, devices []types.JID) (map[types.JID]*prekey.Bundle, error)
	// Upload stores an encrypted file and returns its direct path.
	Upload(kind whatsmeow.MediaType, blob []byte) (directPath string)
	// Download returns the encrypted file at a direct path.
	Download(directPath string) ([]byte, error)
	// Resolve finds an account by a number or JID in any form; both answers are without device.
	Resolve(address string) (pn, lid types.JID, err error)
	// Patches returns the app-state patches of a collection after a version, oldest first,
	// each a serialised SyncdPatch that has its version in it.
	Patches(collection string, after uint64) ([][]byte, error)
	// AddPatch appends a patch to a collection whose version is base and tells the account's
	// companions; ok is false, and nothing changed, when the collection has moved on from base.
	AddPatch(collection string, base uint64, patch []byte) (ok bool, err error)
	// PutSnapshot gives the network the sum of a collection up to a version: a serialised ExternalBlobReference.
	PutSnapshot(collection string, version uint64, ref []byte) error
	// Members lists who is in a group, by LID; a group that doesn't exist is an error.
	Members(group types.JID) ([]types.JID, error)
	// Now is the network's time. It alone may be called with the phone's lock held, and mustn't call back.
	Now() time.Time
}

// Config describes a phone to be made.
type Config struct {
	// PN and LID are the account's two addresses, without device.
	PN, LID types.JID
	// Name is the owner's name, given to companions as push name.
	Name string
	// Rand is where all lasting keys come from, read only in New: the same bytes make the same phone.
	// Signal's own ephemeral keys are always random.
	Rand io.Reader
	Link Link
	// Addressing is the form in which addresses are written inside messages and history; empty is LID.
	Addressing types.AddressingMode
	// Logger is told of ciphertexts that can't be read; nil discards.
	Logger *slog.Logger
	// OnMessage is called for every message shown or changed, in order, outside the lock. It may be nil.
	OnMessage func(Message)
	// OnChange is called whenever there is something for News, with the phone's lock held: it must be quick and mustn't
	// call back. It may be nil.
	OnChange func()
}

// Handset is one phone. All methods are safe for concurrent use; Deliver keeps
// order only if it is called by one goroutine.
type Handset struct {
	cfg  Config
	link Link
	log  *slog.Logger
	book book

	// appMu guards state.Apps and nameKnown, and makes one change of settings follow the other.
	// It is taken before mu and, unlike mu, held while calling Link.
	appMu     sync.Mutex
	nameKnown bool

	// mu guards everything below. It is never held while calling Link, OnMessage or a caller's function.
	mu      sync.Mutex
	changed *sync.Cond
	keys    ownKeys
	signal  *signalStore
	state   state

	outbox   []waBinary.Node
	events   []Message
	draining bool
	// peers are messages to own companions, kept for retries.
	peers map[string]sentMessage
	// asked and answered count retries per device and message, so that two broken ends stop.
	asked, answered map[string]int
	// changes lists indexes into state.messages in the order in which they were added or changed.
	changes  []int
	pending  map[uint32]pendingPair
	settings []appstate.Mutation
	// moves counts what was new in this Handset's life, for News, from 1 on; sights are what others showed, by LID.
	moves  uint64
	sights map[types.JID]sight
}

// New makes a phone with fresh keys. It fails only when Rand does.
func New(cfg Config) (*Handset, error) {
	quietSignal()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Addressing == "" {
		cfg.Addressing = types.AddressingModeLID
	}
	h := &Handset{
		cfg: cfg, link: cfg.Link, log: cfg.Logger,
		state:   newState(),
		peers:   map[string]sentMessage{},
		asked:   map[string]int{},
		pending: map[uint32]pendingPair{}, answered: map[string]int{},
		sights: map[types.JID]sight{}, moves: 1,
	}
	h.changed = sync.NewCond(&h.mu)
	if err := h.keys.generate(cfg.Rand); err != nil {
		return nil, fmt.Errorf("making the keys of %s: %w", cfg.PN.User, err)
	}
	h.signal = newSignalStore(&h.keys)
	return h, nil
}

// PN is the account's address by phone number.
func (h *Handset) PN() types.JID { return h.cfg.PN }

// LID is the account's hidden address.
func (h *Handset) LID() types.JID { return h.cfg.LID }

// post queues a stanza; drain hands it over. Called with mu held.
func (h *Handset) post(node waBinary.Node) { h.outbox = append(h.outbox, node) }

// drain hands queued stanzas to the link and queued messages to OnMessage, in
// order, without the lock. Only one goroutine drains at a time; what others queue
// meanwhile, it takes along, so that a link that calls straight back can't deadlock.
func (h *Handset) drain() {
	h.mu.Lock()
	if h.draining {
		h.mu.Unlock()
		return
	}
	h.draining = true
	for len(h.outbox) > 0 || len(h.events) > 0 {
		nodes, events := h.outbox, h.events
		h.outbox, h.events = nil, nil
		h.mu.Unlock()
		for _, node := range nodes {
			h.link.Send(node)
		}
		for _, m := range events {
			h.cfg.OnMessage(m)
		}
		h.mu.Lock()
	}
	h.draining = false
	h.mu.Unlock()
}

// Counters is what the phone has counted.
func (h *Handset) Counters() Counters {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.state.Counters
	c.IdentityChanges = h.signal.identityChanges
	return c
}

// ChatCount is what arrived from the other side of one chat (a number or a group's JID).
func (h *Handset) ChatCount(chat string) ChatCount {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.state.Chats[chat]; c != nil {
		return *c
	}
	return ChatCount{}
}
