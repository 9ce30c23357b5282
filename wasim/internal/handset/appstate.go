package handset

import (
	"context"
	"encoding/hex"
	"fmt"

	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waE2E"
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
}

// appStore gives appstate.Processor the phone's key and collections. The processor
// is used with appMu held; the map itself is guarded by it too.
type appStore struct {
	store.NoopStore
	key  appKey
	apps map[string]*collection
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
	if hex.EncodeToString(id) != hex.EncodeToString(s.key.ID) {
		return nil, nil
	}
	return &store.AppStateSyncKey{Data: s.key.Data, Timestamp: s.key.Timestamp}, nil
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
	s := &appStore{key: h.appKey(), apps: h.state.Apps}
	return appstate.NewProcessor(&store.Device{AppStateKeys: s, AppState: s}, waLog.Noop), s
}

// appKey is the key of this account's settings, made when it is first needed.
func (h *Handset) appKey() appKey {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state.AppKey.ID == nil {
		data, id := h.keys.derive("app state key", 1), h.keys.derive("app state key id", 1)
		h.state.AppKey = appKey{ID: id[:6], Data: data[:], Timestamp: h.link.Now().UnixMilli()}
		h.state.Revision++
	}
	return h.state.AppKey
}

// shareKey gives a companion the key of the account's settings.
func (h *Handset) shareKey(ctx context.Context, device types.JID) error {
	k := h.appKey()
	h.mu.Lock()
	raw := h.keys.rawID
	h.mu.Unlock()
	return h.sendPeer(ctx, device, &waE2E.ProtocolMessage{
		Type: waE2E.ProtocolMessage_APP_STATE_SYNC_KEY_SHARE.Enum(),
		AppStateSyncKeyShare: &waE2E.AppStateSyncKeyShare{Keys: []*waE2E.AppStateSyncKey{{
			KeyID: &waE2E.AppStateSyncKeyId{KeyID: k.ID},
			KeyData: &waE2E.AppStateSyncKeyData{
				KeyData: k.Data, Timestamp: &k.Timestamp,
				Fingerprint: &waE2E.AppStateSyncKeyFingerprint{
					RawID: &raw, CurrentIndex: proto.Uint32(0), DeviceIndexes: []uint32{0},
				},
			},
		}}},
	})
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
		h.follow(m)
	}
	return nil
}

// follow does on the phone's screen what a change of settings says: a chat that was
// read on a companion is read here. The companion has told the senders.
func (h *Handset) follow(m appstate.Mutation) {
	if len(m.Index) < 2 || m.Index[0] != appstate.IndexMarkChatAsRead || !m.Action.GetMarkChatAsReadAction().GetRead() {
		return
	}
	address, err := types.ParseJID(m.Index[1])
	if err != nil {
		return
	}
	chat, err := h.resolve(address)
	if err != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, e := range h.state.messages {
		if e.chat == chat && !e.FromMe && e.Status == StatusReceived {
			e.Status = StatusRead
			h.touch(i)
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
