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
}

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

// fetched is patchesAfter for a companion, which from now on follows the collection: one that has not fetched it yet
// may not have the key either, and finds everything there is when it does.
func (a *account) fetched(d *device, name string, version uint64) (patches [][]byte, current uint64, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.collection(name)
	if c == nil {
		return nil, 0, fmt.Errorf("wasim: no app-state collection %q", name)
	}
	d.follows[name] = true
	patches, current = c.after(version)
	return patches, current, nil
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

func (q asking) syncCollection(asked *node) node {
	name, base := text(asked, "name"), uint64(max(number(asked, "version"), 0))
	patch := child(asked, "patch")
	if len(content(&patch)) == 0 {
		return q.fetch(name, base, "")
	}
	version, ok, err := q.device.account.addPatch(name, base, content(&patch))
	if err != nil {
		q.net.opts.Logger.Warn("wasim: app-state write refused", "device", q.conn.name, "error", err)
		return collectionError(name, 400, "bad-request")
	}
	if !ok {
		return q.fetch(name, base, "conflict")
	}
	q.net.tellState(q.device.account, q.device, name, version)
	return node{Tag: "collection", Attrs: attrs{"name": name, "version": strconv.FormatUint(version, 10)}}
}

func collectionError(name string, code int, why string) node {
	return node{Tag: "collection", Attrs: attrs{"name": name, "type": "error"}, Content: []node{
		{Tag: "error", Attrs: attrs{"code": strconv.Itoa(code), "text": why}},
	}}
}

// fetch gives the patches behind base; after a conflict the answer is an error that has them too.
func (q asking) fetch(name string, base uint64, conflicts string) node {
	patches, current, err := q.device.account.fetched(q.device, name, base)
	if err != nil {
		return collectionError(name, 404, "item-not-found")
	}
	out := node{Tag: "collection", Attrs: attrs{"name": name, "version": strconv.FormatUint(current, 10)}}
	children := []node{}
	if conflicts != "" {
		out.Attrs["type"] = "error"
		children = append(children, node{Tag: "error", Attrs: attrs{"code": "409", "text": conflicts}})
	}
	if len(patches) > 0 {
		list := make([]node, len(patches))
		for i, p := range patches {
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
