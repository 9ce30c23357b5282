// Package baileys owns the second, independent client that the simulated network is proven with:
// Baileys from npm, run by Node in a process of its own and steered line by line.
package baileys

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
)

// ErrEnded says that the Node process is gone; what it wrote last is part of the error's text.
var ErrEnded = errors.New("the Baileys process has ended")

// Client is a Baileys account on a simulated network, a companion of a phone of its own.
// Its methods may be called from several goroutines.
type Client struct {
	number string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr *tail

	mu      sync.Mutex
	seq     int
	waiting map[int]chan json.RawMessage
	notes   []string
	ended   chan struct{}
}

// Start installs the npm packages if they are missing, starts Node and makes a phone of that name on
// the network whose control interface is at controlURL. The client is not linked yet. Close ends it;
// so does the end of ctx.
func Start(ctx context.Context, controlURL, name string) (*Client, error) {
	dir, err := install(ctx)
	if err != nil {
		return nil, err
	}
	c := &Client{
		cmd:    exec.CommandContext(ctx, "node", "harness.mjs"),
		stderr: &tail{max: 16 << 10}, waiting: map[int]chan json.RawMessage{}, ended: make(chan struct{}),
	}
	c.cmd.Dir, c.cmd.Stderr = dir, c.stderr
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start Baileys: %w", err)
	}
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start Baileys: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start Baileys: %w", err)
	}
	go c.read(stdout)
	var made struct{ Number string }
	if err := c.call(ctx, request{Cmd: "create", Control: controlURL, Name: name}, &made); err != nil {
		c.Close()
		return nil, err
	}
	c.number = made.Number
	return c, nil
}

// Number is the phone number of the client's account, in digits with the country code.
func (c *Client) Number() string { return c.number }

// Method is a way of linking.
type Method string

// The two ways of linking.
const (
	ByQR   Method = "qr"
	ByCode Method = "code"
)

// Link links the client with its phone and returns its device's JID once it is logged in.
func (c *Client) Link(ctx context.Context, method Method) (device string, err error) {
	var answer struct{ Device string }
	err = c.call(ctx, request{Cmd: "link", Method: method}, &answer)
	return answer.Device, err
}

// SendText sends a text to a number or JID and returns the message's id.
func (c *Client) SendText(ctx context.Context, to, text string) (id string, err error) {
	var answer struct{ ID string }
	err = c.call(ctx, request{Cmd: "text", To: to, Text: text}, &answer)
	return answer.ID, err
}

// SendImage encrypts, uploads and sends a picture and returns the message's id.
func (c *Client) SendImage(ctx context.Context, to string, data []byte, caption string) (id string, err error) {
	var answer struct{ ID string }
	err = c.call(ctx, request{Cmd: "image", To: to, Data: data, Caption: caption}, &answer)
	return answer.ID, err
}

// Received is a message as the client shows it.
type Received struct {
	ID string `json:"id"`
	// From is the chat's JID as it came on the wire; FromAlt the same person in the other form, or "".
	From    string `json:"from"`
	FromAlt string `json:"from_alt"`
	Text    string `json:"text"`
	// MIME, Bytes and SHA256 (hex) describe the decrypted picture.
	MIME   string `json:"mime"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// WaitText waits for a text of somebody else.
func (c *Client) WaitText(ctx context.Context, text string) (Received, error) {
	var answer Received
	err := c.call(ctx, request{Cmd: "wait", Kind: "text", Text: text}, &answer)
	return answer, err
}

// WaitImage waits for a picture with that caption, downloads and decrypts it.
func (c *Client) WaitImage(ctx context.Context, caption string) (Received, error) {
	var answer Received
	err := c.call(ctx, request{Cmd: "wait", Kind: "image", Text: caption}, &answer)
	return answer, err
}

// Status is how far a sent message got, in Baileys' numbers.
type Status int

// The statuses that a recipient's devices cause.
const (
	Delivered Status = 3
	Read      Status = 4
	Played    Status = 5
)

// WaitStatus waits until a sent message has got that far.
func (c *Client) WaitStatus(ctx context.Context, id string, status Status) error {
	return c.call(ctx, request{Cmd: "wait_status", ID: id, Status: status}, &struct{}{})
}

// MarkRead marks a received message as read.
func (c *Client) MarkRead(ctx context.Context, id string) error {
	return c.call(ctx, request{Cmd: "read", ID: id}, &struct{}{})
}

// Close ends the Node process and waits for its end. A second call does nothing.
func (c *Client) Close() {
	_ = c.stdin.Close()
	<-c.ended
}

// request is one line to the harness.
type request struct {
	Seq     int    `json:"seq"`
	Cmd     string `json:"cmd"`
	Control string `json:"control,omitempty"`
	Name    string `json:"name,omitempty"`
	Method  Method `json:"method,omitempty"`
	To      string `json:"to,omitempty"`
	Text    string `json:"text,omitempty"`
	Args    []any  `json:"args,omitempty"`
	Data    []byte `json:"data,omitempty"`
	Caption string `json:"caption,omitempty"`
	Kind    string `json:"kind,omitempty"`
	ID      string `json:"id,omitempty"`
	Status  Status `json:"status,omitempty"`
	Content any    `json:"content,omitempty"`
	Options any    `json:"options,omitempty"`
}

// call sends one line and waits for the answer to it.
func (c *Client) call(ctx context.Context, req request, answer any) error {
	channel, err := c.send(&req)
	if err != nil {
		return fmt.Errorf("baileys %s: %w: %w\n%s", req.Cmd, ErrEnded, err, c.stderr)
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("baileys %s: %w; it reported %q\n%s", req.Cmd, ctx.Err(), c.reported(), c.stderr)
	case <-c.ended:
		return fmt.Errorf("baileys %s: %w; it reported %q\n%s", req.Cmd, ErrEnded, c.reported(), c.stderr)
	case line := <-channel:
		var refused struct{ Error string }
		if err := json.Unmarshal(line, &refused); err != nil {
			return fmt.Errorf("baileys %s answered %.200q: %w", req.Cmd, line, err)
		}
		if refused.Error != "" {
			return fmt.Errorf("baileys %s: %s", req.Cmd, refused.Error)
		}
		return json.Unmarshal(line, answer)
	}
}

func (c *Client) send(req *request) (<-chan json.RawMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	req.Seq = c.seq
	line, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	channel := make(chan json.RawMessage, 1)
	c.waiting[req.Seq] = channel
	_, err = c.stdin.Write(append(line, '\n'))
	return channel, err
}

// read hands each answer to who waits for it, until the process ends.
func (c *Client) read(stdout io.Reader) {
	defer close(c.ended)
	lines := bufio.NewReader(stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		c.dispatch(line)
	}
	_ = c.cmd.Wait() // How it ended is in what it wrote.
}

func (c *Client) dispatch(line []byte) {
	var head struct {
		Seq   int
		Error string
	}
	err := json.Unmarshal(line, &head)
	c.mu.Lock()
	defer c.mu.Unlock()
	if channel := c.waiting[head.Seq]; err == nil && channel != nil {
		delete(c.waiting, head.Seq)
		channel <- line
		return
	}
	c.notes = append(c.notes, string(bytes.TrimSpace(line)))
}

// reported is what the harness said without being asked, such as a lost connection.
func (c *Client) reported() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.notes
}

// tail keeps the last bytes that were written to it.
type tail struct {
	mu   sync.Mutex
	max  int
	kept []byte
}

// Write is io.Writer's; it never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - t.max; over > 0 {
		t.kept = append([]byte{}, t.kept[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}
