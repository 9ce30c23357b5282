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
	State      state
	Seen       map[string][]uint64
	Messages   []savedEntry
	Peers      map[string][]byte
	NameKnown  bool
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
}

// Snapshot writes down the whole phone as JSON: keys, sessions, messages, counters.
// It holds the phone only while it copies, not while it writes.
func (h *Handset) Snapshot() ([]byte, error) {
	s, entries, peers := h.copyState()
	for _, e := range entries {
		raw, err := proto.Marshal(e.Raw)
		if err != nil {
			return nil, fmt.Errorf("snapshot of message %s: %w", e.ID, err)
		}
		s.Messages = append(s.Messages, savedEntry{Message: e.Message, Chat: e.chat, From: e.from, Raw: raw})
	}
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
	return out, nil
}

// copyState takes what Snapshot writes, in one moment.
func (h *Handset) copyState() (snapshot, []entry, map[string]sentMessage) {
	h.appMu.Lock()
	defer h.appMu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	s := snapshot{
		Format: snapshotFormat, Keys: h.keys.save(), NameKnown: h.nameKnown, State: h.state,
		Sessions: maps.Clone(h.signal.sessions), Identities: maps.Clone(h.signal.identities),
		Seen: maps.Clone(h.state.seen), Peers: map[string][]byte{},
	}
	s.Keys.IdentityChanges = h.signal.identityChanges
	s.State.Companions = maps.Clone(h.state.Companions)
	s.State.Chats = map[string]*ChatCount{}
	for name, c := range h.state.Chats {
		copied := *c
		s.State.Chats[name] = &copied
	}
	s.State.Apps = map[string]*collection{}
	for name, c := range h.state.Apps {
		s.State.Apps[name] = &collection{Version: c.Version, Hash: c.Hash, MACs: maps.Clone(c.MACs)}
	}
	entries := make([]entry, len(h.state.messages))
	for i, e := range h.state.messages {
		entries[i] = *e
	}
	return s, entries, maps.Clone(h.peers)
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
	h.appMu.Lock()
	defer h.appMu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keys, h.nameKnown, h.peers = own, s.NameKnown, peers
	h.signal = newSignalStore(&h.keys)
	h.signal.identityChanges = s.Keys.IdentityChanges
	maps.Copy(h.signal.identities, s.Identities)
	if !dropSessions {
		maps.Copy(h.signal.sessions, s.Sessions)
	}
	h.state, h.changes = s.State, nil
	h.state.index = map[string]int{}
	h.state.seen = map[string][]uint64{}
	maps.Copy(h.state.seen, s.Seen)
	for i, e := range entries {
		h.state.messages = append(h.state.messages, e)
		h.state.index[key(e.from.LID, e.ID)] = i
		h.changes = append(h.changes, i)
	}
	h.changed.Broadcast()
	return nil
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
