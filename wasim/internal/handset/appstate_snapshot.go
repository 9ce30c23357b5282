package handset

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waServerSync"
	"go.mau.fi/whatsmeow/util/hkdfutil"
	"google.golang.org/protobuf/proto"
)

// snapshotEvery is after how many versions of a collection a phone sums it up, so that a new companion needn't read
// every change there ever was.
const snapshotEvery = 32

// publishSnapshot sums a collection up when it has grown enough since the last time. Called with appMu held.
func (h *Handset) publishSnapshot(ctx context.Context, name string) error {
	_, s := h.processor()
	c := s.at(name)
	if c.Version < c.Snapshot+snapshotEvery {
		return nil
	}
	ref, err := h.snapshotOf(ctx, s, name)
	if err != nil {
		return fmt.Errorf("summing up %s at %d: %w", name, c.Version, err)
	}
	if err := h.link.PutSnapshot(name, c.Version, ref); err != nil {
		return fmt.Errorf("storing a snapshot of %s: %w", name, err)
	}
	c.Snapshot = c.Version
	h.mu.Lock()
	h.state.Revision++
	h.mu.Unlock()
	return nil
}

// snapshotOf writes down a collection as it is, uploads that and returns the reference to it.
func (h *Handset) snapshotOf(_ context.Context, s *appStore, name string) ([]byte, error) {
	c := s.at(name)
	records, err := h.recordsOf(name, c.Version)
	if err != nil {
		return nil, err
	}
	plain, err := proto.Marshal(&waServerSync.SyncdSnapshot{
		Version: &waServerSync.SyncdVersion{Version: proto.Uint64(c.Version)},
		Records: records, Mac: snapshotMAC(s.key, c, name), KeyID: &waServerSync.KeyId{ID: s.key.ID},
	})
	if err != nil {
		return nil, err
	}
	f, err := h.upload(whatsmeow.MediaAppState, plain)
	if err != nil {
		return nil, err
	}
	return proto.Marshal(&waServerSync.ExternalBlobReference{
		MediaKey: f.Key, DirectPath: &f.Path, FileSizeBytes: &f.Size, FileSHA256: f.SHA256, FileEncSHA256: f.EncSHA256,
	})
}

// recordsOf is the newest record of each index up to a version, in the order in which they came to be.
func (h *Handset) recordsOf(name string, upTo uint64) ([]*waServerSync.SyncdRecord, error) {
	raws, err := h.link.Patches(name, 0)
	if err != nil {
		return nil, err
	}
	var order []string
	latest := map[string]*waServerSync.SyncdRecord{}
	for _, raw := range raws[:min(uint64(len(raws)), upTo)] {
		var p waServerSync.SyncdPatch
		if err := proto.Unmarshal(raw, &p); err != nil {
			return nil, err
		}
		for _, m := range p.GetMutations() {
			index := string(m.GetRecord().GetIndex().GetBlob())
			if _, known := latest[index]; known {
				order = slices.DeleteFunc(order, func(o string) bool { return o == index })
				delete(latest, index)
			}
			if m.GetOperation() == waServerSync.SyncdMutation_SET {
				order, latest[index] = append(order, index), m.GetRecord()
			}
		}
	}
	records := make([]*waServerSync.SyncdRecord, len(order))
	for i, index := range order {
		records[i] = latest[index]
	}
	return records, nil
}

// snapshotMAC vouches for the whole of a collection at its version.
func snapshotMAC(k appKey, c *collection, name string) []byte {
	// The five keys that come of one: index, value encryption, value MAC, snapshot MAC, patch MAC.
	expanded := hkdfutil.SHA256(k.Data, nil, []byte("WhatsApp Mutation Keys"), 160)
	mac := hmac.New(sha256.New, expanded[96:128])
	mac.Write(c.Hash)
	mac.Write(binary.BigEndian.AppendUint64(nil, c.Version))
	mac.Write([]byte(name))
	return mac.Sum(nil)
}
