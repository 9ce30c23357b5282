package device

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// errFenced means that this node does not hold the device (any more).
var errFenced = errors.New("this node does not hold the device")

// leases holds the statements of the table device_leases: who runs a device, and how often that changed.
type leases struct{ db *db.DB }

// lease is one device held by this node. Epoch grows with each acquisition, so that what an earlier holder
// still has in hand can be told from what the present one does.
type lease struct {
	workspaceID, deviceID string
	epoch                 int64
}

const acquireLease = `INSERT INTO device_leases (workspace_id, device_id, node_id, epoch, expires_at) VALUES ($1, $2, $3, 1, $4)
	ON CONFLICT (workspace_id, device_id) DO UPDATE SET node_id = excluded.node_id, epoch = device_leases.epoch + 1, expires_at = excluded.expires_at
	WHERE device_leases.expires_at < $5 OR device_leases.node_id = excluded.node_id
	RETURNING epoch`

// acquire takes the device for node until expires, if it is free at now or already this node's (of an earlier run).
// false means that another node has it.
func (s leases) acquire(ctx context.Context, d Device, node string, now, expires int64) (lease, bool, error) {
	l := lease{workspaceID: d.WorkspaceID, deviceID: d.ID}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		return s.db.QueryRow(ctx, acquireLease, d.WorkspaceID, d.ID, node, expires, now).Scan(&l.epoch)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return lease{}, false, nil
	}
	return l, err == nil, err
}

//sql:global a node renews what it holds, of every workspace
const renewLeases = `UPDATE device_leases SET expires_at = $2 WHERE node_id = $1 AND expires_at > 0
	RETURNING workspace_id, device_id, epoch`

// renew prolongs all leases that node has and did not let go, and returns them. One that has run out and that nobody has
// taken is still its own: no clock is asked.
func (s leases) renew(ctx context.Context, node string, expires int64) (held []lease, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		res, err := s.db.Query(ctx, renewLeases, node, expires)
		held, err = dbutil.NewRowIterWithError(res, func(r dbutil.Scannable) (l lease, err error) {
			return l, r.Scan(&l.workspaceID, &l.deviceID, &l.epoch)
		}, err).AsList()
		return err
	})
	return held, err
}

const releaseLease = `UPDATE device_leases SET expires_at = 0 WHERE workspace_id = $1 AND device_id = $2 AND epoch = $3`

// release lets go of a device, if it still is held under this epoch, so that another node can take it at once.
func (s leases) release(ctx context.Context, l lease) error {
	_, err := s.db.Exec(ctx, releaseLease, l.workspaceID, l.deviceID, l.epoch)
	return err
}

const deleteOrphan = `DELETE FROM device_leases WHERE workspace_id = $1 AND device_id = $2
	AND NOT EXISTS (SELECT 1 FROM devices d WHERE d.workspace_id = $1 AND d.id = $2)`

// drop deletes the lease of a device that is no more; of one that exists it leaves it.
func (s leases) drop(ctx context.Context, l lease) error {
	_, err := s.db.Exec(ctx, deleteOrphan, l.workspaceID, l.deviceID)
	return err
}

const selectEpoch = `SELECT epoch FROM device_leases WHERE workspace_id = $1 AND device_id = $2 AND expires_at > 0`

// check is nil when the device is held under this epoch. Inside a transaction of the holder nobody can take the
// device over without having seen that transaction's outcome only on SQLite; on PostgreSQL the row is not locked,
// which leaves the time between check and commit: far less than what a lease outlives.
func (s leases) check(ctx context.Context, workspaceID, deviceID string, epoch int64) error {
	var now int64
	err := s.db.QueryRow(ctx, selectEpoch, workspaceID, deviceID).Scan(&now)
	if errors.Is(err, sql.ErrNoRows) || err == nil && now != epoch {
		return errFenced
	}
	if err != nil {
		return fmt.Errorf("check the lease of device %s: %w", deviceID, err)
	}
	return nil
}

const selectHolder = `SELECT node_id FROM device_leases WHERE workspace_id = $1 AND device_id = $2 AND expires_at >= $3`

// elsewhere reports whether another node than node holds the device at now.
func (s leases) elsewhere(ctx context.Context, d Device, node string, now int64) (bool, error) {
	var holder string
	err := s.db.QueryRow(ctx, selectHolder, d.WorkspaceID, d.ID, now).Scan(&holder)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil && holder != node, err
}
