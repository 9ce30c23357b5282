package newsletter

import (
	"context"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/device"
)

// upgrades are the migrations of the table newsletter_marks.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "how far newsletters were told", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, createMarks)
			return err
		}).
		Finish()
}

const createMarks = `CREATE TABLE newsletter_marks (
	workspace_id TEXT   NOT NULL,
	device_id    TEXT   NOT NULL,
	newsletter   TEXT   NOT NULL,
	number       BIGINT NOT NULL,
	PRIMARY KEY (workspace_id, device_id, newsletter)
)`

const raiseMark = `INSERT INTO newsletter_marks (workspace_id, device_id, newsletter, number) VALUES ($1, $2, $3, $4)
	ON CONFLICT (workspace_id, device_id, newsletter) DO UPDATE SET number = excluded.number WHERE newsletter_marks.number < excluded.number`

// Heard tells of a new post once; it is for device.Service.Posts and runs in its transaction. Posts are numbered in
// their order: what is not newer than the newest one known was told, or was changed, which is no news.
func (s *Service) Heard(ctx context.Context, h device.PostHeard) error {
	res, err := s.db.Exec(ctx, raiseMark, h.Device.WorkspaceID, h.Device.ID, h.Newsletter, h.Post.Number)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return s.Posted.Fire(ctx, h)
}

const forgetMarks = `DELETE FROM newsletter_marks WHERE workspace_id = $1 AND device_id = $2`

// Forget deletes what is kept of a device.
func (s *Service) Forget(ctx context.Context, d device.Device) error {
	_, err := s.db.Exec(ctx, forgetMarks, d.WorkspaceID, d.ID)
	return err
}
