package baileys

import (
	"context"
	"encoding/json"
)

// File is a file inside a content of SendContent.
func File(data []byte) any { return map[string][]byte{"$bytes": data} }

// Key and Message refer to a message that the client has sent or was shown, inside a content of SendContent: by its key,
// or whole.
func Key(id string) any { return map[string]string{"$key": id} }

// Message is a whole message, see Key.
func Message(id string) any { return map[string]string{"$message": id} }

// SendContent sends anything that Baileys' sendMessage takes, and returns the message's id. options may be nil.
func (c *Client) SendContent(ctx context.Context, to string, content, options any) (id string, err error) {
	var answer struct{ ID string }
	err = c.call(ctx, request{Cmd: "content", To: to, Content: content, Options: options}, &answer)
	return answer.ID, err
}

// Shown is a message as Baileys reads it.
type Shown struct {
	// Kind is the name of the message in the protocol: conversation, imageMessage, reactionMessage ….
	Kind     string `json:"kind"`
	ViewOnce bool   `json:"view_once"`
	// Message is what stands under that name.
	Message json.RawMessage `json:"message"`
	// Bytes and SHA256 (hex) describe the decrypted file of a message that has one.
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// WaitID waits for a message by its id.
func (c *Client) WaitID(ctx context.Context, id string) (Shown, error) {
	var answer Shown
	err := c.call(ctx, request{Cmd: "wait_id", ID: id}, &answer)
	return answer, err
}

// Votes waits for a vote and its poll and returns what was chosen.
func (c *Client) Votes(ctx context.Context, voteID, pollID string) ([]string, error) {
	var answer struct{ Votes []string }
	err := c.call(ctx, request{Cmd: "votes", ID: voteID, Text: pollID}, &answer)
	return answer.Votes, err
}
