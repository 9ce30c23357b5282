package wasim

import (
	"context"
	"errors"
	"net"
)

// Network is a simulated WhatsApp with its accounts, phones and media.
// All methods are safe for concurrent use.
type Network struct {
	opts Options
	log  *Log
}

// New makes an empty network. Close ends it.
func New(opts Options) (*Network, error) { return nil, errors.ErrUnsupported }

// Close ends all connections, listeners and goroutines. A second call does nothing.
func (n *Network) Close() error { return nil }

// Seed is the seed in use.
func (n *Network) Seed() uint64 { return n.opts.Seed }

// RootKey is the public key that signs the network's certificates: what
// whatsmeow.WACertPubKey must be set to, once, before the first client connects.
func (n *Network) RootKey() [32]byte { return [32]byte{} }

// Serve answers connections of l, websockets and media alike and without TLS,
// until l or the network is closed. It always returns an error; after Close it is net.ErrClosed.
func (n *Network) Serve(l net.Listener) error { return errors.ErrUnsupported }

// DialContext connects to the network without a port, whatever the address: the
// value for http.Transport's DialContext and DialTLSContext.
func (n *Network) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return nil, errors.ErrUnsupported
}

// PhoneOptions describes a phone to be made.
type PhoneOptions struct {
	// Name is the owner's name, shown to others as push name.
	Name string
	// Number in any form that Indonesians write, or with its country code; empty takes a free one.
	Number string
}

// AddPhone makes a phone; a number that is taken or makes no sense is an error.
func (n *Network) AddPhone(opts PhoneOptions) (*Phone, error) { return nil, errors.ErrUnsupported }

// Phone makes a phone with a free number.
func (n *Network) Phone(name string) *Phone { return nil }

// Phones lists all phones in the order in which they were made.
func (n *Network) Phones() []*Phone { return nil }

// PhoneByNumber finds a phone by its number in any form, its JID or its hidden id.
func (n *Network) PhoneByNumber(number string) (*Phone, bool) { return nil, false }

// Log is the stanza log.
func (n *Network) Log() *Log { return n.log }

// Stats is what was counted up to now.
func (n *Network) Stats() Stats { return Stats{} }

// AddFault checks f and puts it in force; the answer has its ID.
func (n *Network) AddFault(f Fault) (Fault, error) { return Fault{}, errors.ErrUnsupported }

// Faults lists the faults in force, oldest first.
func (n *Network) Faults() []Fault { return nil }

// RemoveFault takes a fault back and reports whether it was in force.
func (n *Network) RemoveFault(id string) bool { return false }

// ClearFaults takes all faults back.
func (n *Network) ClearFaults() {}
