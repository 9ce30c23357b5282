package profile

import (
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

// BlockChange says that an account has blocked a contact, or lets it write again.
type BlockChange struct {
	Device    device.Device
	Contact   contact.Contact
	Action    device.BlockAction
	Elsewhere bool // on the phone or another device of the account
}

// BlockHeard notes what was done on another device of an account; it is for device.Service.Blocks and runs in its
// transaction. Who is no contact is blocked all the same, at the network.
func (s *Service) BlockHeard(ctx context.Context, h device.BlockHeard) error {
	for _, a := range h.Who.Addresses {
		c, err := s.Contacts.Find(ctx, h.Device.WorkspaceID, h.Device.Channel, a)
		if errors.Is(err, contact.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		return s.noteBlock(ctx, BlockChange{h.Device, c, h.Action, true})
	}
	return nil
}

// noteBlock keeps a block and tells of it; what is so already is not told again.
func (s *Service) noteBlock(ctx context.Context, b BlockChange) error {
	changed, err := s.store.setBlocked(ctx, b.Device, b.Contact.ID, b.Action, s.now())
	if err != nil || !changed {
		return err
	}
	return s.BlockChanged.Fire(ctx, b)
}

const insertBlock = `INSERT INTO profile_blocks (workspace_id, device_id, contact_id, at) VALUES ($1, $2, $3, $4)
	ON CONFLICT (workspace_id, device_id, contact_id) DO NOTHING`

const deleteBlock = `DELETE FROM profile_blocks WHERE workspace_id = $1 AND device_id = $2 AND contact_id = $3`

// setBlocked reports false when it was so already.
func (s store) setBlocked(ctx context.Context, d device.Device, contactID string, action device.BlockAction, at int64) (bool, error) {
	text, args := deleteBlock, []any{d.WorkspaceID, d.ID, contactID}
	if action == device.BlockPerson {
		text, args = insertBlock, append(args, at)
	}
	res, err := s.db.Exec(ctx, text, args...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

const countBlock = `SELECT COUNT(*) FROM profile_blocks WHERE workspace_id = $1 AND device_id = $2 AND contact_id = $3`

// blocked reports whether an account has blocked a contact, as far as we were told.
func (s store) blocked(ctx context.Context, workspaceID, deviceID, contactID string) (bool, error) {
	var n int
	err := s.db.QueryRow(ctx, countBlock, workspaceID, deviceID, contactID).Scan(&n)
	return n > 0, err
}

const moveBlocks = `UPDATE profile_blocks SET contact_id = $3 WHERE workspace_id = $1 AND contact_id = $2 AND NOT EXISTS (
	SELECT 1 FROM profile_blocks k WHERE k.workspace_id = $1 AND k.device_id = profile_blocks.device_id AND k.contact_id = $3)`

const dropBlocks = `DELETE FROM profile_blocks WHERE workspace_id = $1 AND contact_id = $2`

// moveBlocks gives the blocks of a contact to the one that it became part of.
func (s store) moveBlocks(ctx context.Context, workspaceID, from, to string) error {
	if _, err := s.db.Exec(ctx, moveBlocks, workspaceID, from, to); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, dropBlocks, workspaceID, from)
	return err
}

const forgetBlocks = `DELETE FROM profile_blocks WHERE workspace_id = $1 AND device_id = $2`

// Forget deletes whom a device's account had blocked.
func (s *Service) Forget(ctx context.Context, d device.Device) error {
	_, err := s.DB.Exec(ctx, forgetBlocks, d.WorkspaceID, d.ID)
	return err
}
