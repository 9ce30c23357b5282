package wasim

import (
	"context"
	"errors"

	"go.mau.fi/whatsmeow/types"
)

// Phone is a person's phone: device 0 of its account.
type Phone struct{}

// Number is the phone number in digits, with the country code and without a plus.
func (p *Phone) Number() string { return "" }

// LID is the account's hidden id in digits.
func (p *Phone) LID() string { return "" }

// Name is what others see as push name.
func (p *Phone) Name() string { return "" }

// JID is the account's address by phone number.
func (p *Phone) JID() types.JID { return types.EmptyJID }

// Scan reads a linking QR code's text and links the device that shows it. It
// returns the new device's JID once that device has come back and logged in.
func (p *Phone) Scan(ctx context.Context, qr string) (string, error) {
	return "", errors.ErrUnsupported
}

// EnterCode links the device that shows this eight-character code for this
// phone's number. A wrong code is an error, after which the right one still works.
func (p *Phone) EnterCode(ctx context.Context, code string) (string, error) {
	return "", errors.ErrUnsupported
}

// Send encrypts c for all devices of the recipient (a number in any form, a JID)
// and of this account, and hands it to the network.
func (p *Phone) Send(ctx context.Context, to string, c Content) (string, error) {
	return "", errors.ErrUnsupported
}

// Messages lists what the phone sent or could decrypt, in order. A chat narrows it
// to one number or group, after to what came behind that message id or Seq; an unknown after gives nothing.
func (p *Phone) Messages(chat, after string) []Message { return nil }

// Await returns the first message, of those already there or yet to come, for
// which match is true. match runs outside all locks. When ctx ends first, the
// error carries the last stanzas of the network.
func (p *Phone) Await(ctx context.Context, match func(Message) bool) (Message, error) {
	return Message{}, errors.ErrUnsupported
}

// Media downloads and decrypts the file of a message.
func (p *Phone) Media(ctx context.Context, id string) ([]byte, error) {
	return nil, errors.ErrUnsupported
}

// Read marks everything received in the chat as read and tells the senders.
func (p *Phone) Read(ctx context.Context, chat string) error { return errors.ErrUnsupported }

// Play marks a voice message as played and tells its sender.
func (p *Phone) Play(ctx context.Context, id string) error { return errors.ErrUnsupported }

// StartTyping shows "typing" in the chat.
func (p *Phone) StartTyping(ctx context.Context, chat string) error { return errors.ErrUnsupported }

// StopTyping takes it away.
func (p *Phone) StopTyping(ctx context.Context, chat string) error { return errors.ErrUnsupported }

// Online tells subscribers that the owner is looking at the phone. A new phone is
// on the network, but its owner isn't looking.
func (p *Phone) Online(ctx context.Context) error { return errors.ErrUnsupported }

// Offline tells subscribers that the owner has put it away.
func (p *Phone) Offline(ctx context.Context) error { return errors.ErrUnsupported }

// Companions lists the JIDs of the linked devices.
func (p *Phone) Companions() []string { return nil }

// RemoveCompanion unlinks a device as its owner would: it is told and must be linked anew.
func (p *Phone) RemoveCompanion(jid string) error { return errors.ErrUnsupported }

// Counters is what the phone has counted.
func (p *Phone) Counters() Counters { return Counters{} }
