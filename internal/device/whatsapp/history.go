package whatsapp

import (
	"context"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// historyBatch is how many old messages are kept in one transaction: enough to be quick, few enough that a live
// message does not wait long behind them.
const historyBatch = 100

// historyTries is how often one piece of history is tried, once per connection, before it is given up.
const historyTries = 5

// announceHistory notes a piece of history and wakes who takes it in.
func (c *conn) announceHistory(ctx context.Context, id string, n *waE2E.HistorySyncNotification) error {
	b, err := proto.Marshal(n)
	if err != nil {
		return fmt.Errorf("note announced history: %w", err)
	}
	if err := c.driver.history.add(ctx, c.device, id, b); err != nil {
		return fmt.Errorf("note announced history: %w", err)
	}
	c.history.call()
	return nil
}

// takeHistory takes announced history in, piece by piece, until there is none that has not failed.
func (c *conn) takeHistory(ctx context.Context, failed map[string]bool) {
	for c.takeOne(ctx, failed) {
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
		err = c.unpack(ctx, a, &n)
	}
	store := c.driver.history
	switch {
	case err == nil:
		if err := store.finish(ctx, c.device, a.networkID, percent(&n)); err != nil {
			return err
		}
		return c.thank(ctx, a.networkID, &n)
	case ctx.Err() != nil: // interrupted: does not count
		return err
	case errors.Is(err, errPieceTooLarge): // and is so the next time
		return errors.Join(err, store.drop(ctx, c.device, a.networkID))
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
