package device

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// ErrNoPhone is for somebody whose phone number is not known.
var ErrNoPhone = fault.New(fault.Conflict, "phone_unknown", fault.Text{
	ID: "Nomor HP orang ini belum diketahui, jadi tidak bisa disimpan di buku alamat.",
	EN: "This person's phone number is not known, so they can't be saved in the address book.",
})

// AddressBook is a session that can keep people in the address book of its account's phone, under a name; the phone and the
// account's other devices show it. An empty name takes somebody out. Twice changes nothing. ErrNoPhone.
type AddressBook interface {
	Save(ctx context.Context, who Peer, name string) error
}
