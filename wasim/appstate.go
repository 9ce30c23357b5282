package wasim

import (
	"fmt"
	"slices"
	"strconv"

	"go.mau.fi/whatsmeow/proto/waServerSync"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// collection is one list of an account's shared settings. The network keeps the
// patches and can't read them: the keys are with the account's devices.
type collection struct {
	// patches has version i+1 at index i.
	patches [][]byte
	// snapshot is the sum of the collection up to a version: a reference to a file that the phone has uploaded.
	// nil is none.
	snapshot []byte
	upTo     uint64
}

// patchesPerFetch is how many patches one answer has at most; the client asks again for the rest.
const patchesPerFetch = 64

func collectionNames() []string {
	return []string{"critical_block", "critical_unblock_low", "regular_high", "regular", "regular_low"}
}

// collection finds a list by name; nil if there is none of that name. Called with mu held.
func (a *account) collection(name string) *collection {
	if !slices.Contains(collectionNames(), name) {
		return nil
	}
	if a.state[name] == nil {
		a.state[name] = &collection{}
	}
	return a.state[name]
}

// patchesAfter lists a collection's patches behind a version, oldest first.
func (a *account) patchesAfter(name string, version uint64) (patches [][]byte, current uint64, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.collection(name)
	if c == nil {
		return nil, 0, fmt.Errorf("wasim: no app-state collection %q", name)
	}
	patches, current = c.after(version)
	return patches, current, nil
}

func (c *collection) after(version uint64) (patches [][]byte, current uint64) {
	current = uint64(len(c.patches))
	return slices.Clone(c.patches[min(version, current):]), current
}

// stretch is what a companion is given of a collection.
type stretch struct {
	snapshot []byte
	patches  [][]byte
	// version is how far it reaches, more that there is something behind it.
	version uint64
	more    bool
}

// fetched gives a companion what it has not got: from a snapshot on when it wants one, and at most most patches (0 is
// all). From now on it follows the collection: one that has not fetched it yet may not have the key either, and finds
// everything there is when it does.
func (a *account) fetched(d *device, want stateQuery, most int) (s stretch, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.collection(want.name)
	if c == nil {
		return s, fmt.Errorf("wasim: no app-state collection %q", want.name)
	}
	d.follows[want.name] = true
	from := want.version
	if want.snapshot && c.snapshot != nil {
		s.snapshot, from = c.snapshot, c.upTo
	}
	var current uint64
	s.patches, current = c.after(from)
	s.version = current
	if most > 0 && len(s.patches) > most {
		s.patches, s.more = s.patches[:most], true
		s.version = from + uint64(most)
	}
	return s, nil
}

// putSnapshot keeps the sum of a collection up to a version, in place of an older one.
func (a *account) putSnapshot(name string, version uint64, ref []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.collection(name)
	switch {
	case c == nil:
		return fmt.Errorf("wasim: no app-state collection %q", name)
	case version > uint64(len(c.patches)):
		return fmt.Errorf("wasim: a snapshot of %s at %d, which is at %d", name, version, len(c.patches))
	}
	if version >= c.upTo {
		c.snapshot, c.upTo = ref, version
	}
	return nil
}

// followers lists the companions that have fetched a collection.
func (a *account) followers(name string) (list []*device) {
	companions := a.companions()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range companions {
		if d.follows[name] {
			list = append(list, d)
		}
	}
	return list
}

// addPatch appends a patch whose writer knew the collection up to base. ok is false
// if there is more than that by now.
func (a *account) addPatch(name string, base uint64, patch []byte) (version uint64, ok bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.collection(name)
	if c == nil {
		return 0, false, fmt.Errorf("wasim: no app-state collection %q", name)
	}
	version = uint64(len(c.patches))
	if base != version {
		return version, false, nil
	}
	var p waServerSync.SyncdPatch
	if err := proto.Unmarshal(patch, &p); err != nil {
		return version, false, fmt.Errorf("wasim: app-state patch of %q: %w", name, err)
	}
	version++
	// Clients send the patch without its version, and want it back with it.
	p.Version = &waServerSync.SyncdVersion{Version: &version}
	stored, err := proto.Marshal(&p)
	if err != nil {
		return version, false, fmt.Errorf("wasim: app-state patch of %q: %w", name, err)
	}
	c.patches = append(c.patches, stored)
	return version, true, nil
}

// appState answers fetches and writes of shared settings.
func (q asking) appState() node {
	sync := child(q.iq, "sync")
	collections := []node{}
	for i := range sync.GetChildren() {
		asked := &sync.GetChildren()[i]
		if asked.Tag == "collection" {
			collections = append(collections, q.syncCollection(asked))
		}
	}
	return result(q.iq, node{Tag: "sync", Content: collections})
}

// stateQuery is what a client asks about one collection.
type stateQuery struct {
	name     string
	version  uint64
	snapshot bool
}

func (q asking) syncCollection(asked *node) node {
	want := stateQuery{
		name: text(asked, "name"), version: uint64(max(number(asked, "version"), 0)), snapshot: text(asked, "return_snapshot") == "true",
	}
	patch := child(asked, "patch")
	if len(content(&patch)) == 0 {
		return q.fetch(want)
	}
	version, ok, err := q.device.account.addPatch(want.name, want.version, content(&patch))
	if err != nil {
		q.net.opts.Logger.Warn("wasim: app-state write refused", "device", q.conn.name, "error", err)
		return collectionError(want.name, 400, "bad-request")
	}
	if !ok {
		return q.conflict(want)
	}
	q.net.tellState(q.device.account, q.device, want.name, version)
	return node{Tag: "collection", Attrs: attrs{"name": want.name, "version": strconv.FormatUint(version, 10)}}
}

func collectionError(name string, code int, why string) node {
	return node{Tag: "collection", Attrs: attrs{"name": name, "type": "error"}, Content: []node{
		{Tag: "error", Attrs: attrs{"code": strconv.Itoa(code), "text": why}},
	}}
}

// fetch gives what lies behind a version.
func (q asking) fetch(want stateQuery) node {
	s, err := q.device.account.fetched(q.device, want, patchesPerFetch)
	if err != nil {
		return collectionError(want.name, 404, "item-not-found")
	}
	return s.node(want.name)
}

// conflict refuses a write to a collection that has moved on; the answer has what the writer missed, all of it.
func (q asking) conflict(want stateQuery) node {
	want.snapshot = false
	s, err := q.device.account.fetched(q.device, want, 0)
	if err != nil {
		return collectionError(want.name, 404, "item-not-found")
	}
	out := s.node(want.name)
	missed, _ := out.Content.([]node)
	out.Attrs["type"] = "error"
	out.Content = append([]node{{Tag: "error", Attrs: attrs{"code": "409", "text": "conflict"}}}, missed...)
	return out
}

func (s stretch) node(name string) node {
	out := node{Tag: "collection", Attrs: attrs{"name": name, "version": strconv.FormatUint(s.version, 10)}}
	if s.more {
		out.Attrs["has_more_patches"] = "true"
	}
	children := []node{}
	if s.snapshot != nil {
		children = append(children, node{Tag: "snapshot", Content: s.snapshot})
	}
	if len(s.patches) > 0 {
		list := make([]node, len(s.patches))
		for i, p := range s.patches {
			list[i] = node{Tag: "patch", Content: p}
		}
		children = append(children, node{Tag: "patches", Content: list})
	}
	if len(children) > 0 {
		out.Content = children
	}
	return out
}

// tellState lets those of an account's other devices that follow a collection know that it has grown. by is nil when the phone wrote.
func (n *Network) tellState(a *account, by *device, name string, version uint64) {
	changed := node{Tag: "collection", Attrs: attrs{"name": name, "version": strconv.FormatUint(version, 10)}}
	for _, d := range a.followers(name) {
		if d != by {
			n.notify(d, "server_sync", types.ServerJID, changed)
		}
	}
	if by != nil {
		a.phone.inbox.put(node{Tag: "notification", Attrs: attrs{
			"from": types.ServerJID, "type": "server_sync", "id": n.nextID(), "t": unixString(n.now()),
		}, Content: []node{changed}})
	}
}
