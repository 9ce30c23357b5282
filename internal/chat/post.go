package chat

import (
	"context"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// Post is a message of ours to be sent.
type Post struct {
	WorkspaceID string
	DeviceID    string // with ChatID it may be left out
	ChatID      string // either ChatID or To
	To          device.Peer
	Content     device.Content
	By          Author
	Lane        outbox.Lane
	NotBefore   int64         // unix ms; 0 is at once
	Typing      time.Duration // shown as typing before it
	// IfTurn, when not 0, is the Chat.TurnVersion that the author saw: ErrTurnMoved when it is another one by now.
	IfTurn int64
}

// Post stores a message and its send in one transaction (the caller's when there is one) and returns both. A chat that
// does not exist is made. A member's post takes the turn; nobody else's moves it. Content that changes another message
// (reaction, edit, revoke) names it in Target.
func (s *Service) Post(ctx context.Context, p Post) (Message, outbox.Send, error) {
	return s.post(ctx, p)
}
