package baileys

import (
	"context"
	"encoding/json"
	"fmt"
)

// Group calls one of Baileys' own functions for groups (groupCreate, groupMetadata, groupParticipantsUpdate …) and
// decodes what it returns into answer, which may be nil.
func (c *Client) Group(ctx context.Context, function string, answer any, args ...any) error {
	return c.group(ctx, request{Cmd: "group", Name: function, Args: args}, answer)
}

// WaitGroup waits for an event about groups (groups.upsert, groups.update, group-participants.update) whose data, as
// JSON, has a text in it.
func (c *Client) WaitGroup(ctx context.Context, event, text string, answer any) error {
	return c.group(ctx, request{Cmd: "wait_group", Name: event, Text: text}, answer)
}

// WaitGroupOf is WaitGroup for the events about one group or person, by JID or number.
func (c *Client) WaitGroupOf(ctx context.Context, who, event, text string, answer any) error {
	return c.group(ctx, request{Cmd: "wait_group", Name: event, Text: text, To: who}, answer)
}

func (c *Client) group(ctx context.Context, req request, answer any) error {
	var out struct{ Result json.RawMessage }
	if err := c.call(ctx, req, &out); err != nil || answer == nil {
		return err
	}
	if err := json.Unmarshal(out.Result, answer); err != nil {
		return fmt.Errorf("baileys %s %s returned %.200q: %w", req.Cmd, req.Name, out.Result, err)
	}
	return nil
}
