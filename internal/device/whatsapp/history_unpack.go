package whatsapp

import (
	"context"
	"fmt"
	"slices"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// unpacking is one piece of history on its way into the chats. What is kept, how far that is and how many they are by
// now is one transaction each time: a process that is killed goes on at the same message.
type unpacking struct {
	*conn
	piece   *announced
	asked   bool // somebody asked for it: it is bounded by what was asked for
	perChat int
	left    int // how many more the device takes in all

	place   place // how far it is with what is in batch
	batch   []device.Inbound
	lines   []device.GroupEvent // that belong between them
	counts  []tally
	bounded bool
}

// unpack keeps the messages of one piece. A chat is let go of as soon as it is in a batch.
func (c *conn) unpack(ctx context.Context, a *announced, n *waE2E.HistorySyncNotification) error {
	u := &unpacking{conn: c, piece: a, asked: n.GetSyncType() == waE2E.HistorySyncType_ON_DEMAND, place: a.place}
	perChat, total := c.device.Settings.HistoryLimits()
	taken, err := c.driver.history.taken(ctx, c.device, "")
	if err != nil {
		return fmt.Errorf("count history: %w", err)
	}
	u.perChat, u.left = perChat, total-taken
	data, err := c.piece(ctx, n)
	if err != nil {
		return err
	}
	chats := data.GetConversations()
	data.Conversations = nil
	for i := u.place.chats; i < len(chats); i++ {
		chat := chats[i]
		chats[i] = nil
		if err := u.chat(ctx, chat); err != nil {
			return err
		}
	}
	return u.flush(ctx)
}

// chat takes the messages of a chat, oldest first; the phone sends them newest first.
func (u *unpacking) chat(ctx context.Context, chat *waHistorySync.Conversation) error {
	jid, err := types.ParseJID(chat.GetID())
	if err != nil { // not a chat that could be shown
		u.place = place{chats: u.place.chats + 1}
		return nil
	}
	messages, err := u.bound(ctx, jid, chat.GetMessages())
	if err != nil {
		return err
	}
	name := text(chat.GetName(), maxName)
	count := 0
	for _, m := range slices.Backward(messages[:max(len(messages)-u.place.messages, 0)]) {
		u.place.messages++
		if line, ok := u.pastLine(ctx, jid, m.GetMessage()); ok {
			u.lines = append(u.lines, line)
			continue
		}
		e, err := u.client.ParseWebMessage(jid, m.GetMessage())
		if err != nil {
			continue // without a sender or an id there is nothing to keep it under
		}
		in, ok := u.inbound(ctx, e)
		if !ok || in.NetworkID == "" {
			continue
		}
		in.Origin, in.Asked = device.OriginHistory, u.asked
		if name != "" {
			in.Chat.Name = name
		}
		u.batch = append(u.batch, in)
		if count++; len(u.batch) == historyBatch {
			u.counts = append(u.counts, tally{chat: jid.String(), messages: count})
			count = 0
			if err := u.flush(ctx); err != nil {
				return err
			}
		}
	}
	if count > 0 {
		u.counts = append(u.counts, tally{chat: jid.String(), messages: count})
	}
	u.place = place{chats: u.place.chats + 1}
	return nil
}

// bound leaves of a chat's messages, newest first, what the device may still take; with what was begun already.
func (u *unpacking) bound(ctx context.Context, jid types.JID, messages []*waHistorySync.HistorySyncMsg) ([]*waHistorySync.HistorySyncMsg, error) {
	if u.asked {
		return messages, nil
	}
	taken, err := u.driver.history.taken(ctx, u.device, jid.String())
	if err != nil {
		return nil, fmt.Errorf("count history: %w", err)
	}
	room := max(min(u.perChat-taken, u.left), 0) + u.place.messages
	if len(messages) <= room {
		return messages, nil
	}
	u.bounded = true
	return messages[:room], nil
}

// flush keeps what is in the batch, in one transaction with how far that is, or each by itself when one spoils it.
func (u *unpacking) flush(ctx context.Context) error {
	all := tally{messages: len(u.batch)}
	if u.bounded {
		all.bounded = 1
	}
	keep := func(ctx context.Context) error {
		if err := u.keepEach(ctx, u.batch); err != nil {
			return err
		}
		if err := u.keepLines(ctx); err != nil {
			return err
		}
		store := u.driver.history
		for _, t := range append(u.counts, all) {
			if err := store.count(ctx, u.device, t); err != nil {
				return fmt.Errorf("count history: %w", err)
			}
		}
		return store.reached(ctx, u.device, u.piece.networkID, u.place)
	}
	err := u.driver.db.Tx(ctx, keep)
	if err != nil && !db.Transient(err) && ctx.Err() == nil {
		err = keep(ctx)
	}
	if err != nil {
		return err
	}
	u.left -= len(u.batch)
	u.batch, u.lines, u.counts, u.bounded = u.batch[:0], u.lines[:0], u.counts[:0], false
	return nil
}

// keepLines keeps what happened to groups, for a sink that hears of it.
func (u *unpacking) keepLines(ctx context.Context) error {
	sink, ok := u.sink.(device.GroupSink)
	if !ok {
		return nil
	}
	for _, e := range u.lines {
		if err := sink.GroupChanged(ctx, u.device, e); err != nil {
			return fmt.Errorf("keep what happened to a group: %w", err)
		}
	}
	return nil
}

func (c *conn) keepEach(ctx context.Context, batch []device.Inbound) error {
	for _, in := range batch {
		if err := c.sink.Received(ctx, c.device, in); err != nil {
			return fmt.Errorf("keep an old message: %w", err)
		}
	}
	return nil
}

// percent is how much of its history the phone has told by a piece; 0 says nothing about it.
func percent(n *waE2E.HistorySyncNotification) int {
	if n.GetSyncType() == waE2E.HistorySyncType_ON_DEMAND {
		return 0
	}
	return int(min(n.GetProgress(), 100))
}
