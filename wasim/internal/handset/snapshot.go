package handset

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"
)

// snapshotFormat changes when an older snapshot could be misread.
const snapshotFormat = 1

// snapshot is everything about a phone that outlives the process.
type snapshot struct {
	Format     int
	Keys       savedKeys
	Sessions   map[string]*record.SessionStructure
	Identities map[string][32]byte
	SenderKeys map[string]senderKeyState
	Holders    map[string]map[string]bool
	State      state
	// Seen has the ciphertexts of messages that nobody is shown; a shown one has its own.
	Seen  map[string][]uint64
	Peers map[string][]byte
	// Messages is last, so that it can be appended to what JSON makes of the rest.
	Messages  []savedEntry `json:",omitempty"`
	NameKnown bool
}

type savedKeys struct {
	Seed, Identity, Signed [32]byte
	SignedID               uint32
	Signature              []byte
	RegistrationID, RawID  uint32
	NextPreKey             uint32
	NextID                 uint64
	PreKeys                map[uint32][32]byte
	IdentityChanges        int64
}

type savedEntry struct {
	Message    Message
	Chat, From account
	Raw        []byte
	Seen       []uint64 `json:",omitempty"`
}

// Snapshot writes down the whole phone as JSON: keys, sessions, messages, counters.
// It holds the phone only while it copies, not while it writes, and writes only
// those messages anew that have changed since the last snapshot.
func (h *Handset) Snapshot() ([]byte, error) {
	s, lines, peers := h.copyState()
	for id, p := range peers {
		raw, err := proto.Marshal(p.msg)
		if err != nil {
			return nil, fmt.Errorf("snapshot of peer message %s: %w", id, err)
		}
		s.Peers[id] = raw
	}
	out, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("snapshot of %s: %w", h.cfg.PN.User, err)
	}
	size := len(out) + 16
	for i := range lines {
		if err := lines[i].write(); err != nil {
			return nil, err
		}
		size += len(lines[i].json) + 1
	}
	out = append(slices.Grow(out, size)[:len(out)-1], `,"Messages":[`...)
	for i := range lines {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, lines[i].json...)
	}
	h.keepWritten(lines)
	return append(out, "]}"...), nil
}

// line is one message on its way into a snapshot: as it was written before, or a copy.
type line struct {
	json  []byte
	entry entry
	seen  []uint64
}

func (l *line) write() error {
	if l.json != nil {
		return nil
	}
	raw, err := proto.Marshal(l.entry.Raw)
	if err != nil {
		return fmt.Errorf("snapshot of message %s: %w", l.entry.ID, err)
	}
	saved := savedEntry{Message: l.entry.Message, Chat: l.entry.chat, From: l.entry.from, Raw: raw, Seen: l.seen}
	if l.json, err = json.Marshal(saved); err != nil {
		return fmt.Errorf("snapshot of message %s: %w", l.entry.ID, err)
	}
	return nil
}

// keepWritten remembers what was written of messages that haven't changed meanwhile.
func (h *Handset) keepWritten(lines []line) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, l := range lines {
		if i < len(h.state.messages) && l.entry.Raw != nil && h.state.messages[i].edition == l.entry.edition {
			h.state.messages[i].written = l.json
		}
	}
}

// copyState takes what Snapshot writes, in one moment.
func (h *Handset) copyState() (snapshot, []line, map[string]sentMessage) {
	h.appMu.Lock()
	defer h.appMu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	s := snapshot{
		Format: snapshotFormat, Keys: h.keys.save(), NameKnown: h.nameKnown, State: h.state,
		Sessions: maps.Clone(h.signal.sessions), Identities: maps.Clone(h.signal.identities),
		SenderKeys: maps.Clone(h.signal.senderKeys), Holders: map[string]map[string]bool{},
		Seen: map[string][]uint64{}, Peers: map[string][]byte{},
	}
	s.Keys.IdentityChanges = h.signal.identityChanges
	for group, holders := range h.signal.holders {
		s.Holders[group] = maps.Clone(holders)
	}
	s.State.Companions = maps.Clone(h.state.Companions)
	s.State.Chats = map[string]*ChatCount{}
	for name, c := range h.state.Chats {
		copied := *c
		s.State.Chats[name] = &copied
	}
	s.State.Apps = map[string]*collection{}
	for name, c := range h.state.Apps {
		s.State.Apps[name] = &collection{Version: c.Version, Hash: c.Hash, MACs: maps.Clone(c.MACs), Snapshot: c.Snapshot}
	}
	s.State.Saved, s.State.Lines = maps.Clone(h.state.Saved), slices.Clone(h.state.Lines)
	s.State.Labels, s.State.Marks = maps.Clone(h.state.Labels), map[string]*chatMarks{}
	for name, m := range h.state.Marks {
		s.State.Marks[name] = m.clone()
	}
	lines := make([]line, len(h.state.messages))
	for i, e := range h.state.messages {
		if e.written != nil {
			lines[i].json = e.written
		} else {
			lines[i] = line{entry: *e, seen: slices.Clone(h.state.seen[key(e.from.LID, e.ID)])}
		}
	}
	for k, hashes := range h.state.seen {
		if _, shown := h.state.index[k]; !shown {
			s.Seen[k] = slices.Clone(hashes)
		}
	}
	return s, lines, maps.Clone(h.peers)
}

func (k *ownKeys) save() savedKeys {
	s := savedKeys{
		Seed: k.seed, Identity: *k.identity.Priv, Signed: *k.signed.Priv, SignedID: k.signed.KeyID,
		Signature: k.signed.Signature[:], RegistrationID: k.registrationID, RawID: k.rawID,
		NextPreKey: k.nextPreKey, NextID: k.nextID, PreKeys: make(map[uint32][32]byte, len(k.preKeys)),
	}
	for id, pair := range k.preKeys {
		s.PreKeys[id] = *pair.Priv
	}
	return s
}

func (s savedKeys) load() (ownKeys, error) {
	if len(s.Signature) != 64 {
		return ownKeys{}, fmt.Errorf("%w: signature of %d bytes", ErrSnapshot, len(s.Signature))
	}
	k := ownKeys{
		seed: s.Seed, identity: keys.NewKeyPairFromPrivateKey(s.Identity),
		signed:         &keys.PreKey{KeyPair: *keys.NewKeyPairFromPrivateKey(s.Signed), KeyID: s.SignedID},
		registrationID: s.RegistrationID, rawID: s.RawID,
		nextPreKey: s.NextPreKey, nextID: s.NextID, preKeys: make(map[uint32]*keys.KeyPair, len(s.PreKeys)),
	}
	k.signed.Signature = (*[64]byte)(slices.Clone(s.Signature))
	for id, private := range s.PreKeys {
		k.preKeys[id] = keys.NewKeyPairFromPrivateKey(private)
	}
	return k, k.reseed()
}

// Restore makes the phone what it was at a snapshot of the same account, and is
// called before anything else. New ids and keys are random from here on. Use
// RestoreUnclean unless nothing happened on the phone after the snapshot.
func (h *Handset) Restore(data []byte) error { return h.restore(data, false) }

// RestoreUnclean is Restore for a snapshot that may be older than what the phone did
// last: it drops all Signal sessions, because a chain key must never be used twice.
// Messages on the old sessions will be asked for again.
func (h *Handset) RestoreUnclean(data []byte) error { return h.restore(data, true) }

func (h *Handset) restore(data []byte, dropSessions bool) error {
	s := snapshot{State: newState()}
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	if s.Format != snapshotFormat {
		return fmt.Errorf("%w: format %d, this is %d", ErrSnapshot, s.Format, snapshotFormat)
	}
	own, err := s.Keys.load()
	if err != nil {
		return err
	}
	entries, peers, err := s.read()
	if err != nil {
		return err
	}
	if dropSessions {
		s.Sessions, s.Holders = nil, nil
		maps.DeleteFunc(s.SenderKeys, func(_ string, k senderKeyState) bool { return k.Own })
	}
	h.adopt(s, own, entries, peers)
	return nil
}

// adopt makes the phone what a snapshot says.
func (h *Handset) adopt(s snapshot, own ownKeys, entries []*entry, peers map[string]sentMessage) {
	h.appMu.Lock()
	defer h.appMu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keys, h.nameKnown, h.peers = own, s.NameKnown, peers
	h.signal = newSignalStore(&h.keys)
	h.signal.identityChanges = s.Keys.IdentityChanges
	maps.Copy(h.signal.identities, s.Identities)
	maps.Copy(h.signal.sessions, s.Sessions)
	maps.Copy(h.signal.senderKeys, s.SenderKeys)
	maps.Copy(h.signal.holders, s.Holders)
	h.state, h.changes = s.State, nil
	h.state.index = map[string]int{}
	h.state.seen = map[string][]uint64{}
	maps.Copy(h.state.seen, s.Seen)
	for i, e := range entries {
		h.state.messages = append(h.state.messages, e)
		k := key(e.from.LID, e.ID)
		h.state.index[k] = i
		if len(s.Messages[i].Seen) > 0 {
			h.state.seen[k] = s.Messages[i].Seen
		}
		h.changes = append(h.changes, i)
		e.moved = h.moved()
	}
	h.changed.Broadcast()
}

// read turns the saved messages back into protobufs.
func (s snapshot) read() ([]*entry, map[string]sentMessage, error) {
	entries := make([]*entry, 0, len(s.Messages))
	for _, m := range s.Messages {
		e := entry{Message: m.Message, chat: m.Chat, from: m.From}
		e.Raw = &waE2E.Message{}
		if err := proto.Unmarshal(m.Raw, e.Raw); err != nil {
			return nil, nil, fmt.Errorf("%w: message %s: %w", ErrSnapshot, m.Message.ID, err)
		}
		e.note(e.Raw) // an older program wrote down less of it
		entries = append(entries, &e)
	}
	peers := make(map[string]sentMessage, len(s.Peers))
	for id, raw := range s.Peers {
		p := sentMessage{msg: &waE2E.Message{}}
		if err := proto.Unmarshal(raw, p.msg); err != nil {
			return nil, nil, fmt.Errorf("%w: peer message %s: %w", ErrSnapshot, id, err)
		}
		peers[id] = p
	}
	return entries, peers, nil
}
