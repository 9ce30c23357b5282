package device

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// store holds the statements of the table devices.
type store struct{ db *db.DB }

// row is a device as it is stored, with what only this package needs.
type row struct {
	Device
	restrictedUntil int64
	restrictedWhy   string
}

const columns = `d.workspace_id, d.id, d.channel, d.name, d.linked, d.number, d.address, d.lid, d.account_name,
	d.state, d.state_why, d.state_until, d.state_since, d.restricted_until, d.restricted_why, d.settings, d.created_at, d.linked_at`

func scan(s dbutil.Scannable) (row, error) {
	var r row
	var linked int64
	var settings string
	err := s.Scan(&r.WorkspaceID, &r.ID, &r.Channel, &r.Name, &linked, &r.Account.Number, &r.Account.Address, &r.Account.LID, &r.Account.Name,
		&r.State.Code, &r.State.Why, &r.State.Until, &r.State.Since, &r.restrictedUntil, &r.restrictedWhy, &settings, &r.CreatedAt, &r.LinkedAt)
	if err != nil {
		return row{}, err
	}
	r.Linked = linked == 1
	if err := json.Unmarshal([]byte(settings), &r.Settings); err != nil {
		return row{}, fmt.Errorf("read the settings of device %s: %w", r.ID, err)
	}
	return r, nil
}

const insertDevice = `INSERT INTO devices (workspace_id, id, channel, name, state, state_since, settings, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// insert adds a device that was never linked.
func (s store) insert(ctx context.Context, d Device) error {
	settings, err := json.Marshal(d.Settings)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, insertDevice, d.WorkspaceID, d.ID, d.Channel, d.Name, d.State.Code, d.State.Since, string(settings), d.CreatedAt)
	return err
}

const selectDevice = `SELECT ` + columns + ` FROM devices d WHERE d.workspace_id = $1 AND d.id = $2`

// get finds a device; a missing one and another workspace's are both ErrNotFound.
func (s store) get(ctx context.Context, workspaceID, id string) (row, error) {
	r, err := scan(s.db.QueryRow(ctx, selectDevice, workspaceID, id))
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, ErrNotFound
	}
	return r, err
}

const selectHeld = `SELECT ` + columns + ` FROM devices d
	JOIN device_leases l ON l.workspace_id = d.workspace_id AND l.device_id = d.id
	WHERE d.workspace_id = $1 AND d.id = $2 AND l.epoch = $3 AND l.expires_at > 0`

// held finds a device that is held under l; errFenced when it is not (any more), or deleted.
func (s store) held(ctx context.Context, l lease) (row, error) {
	r, err := scan(s.db.QueryRow(ctx, selectHeld, l.workspaceID, l.deviceID, l.epoch))
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, errFenced
	}
	return r, err
}

//sql:global a node that died may have left any workspace's device behind
const selectStuck = `SELECT ` + columns + ` FROM devices d WHERE d.state = 'linking' AND d.state_since < $1`

// stuck is every device of the installation that began to link before a time and never ended.
func (s store) stuck(ctx context.Context, before int64) ([]row, error) {
	res, err := s.db.Query(ctx, selectStuck, before)
	return dbutil.NewRowIterWithError(res, scan, err).AsList()
}

const selectDevices = `SELECT ` + columns + ` FROM devices d WHERE d.workspace_id = $1 ORDER BY d.id`

// list is every device of a workspace, oldest first. A workspace has few.
func (s store) list(ctx context.Context, workspaceID string) ([]row, error) {
	res, err := s.db.Query(ctx, selectDevices, workspaceID)
	return dbutil.NewRowIterWithError(res, scan, err).AsList()
}

const selectDevicesPage = `SELECT ` + columns + ` FROM devices d WHERE d.workspace_id = $1 AND d.id > $2 ORDER BY d.id LIMIT $3`

// page is up to n devices after an id, oldest first.
func (s store) page(ctx context.Context, workspaceID, after string, n int) ([]row, error) {
	res, err := s.db.Query(ctx, selectDevicesPage, workspaceID, after, n)
	return dbutil.NewRowIterWithError(res, scan, err).AsList()
}

//sql:global a node looks for devices to run in every workspace
const selectFree = `SELECT ` + columns + ` FROM devices d
	LEFT JOIN device_leases l ON l.workspace_id = d.workspace_id AND l.device_id = d.id
	WHERE d.linked = 1 AND (l.device_id IS NULL OR l.expires_at < $1 OR l.node_id = $2) ORDER BY d.workspace_id, d.id`

// free is every linked device of the installation that no other node holds at now.
func (s store) free(ctx context.Context, node string, now int64) ([]row, error) {
	res, err := s.db.Query(ctx, selectFree, now, node)
	return dbutil.NewRowIterWithError(res, scan, err).AsList()
}

const updateDevice = `UPDATE devices SET name = $3, settings = $4 WHERE workspace_id = $1 AND id = $2`

// update writes what a member may change.
func (s store) update(ctx context.Context, d Device) error {
	settings, err := json.Marshal(d.Settings)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, updateDevice, d.WorkspaceID, d.ID, d.Name, string(settings))
	return err
}

const updateState = `UPDATE devices SET state = $3, state_why = $4, state_until = $5, state_since = $6,
	restricted_until = $7, restricted_why = $8, linked = $9 WHERE workspace_id = $1 AND id = $2`

// setState writes r's state, its restriction and whether it is linked.
func (s store) setState(ctx context.Context, r row) error {
	linked := 0
	if r.Linked {
		linked = 1
	}
	_, err := s.db.Exec(ctx, updateState, r.WorkspaceID, r.ID, r.State.Code, r.State.Why, r.State.Until, r.State.Since,
		r.restrictedUntil, r.restrictedWhy, linked)
	return err
}

const updateAccount = `UPDATE devices SET linked = 1, number = $3, address = $4, lid = $5, account_name = $6, linked_at = $7
	WHERE workspace_id = $1 AND id = $2`

// setAccount marks a device as linked to r's account.
func (s store) setAccount(ctx context.Context, r row) error {
	a := r.Account
	_, err := s.db.Exec(ctx, updateAccount, r.WorkspaceID, r.ID, a.Number, a.Address, a.LID, a.Name, r.LinkedAt)
	return err
}

const selectNumber = `SELECT id FROM devices WHERE workspace_id = $1 AND channel = $2 AND number = $3 AND linked = 1 AND id <> $4`

// taken reports whether another device of the workspace is linked to the number.
func (s store) taken(ctx context.Context, d Device, number string) (bool, error) {
	var other string
	err := s.db.QueryRow(ctx, selectNumber, d.WorkspaceID, d.Channel, number, d.ID).Scan(&other)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

const (
	deleteDevice     = `DELETE FROM devices WHERE workspace_id = $1 AND id = $2`
	deleteQuarantine = `DELETE FROM device_quarantine WHERE workspace_id = $1 AND device_id = $2`
)

// remove deletes everything this package keeps of a device but its lease: the node that holds that sees by the
// missing device that it must tell the network.
func (s store) remove(ctx context.Context, workspaceID, id string) error {
	for _, text := range []string{deleteQuarantine, deleteDevice} {
		if _, err := s.db.Exec(ctx, text, workspaceID, id); err != nil {
			return err
		}
	}
	return nil
}

const insertQuarantine = `INSERT INTO device_quarantine (workspace_id, device_id, chat, network_id, reason, inbound, at)
	VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (workspace_id, device_id, chat, network_id) DO NOTHING`

// quarantine keeps a message that could not be taken in, whole, for a person to look at. A second time changes nothing.
func (s store) quarantine(ctx context.Context, d Device, m Inbound, reason string, at int64) error {
	whole, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, insertQuarantine, d.WorkspaceID, d.ID, db.Text(m.Chat.Key()), db.Text(m.NetworkID), db.Text(reason), db.Text(string(whole)), at)
	return err
}

const selectQuarantine = `SELECT inbound FROM device_quarantine WHERE workspace_id = $1 AND device_id = $2 ORDER BY at, network_id LIMIT 200`

// quarantined is up to 200 messages that are kept aside, oldest first.
func (s store) quarantined(ctx context.Context, workspaceID, id string) ([]Inbound, error) {
	res, err := s.db.Query(ctx, selectQuarantine, workspaceID, id)
	return dbutil.NewRowIterWithError(res, func(r dbutil.Scannable) (m Inbound, err error) {
		var text string
		if err = r.Scan(&text); err == nil {
			err = json.Unmarshal([]byte(text), &m)
		}
		return m, err
	}, err).AsList()
}
