package wasim

import (
	"context"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim/internal/handset"
	"github.com/pingcrm/pingcrm/wasim/internal/passkey"
)

// ErrNoPasskey says that the account has no passkey to answer with.
var ErrNoPasskey = errors.New("wasim: the account has no passkey")

// gate is a linking that waits for a passkey's answer.
type gate struct {
	key       *passkey.Key
	challenge []byte
	options   []byte
	steps     chan node // the prologue, the nonce and the pairing request, in turn
}

// RequirePasskey has the account ask for its passkey whenever a device is to be linked by QR code; the key is made of
// the account's number and the network's seed. Twice changes nothing.
func (p *Phone) RequirePasskey() { p.setPasskey(true) }

// DropPasskey takes the passkey away again.
func (p *Phone) DropPasskey() { p.setPasskey(false) }

func (p *Phone) setPasskey(on bool) {
	p.account.mu.Lock()
	defer p.account.mu.Unlock()
	p.account.passkey = on
}

// HasPasskey reports whether linking asks for one.
func (p *Phone) HasPasskey() bool {
	p.account.mu.Lock()
	defer p.account.mu.Unlock()
	return p.account.passkey
}

// AnswerPasskey does what the owner does on WhatsApp's own page: it answers request options (the publicKey of
// navigator.credentials.get, as JSON) with the account's passkey, in software. ErrNoPasskey; options that ask for
// another key are an error.
func (p *Phone) AnswerPasskey(options []byte) ([]byte, error) {
	if !p.HasPasskey() {
		return nil, ErrNoPasskey
	}
	key, err := p.passkey()
	if err != nil {
		return nil, err
	}
	return key.Answer(options)
}

func (p *Phone) passkey() (*passkey.Key, error) {
	return passkey.New(p.net.random("passkey:"+p.account.pn, 0))
}

// LinkingCode is the code that this phone showed last while a device was linked by passkey; a client that has not
// proven itself shows the same. Empty before.
func (p *Phone) LinkingCode() string {
	p.account.mu.Lock()
	defer p.account.mu.Unlock()
	return p.account.linkingCode
}

// scanGated links a device after its owner has answered for it with the passkey.
func (p *Phone) scanGated(ctx context.Context, w *pending, code handset.QR) (string, error) {
	g, err := p.openGate(w)
	if err != nil {
		return "", err
	}
	w.setGate(g)
	defer w.setGate(nil)
	w.conn.send(passkeyNotice(p.net, "passkey_prologue_request", node{Tag: "passkey_request_options", Content: g.options}))
	prologue, err := w.await(ctx, g.steps)
	if err != nil {
		return "", err
	}
	payload := child(&prologue, "passkey_prologue", "prologue_payload")
	proof := child(&prologue, "passkey_prologue", "pairing_handoff_proof")
	if given := content(&proof); given != nil && !handset.Handed(code.Secret, content(&payload), given) {
		return "", fmt.Errorf("%w: its proof is of another code", ErrLinking)
	}
	entry, err := p.hand.StartPasskey(content(&payload))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrLinking, err)
	}
	w.conn.send(passkeyNotice(p.net, "crsc_continuation", node{Tag: "primary_ephemeral_identity", Content: entry.Identity}))
	nonce, err := w.await(ctx, g.steps)
	if err != nil {
		return "", err
	}
	shown, err := entry.Code(content(new(child(&nonce, "companion_nonce"))))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrLinking, err)
	}
	p.showCode(shown)
	request, err := w.await(ctx, g.steps)
	if err != nil {
		return "", err
	}
	noise, identity, secret, err := entry.Finish(content(new(child(&request, "encrypted_pairing_request"))))
	if err != nil || noise != code.Noise || identity != code.Identity {
		return "", fmt.Errorf("%w: its keys are not those of the device that shows the code: %w", ErrLinking, err)
	}
	return p.pair(ctx, w, identity, secret)
}

func (p *Phone) showCode(code string) {
	p.account.mu.Lock()
	defer p.account.mu.Unlock()
	p.account.linkingCode = code
}

func (p *Phone) openGate(w *pending) (*gate, error) {
	g := &gate{challenge: make([]byte, 32), steps: make(chan node, 4)}
	if _, err := io.ReadFull(p.net.random("challenge:"+w.conn.name, 0), g.challenge); err != nil {
		return nil, err
	}
	var err error
	if g.key, err = p.passkey(); err != nil {
		return nil, err
	}
	g.options, err = g.key.Request(g.challenge)
	return g, err
}

func (w *pending) setGate(g *gate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gate = g
}

func passkeyNotice(n *Network, kind string, content node) node {
	return node{
		Tag:     "notification",
		Attrs:   attrs{"from": types.ServerJID, "type": kind, "id": n.nextID(), "t": unixString(n.now())},
		Content: []node{content},
	}
}

// handlePasskey answers a stanza of a linking by passkey; false when it is none.
func (n *Network) handlePasskey(w *pending, iq *node) bool {
	w.mu.Lock()
	g := w.gate
	w.mu.Unlock()
	tag := firstTag(iq)
	switch tag {
	case "ref", "passkey_request_options", "passkey_prologue", "companion_nonce", "encrypted_pairing_request":
	default:
		return false
	}
	if g == nil {
		w.conn.send(refusal(iq, 404, "item-not-found"))
		return true
	}
	switch tag {
	case "ref":
		w.conn.send(result(iq, node{Tag: "ref", Content: []byte(w.refs[0])}))
		return true
	case "passkey_request_options":
		w.conn.send(result(iq, node{Tag: "passkey_request_options", Content: g.options}))
		return true
	case "passkey_prologue":
		assertion := child(iq, "passkey_prologue", "webauthn_assertion")
		if err := g.key.Check(content(&assertion), g.challenge); err != nil {
			n.opts.Logger.Info("wasim: a passkey's answer is refused", "error", err)
			w.conn.send(refusal(iq, 401, "not-authorized"))
			return true
		}
	}
	w.conn.send(result(iq))
	select {
	case g.steps <- *iq:
	default: // more than a linking has steps
	}
	return true
}
