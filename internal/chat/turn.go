package chat

import "context"

// SetTurn moves the turn: to a person (hand over, take) or back to the bot (resolve, give back). version is the
// Chat.TurnVersion that the caller saw; ErrTurnMoved when the turn has moved since; 0 moves it whatever it is.
// Moving it to where it is changes nothing.
func (s *Service) SetTurn(ctx context.Context, workspaceID, chatID string, to Turn, version int64) (Chat, error) {
	return s.setTurn(ctx, workspaceID, chatID, to, version)
}
