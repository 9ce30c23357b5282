package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/util/dbutil"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// historyBatch is how many old messages are kept in one transaction: enough to be quick, few enough that a live
// message does not wait long behind them.
const historyBatch = 100

// historyTries is how often one piece of history is tried, once per connection, before it is given up.
const historyTries = 5

// historyStore keeps what the phone has announced of its history until it is taken in: the announcement is
// acknowledged at once, and the work may be interrupted.
type historyStore struct{ db *db.DB }

func historyUpgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "announced history", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `
				CREATE TABLE whatsapp_history (
					workspace_id TEXT   NOT NULL,
					device_id    TEXT   NOT NULL,
					network_id   TEXT   NOT NULL,
					notification BYTEA  NOT NULL,
					tries        BIGINT NOT NULL DEFAULT 0,
					at           BIGINT NOT NULL,
					PRIMARY KEY (workspace_id, device_id, network_id)
				)`)
			return err
		}).
		Finish()
}

const addHistory = `
	INSERT INTO whatsapp_history (workspace_id, device_id, network_id, notification, at)
	VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (workspace_id, device_id, network_id) DO NOTHING`

func (s historyStore) add(ctx context.Context, d device.Device, networkID string, notification []byte) error {
	_, err := s.db.Exec(ctx, addHistory, d.WorkspaceID, d.ID, networkID, notification, time.Now().UnixMilli())
	return err
}

// A piece that failed comes after those that did not.
const nextHistory = `
	SELECT network_id, notification, tries FROM whatsapp_history
	WHERE workspace_id = $1 AND device_id = $2
	ORDER BY tries, at, network_id LIMIT 20`

// announced is one piece of history that is still to be taken in.
type announced struct {
	networkID    string
	notification []byte
	tries        int
}

// next finds the piece to take in now, leaving out those that failed on this connection; nil when there is none.
func (s historyStore) next(ctx context.Context, d device.Device, failed map[string]bool) (*announced, error) {
	rows, err := s.db.Query(ctx, nextHistory, d.WorkspaceID, d.ID)
	list, err := dbutil.NewRowIterWithError(rows, scanAnnounced, err).AsList()
	if err != nil {
		return nil, fmt.Errorf("find announced history: %w", err)
	}
	for _, a := range list {
		if !failed[a.networkID] {
			return a, nil
		}
	}
	return nil, nil
}

func scanAnnounced(row dbutil.Scannable) (*announced, error) {
	var a announced
	return &a, row.Scan(&a.networkID, &a.notification, &a.tries)
}

const tryHistory = `UPDATE whatsapp_history SET tries = tries + 1 WHERE workspace_id = $1 AND device_id = $2 AND network_id = $3`

func (s historyStore) failed(ctx context.Context, d device.Device, networkID string) error {
	_, err := s.db.Exec(ctx, tryHistory, d.WorkspaceID, d.ID, networkID)
	return err
}

const dropHistory = `DELETE FROM whatsapp_history WHERE workspace_id = $1 AND device_id = $2 AND network_id = $3`

func (s historyStore) drop(ctx context.Context, d device.Device, networkID string) error {
	_, err := s.db.Exec(ctx, dropHistory, d.WorkspaceID, d.ID, networkID)
	return err
}

const forgetHistory = `DELETE FROM whatsapp_history WHERE workspace_id = $1 AND device_id = $2`

func (s historyStore) forget(ctx context.Context, workspaceID, deviceID string) error {
	if _, err := s.db.Exec(ctx, forgetHistory, workspaceID, deviceID); err != nil {
		return fmt.Errorf("forget announced history: %w", err)
	}
	return nil
}

// announceHistory notes a piece of history and wakes who takes it in.
func (c *conn) announceHistory(ctx context.Context, id string, n *waE2E.HistorySyncNotification) error {
	b, err := proto.Marshal(n)
	if err != nil {
		return fmt.Errorf("note announced history: %w", err)
	}
	if err := c.driver.history.add(ctx, c.device, id, b); err != nil {
		return fmt.Errorf("note announced history: %w", err)
	}
	signal(c.history)
	return nil
}

// takeHistory takes announced history in, piece by piece, while the connection lasts.
func (c *conn) takeHistory(ctx context.Context) {
	failed := map[string]bool{} // each is tried once per connection
	for {
		for c.takeOne(ctx, failed) {
		}
		select {
		case <-c.history:
		case <-ctx.Done():
			return
		}
	}
}

// takeOne reports whether there may be more to do now.
func (c *conn) takeOne(ctx context.Context, failed map[string]bool) bool {
	select {
	case c.driver.backlog <- struct{}{}:
		defer func() { <-c.driver.backlog }()
	case <-ctx.Done():
		return false
	}
	a, err := c.driver.history.next(ctx, c.device, failed)
	if err == nil && a == nil {
		return false
	}
	if err == nil { // one that was taken in may be announced again, and is taken in again: that changes nothing
		err = c.takePiece(ctx, a)
		failed[a.networkID] = err != nil
	}
	if err != nil && ctx.Err() == nil {
		c.driver.log.Warn("take history in", "device", c.device.ID, "error", err)
		return a != nil
	}
	return err == nil
}

func (c *conn) takePiece(ctx context.Context, a *announced) error {
	var n waE2E.HistorySyncNotification
	err := proto.Unmarshal(a.notification, &n)
	if err == nil {
		err = c.unpack(ctx, &n)
	}
	store := c.driver.history
	switch {
	case err == nil:
		if err := store.drop(ctx, c.device, a.networkID); err != nil {
			return err
		}
		return c.thank(ctx, a.networkID, &n)
	case ctx.Err() != nil: // interrupted: does not count
		return err
	case a.tries+1 >= historyTries:
		return errors.Join(fmt.Errorf("given up after %d tries: %w", historyTries, err), store.drop(ctx, c.device, a.networkID))
	default:
		return errors.Join(err, store.failed(ctx, c.device, a.networkID))
	}
}

// thank tells the phone that a piece has been taken in, and the network that its file can go.
func (c *conn) thank(ctx context.Context, networkID string, n *waE2E.HistorySyncNotification) error {
	if err := c.client.SendProtocolMessageReceipt(ctx, networkID, types.ReceiptTypeHistorySync); err != nil {
		return fmt.Errorf("confirm history: %w", err)
	}
	if n.GetDirectPath() == "" {
		return nil
	}
	if err := c.client.DeleteMedia(ctx, whatsmeow.MediaHistory, n.GetDirectPath(), n.GetFileEncSHA256(), n.GetEncHandle()); err != nil {
		return fmt.Errorf("remove the history file: %w", err)
	}
	return nil
}

// unpack keeps the messages of one piece. A chat is let go of as soon as it is kept.
func (c *conn) unpack(ctx context.Context, n *waE2E.HistorySyncNotification) error {
	piece, err := c.client.DownloadHistorySync(ctx, n, true)
	if err != nil {
		return fmt.Errorf("download history: %w", err)
	}
	for i, chat := range piece.GetConversations() {
		piece.Conversations[i] = nil
		if err := c.unpackChat(ctx, chat); err != nil {
			return err
		}
	}
	return nil
}

// unpackChat keeps the messages of a chat, oldest first; the phone sends them newest first.
func (c *conn) unpackChat(ctx context.Context, chat *waHistorySync.Conversation) error {
	jid, err := types.ParseJID(chat.GetID())
	if err != nil {
		return nil // not a chat that could be shown
	}
	name := text(chat.GetName(), maxName)
	var batch []device.Inbound
	for _, m := range slices.Backward(chat.GetMessages()) {
		e, err := c.client.ParseWebMessage(jid, m.GetMessage())
		if err != nil {
			continue // without a sender or an id there is nothing to keep it under
		}
		in, ok := c.inbound(ctx, e)
		if !ok || in.NetworkID == "" {
			continue
		}
		in.Origin = device.OriginHistory
		if name != "" {
			in.Chat.Name = name
		}
		if batch = append(batch, in); len(batch) == historyBatch {
			if err := c.keepBatch(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return c.keepBatch(ctx, batch)
}

// keepBatch keeps messages in one transaction, or each by itself when one of them spoils it.
func (c *conn) keepBatch(ctx context.Context, batch []device.Inbound) error {
	if len(batch) == 0 {
		return nil
	}
	err := c.driver.db.Tx(ctx, func(ctx context.Context) error { return c.keepEach(ctx, batch) })
	if err == nil || db.Transient(err) || ctx.Err() != nil {
		return err
	}
	return c.keepEach(ctx, batch)
}

func (c *conn) keepEach(ctx context.Context, batch []device.Inbound) error {
	for _, in := range batch {
		if err := c.sink.Received(ctx, c.device, in); err != nil {
			return fmt.Errorf("keep an old message: %w", err)
		}
	}
	return nil
}
