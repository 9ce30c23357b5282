package handset

import (
	"maps"

	"go.mau.fi/whatsmeow/proto/waSyncAction"
	"go.mau.fi/whatsmeow/types"
)

// followContact writes into the phone's address book what a companion has saved there; a name that is for companions only
// is not for it. Called with mu held.
func (h *Handset) followContact(address string, a *waSyncAction.ContactAction) {
	jid, err := types.ParseJID(address)
	if err != nil || jid.Server != types.DefaultUserServer {
		return
	}
	if a.GetFullName() == "" || !a.GetSaveOnPrimaryAddressbook() {
		delete(h.state.Saved, jid.User)
		return
	}
	if h.state.Saved == nil { // of a state that was written before there was a book
		h.state.Saved = map[string]string{}
	}
	h.state.Saved[jid.User] = a.GetFullName()
}

// AddressBook is whom the owner has saved: names by number.
func (h *Handset) AddressBook() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state.Saved == nil {
		return map[string]string{}
	}
	return maps.Clone(h.state.Saved)
}
