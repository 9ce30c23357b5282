package wasim

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"

	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim/internal/handset"
)

// awaitTail is how many stanzas the error of a fruitless Await shows.
const awaitTail = 25

// Phone is a person's phone: device 0 of its account.
type Phone struct {
	net     *Network
	account *account
	hand    *handset.Handset
	inbox   inbox
	seen    seenIDs
}

// PhoneOptions describes a phone to be made.
type PhoneOptions struct {
	// Name is the owner's name, shown to others as push name.
	Name string
	// Number in any form that Indonesians write, or with its country code; empty takes a free one.
	Number string
}

// Phone makes a phone with a free number.
func (n *Network) Phone(name string) *Phone {
	p, err := n.AddPhone(PhoneOptions{Name: name})
	if err != nil {
		panic(fmt.Sprintf("wasim: a phone with a free number can't be made: %v", err))
	}
	return p
}

// AddPhone makes a phone; a number that is taken or makes no sense is an error.
func (n *Network) AddPhone(opts PhoneOptions) (*Phone, error) {
	number := ""
	if opts.Number != "" {
		var err error
		if number, err = digitsOf(opts.Number); err != nil {
			return nil, err
		}
	}
	a, err := n.reserve(number, opts.Name)
	if err != nil {
		return nil, err
	}
	return a.phone, nil
}

// reserve registers a new account.
func (n *Network) reserve(number, name string) (*account, error) {
	r := &n.accounts
	r.mu.Lock()
	defer r.mu.Unlock()
	order := len(r.all)
	if number == "" {
		number = n.freeNumber(order)
	}
	if r.byPN[number] != nil {
		return nil, fmt.Errorf("%w: %s", ErrNumberTaken, number)
	}
	return n.admit(newAccount(number, n.hiddenID(number), name, order), func() error { return nil })
}

// admit gives an account its phone and registers it. fill is called before anybody
// can find the account. Called with the registry's lock held.
func (n *Network) admit(a *account, fill func() error) (*account, error) {
	p := &Phone{net: n, account: a}
	a.phone = p
	var err error
	p.hand, err = handset.New(handset.Config{
		PN: a.pnJID(), LID: a.lidJID(), Name: a.name, Rand: n.random("phone:"+a.pn, 0), Link: link{p},
		Addressing: types.AddressingMode(map[Addressing]string{AddressLID: "lid", AddressPhone: "pn"}[n.opts.Addressing]),
		Logger:     n.opts.Logger,
		OnChange:   func() { n.pulse.beat(a.pn) },
	})
	if err != nil {
		return nil, fmt.Errorf("wasim: %w", err)
	}
	if err := fill(); err != nil {
		return nil, err
	}
	if n.isClosed() {
		return nil, errClosed
	}
	p.inbox.spawn, p.inbox.deliver = n.spawn, p.hand.Deliver
	r := &n.accounts
	r.byPN[a.pn], r.byLID[a.lid] = a, a
	r.all = append(r.all, a)
	n.pulse.beat(a.pn)
	p.inbox.begin()
	return a, nil
}

var errClosed = errors.New("wasim: the network is closed")

// freeNumber is an Indonesian mobile number that nobody has. Called with the registry's lock held.
func (n *Network) freeNumber(order int) string {
	random := n.random("number", int64(order))
	for {
		number := "62812" + strconv.FormatUint(10_000_000+draw(random)%90_000_000, 10)
		if n.accounts.byPN[number] == nil {
			return number
		}
	}
}

// hiddenID depends on the number only, so that a phone has it in every run of a seed.
func (n *Network) hiddenID(number string) string {
	random := n.random("lid:"+number, 0)
	for {
		lid := strconv.FormatUint(100_000_000_000_000+draw(random)%900_000_000_000_000, 10)
		if n.accounts.byLID[lid] == nil {
			return lid
		}
	}
}

func draw(r io.Reader) uint64 {
	var b [8]byte
	_, _ = io.ReadFull(r, b[:])
	return binary.BigEndian.Uint64(b[:])
}

// Phones lists all phones in the order in which they were made.
func (n *Network) Phones() []*Phone {
	accounts := n.accounts.accounts()
	out := make([]*Phone, len(accounts))
	for i, a := range accounts {
		out[i] = a.phone
	}
	return out
}

// PhoneByNumber finds a phone by its number in any form, its JID or its hidden id.
func (n *Network) PhoneByNumber(number string) (*Phone, bool) {
	a := n.accounts.find(number)
	if a == nil {
		return nil, false
	}
	return a.phone, true
}

// Number is the phone number in digits, with the country code and without a plus.
func (p *Phone) Number() string { return p.account.pn }

// LID is the account's hidden id in digits.
func (p *Phone) LID() string { return p.account.lid }

// Name is what others see as push name.
func (p *Phone) Name() string { return p.account.pushName() }

// JID is the account's address by phone number.
func (p *Phone) JID() types.JID { return p.account.pnJID() }

// Send encrypts c for all devices of the recipient (a number in any form, a JID)
// and of this account, and hands it to the network.
func (p *Phone) Send(ctx context.Context, to string, c Content) (string, error) {
	return p.hand.Send(ctx, to, c)
}

// Messages lists what the phone sent or could decrypt, in order. A chat narrows it
// to one number or group, after to what came behind that message id or Seq; an unknown after gives nothing.
func (p *Phone) Messages(chat, after string) []Message {
	if chat != "" {
		if a := p.net.accounts.find(chat); a != nil {
			chat = a.pn
		}
	}
	seq := int64(0)
	if after != "" {
		m, ok := p.hand.Message(after)
		n, err := strconv.ParseInt(after, 10, 64)
		switch {
		case ok:
			seq = m.Seq
		case err == nil:
			seq = n
		default:
			return []Message{}
		}
	}
	return p.hand.Messages(chat, seq)
}

// Message finds a message by its id; of several senders' messages with one id, the newest.
func (p *Phone) Message(id string) (Message, bool) { return p.hand.Message(id) }

// Await returns the first message, of those already there or yet to come, for
// which match is true; a message whose status or text changed is offered again.
// match runs outside all locks. When ctx ends first, the error carries the last
// stanzas of the network.
func (p *Phone) Await(ctx context.Context, match func(Message) bool) (Message, error) {
	m, err := p.hand.Await(ctx, match)
	if err != nil {
		return Message{}, fmt.Errorf("%w; the last stanzas:\n%s", err, p.net.log.Tail(awaitTail))
	}
	return m, nil
}

// Media downloads and decrypts the file of a message.
func (p *Phone) Media(ctx context.Context, id string) ([]byte, error) { return p.hand.Media(ctx, id) }

// Read marks everything received in the chat as read and tells the senders.
func (p *Phone) Read(_ context.Context, chat string) error { return p.hand.Read(chat) }

// Play marks a voice message as played and tells its sender.
func (p *Phone) Play(_ context.Context, id string) error { return p.hand.Play(id) }

// StartTyping shows "typing" in the chat.
func (p *Phone) StartTyping(_ context.Context, chat string) error { return p.hand.StartTyping(chat) }

// StopTyping takes it away.
func (p *Phone) StopTyping(_ context.Context, chat string) error { return p.hand.StopTyping(chat) }

// Online tells subscribers that the owner is looking at the phone. A new phone is
// on the network, but its owner isn't looking.
func (p *Phone) Online(context.Context) error {
	p.hand.Online()
	return nil
}

// Offline tells subscribers that the owner has put it away.
func (p *Phone) Offline(context.Context) error {
	p.hand.Offline()
	return nil
}

// Watch has the phone be shown whether somebody (a number in any form, a JID) is online, as an open chat does, until the
// network stops. Twice changes nothing.
func (p *Phone) Watch(who string) error { return p.hand.Watch(who) }

// Seen tells what this phone was last shown of somebody else.
func (p *Phone) Seen(who string) (Seen, error) { return p.hand.Seen(who) }

// AwaitSeen waits until what somebody shows fits match.
func (p *Phone) AwaitSeen(ctx context.Context, who string, match func(Seen) bool) (Seen, error) {
	return p.hand.AwaitSeen(ctx, who, match)
}

// Companions lists the JIDs of the linked devices.
func (p *Phone) Companions() []string {
	devices := p.account.companions()
	out := make([]string, len(devices))
	for i, d := range devices {
		out[i] = d.String()
	}
	return out
}

// Queued is how many stanzas wait for a companion's confirmation.
func (p *Phone) Queued(jid string) (int, error) {
	d := p.net.findDevice(jid)
	if d == nil || d.account != p.account {
		return 0, fmt.Errorf("%w: %q", ErrUnknownDevice, jid)
	}
	return d.out.waiting(), nil
}

// Settle waits until a companion has confirmed everything that was sent to it.
func (p *Phone) Settle(ctx context.Context, jid string) error {
	d := p.net.findDevice(jid)
	if d == nil || d.account != p.account {
		return fmt.Errorf("%w: %q", ErrUnknownDevice, jid)
	}
	select {
	case <-d.out.empty():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s has not confirmed %d stanzas: %w; the last ones:\n%s",
			jid, d.out.waiting(), ctx.Err(), p.net.log.Tail(awaitTail))
	}
}

// RemoveCompanion unlinks a device as its owner would: it is told and must be linked anew.
func (p *Phone) RemoveCompanion(jid string) error {
	d := p.net.findDevice(jid)
	if d == nil || d.account != p.account {
		return fmt.Errorf("%w: %q on %s", ErrUnknownDevice, jid, p.account.pn)
	}
	p.net.remove(d)
	return nil
}

// Reinstall gives the phone a new identity, as a new installation of the app does:
// sessions are lost, messages stay.
func (p *Phone) Reinstall() error { return p.hand.Reinstall() }

// Counters is what the phone has counted.
func (p *Phone) Counters() Counters { return p.hand.Counters() }

// ChatCount is what arrived from the other side of one chat.
func (p *Phone) ChatCount(chat string) ChatCount {
	if a := p.net.accounts.find(chat); a != nil {
		chat = a.pn
	}
	return p.hand.ChatCount(chat)
}

// welcome tells a companion that has come for the first time its keys and history.
func (p *Phone) welcome(d *device) {
	defer close(d.welcomed)
	if err := p.hand.CompanionLinked(p.net.ctx, d.jid(AddressLID)); err != nil {
		p.net.opts.Logger.Error("wasim: a new companion wasn't told its keys", "device", d.String(), "error", err)
	}
}

func (p *Phone) bundle() bundle {
	b := p.hand.Bundle()
	out := bundle{
		registrationID: b.RegistrationID, identity: b.Identity,
		signed: publicKey{ID: b.SignedID, Value: b.Signed, Signature: b.Signature[:]},
	}
	out.oneTime = &publicKey{ID: b.PreKeyID, Value: b.PreKey}
	return out
}
