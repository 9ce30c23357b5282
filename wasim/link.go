package wasim

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
)

// link is what a handset needs of the network.
type link struct{ p *Phone }

// Send takes a stanza from the phone. It never waits for anybody.
func (l link) Send(stanza node) {
	n := l.p.net
	stanza, err := reread(stanza)
	if err != nil {
		n.opts.Logger.Error("wasim: a phone's stanza can't be encoded", "phone", l.p.account.pn, "error", err)
		return
	}
	switch stanza.Tag {
	case "message":
		n.acceptFromPhone(l.p, &stanza)
	case "receipt":
		n.passReceipt(l.p.account, 0, &stanza)
	case "notification":
		n.mediaRetried(l.p.account, &stanza)
	case "chatstate":
		n.handleChatState(l.p.account, 0, &stanza)
	case "presence":
		if text(&stanza, "type") == "subscribe" {
			if a := n.accounts.at(address(&stanza, "to")); a != nil {
				n.watch(l.p, a)
			}
			return
		}
		n.setOnline(l.p.account, 0, text(&stanza, "type") != "unavailable")
	}
}

// Devices lists all devices of the given accounts.
func (l link) Devices(_ context.Context, users []types.JID) (map[types.JID][]types.JID, error) {
	out := make(map[types.JID][]types.JID, len(users))
	for _, user := range users {
		if a := l.p.net.accounts.at(user); a != nil {
			out[user] = a.deviceJIDs(AddressLID)
		}
	}
	return out, nil
}

// Bundles fetches keys for new sessions.
func (l link) Bundles(_ context.Context, devices []types.JID) (map[types.JID]*prekey.Bundle, error) {
	out := make(map[types.JID]*prekey.Bundle, len(devices))
	for _, jid := range devices {
		if b, ok := l.p.net.bundleOf(jid); ok {
			out[jid] = b.signal(uint32(jid.Device))
		}
	}
	return out, nil
}

// mediaFolders are the folders of the media store by kind of key.
func mediaFolders() map[whatsmeow.MediaType]string {
	return map[whatsmeow.MediaType]string{
		whatsmeow.MediaImage: "image", whatsmeow.MediaVideo: "video", whatsmeow.MediaAudio: "audio",
		whatsmeow.MediaDocument: "document", whatsmeow.MediaHistory: "md-msg-hist", whatsmeow.MediaAppState: "md-app-state",
	}
}

// Upload stores a file that the phone has encrypted.
func (l link) Upload(kind whatsmeow.MediaType, blob []byte) string {
	path, err := l.p.net.media.Put(mediaFolders()[kind], blob)
	if err != nil {
		l.p.net.opts.Logger.Error("wasim: a phone's file wasn't kept", "phone", l.p.account.pn, "error", err)
		return ""
	}
	return path
}

// Download fetches an encrypted file.
func (l link) Download(directPath string) ([]byte, error) { return l.p.net.media.Get(directPath) }

// Resolve finds an account by anything that names it.
func (l link) Resolve(text string) (pn, lid types.JID, err error) {
	a := l.p.net.accounts.find(text)
	if a == nil {
		return pn, lid, fmt.Errorf("%w: %q", ErrUnknownNumber, text)
	}
	return a.pnJID(), a.lidJID(), nil
}

// Patches lists app-state patches behind a version.
func (l link) Patches(name string, after uint64) ([][]byte, error) {
	patches, _, err := l.p.account.patchesAfter(name, after)
	return patches, err
}

// AddPatch appends an app-state patch and tells the companions.
func (l link) AddPatch(name string, base uint64, patch []byte) (bool, error) {
	version, ok, err := l.p.account.addPatch(name, base, patch)
	if ok {
		l.p.net.tellState(l.p.account, nil, name, version)
	}
	return ok, err
}

// PutSnapshot keeps the sum of an app-state collection.
func (l link) PutSnapshot(name string, version uint64, ref []byte) error {
	return l.p.account.putSnapshot(name, version, ref)
}

// Now is the network's time.
func (l link) Now() time.Time { return l.p.net.now() }

// inbox is what the network has for a phone, in order. Putting never waits. Only a phone that has something to look at has
// a goroutine: a network may have a million of them.
type inbox struct {
	// spawn runs a function on its own; false when the network is closed.
	spawn   func(func()) bool
	deliver func(node)

	mu     sync.Mutex
	items  []node
	open   bool // what is in it is looked at
	busy   bool // a goroutine looks at it
	closed bool
}

func (b *inbox) put(n node) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.items = append(b.items, n)
	b.look()
}

// begin has what is put into it delivered, and what was put in before.
func (b *inbox) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open = true
	b.look()
}

func (b *inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}

// look has somebody deliver what there is. Called with the lock held.
func (b *inbox) look() {
	if b.open && !b.busy && !b.closed && len(b.items) > 0 {
		b.busy = b.spawn(b.run)
	}
}

// run delivers until nothing is left or the inbox is closed. What comes later stays in it, to be written down.
func (b *inbox) run() {
	for {
		b.mu.Lock()
		if b.closed || len(b.items) == 0 {
			b.busy = false
			b.mu.Unlock()
			return
		}
		batch := b.items
		b.items = nil
		b.mu.Unlock()
		for _, n := range batch {
			b.deliver(n)
		}
	}
}
