package handset

import (
	"context"
	"fmt"
	"slices"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// appKeys are the key with which this account's settings are written, made when it is first needed, and those that
// it had before.
func (h *Handset) appKeys() (current appKey, older []appKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state.AppKey.ID == nil {
		h.state.AppKey = h.newAppKey(1)
		h.state.Revision++
	}
	return h.state.AppKey, slices.Clone(h.state.OldAppKeys)
}

// newAppKey makes the key of that number. Called with mu held.
func (h *Handset) newAppKey(epoch uint64) appKey {
	data, id := h.keys.derive("app state key", epoch), h.keys.derive("app state key id", epoch)
	return appKey{ID: id[:6], Data: data[:], Timestamp: h.link.Now().UnixMilli()}
}

// RotateAppKey makes a new key for the account's settings, as phones do after a companion was removed and from time
// to time, and gives it to every companion. What was written with older keys stays readable.
func (h *Handset) RotateAppKey(ctx context.Context) error {
	before, _ := h.appKeys()
	h.mu.Lock()
	next := h.newAppKey(uint64(len(h.state.OldAppKeys)) + 2)
	next.Timestamp = max(next.Timestamp, before.Timestamp+1) // clients write with the youngest
	h.state.OldAppKeys = append(h.state.OldAppKeys, before)
	h.state.AppKey = next
	h.state.Revision++
	h.mu.Unlock()
	devices, err := h.link.Devices(ctx, []types.JID{h.cfg.LID})
	if err != nil {
		return fmt.Errorf("finding whom to give the new key: %w", err)
	}
	for _, d := range devices[h.cfg.LID] {
		if d.Device == 0 {
			continue
		}
		if err := h.shareKey(ctx, d); err != nil {
			return err
		}
	}
	h.drain()
	return nil
}

// shareKey gives a companion the keys of the account's settings.
func (h *Handset) shareKey(ctx context.Context, device types.JID) error {
	current, older := h.appKeys()
	h.mu.Lock()
	raw := h.keys.rawID
	h.mu.Unlock()
	share := &waE2E.AppStateSyncKeyShare{}
	for i, k := range append(older, current) { // clients that know no times take the last one
		share.Keys = append(share.Keys, &waE2E.AppStateSyncKey{
			KeyID: &waE2E.AppStateSyncKeyId{KeyID: k.ID},
			KeyData: &waE2E.AppStateSyncKeyData{
				KeyData: k.Data, Timestamp: proto.Int64(k.Timestamp),
				Fingerprint: &waE2E.AppStateSyncKeyFingerprint{
					RawID: &raw, CurrentIndex: proto.Uint32(uint32(i)), DeviceIndexes: []uint32{0},
				},
			},
		})
	}
	return h.sendPeer(ctx, device, &waE2E.ProtocolMessage{
		Type: waE2E.ProtocolMessage_APP_STATE_SYNC_KEY_SHARE.Enum(), AppStateSyncKeyShare: share,
	})
}
