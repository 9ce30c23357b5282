package chat

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// ErrTurn is for a turn that is none.
var errTurn = fault.New(fault.Invalid, "turn_invalid", fault.Text{
	ID: "Giliran harus bot atau human.", EN: "The turn must be bot or human.",
}).WithField("turn")

// SetTurn moves the turn: to a person (hand over, take) or back to the bot (resolve, give back). version is the
// Chat.TurnVersion that the caller saw; ErrTurnMoved when the turn has moved since; 0 moves it whatever it is.
// Moving it to where it is changes nothing.
func (s *Service) SetTurn(ctx context.Context, workspaceID, chatID string, to Turn, version int64) (c Chat, err error) {
	if to != TurnBot && to != TurnHuman {
		return Chat{}, errTurn
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if c, err = s.store.chat(ctx, workspaceID, chatID); err != nil {
			return err
		}
		if version != 0 && version != c.TurnVersion {
			return ErrTurnMoved
		}
		c, err = s.moveTurn(ctx, c, to, s.now())
		return err
	})
	return c, err
}

// moveTurn gives the turn to whom it should have; when they have it, a person's is prolonged.
func (s *Service) moveTurn(ctx context.Context, c Chat, to Turn, at int64) (Chat, error) {
	if c.Turn == to {
		if to == TurnBot {
			return c, nil
		}
		c.TurnSince = max(c.TurnSince, at)
		return c, s.store.prolongTurn(ctx, c, at)
	}
	ok, err := s.store.moveTurn(ctx, c, to, at)
	if err != nil {
		return c, err
	}
	if !ok {
		return c, ErrTurnMoved
	}
	c.Turn, c.TurnVersion, c.TurnSince = to, c.TurnVersion+1, at
	return c, s.TurnMoved.Fire(ctx, c)
}

// turnOnArrival: who types on the phone takes the turn and has read the chat; one who has not answered for long
// loses it when the contact writes again.
func (s *Service) turnOnArrival(ctx context.Context, c Chat, m Message) (Chat, error) {
	if m.FromMe {
		was, err := s.store.clearUnread(ctx, c.WorkspaceID, c.ID)
		if err != nil {
			return c, err
		}
		c.Unread = 0
		if was {
			if err := s.Cleared.Fire(ctx, c); err != nil {
				return c, err
			}
		}
		return s.moveTurn(ctx, c, TurnHuman, m.At)
	}
	if c.Turn != TurnHuman || m.Origin == device.OriginHistory {
		return c, nil
	}
	idle, err := s.conf.TurnIdle(ctx, c.WorkspaceID)
	if err != nil || idle <= 0 || s.now()-c.TurnSince < idle.Milliseconds() {
		return c, err
	}
	return s.moveTurn(ctx, c, TurnBot, s.now())
}
