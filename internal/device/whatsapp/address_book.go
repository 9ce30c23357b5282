package whatsapp

import (
	"context"
	"fmt"
	"strings"

	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waSyncAction"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
)

// contactVersion is the version of the action that names a contact.
const contactVersion = 2

// Save writes somebody into the phone's address book, or takes them out. The library has no builder for it.
func (s *session) Save(ctx context.Context, who device.Peer, name string) error {
	phone := who.Address(device.AddressPhone)
	if phone == "" {
		return device.ErrNoPhone
	}
	ctx, cancel := context.WithTimeout(ctx, markTimeout)
	defer cancel()
	if err := s.marking.take(ctx); err != nil {
		return fmt.Errorf("wait for another mark: %w", err)
	}
	defer s.marking.release()
	if s.gone.Load() {
		return errKeysGone
	}
	return failed("save a contact", s.writeState(ctx, contactPatch(phone, who.Address(device.AddressLID), name)))
}

// contactPatch names a contact, for the phone's own address book, too.
func contactPatch(phone, lid, name string) appstate.PatchInfo {
	action := &waSyncAction.ContactAction{SaveOnPrimaryAddressbook: proto.Bool(name != "")}
	if name != "" {
		first, _, _ := strings.Cut(name, " ")
		action.FullName, action.FirstName = proto.String(name), proto.String(first)
	}
	if lid != "" {
		action.LidJID = proto.String(types.NewJID(lid, types.HiddenUserServer).String())
	}
	return appstate.PatchInfo{Type: appstate.WAPatchCriticalUnblockLow, Mutations: []appstate.MutationInfo{{
		Index: []string{appstate.IndexContact, types.NewJID(phone, types.DefaultUserServer).String()}, Version: contactVersion,
		Value: &waSyncAction.SyncActionValue{ContactAction: action},
	}}}
}

var _ device.AddressBook = (*session)(nil)
