package whatsapp

import (
	"context"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/device"
)

var (
	_ device.Historian     = (*session)(nil)
	_ device.HistoryTeller = (*Driver)(nil)
)

// AskHistory asks the account's phone for messages that are older than one. They come like other history, when the
// phone is there.
func (s *session) AskHistory(ctx context.Context, r device.HistoryRequest) error {
	chat, ok := jidOf(r.Chat)
	if !ok {
		return errNoAddress
	}
	own := s.client.Store.GetJID().ToNonAD()
	request := s.client.BuildHistorySyncRequest(&types.MessageInfo{
		MessageSource: types.MessageSource{Chat: chat, IsFromMe: r.OldestFromMe},
		ID:            r.OldestID, Timestamp: time.UnixMilli(r.OldestAt),
	}, r.Count)
	turn := &sending{turn: s.ring.turn}
	defer turn.release()
	_, err := s.client.SendMessage(withSending(ctx, turn), own, request, whatsmeow.SendRequestExtra{Peer: true, Timeout: sendTimeout})
	if err != nil {
		return asked(fmt.Errorf("ask the phone for history: %w", err))
	}
	return nil
}

// History is how far the device's history has been taken in.
func (d *Driver) History(ctx context.Context, dev device.Device) (device.HistoryProgress, error) {
	return d.history.progress(ctx, dev)
}
