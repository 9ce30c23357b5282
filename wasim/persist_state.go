package wasim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"io"
	"maps"
	"slices"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
)

const (
	// savedSeen is how many of a device's message ids are written down: a client that
	// repeats one after a restart repeats its last.
	savedSeen = 4096
	// unsureKeys is how many of a companion's one-time keys are thrown away after a
	// kill: the first ones may have been handed out since they were written down, and a client has each only once.
	unsureKeys = 64
)

// savedAccount is an account as it is written down, with its phone and companions.
type savedAccount struct {
	PN, LID, Name string
	Order         int
	NextDevice    int
	LastSeen      time.Time
	About         string
	Profile       profile
	Peers         []string
	Blocked       map[string]bool
	Privacy       map[string]string
	Passkey       bool
	State         map[string][][]byte
	Snapshots     map[string]savedSnapshot
	Companions    []savedDevice
	// Inbox is what the phone hasn't looked at, Seen the ids of its last messages.
	Inbox [][]byte
	Seen  []string
	// phone is the snapshot of the phone itself: the second line of the file.
	phone []byte
}

// parseAccount reads a file: what the network knows of an account, and its phone, a line each.
func parseAccount(data []byte) (s savedAccount, err error) {
	network, phone, found := bytes.Cut(data, []byte("\n"))
	if !found {
		return s, io.ErrUnexpectedEOF
	}
	s.phone = phone
	return s, json.Unmarshal(network, &s)
}

// savedSnapshot is the sum of a collection of settings.
type savedSnapshot struct {
	Version uint64
	Ref     []byte
}

type savedDevice struct {
	ID    int
	Noise [32]byte
	// Greeted says that the phone has told the device its keys and history.
	Greeted bool
	// Follows are the collections of settings that it is told of.
	Follows []string
	Keys    savedKeyRing
	Queue   []savedStanza
	Seen    []string
}

type savedKeyRing struct {
	RegistrationID uint32
	Identity       [32]byte
	Signed         publicKey
	OneTime        []publicKey
	Known          []uint32
	Counted        bool
}

type savedStanza struct {
	Class, ID, From, Kind string
	Sent                  int
	Stanza                []byte
}

// save writes an account down. The phone comes first: what the network has of it may
// then be newer, never older, which both get on with.
func (a *account) save() (savedAccount, error) {
	phone, err := a.phone.hand.Snapshot()
	if err != nil {
		return savedAccount{}, err
	}
	s := a.saveAbout()
	s.phone, s.Seen = phone, a.phone.seen.last(savedSeen)
	if s.Inbox, err = a.phone.inbox.save(); err != nil {
		return s, err
	}
	for _, d := range a.companions() {
		saved, err := d.save()
		if err != nil {
			return s, err
		}
		s.Companions = append(s.Companions, saved)
	}
	return s, nil
}

// saveAbout is what the network knows of the account itself.
func (a *account) saveAbout() savedAccount {
	s := savedAccount{PN: a.pn, LID: a.lid, Order: a.order, Peers: a.peerLIDs(), State: map[string][][]byte{}, Snapshots: map[string]savedSnapshot{}}
	a.mu.Lock()
	defer a.mu.Unlock()
	s.Name, s.NextDevice, s.LastSeen, s.About = a.name, a.nextDev, a.lastSeen, a.about
	s.Profile = a.profile
	s.Passkey = a.passkey
	s.Blocked, s.Privacy = maps.Clone(a.blocked), maps.Clone(a.privacy)
	for name, c := range a.state {
		s.State[name] = slices.Clone(c.patches)
		if c.snapshot != nil {
			s.Snapshots[name] = savedSnapshot{Version: c.upTo, Ref: c.snapshot}
		}
	}
	return s
}

func (d *device) save() (s savedDevice, err error) {
	s = savedDevice{ID: d.id, Noise: d.noise, Greeted: d.isWelcomed(), Keys: d.keys.save(), Seen: d.seen.last(savedSeen)}
	s.Follows = d.followed()
	s.Queue, err = d.out.save()
	return s, err
}

// followed lists the collections that the device follows.
func (d *device) followed() []string {
	d.account.mu.Lock()
	defer d.account.mu.Unlock()
	return slices.Sorted(maps.Keys(d.follows))
}

func (d *device) isWelcomed() bool {
	select {
	case <-d.welcomed:
		return true
	default:
		return false
	}
}

func (k *keyRing) save() savedKeyRing {
	k.mu.Lock()
	defer k.mu.Unlock()
	return savedKeyRing{
		RegistrationID: k.registrationID, Identity: k.identity, Signed: k.signed,
		OneTime: slices.Clone(k.oneTime), Known: slices.Sorted(maps.Keys(k.known)), Counted: k.counted,
	}
}

func (s savedKeyRing) restore(unclean bool) *keyRing {
	k := &keyRing{
		registrationID: s.RegistrationID, identity: s.Identity, signed: s.Signed,
		oneTime: s.OneTime, known: make(map[uint32]bool, len(s.Known)), counted: s.Counted,
	}
	for _, id := range s.Known {
		k.known[id] = true
	}
	if unclean {
		k.oneTime = k.oneTime[min(unsureKeys, len(k.oneTime)):]
	}
	return k
}

// save encodes what waits; stanzas are never changed, so that needs no lock.
func (q *queue) save() ([]savedStanza, error) {
	q.mu.Lock()
	items := make([]queued, 0, q.items.Len())
	for e := q.items.Front(); e != nil; e = e.Next() {
		items = append(items, *e.Value.(*queued))
	}
	q.mu.Unlock()
	out := make([]savedStanza, len(items))
	for i, item := range items {
		data, err := waBinary.Marshal(item.node)
		if err != nil {
			return nil, fmt.Errorf("encode <%s> %s: %w", item.node.Tag, item.key.id, err)
		}
		out[i] = savedStanza{
			Class: item.key.class, ID: item.key.id, From: item.key.from, Kind: item.key.kind, Sent: item.sent, Stanza: data,
		}
	}
	return out, nil
}

func (q *queue) restore(saved []savedStanza) error {
	for _, s := range saved {
		n, err := decodeStanza(s.Stanza)
		if err != nil {
			return fmt.Errorf("waiting stanza %s: %w", s.ID, err)
		}
		key := queueKey{class: s.Class, id: s.ID, from: s.From, kind: s.Kind}
		q.put(key, n)
		q.byKey[key].Value.(*queued).sent = s.Sent
	}
	return nil
}

func decodeStanza(data []byte) (node, error) {
	data, err := waBinary.Unpack(data)
	if err != nil {
		return node{}, err
	}
	n, err := waBinary.Unmarshal(data)
	if err != nil {
		return node{}, err
	}
	return *n, nil
}

// save encodes what the phone hasn't looked at.
func (b *inbox) save() ([][]byte, error) {
	b.mu.Lock()
	items := slices.Clone(b.items)
	b.mu.Unlock()
	out := make([][]byte, 0, len(items))
	for _, n := range items {
		data, err := waBinary.Marshal(n)
		if err != nil {
			return nil, fmt.Errorf("encode <%s>: %w", n.Tag, err)
		}
		out = append(out, data)
	}
	return out, nil
}

// last lists the most recent ids, oldest first.
func (s *seenIDs) last(most int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ring := slices.Concat(s.ring[s.next:], s.ring[:s.next])
	return ring[max(0, len(ring)-most):]
}

func (s *seenIDs) restore(ids []string) {
	for _, id := range ids {
		s.add(id)
	}
}

// restore brings one account back. Called with the registry's lock held.
func (n *Network) restore(s savedAccount) error {
	a := newAccount(s.PN, s.LID, s.Name, s.Order)
	_, err := n.admit(a, func() error { return n.fill(a, s) })
	return err
}

// fill gives an account that nobody knows yet what was saved of it.
func (n *Network) fill(a *account, s savedAccount) error {
	restore := a.phone.hand.Restore
	if n.folder.unclean {
		restore = a.phone.hand.RestoreUnclean
	}
	if err := restore(s.phone); err != nil {
		return err
	}
	a.phone.seen.restore(s.Seen)
	for _, data := range s.Inbox {
		stanza, err := decodeStanza(data)
		if err != nil {
			return fmt.Errorf("stanza for the phone: %w", err)
		}
		a.phone.inbox.put(stanza)
	}
	a.profile = s.Profile
	a.nextDev, a.lastSeen, a.about = max(s.NextDevice, 1), s.LastSeen, s.About
	for _, lid := range s.Peers {
		a.peers[lid] = true
	}
	maps.Copy(a.blocked, s.Blocked)
	maps.Copy(a.privacy, s.Privacy)
	a.passkey = s.Passkey
	for name, patches := range s.State {
		sum := s.Snapshots[name]
		a.state[name] = &collection{patches: patches, snapshot: sum.Ref, upTo: sum.Version}
	}
	for _, saved := range s.Companions {
		d := &device{
			account: a, id: saved.ID, noise: saved.Noise, greeted: saved.Greeted,
			keys: saved.Keys.restore(n.folder.unclean), welcomed: make(chan struct{}), follows: map[string]bool{},
		}
		d.confirmed.Store(true)
		for _, name := range saved.Follows {
			d.follows[name] = true
		}
		if saved.Greeted {
			close(d.welcomed)
		}
		d.seen.restore(saved.Seen)
		if err := d.out.restore(saved.Queue); err != nil {
			return fmt.Errorf("companion %d: %w", saved.ID, err)
		}
		a.devices[d.id] = d
	}
	return nil
}

// fingerprint is a value that changes when there is something new to write down.
type fingerprint struct{ phone, network uint64 }

// fingerprint looks at counts and names rather than at everything: it is taken of
// every account many times a second.
func (a *account) fingerprint(seed maphash.Seed) fingerprint {
	h := printer{}
	h.SetSeed(seed)
	a.print(&h, seed)
	h.add(a.phone.seen.mark(), a.phone.inbox.waiting())
	for _, d := range a.companions() {
		h.add(d.id, d.isWelcomed(), d.seen.mark(), len(d.followed()))
		d.keys.print(&h)
		d.out.print(&h)
	}
	return fingerprint{phone: a.phone.hand.Revision(), network: h.Sum64()}
}

// print adds what the network knows of the account itself. Maps come in any order, so
// their entries' hashes are summed.
func (a *account) print(p *printer, seed maphash.Seed) {
	a.mu.Lock()
	defer a.mu.Unlock()
	sum := uint64(0)
	for name, value := range a.privacy {
		sum += maphash.Comparable(seed, [2]string{name, value})
	}
	for name, value := range a.blocked {
		if value {
			sum += maphash.Comparable(seed, name)
		}
	}
	for name, c := range a.state {
		sum += maphash.Comparable(seed, name) * uint64(len(c.patches)+1)
	}
	p.add(a.name, a.about, a.passkey, a.profile.PictureID, a.profile.Business, len(a.peers), a.nextDev, a.lastSeen.UnixNano(), sum)
}

// printer collects what a fingerprint is made of.
type printer struct{ maphash.Hash }

func (p *printer) add(values ...any) {
	for _, v := range values {
		maphash.WriteComparable(&p.Hash, v)
	}
}

func (k *keyRing) print(p *printer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	first := uint32(0)
	if len(k.oneTime) > 0 {
		first = k.oneTime[0].ID
	}
	p.add(len(k.oneTime), first, len(k.known), k.signed.ID, k.counted)
}

func (q *queue) print(p *printer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for e := q.items.Front(); e != nil; e = e.Next() {
		item := e.Value.(*queued)
		p.add(item.key, item.sent)
	}
}

// mark changes with every id that is added.
func (s *seenIDs) mark() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ring) + s.next
}

// waiting is how many stanzas the phone hasn't looked at.
func (b *inbox) waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.items)
}
