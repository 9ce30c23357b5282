package device

import "context"

// Player is a session that can tell the senders of sounds that they were listened to. Twice is fine.
type Player interface {
	MarkPlayed(ctx context.Context, chat, sender Peer, networkIDs []string) error
}
