package device

import (
	"cmp"
	"context"
	"time"
)

// HistoryRequest asks the account's phone for older messages of a chat.
type HistoryRequest struct {
	Chat Peer
	// The oldest message of the chat that is known here; what is asked for comes before it.
	OldestID     string
	OldestFromMe bool
	OldestAt     int64 // unix ms
	Count        int   // 1 to MaxHistory; the phone may send fewer
}

// MaxHistory bounds HistoryRequest.Count; phones answer no more at once.
const MaxHistory = 500

// Historian is a session that can ask the account's phone for older messages. They come later, as Received with
// OriginHistory and Asked, or never when the phone is away.
type Historian interface {
	AskHistory(ctx context.Context, r HistoryRequest) error
}

// HistoryProgress is how far the history of a device has been taken in.
type HistoryProgress struct {
	Pending  int   `json:"pending" doc:"Pieces that the phone has announced and that are still to be taken in"`
	Messages int64 `json:"messages" doc:"Messages that came as history so far"`
	Percent  int   `json:"percent" doc:"How much of what it wants to send the phone has sent, as it says itself; 0 to 100"`
	Bounded  bool  `json:"bounded" doc:"Whether messages were left out because of the device's limits"`
	At       int64 `json:"at,omitempty" doc:"When the last ones were taken in"`
}

// HistoryTeller is a driver that knows how far a device's history is.
type HistoryTeller interface {
	History(ctx context.Context, d Device) (HistoryProgress, error)
}

// What a device takes of the phone's history when its settings don't say.
const (
	historyPerChat = 1000
	historyTotal   = 200_000
)

// HistoryLimits is how many messages of one chat, and in all, a device takes of what its phone offers at linking.
func (s Settings) HistoryLimits() (perChat, total int) {
	return cmp.Or(s.HistoryPerChat, historyPerChat), cmp.Or(s.HistoryTotal, historyTotal)
}

// historyTime is how long the network may take to accept a request for history.
const historyTime = 20 * time.Second

// AskHistory asks the phone of a device for older messages of a chat. ErrNotFound, ErrUnlinked, ErrOffline,
// ErrAbility, ErrRefused, ErrNetwork.
func (s *Service) AskHistory(ctx context.Context, workspaceID, deviceID string, r HistoryRequest) error {
	r.Count = min(max(r.Count, 1), MaxHistory)
	ctx, cancel := context.WithTimeout(ctx, historyTime)
	defer cancel()
	return Ask(ctx, s, workspaceID, deviceID, func(ctx context.Context, _ Device, h Historian) error {
		return h.AskHistory(ctx, r)
	})
}

// History is how far the device's history has been taken in; ErrAbility when its channel has none. ErrNotFound.
func (s *Service) History(ctx context.Context, workspaceID, deviceID string) (HistoryProgress, error) {
	d, err := s.Get(ctx, workspaceID, deviceID)
	if err != nil {
		return HistoryProgress{}, err
	}
	teller, ok := s.drivers[d.Channel].(HistoryTeller)
	if !ok {
		return HistoryProgress{}, ErrAbility
	}
	return teller.History(ctx, d)
}
