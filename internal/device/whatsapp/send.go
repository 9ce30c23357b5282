package whatsapp

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
)

// Send puts one message on the wire. The network drops a second one with the same id, so a send whose outcome
// is unknown is simply sent again.
func (s *session) Send(ctx context.Context, m device.Outgoing) (device.Sent, error) {
	s.sending.Add(1)
	defer s.sending.Add(-1)
	sent, err := s.send(ctx, m)
	if err == nil {
		s.refused.forget(m.NetworkID)
		return sent, nil
	}
	o := outcome{now: s.driver.now(), again: s.refused.has(m.NetworkID)}
	if until := s.lockedUntil.Load(); until > 0 {
		o.lockedUntil = time.UnixMilli(until)
	}
	failed := o.of(err)
	if code, ok := refusal(err); ok && code == reachoutLocked {
		s.refused.add(m.NetworkID)
	}
	return device.Sent{}, failed
}

func (s *session) send(ctx context.Context, m device.Outgoing) (device.Sent, error) {
	if s.gone.Load() {
		return device.Sent{}, errKeysGone
	}
	if !s.client.IsLoggedIn() {
		return device.Sent{}, errOffline
	}
	to, err := s.recipient(ctx, m.To)
	if err != nil {
		return device.Sent{}, describeSend("find the recipient", err)
	}
	up, err := s.upload(ctx, m.Content)
	if err != nil {
		return device.Sent{}, describeSend("upload the file", err)
	}
	msg, err := s.compose(ctx, m, up, addressee{chat: to, own: s.ownAddress(to), secret: s.secretOf(m.NetworkID)})
	if err != nil {
		return device.Sent{}, describeSend("make the message", err)
	}
	if err := s.showTyping(ctx, to, m.Typing); err != nil {
		return device.Sent{}, describeSend("show typing", err)
	}
	res, err := s.dispatch(ctx, to, m.NetworkID, msg, m.Claim)
	if err != nil {
		return device.Sent{}, describeSend("send", err)
	}
	s.held.add(m.NetworkID, to)
	raw, err := proto.Marshal(msg) // after sending: that may have added a secret, which votes and edits need
	if err != nil {
		return device.Sent{}, describeSend("keep the message", err)
	}
	at := res.Timestamp.UnixMilli()
	if res.Timestamp.Unix() <= 0 {
		at = s.driver.now().UnixMilli()
	}
	return device.Sent{At: at, Raw: raw, Learned: s.learned(ctx, m.To, to)}, nil
}

// compose makes the network's form of a message; a vote needs the keys of the poll for that.
func (s *session) compose(ctx context.Context, m device.Outgoing, up *whatsmeow.UploadResponse, to addressee) (*waE2E.Message, error) {
	if m.Content.Kind == device.KindVote {
		return s.voteMessage(ctx, m.Content, to)
	}
	return messageOf(s.mention(ctx, m.Content, to.chat), up, to)
}

// Claims is true for people: what goes to them is encrypted in one transaction that their sessions end with.
func (s *session) Claims(to device.Peer) bool {
	jid, ok := jidOf(to)
	return ok && (jid.Server == types.DefaultUserServer || jid.Server == types.HiddenUserServer)
}

// dispatch encrypts and sends. Only the encryption is in turn with decryptions, not the wait for the answer.
func (s *session) dispatch(ctx context.Context, to types.JID, id string, msg *waE2E.Message, claim func(context.Context) error) (whatsmeow.SendResponse, error) {
	turn := &sending{turn: s.ring.turn, claim: claim}
	return s.dispatchInTurn(ctx, turn, sendTimeout, to, id, msg)
}

// dispatchWithin is dispatch that waits so long for the network's answer.
func (s *session) dispatchWithin(ctx context.Context, wait time.Duration, to types.JID, id string, msg *waE2E.Message) (whatsmeow.SendResponse, error) {
	return s.dispatchInTurn(ctx, &sending{turn: s.ring.turn}, wait, to, id, msg)
}

func (s *session) dispatchInTurn(
	ctx context.Context, turn *sending, wait time.Duration, to types.JID, id string, msg *waE2E.Message,
) (whatsmeow.SendResponse, error) {
	if to.Server == types.HiddenUserServer {
		turn.recipient = to.SignalAddressUser()
	}
	defer turn.release()
	return s.client.SendMessage(withSending(ctx, turn), to, msg, whatsmeow.SendRequestExtra{ID: id, Timeout: wait})
}

// recipient finds where to send: a group, or the LID of a person. A number that was never written to is asked
// for at the network, which says in the same answer whether it exists.
func (s *session) recipient(ctx context.Context, p device.Peer) (types.JID, error) {
	to, ok := jidOf(p)
	if !ok {
		return to, errNoAddress
	}
	phone := types.NewJID(p.Address(device.AddressPhone), types.DefaultUserServer)
	if to.Server == types.HiddenUserServer && phone.User != "" {
		s.client.StoreLIDPNMapping(ctx, to, phone)
	}
	if to.Server != types.DefaultUserServer {
		return to, nil
	}
	if lid := other(ctx, s.people.lids, to); !lid.IsEmpty() {
		return lid, nil
	}
	found, err := s.client.IsOnWhatsApp(ctx, []string{"+" + to.User})
	if err != nil {
		return to, err
	}
	for _, f := range found {
		if !f.IsIn {
			return to, errNotOnWhatsApp
		}
	}
	if len(found) == 0 {
		return to, errNotOnWhatsApp
	}
	if lid := other(ctx, s.people.lids, to); !lid.IsEmpty() {
		return lid, nil
	}
	return to, nil
}

// ownAddress is the account's own address in the form that a chat uses.
func (s *session) ownAddress(chat types.JID) types.JID {
	if lid := s.client.Store.GetLID(); chat.Server != types.DefaultUserServer && !lid.IsEmpty() {
		return lid.ToNonAD()
	}
	return s.client.Store.GetJID().ToNonAD()
}

// learned tells the addresses of the recipient that were not known before.
func (s *session) learned(ctx context.Context, p device.Peer, to types.JID) []device.Address {
	if p.Group {
		return nil
	}
	var out []device.Address
	for _, jid := range []types.JID{to, other(ctx, s.people.lids, to)} {
		if a, ok := addressOf(jid); ok && p.Address(a.Kind) == "" {
			out = append(out, a)
		}
	}
	return out
}

// upload puts the file of c at the network; nil for contents without one.
func (s *session) upload(ctx context.Context, c device.Content) (*whatsmeow.UploadResponse, error) {
	return s.uploadBy(ctx, c, func(r io.ReadSeeker, kind whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
		return s.client.UploadReader(ctx, r, nil, kind)
	})
}

// uploadBy opens the file of c, looks at it and has it put at the network; nil for contents without one.
func (s *session) uploadBy(
	ctx context.Context, c device.Content, put func(io.ReadSeeker, whatsmeow.MediaType) (whatsmeow.UploadResponse, error),
) (*whatsmeow.UploadResponse, error) {
	mediaType := uploadType(c.Kind)
	if mediaType == "" {
		return nil, nil
	}
	if c.Media == nil || c.Media.Blob == "" || s.driver.blobs == nil {
		return nil, errNoBlob
	}
	r, err := s.driver.blobs.Open(ctx, s.device.WorkspaceID, c.Media.Blob)
	if err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	defer func() { _ = r.Close() }()
	if err := sendable(c.Kind, r); err != nil {
		return nil, err
	}
	up, err := put(r, mediaType)
	if err != nil {
		return nil, err
	}
	return &up, nil
}

// sendable looks at a file before it is uploaded, and goes back to its begin.
func sendable(kind device.Kind, r io.ReadSeeker) error {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("measure the file: %w", err)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("go to the file's begin: %w", err)
	}
	switch {
	case size == 0:
		return errNoBlob
	case size > maxDownload:
		return errTooLarge
	case kind != device.KindSticker:
		return nil
	}
	var head [16]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || !isWebP(head[:]) {
		return errNotWebP
	}
	_, err = r.Seek(0, io.SeekStart)
	return err
}

// showTyping shows typing for as long as d and takes it away when the message comes.
func (s *session) showTyping(ctx context.Context, to types.JID, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	if err := s.client.SendChatPresence(ctx, to, types.ChatPresenceComposing, types.ChatPresenceMediaText); err != nil {
		return err
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.client.SendChatPresence(ctx, to, types.ChatPresencePaused, types.ChatPresenceMediaText)
}

// Typing shows that somebody writes to the chat, or no longer does.
func (s *session) Typing(ctx context.Context, to device.Peer, on bool) error {
	jid, ok := jidOf(to)
	if !ok {
		return errNoAddress
	}
	state := types.ChatPresencePaused
	if on {
		state = types.ChatPresenceComposing
	}
	if err := s.client.SendChatPresence(ctx, jid, state, types.ChatPresenceMediaText); err != nil {
		return fmt.Errorf("show typing: %w", err)
	}
	return nil
}

// NewNetworkID makes an id as the official web client does.
func (s *session) NewNetworkID() string { return s.client.GenerateMessageID() }

// refusedOnce remembers which messages were refused with 463 once: the first time may be a hiccup, the second is not.
type refusedOnce struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (r *refusedOnce) add(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids == nil || len(r.ids) > 1000 {
		r.ids = map[string]bool{}
	}
	r.ids[id] = true
}

func (r *refusedOnce) has(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ids[id]
}

func (r *refusedOnce) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.ids, id)
}

var (
	_ device.Session     = (*session)(nil)
	_ device.Typer       = (*session)(nil)
	_ device.Keeper      = (*session)(nil)
	_ device.NetworkIDer = (*session)(nil)
)
