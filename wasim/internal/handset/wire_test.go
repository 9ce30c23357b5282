package handset

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// wire is the smallest network there can be: it carries stanzas between phones and
// lets a test listen in, spoil and withhold.
type wire struct {
	t      testing.TB
	mu     sync.Mutex
	phones map[types.JID]*plug
	files  map[string][]byte
	sums   map[string][]byte
	apps   map[string][][]byte
	// companions are devices played by the test: what is for them goes here.
	companions map[types.JID]*device
	// spoil may change or drop (false) a stanza on its way to a phone.
	spoil func(to types.JID, n *waBinary.Node) bool
}

// device is a companion played by a test. Its Handset lends it keys and sessions only.
type device struct {
	h   *Handset
	jid types.JID
	in  chan waBinary.Node
}

// plug is one phone on the wire.
type plug struct {
	w   *wire
	h   *Handset
	acc account
	in  chan waBinary.Node
}

func newWire(t testing.TB) *wire {
	return &wire{
		t: t, phones: map[types.JID]*plug{}, files: map[string][]byte{}, apps: map[string][][]byte{},
		companions: map[types.JID]*device{}, sums: map[string][]byte{},
	}
}

// phone puts a phone on the wire; number n makes its addresses and keys.
func (w *wire) phone(name string, n int) *plug {
	w.t.Helper()
	acc := account{
		PN:  types.NewJID(fmt.Sprintf("62811000%03d", n), types.DefaultUserServer),
		LID: types.NewJID(fmt.Sprintf("90000000%03d", n), types.HiddenUserServer),
	}
	p := &plug{w: w, acc: acc, in: make(chan waBinary.Node, 20000)}
	p.h = w.handset(p, name, uint64(n))
	w.mu.Lock()
	w.phones[acc.LID] = p
	w.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for node := range p.in {
			w.mu.Lock()
			h := p.h
			w.mu.Unlock()
			h.Deliver(node)
		}
	}()
	w.t.Cleanup(func() {
		w.mu.Lock()
		delete(w.phones, acc.LID)
		close(p.in)
		w.mu.Unlock()
		<-done
	})
	return p
}

func (w *wire) handset(link Link, name string, seed uint64) *Handset {
	w.t.Helper()
	p, _ := link.(*plug)
	var b [32]byte
	b[0], b[1] = byte(seed), byte(seed>>8)
	h, err := New(Config{PN: p.acc.PN, LID: p.acc.LID, Name: name, Rand: rand.NewChaCha8(b), Link: link})
	if err != nil {
		w.t.Fatalf("New: %v", err)
	}
	return h
}

// companion adds a device to a phone's account, played by the test.
func (p *plug) companion(number uint16) *device {
	jid := p.acc.LID
	jid.Device = number
	d := &device{h: p.w.handset(p, "", uint64(number)+1000+p.acc.LID.UserInt()%1000), jid: jid, in: make(chan waBinary.Node, 20000)}
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	p.w.companions[jid] = d
	return d
}

func (p *plug) Send(n waBinary.Node) { p.w.route(p.acc.LID, n) }

// route does what a server does with stanzas of a device.
func (w *wire) route(from types.JID, n waBinary.Node) {
	to, _ := n.Attrs["to"].(types.JID)
	participants, fanned := n.GetOptionalChildByTag("participants")
	if !fanned {
		if n.Tag != "presence" {
			w.deliver(from, to, n, n.GetChildren())
		}
		return
	}
	for _, p := range participants.GetChildren() {
		jid, _ := p.Attrs["jid"].(types.JID)
		copied := n
		copied.Attrs = waBinary.Attrs{}
		for k, v := range n.Attrs {
			copied.Attrs[k] = v
		}
		if jid.User == from.User {
			copied.Attrs["recipient"] = to
		}
		w.deliver(from, jid, copied, p.GetChildren())
	}
}

func (w *wire) deliver(from, to types.JID, n waBinary.Node, content []waBinary.Node) {
	attrs := waBinary.Attrs{}
	for k, v := range n.Attrs {
		if k != "to" {
			attrs[k] = v
		}
	}
	attrs["from"] = from
	if _, ok := attrs["t"]; !ok {
		attrs["t"] = "1700000000"
	}
	out := waBinary.Node{Tag: n.Tag, Attrs: stringly(attrs), Content: stringlyAll(content)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.spoil != nil && !w.spoil(to, &out) {
		return
	}
	if d := w.companions[to]; d != nil {
		d.in <- out
		return
	}
	if p := w.phones[to]; p != nil {
		p.in <- out
	}
}

// stringly writes attributes as they come off a real wire: numbers and truths as text.
func stringly(attrs waBinary.Attrs) waBinary.Attrs {
	out := waBinary.Attrs{}
	for k, v := range attrs {
		if jid, ok := v.(types.JID); ok {
			out[k] = jid
		} else {
			out[k] = fmt.Sprint(v)
		}
	}
	return out
}

func stringlyAll(nodes []waBinary.Node) []waBinary.Node {
	out := make([]waBinary.Node, len(nodes))
	for i, n := range nodes {
		out[i] = waBinary.Node{Tag: n.Tag, Attrs: stringly(n.Attrs), Content: n.Content}
		if children := n.GetChildren(); len(children) > 0 {
			out[i].Content = stringlyAll(children)
		}
	}
	return out
}

func (p *plug) Devices(_ context.Context, users []types.JID) (map[types.JID][]types.JID, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	out := map[types.JID][]types.JID{}
	for _, u := range users {
		if p.w.phones[u] != nil {
			out[u] = append(out[u], u)
		}
		for jid := range p.w.companions {
			if jid.ToNonAD() == u {
				out[u] = append(out[u], jid)
			}
		}
	}
	return out, nil
}

func (p *plug) Bundles(_ context.Context, devices []types.JID) (map[types.JID]*prekey.Bundle, error) {
	out := map[types.JID]*prekey.Bundle{}
	for _, d := range devices {
		p.w.mu.Lock()
		var h *Handset
		if c := p.w.companions[d]; c != nil {
			h = c.h
		} else if phone := p.w.phones[d]; phone != nil {
			h = phone.h
		}
		p.w.mu.Unlock()
		if h != nil {
			out[d] = h.Bundle().Signal(uint32(d.Device))
		}
	}
	return out, nil
}

func (p *plug) Upload(_ whatsmeow.MediaType, blob []byte) string {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	path := fmt.Sprintf("/v/%d?x=1", len(p.w.files))
	p.w.files[path] = blob
	return path
}

var errWire = errors.New("not on this wire")

func (p *plug) Download(path string) ([]byte, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if b, ok := p.w.files[path]; ok {
		return b, nil
	}
	return nil, errWire
}

func (p *plug) Resolve(address string) (types.JID, types.JID, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	user, _, _ := strings.Cut(address, "@")
	for _, q := range p.w.phones {
		if user == q.acc.PN.User || user == q.acc.LID.User {
			return q.acc.PN, q.acc.LID, nil
		}
	}
	return types.JID{}, types.JID{}, fmt.Errorf("%s: %w", address, errWire)
}

func (p *plug) Patches(name string, after uint64) ([][]byte, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return append([][]byte{}, p.w.apps[p.acc.LID.User+name][after:]...), nil
}

func (p *plug) AddPatch(name string, base uint64, patch []byte) (bool, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	k := p.acc.LID.User + name
	if base != uint64(len(p.w.apps[k])) {
		return false, nil
	}
	p.w.apps[k] = append(p.w.apps[k], patch)
	return true, nil
}

func (p *plug) PutSnapshot(name string, version uint64, ref []byte) error {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	p.w.sums[fmt.Sprint(p.acc.LID.User, name, version)] = ref
	return nil
}

func (p *plug) Members(group types.JID) ([]types.JID, error) {
	return nil, fmt.Errorf("no group %s on this wire", group)
}

func (p *plug) Now() time.Time { return time.UnixMilli(1_700_000_000_123) }

// within bounds a wait so that a failing test says what it waited for.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// await waits until a phone shows a message for which match is true.
func await(t testing.TB, h *Handset, what string, match func(Message) bool) Message {
	t.Helper()
	m, err := h.Await(within(t), match)
	if err != nil {
		t.Fatalf("waiting for %s: %v; the phone shows %+v and counts %+v", what, err, h.Messages("", 0), h.Counters())
	}
	return m
}

// next takes the next stanza for a companion.
func (d *device) next(t testing.TB, tag string) waBinary.Node {
	t.Helper()
	for {
		select {
		case n := <-d.in:
			if n.Tag == tag {
				return n
			}
		case <-within(t).Done():
			t.Fatalf("no %s came to %s", tag, d.jid)
		}
	}
}
