package baileys

import "context"

// Call calls one of Baileys' own functions (sendPresenceUpdate, fetchStatus, addLabel, newsletterFollow …) and decodes
// what it returns into answer, which may be nil. An argument may be a Key.
func (c *Client) Call(ctx context.Context, function string, answer any, args ...any) error {
	return c.group(ctx, request{Cmd: "deed", Name: function, Args: args}, answer)
}

// WaitEvent waits for an event (presence.update, labels.edit, messaging-history.set …) whose data, as JSON, has a text in it.
func (c *Client) WaitEvent(ctx context.Context, event, text string, answer any) error {
	return c.group(ctx, request{Cmd: "wait_event", Name: event, Text: text}, answer)
}

// Reconnects has the client connect again whenever its connection ends, as an app does; before that an end is an error.
func (c *Client) Reconnects(ctx context.Context) error {
	return c.call(ctx, request{Cmd: "reconnects"}, &struct{}{})
}
