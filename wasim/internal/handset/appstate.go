package handset

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"

	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waServerSync"
	"go.mau.fi/whatsmeow/proto/waSyncAction"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
)

// appKey encrypts the settings that an account's devices share.
type appKey struct {
	ID, Data  []byte
	Timestamp int64
}

// collection is how far this phone has followed one collection of settings.
type collection struct {
	Version uint64
	Hash    []byte
	// MACs has the value's MAC of each setting by its index MAC in hex.
	MACs map[string][]byte
	// Snapshot is the version of the last snapshot that this phone has published.
	Snapshot uint64
}

// appStore gives appstate.Processor the phone's key and collections. The processor
// is used with appMu held; the map itself is guarded by it too.
type appStore struct {
	store.NoopStore
	key   appKey
	older []appKey
	apps  map[string]*collection
}

func (s *appStore) at(name string) *collection {
	c := s.apps[name]
	if c == nil {
		c = &collection{Hash: make([]byte, 128), MACs: map[string][]byte{}}
		s.apps[name] = c
	}
	return c
}

func (s *appStore) GetAppStateSyncKey(_ context.Context, id []byte) (*store.AppStateSyncKey, error) {
	for _, k := range append([]appKey{s.key}, s.older...) {
		if bytes.Equal(id, k.ID) {
			return &store.AppStateSyncKey{Data: k.Data, Timestamp: k.Timestamp}, nil
		}
	}
	return nil, nil
}

func (s *appStore) PutAppStateVersion(_ context.Context, name string, version uint64, hash [128]byte) error {
	c := s.at(name)
	c.Version, c.Hash = version, hash[:]
	return nil
}

func (s *appStore) GetAppStateVersion(_ context.Context, name string) (uint64, [128]byte, error) {
	c := s.at(name)
	return c.Version, [128]byte(c.Hash), nil
}

func (s *appStore) PutAppStateMutationMACs(_ context.Context, name string, _ uint64, macs []store.AppStateMutationMAC) error {
	for _, m := range macs {
		s.at(name).MACs[hex.EncodeToString(m.IndexMAC)] = m.ValueMAC
	}
	return nil
}

func (s *appStore) DeleteAppStateMutationMACs(_ context.Context, name string, indexMACs [][]byte) error {
	for _, m := range indexMACs {
		delete(s.at(name).MACs, hex.EncodeToString(m))
	}
	return nil
}

func (s *appStore) GetAppStateMutationMAC(_ context.Context, name string, indexMAC []byte) ([]byte, error) {
	return s.at(name).MACs[hex.EncodeToString(indexMAC)], nil
}

// processor makes the appstate machinery over this phone's store. Called with appMu held.
func (h *Handset) processor() (*appstate.Processor, *appStore) {
	key, older := h.appKeys()
	s := &appStore{key: key, older: older, apps: h.state.Apps}
	return appstate.NewProcessor(&store.Device{AppStateKeys: s, AppState: s}, waLog.Noop), s
}

// publishSettings puts the owner's name and the first record of each other collection
// among the settings, once. Companions may not say that they are online before they know
// the name; and what is written to an empty collection is for them part of the
// first synchronisation, of which they tell nobody.
func (h *Handset) publishSettings(ctx context.Context) error {
	h.appMu.Lock()
	defer h.appMu.Unlock()
	if h.nameKnown {
		return nil
	}
	patches := []appstate.PatchInfo{appstate.BuildSettingPushName(h.cfg.Name)}
	for _, name := range appstate.AllPatchNames {
		if name != appstate.WAPatchCriticalBlock {
			patches = append(patches, sentinel(name))
		}
	}
	for _, p := range patches {
		if err := h.patch(ctx, p); err != nil {
			return fmt.Errorf("publishing the settings of %s: %w", h.cfg.PN.User, err)
		}
	}
	h.nameKnown = true
	return nil
}

// sentinel is the record that says which keys of a collection have expired: none.
func sentinel(name appstate.WAPatchName) appstate.PatchInfo {
	return appstate.PatchInfo{Type: name, Mutations: []appstate.MutationInfo{{
		Index: []string{"sentinel"}, Version: 2,
		Value: &waSyncAction.SyncActionValue{KeyExpiration: &waSyncAction.KeyExpiration{ExpiredKeyEpoch: proto.Int32(0)}},
	}}}
}

// patch writes settings as this phone. Called with appMu held.
func (h *Handset) patch(ctx context.Context, info appstate.PatchInfo) error {
	for range maxRetries {
		if err := h.catchUp(ctx, string(info.Type)); err != nil {
			return err
		}
		proc, s := h.processor()
		version, hash, err := s.GetAppStateVersion(ctx, string(info.Type))
		if err != nil {
			return fmt.Errorf("reading %s: %w", info.Type, err)
		}
		info.Timestamp = h.link.Now()
		raw, err := proc.EncodePatch(ctx, s.key.ID, appstate.HashState{Version: version, Hash: hash}, info)
		if err != nil {
			return fmt.Errorf("writing a patch of %s: %w", info.Type, err)
		}
		var p waServerSync.SyncdPatch
		if err := proto.Unmarshal(raw, &p); err != nil {
			return fmt.Errorf("writing a patch of %s: %w", info.Type, err)
		}
		p.Version = &waServerSync.SyncdVersion{Version: proto.Uint64(version + 1)}
		if raw, err = proto.Marshal(&p); err != nil {
			return fmt.Errorf("writing a patch of %s: %w", info.Type, err)
		}
		ok, err := h.link.AddPatch(string(info.Type), version, raw)
		if err != nil {
			return fmt.Errorf("storing a patch of %s: %w", info.Type, err)
		}
		if ok {
			return h.catchUp(ctx, string(info.Type))
		}
	}
	return fmt.Errorf("storing a patch of %s: %w", info.Type, errConflicts)
}

// catchUp reads what was written to a collection since, verifying every MAC, and
// does what concerns a phone's screen. Called with appMu held.
func (h *Handset) catchUp(ctx context.Context, name string) error {
	proc, s := h.processor()
	version, hash, err := s.GetAppStateVersion(ctx, name)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	raws, err := h.link.Patches(name, version)
	if err != nil {
		return fmt.Errorf("fetching %s after %d: %w", name, version, err)
	}
	list := &appstate.PatchList{Name: appstate.WAPatchName(name)}
	for _, raw := range raws {
		var p waServerSync.SyncdPatch
		if err := proto.Unmarshal(raw, &p); err != nil {
			return fmt.Errorf("reading a patch of %s: %w", name, err)
		}
		list.Patches = append(list.Patches, &p)
	}
	mutations, _, err := proc.DecodePatches(ctx, list, appstate.HashState{Version: version, Hash: hash}, true)
	if err != nil {
		return fmt.Errorf("verifying %s after %d: %w", name, version, err)
	}
	h.mu.Lock()
	h.settings = append(h.settings, mutations...)
	h.state.Revision++
	h.mu.Unlock()
	for _, m := range mutations {
		h.meet(m)
		h.follow(m)
	}
	return h.publishSnapshot(ctx, name)
}

// meet looks up whom a change of settings names, so that following it needs nobody. Not called with mu held.
func (h *Handset) meet(m appstate.Mutation) {
	for _, word := range m.Index[min(1, len(m.Index)):] {
		if jid, err := types.ParseJID(word); err == nil && jid.User != "" {
			_, _ = h.resolve(jid) // whom the network doesn't know, the phone doesn't either
		}
	}
}

// Settings lists the changes of shared settings (archive, mark as read, mute, labels…)
// that were read from the network and verified, oldest first.
func (h *Handset) Settings() []appstate.Mutation {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]appstate.Mutation{}, h.settings...)
}

// Sync follows the named collection to its end. The network's server_sync
// notification does the same by itself.
func (h *Handset) Sync(ctx context.Context, name string) error {
	h.appMu.Lock()
	defer h.appMu.Unlock()
	return h.catchUp(ctx, name)
}
