package baileys

import "context"

// Mark changes a chat (its JID) or the message with that id as the owner would on a linked device. What is archive,
// unarchive, pin, mute, unread, star, delete_message or delete_chat.
func (c *Client) Mark(ctx context.Context, what, chat, id string) error {
	return c.call(ctx, request{Cmd: "mark", Name: what, To: chat, ID: id}, &struct{}{})
}

// WaitMark waits until another device of the account has done that, and returns the chat's JID or the message's id.
func (c *Client) WaitMark(ctx context.Context, what string) (id string, err error) {
	var answer struct{ ID string }
	err = c.call(ctx, request{Cmd: "wait_mark", Name: what}, &answer)
	return answer.ID, err
}
