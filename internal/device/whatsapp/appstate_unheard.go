package whatsapp

import (
	"context"
	"fmt"
	"time"

	"go.mau.fi/util/dbutil"
	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/store"
)

// The client library writes down how far it has followed a collection of settings before it tells anybody what was in
// it. What it has not told when the process dies it never tells again. So the collection is noted as unheard together
// with its version, until there has been quiet for a while; one that is still noted at the next connection is read
// again from its beginning. Marks that are known already change nothing.

// heardAfter is how long there must be quiet until what was read counts as heard.
const heardAfter = 3 * time.Second

// addUnheard makes the table of collections that may not have been told of.
func addUnheard(ctx context.Context, d *dbutil.Database) error {
	_, err := d.Exec(ctx, `CREATE TABLE whatsapp_unheard (
		workspace_id TEXT NOT NULL,
		device_id    TEXT NOT NULL,
		collection   TEXT NOT NULL,
		PRIMARY KEY (workspace_id, device_id, collection)
	)`)
	return err
}

// appStates is the library's store of how far collections were followed.
type appStates struct {
	store.AppStateStore
	*session
}

const noteUnheard = `INSERT INTO whatsapp_unheard (workspace_id, device_id, collection) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`

// PutAppStateVersion moves a collection on, and notes that what is new in it has not been told.
func (a *appStates) PutAppStateVersion(ctx context.Context, name string, version uint64, hash [128]byte) error {
	err := a.driver.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := a.driver.db.Exec(ctx, noteUnheard, a.device.WorkspaceID, a.device.ID, name); err != nil {
			return fmt.Errorf("note a collection: %w", err)
		}
		return a.AppStateStore.PutAppStateVersion(ctx, name, version, hash)
	})
	if c := a.ender.Load(); c != nil {
		signal(c.moved)
	}
	return err
}

const selectUnheard = `SELECT collection FROM whatsapp_unheard WHERE workspace_id = $1 AND device_id = $2 ORDER BY collection`

// hearAgain reads those collections anew of which something may have gone unheard.
func (c *conn) hearAgain(ctx context.Context) {
	rows, err := c.driver.db.Query(ctx, selectUnheard, c.device.WorkspaceID, c.device.ID)
	names, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	for _, name := range names {
		if err == nil {
			err = c.client.FetchAppState(ctx, appstate.WAPatchName(name), true, false)
		}
	}
	if err != nil && ctx.Err() == nil {
		c.driver.log.Warn("settings are read again at the next connection", "device", c.device.ID, "error", err)
	}
}

const forgetUnheard = `DELETE FROM whatsapp_unheard WHERE workspace_id = $1 AND device_id = $2`

// allHeard notes that everything that was read has been told.
func (c *conn) allHeard(ctx context.Context) error {
	if _, err := c.driver.db.Exec(ctx, forgetUnheard, c.device.WorkspaceID, c.device.ID); err != nil {
		return fmt.Errorf("note that settings were heard: %w", err)
	}
	return nil
}
