package wasim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow/types"
)

// Faults of numbers and accounts.
var (
	// ErrNumber says that a text is no phone number.
	ErrNumber = errors.New("wasim: not a phone number")
	// ErrNumberTaken says that another phone has the number.
	ErrNumberTaken = errors.New("wasim: number is taken")
	// ErrUnknownNumber says that nobody on the network has the number or address.
	ErrUnknownNumber = errors.New("wasim: nobody has this number")
	// ErrUnknownDevice says that no such companion is linked.
	ErrUnknownDevice = errors.New("wasim: no such device is linked")
)

const (
	homeCountry = "62"
	minDigits   = 8
	maxDigits   = 15
	// A device number is one byte on the wire, and clients show two digits.
	maxDevice = 99
)

// account is a person on the network: a phone and its companions.
type account struct {
	pn, lid string
	name    string
	order   int
	phone   *Phone

	mu      sync.Mutex
	devices map[int]*device
	nextDev int
	// peers are the accounts, by hidden id, that this one has written to or heard from.
	peers map[string]bool
	// watchers are companions that have subscribed to this account's presence, onlookers the phones that have.
	watchers  map[*device]bool
	onlookers map[*Phone]bool
	online    map[int]bool
	lastSeen  time.Time
	about     string
	profile   profile
	blocked   map[string]bool
	privacy   map[string]string
	// passkey gates linking; linkingCode is what the phone showed last while it did.
	passkey     bool
	linkingCode string
	state       map[string]*collection
}

// device is a companion: a linked client, whether or not it is connected.
type device struct {
	account *account
	id      int
	noise   [32]byte

	keys *keyRing
	out  queue
	seen seenIDs

	// live counts sockets that are logged in as this device and not yet ended.
	live atomic.Int64

	// follows are the collections of settings that it has fetched: those it is told of when they grow. account.mu
	// guards it.
	follows map[string]bool

	// confirmed is set when the client has said that it is linked; before that it can't log in.
	confirmed atomic.Bool

	mu   sync.Mutex
	conn *conn
	// greeted is set when the phone begins to tell this device its keys and history,
	// welcomed is closed when it has.
	greeted  bool
	welcomed chan struct{}
}

func newAccount(pn, lid, name string, order int) *account {
	return &account{
		pn: pn, lid: lid, name: name, order: order, nextDev: 1,
		devices: map[int]*device{}, peers: map[string]bool{}, watchers: map[*device]bool{}, onlookers: map[*Phone]bool{},
		online: map[int]bool{}, blocked: map[string]bool{}, privacy: defaultPrivacy(), state: map[string]*collection{},
	}
}

func (a *account) pnJID() types.JID  { return types.NewJID(a.pn, types.DefaultUserServer) }
func (a *account) lidJID() types.JID { return types.NewJID(a.lid, types.HiddenUserServer) }

// jid is the account's address in one of the two forms.
func (a *account) jid(form Addressing, dev int) types.JID {
	out := a.lidJID()
	if form == AddressPhone {
		out = a.pnJID()
	}
	out.Device = uint16(dev)
	return out
}

func formOf(jid types.JID) Addressing {
	if jid.Server == types.HiddenUserServer {
		return AddressLID
	}
	return AddressPhone
}

// companions lists the linked devices in the order of their numbers.
func (a *account) companions() []*device {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]*device, 0, len(a.devices))
	for _, d := range a.devices {
		out = append(out, d)
	}
	slices.SortFunc(out, func(x, y *device) int { return cmp.Compare(x.id, y.id) })
	return out
}

func (a *account) device(id int) *device {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.devices[id]
}

// deviceJIDs lists all devices, the phone first.
func (a *account) deviceJIDs(form Addressing) []types.JID {
	out := []types.JID{a.jid(form, 0)}
	for _, d := range a.companions() {
		out = append(out, a.jid(form, d.id))
	}
	return out
}

// link adds a companion under the next free number.
func (a *account) link(noise [32]byte, keys *keyRing) (*device, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for range maxDevice {
		id := a.nextDev
		a.nextDev = a.nextDev%maxDevice + 1
		if a.devices[id] == nil {
			d := &device{account: a, id: id, noise: noise, keys: keys, welcomed: make(chan struct{}), follows: map[string]bool{}}
			a.devices[id] = d
			return d, nil
		}
	}
	return nil, fmt.Errorf("wasim: %s has %d devices, no more fit", a.pn, maxDevice)
}

func (a *account) unlink(d *device) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.devices[d.id] == d {
		delete(a.devices, d.id)
	}
	delete(a.online, d.id)
}

// meet notes that two accounts have written to each other; it reports whether they had before.
func meet(a, b *account) bool {
	known := a.addPeer(b)
	b.addPeer(a)
	return known
}

func (a *account) addPeer(b *account) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.peers[b.lid]
	a.peers[b.lid] = true
	return known
}

func (a *account) knows(b *account) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.peers[b.lid]
}

func (a *account) peerLIDs() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]string, 0, len(a.peers))
	for lid := range a.peers {
		out = append(out, lid)
	}
	slices.Sort(out)
	return out
}

func (d *device) socket() *conn {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.conn
}

func (d *device) jid(form Addressing) types.JID { return d.account.jid(form, d.id) }

// String is the device's JID by number, as the log and the API show it.
func (d *device) String() string { return d.jid(AddressPhone).String() }

// registry finds accounts.
type registry struct {
	mu    sync.RWMutex
	byPN  map[string]*account
	byLID map[string]*account
	all   []*account
}

func newRegistry() registry {
	return registry{byPN: map[string]*account{}, byLID: map[string]*account{}}
}

// at finds the account of an address in either form.
func (r *registry) at(jid types.JID) *account {
	r.mu.RLock()
	defer r.mu.RUnlock()
	switch jid.Server {
	case types.HiddenUserServer:
		return r.byLID[jid.User]
	case types.DefaultUserServer, types.LegacyUserServer:
		return r.byPN[jid.User]
	default:
		return nil
	}
}

// find takes what a person would write: a number in any form, a JID, a hidden id.
func (r *registry) find(text string) *account {
	if strings.Contains(text, "@") {
		jid, err := types.ParseJID(text)
		if err != nil {
			return nil
		}
		return r.at(jid)
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if a := r.byLID[text]; a != nil {
		return a
	}
	digits, err := digitsOf(text)
	if err != nil {
		return nil
	}
	return r.byPN[digits]
}

func (r *registry) accounts() []*account {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Clone(r.all)
}

// digitsOf is a phone number in digits with its country code. A number without
// one is Indonesian: that is what a leading 0 or 8 says.
func digitsOf(text string) (string, error) {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune("+-. ()", r):
		default:
			return "", fmt.Errorf("%w: %q has a %q in it", ErrNumber, text, r)
		}
	}
	digits := strings.TrimPrefix(b.String(), "00")
	switch {
	case strings.HasPrefix(strings.TrimSpace(text), "+"):
	case strings.HasPrefix(digits, "0"):
		digits = homeCountry + digits[1:]
	case strings.HasPrefix(digits, "8"):
		digits = homeCountry + digits
	}
	if len(digits) < minDigits || len(digits) > maxDigits {
		return "", fmt.Errorf("%w: %q has %d digits, want %d to %d", ErrNumber, text, len(digits), minDigits, maxDigits)
	}
	return digits, nil
}
