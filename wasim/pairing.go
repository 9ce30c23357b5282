package wasim

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim/internal/handset"
)

// Faults of linking.
var (
	// ErrCode says that no client is waiting to be linked with this code.
	ErrCode = errors.New("wasim: no device shows this linking code")
	// ErrLinking says that the client refused or gave up.
	ErrLinking = errors.New("wasim: the device didn't finish linking")
)

// refCount is how many codes a client shows one after the other before it gives up.
const refCount = 6

// pairing knows the sockets that wait to be linked.
type pairing struct {
	mu       sync.Mutex
	byRef    map[string]*pending
	byNumber map[string]*pending
	arrivals map[*device]chan struct{}
}

// pending is a client that shows a linking code.
type pending struct {
	conn *conn
	keys *keyRing
	refs []string

	mu sync.Mutex
	// waiting holds who waits for the client's answer to a stanza, by its id.
	waiting map[string]chan node
	// code is the client's half of linking by code; nil until it asks for one.
	code   *codeRequest
	number string
	busy   bool
	// gate is a linking by passkey that is under way; nil without one.
	gate *gate
}

// codeRequest is what a client says when it shows an eight-character code.
type codeRequest struct {
	wrapped []byte
	finish  chan node
}

func newPairing() pairing {
	return pairing{byRef: map[string]*pending{}, byNumber: map[string]*pending{}, arrivals: map[*device]chan struct{}{}}
}

func (p *pairing) add(w *pending) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, ref := range w.refs {
		p.byRef[ref] = w
	}
}

func (p *pairing) remove(w *pending) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, ref := range w.refs {
		delete(p.byRef, ref)
	}
	if p.byNumber[w.number] == w {
		delete(p.byNumber, w.number)
	}
}

func (p *pairing) withRef(ref string) *pending {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byRef[ref]
}

func (p *pairing) withNumber(number string) *pending {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byNumber[number]
}

func (p *pairing) setNumber(w *pending, number string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byNumber[w.number] == w {
		delete(p.byNumber, w.number)
	}
	w.number = number
	p.byNumber[number] = w
}

// expect gives a channel that is closed when the device is logged in and active.
func (p *pairing) expect(d *device) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	ch := make(chan struct{})
	p.arrivals[d] = ch
	return ch
}

func (p *pairing) arrived(d *device) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ch := p.arrivals[d]; ch != nil {
		close(ch)
		delete(p.arrivals, d)
	}
}

// greetUnlinked shows a client the references for its codes.
func (n *Network) greetUnlinked(c *conn) func(*node) {
	keys, err := registration(c.hello.Payload)
	if err != nil {
		n.opts.Logger.Debug("wasim: bad registration", "error", err)
		n.refuseLogin(c, attrs{"reason": "400"})
		return nil
	}
	w := &pending{conn: c, keys: keys, waiting: map[string]chan node{}}
	c.pending = w
	random := n.random("ref:"+c.name, 0)
	children := make([]node, refCount)
	for i := range children {
		var b [16]byte
		_, _ = io.ReadFull(random, b[:])
		ref := "2@" + base64.RawURLEncoding.EncodeToString(b[:])
		w.refs = append(w.refs, ref)
		children[i] = node{Tag: "ref", Content: []byte(ref)}
	}
	n.pairing.add(w)
	c.send(node{
		Tag:     "iq",
		Attrs:   attrs{"from": types.ServerJID, "type": "set", "id": n.nextID(), "xmlns": "md"},
		Content: []node{{Tag: "pair-device", Content: children}},
	})
	return func(stanza *node) { n.handleUnlinked(w, stanza) }
}

// handleUnlinked answers a client that isn't linked yet.
func (n *Network) handleUnlinked(w *pending, stanza *node) {
	if stanza.Tag != "iq" {
		return
	}
	kind := text(stanza, "type")
	if kind == "result" || kind == "error" {
		w.mu.Lock()
		waiter := w.waiting[text(stanza, "id")]
		w.mu.Unlock()
		if waiter != nil {
			waiter <- *stanza
		}
		return
	}
	if firstTag(stanza) == "link_code_companion_reg" {
		n.handleCode(w, stanza)
		return
	}
	if n.handlePasskey(w, stanza) {
		return
	}
	if text(stanza, "xmlns") == "w:p" || firstTag(stanza) == "ping" {
		w.conn.send(result(stanza))
		return
	}
	w.conn.send(refusal(stanza, 401, "not-authorized"))
}

// claim makes sure that one phone at a time links a client.
func (w *pending) claim() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy {
		return false
	}
	w.busy = true
	return true
}

func (w *pending) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = false
}

// ask sends an iq and waits for its answer.
func (w *pending) ask(ctx context.Context, iq node) (node, error) {
	id := text(&iq, "id")
	answer := make(chan node, 1)
	w.mu.Lock()
	w.waiting[id] = answer
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.waiting, id)
		w.mu.Unlock()
	}()
	w.conn.send(iq)
	return w.await(ctx, answer)
}

func (w *pending) await(ctx context.Context, answer <-chan node) (node, error) {
	select {
	case n := <-answer:
		return n, nil
	case <-w.conn.ctx.Done():
		return node{}, fmt.Errorf("%w: it closed its socket", ErrLinking)
	case <-ctx.Done():
		return node{}, fmt.Errorf("%w: %w", ErrLinking, ctx.Err())
	}
}

// Scan reads a linking QR code's text and links the device that shows it. It
// returns the new device's JID once that device has come back and logged in, and
// the phone has sent it its keys and history (Settle waits until it has them).
func (p *Phone) Scan(ctx context.Context, qr string) (string, error) {
	code, err := handset.ParseQR(qr)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCode, err)
	}
	w := p.net.pairing.withRef(code.Ref)
	if w == nil {
		return "", fmt.Errorf("%w: reference %q is unknown or has ended", ErrCode, code.Ref)
	}
	if !w.claim() {
		return "", fmt.Errorf("%w: another phone is linking it", ErrCode)
	}
	defer w.release()
	if w.conn.hello.Static != code.Noise || w.keys.identity != code.Identity {
		return "", fmt.Errorf("%w: its keys are not those of the device that shows it", ErrCode)
	}
	if p.HasPasskey() {
		return p.scanGated(ctx, w, code)
	}
	return p.pair(ctx, w, w.keys.identity, code.Secret)
}

// pair hands the client its signed identity and waits until it is back as a linked device.
func (p *Phone) pair(ctx context.Context, w *pending, identity, secret [32]byte) (string, error) {
	n := p.net
	pair, err := p.hand.Pair(identity, secret)
	if err != nil {
		return "", fmt.Errorf("sign the device's identity: %w", err)
	}
	d, err := p.account.link(w.conn.hello.Static, w.keys)
	if err != nil {
		return "", err
	}
	answer, err := w.ask(ctx, n.pairSuccess(d, pair.DeviceIdentity))
	if err == nil {
		err = p.verifyPaired(d, pair, &answer)
	}
	if err != nil {
		p.account.unlink(d)
		return "", err
	}
	n.count.pairings.Add(1)
	arrived := n.pairing.expect(d)
	d.confirmed.Store(true)
	n.tellDevices(p.account, d)
	w.conn.dismiss(streamError(streamRestart), lingerTimeout)
	for _, step := range []<-chan struct{}{arrived, d.welcomed} {
		select {
		case <-step:
		case <-n.ctx.Done():
			return "", fmt.Errorf("%w: the network was closed", ErrLinking)
		case <-ctx.Done():
			return "", fmt.Errorf("%w: it never logged in: %w", ErrLinking, ctx.Err())
		}
	}
	return d.String(), nil
}

func (n *Network) pairSuccess(d *device, identity []byte) node {
	return node{
		Tag: "iq",
		Attrs: attrs{
			"from": types.ServerJID, "type": "set", "id": n.nextID(), "xmlns": "md", "t": unixString(n.now()),
		},
		Content: []node{{Tag: "pair-success", Content: []node{
			{Tag: "device-identity", Content: identity},
			{Tag: "device", Attrs: attrs{"jid": d.jid(AddressPhone), "lid": d.jid(AddressLID)}},
			{Tag: "biz", Attrs: attrs{"name": ""}},
			{Tag: "platform", Attrs: attrs{"name": "android"}},
		}}},
	}
}

func (p *Phone) verifyPaired(d *device, pair handset.Pairing, answer *node) error {
	if text(answer, "type") == "error" {
		refused := child(answer, "error")
		return fmt.Errorf("%w: it answered %s %s", ErrLinking, text(&refused, "code"), text(&refused, "text"))
	}
	identity := child(answer, "pair-device-sign", "device-identity")
	if err := p.hand.VerifyPaired(d.jid(AddressLID), pair.KeyIndex, content(&identity)); err != nil {
		return fmt.Errorf("%w: %w", ErrLinking, err)
	}
	return nil
}

// EnterCode links the device that shows this eight-character code for this
// phone's number. A wrong code is an error, after which the right one still works.
func (p *Phone) EnterCode(ctx context.Context, code string) (string, error) {
	w := p.net.pairing.withNumber(p.account.pn)
	if w == nil {
		return "", fmt.Errorf("%w for %s", ErrCode, p.account.pn)
	}
	if !w.claim() {
		return "", fmt.Errorf("%w: another linking is under way", ErrCode)
	}
	defer w.release()
	if p.HasPasskey() {
		return "", fmt.Errorf("%w: the account has a passkey, so that only a QR code links a device", ErrLinking)
	}
	w.mu.Lock()
	request := w.code
	w.mu.Unlock()
	entry, err := p.hand.StartCode(code, request.wrapped)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCode, err)
	}
	w.conn.send(p.net.primaryHello(w, entry))
	finish, err := w.await(ctx, request.finish)
	if err != nil {
		return "", err
	}
	wrapped := child(&finish, "link_code_companion_reg", "link_code_pairing_wrapped_key_bundle")
	identity, secret, err := entry.Finish(content(&wrapped), w.keys.identity[:])
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCode, err)
	}
	return p.pair(ctx, w, identity, secret)
}

func (n *Network) primaryHello(w *pending, entry *handset.CodePairing) node {
	return node{
		Tag: "notification",
		Attrs: attrs{
			"from": types.ServerJID, "type": "link_code_companion_reg", "id": n.nextID(), "t": unixString(n.now()),
		},
		Content: []node{{Tag: "link_code_companion_reg", Attrs: attrs{"stage": "primary_hello"}, Content: []node{
			{Tag: "link_code_pairing_wrapped_primary_ephemeral_pub", Content: entry.WrappedEphemeral},
			{Tag: "primary_identity_pub", Content: entry.Identity[:]},
			{Tag: "link_code_pairing_ref", Content: []byte(w.refs[0])},
		}}},
	}
}

// handleCode is the client's side of linking by code.
func (n *Network) handleCode(w *pending, iq *node) {
	reg := child(iq, "link_code_companion_reg")
	switch text(&reg, "stage") {
	case "companion_hello":
		number, _, _ := strings.Cut(text(&reg, "jid"), "@")
		wrapped := child(&reg, "link_code_pairing_wrapped_companion_ephemeral_pub")
		w.mu.Lock()
		w.code = &codeRequest{wrapped: content(&wrapped), finish: make(chan node, 1)}
		w.mu.Unlock()
		n.pairing.setNumber(w, number)
		w.conn.send(result(iq, node{
			Tag: "link_code_companion_reg", Attrs: attrs{"stage": "companion_hello"},
			Content: []node{{Tag: "link_code_pairing_ref", Content: []byte(w.refs[0])}},
		}))
	case "companion_finish":
		w.conn.send(result(iq))
		w.mu.Lock()
		request := w.code
		w.mu.Unlock()
		if request == nil {
			return
		}
		select {
		case request.finish <- *iq:
		default:
		}
	default:
		w.conn.send(refusal(iq, 400, "bad-request"))
	}
}
