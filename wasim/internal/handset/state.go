package handset

import "go.mau.fi/whatsmeow/proto/waE2E"

// state is what a phone has lived through, next to its keys and sessions.
type state struct {
	Revision uint64
	Counters Counters
	// Chats counts what came in, by shown chat.
	Chats map[string]*ChatCount
	// Companions are the linked devices by device number.
	Companions map[uint16]companion
	// KeyIndex is the number of the last companion ever paired.
	KeyIndex uint32
	AppKey   appKey
	// OldAppKeys are those before AppKey, oldest first.
	OldAppKeys []appKey
	Apps       map[string]*collection
	// Marks is what the owner's devices say of chats, by shown chat; Labels are by id.
	Marks  map[string]*chatMarks
	Labels map[string]Label
	// Saved is the address book: names by number.
	Saved map[string]string
	// Lines are what happened to the groups, oldest first.
	Lines []groupLine

	messages []*entry
	// index finds messages by sender and id.
	index map[string]int
	// seen has the ciphertext hashes of each message read, by sender and id: a
	// ciphertext that comes again is the network's repetition, another one under a
	// used counter is the sender's mistake.
	seen map[string][]uint64
}

func newState() state {
	return state{
		Chats: map[string]*ChatCount{}, Companions: map[uint16]companion{},
		Apps: map[string]*collection{}, Marks: map[string]*chatMarks{}, Labels: map[string]Label{}, Saved: map[string]string{}, index: map[string]int{}, seen: map[string][]uint64{},
	}
}

// companion is a linked device.
type companion struct {
	Identity [32]byte
	KeyIndex uint32
}

// sentMessage is what is needed to encrypt a peer message again.
type sentMessage struct{ msg *waE2E.Message }

// Revision grows with every change that a snapshot would keep.
func (h *Handset) Revision() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state.Revision
}
