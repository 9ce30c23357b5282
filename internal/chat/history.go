package chat

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// ErrNoOldest is for chats of which nothing is known that a phone could go back from.
var ErrNoOldest = fault.New(fault.Conflict, "history_without_message", fault.Text{
	ID: "Percakapan ini belum punya pesan, jadi HP tidak tahu dari mana harus mundur.",
	EN: "This chat has no message yet, so the phone can't tell where to go back from.",
})

// historian is Devices that can ask a device's phone for older messages.
type historian interface {
	AskHistory(ctx context.Context, workspaceID, deviceID string, r device.HistoryRequest) error
}

const selectOldest = `SELECT m.network_id, m.from_me, m.at FROM messages m
	WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND m.network_id <> '' AND ` + isSaid + ` ORDER BY m.ordered_at, m.id LIMIT 1`

// oldest is the oldest message of a chat that its network knows, as a request names it. ErrNoOldest.
func (s store) oldest(ctx context.Context, workspaceID, chatID string) (r device.HistoryRequest, err error) {
	err = s.db.QueryRow(ctx, selectOldest, workspaceID, chatID).Scan(&r.OldestID, &r.OldestFromMe, &r.OldestAt)
	if errors.Is(err, sql.ErrNoRows) {
		return r, ErrNoOldest
	}
	return r, err
}

// AskHistory asks the phone behind a chat for count messages that are older than the oldest one here. They come into
// the chat as history, when the phone answers: neither unread nor answered. ErrNotFound, ErrNoOldest, and the faults of
// asking a device.
func (s *Service) AskHistory(ctx context.Context, workspaceID, chatID string, count int) error {
	item, err := s.Get(ctx, workspaceID, chatID)
	if err != nil {
		return err
	}
	d, err := s.conf.Devices.Get(ctx, workspaceID, item.DeviceID)
	if err != nil {
		return err
	}
	if !d.Linked {
		return device.ErrUnlinked
	}
	phones, ok := s.conf.Devices.(historian)
	if !ok {
		return device.ErrAbility
	}
	r, err := s.store.oldest(ctx, workspaceID, item.ID)
	if err != nil {
		return err
	}
	if r.Chat, err = s.contacts.PeerOf(ctx, item.Contact, d.Channel); err != nil {
		return fmt.Errorf("find the addresses: %w", err)
	}
	r.Count = count
	return phones.AskHistory(ctx, workspaceID, item.DeviceID, r)
}

type historyIn struct {
	ID   string `path:"id" maxLength:"64" doc:"The chat's id"`
	Body struct {
		Count int `json:"count,omitempty" minimum:"1" maximum:"500" default:"50" doc:"How many messages to ask for; the phone may send fewer"`
	}
}

func (a api) registerHistory(h huma.API) {
	httpx.Handle(h, "POST /chats/{id}/history", member.WriteChats, "Ask the phone for older messages of a chat, which come when it answers", a.history,
		httpx.Answers(http.StatusAccepted))
}

func (a api) history(ctx context.Context, in *historyIn) (*struct{}, error) {
	return nil, a.s.AskHistory(ctx, caller(ctx), in.ID, in.Body.Count)
}
