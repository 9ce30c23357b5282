package whatsapp

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
)

// errNoPollSecret means that a vote can't be made because the poll itself never reached this device.
var errNoPollSecret = errors.New("the poll's secret is not known on this device")

// unreadVote is a vote before it is decrypted, and one that could not be.
func unreadVote() *device.Vote { return &device.Vote{Options: []string{}, Unreadable: true} }

// voted reads what was chosen, which is encrypted with the secret of the poll. A vote on a poll that this device never
// saw stays unreadable; it is kept all the same.
func (s *session) voted(ctx context.Context, e *events.Message, c *device.Content) {
	if c.Kind != device.KindVote {
		return
	}
	vote, err := s.client.DecryptPollVote(ctx, e)
	if err != nil {
		s.driver.log.Warn("vote can't be read", "device", s.device.ID, "message", e.Info.ID, "error", err)
		return
	}
	c.Vote = &device.Vote{Options: []string{}}
	for _, digest := range vote.GetSelectedOptions() {
		if len(digest) == sha256.Size && len(c.Vote.Digests) < maxOptions {
			c.Vote.Digests = append(c.Vote.Digests, digest)
		}
	}
}

// voteMessage encrypts a choice from a poll of the chat.
func (s *session) voteMessage(ctx context.Context, c device.Content, to addressee) (*waE2E.Message, error) {
	if c.Target == "" || c.Vote == nil {
		return nil, fmt.Errorf("%w: vote", errIncomplete)
	}
	poll := types.MessageInfo{ID: c.Target, MessageSource: types.MessageSource{
		Chat: to.chat, Sender: to.chat, IsGroup: to.chat.Server == types.GroupServer,
	}}
	switch {
	case c.TargetSender == device.TargetSelf:
		poll.Sender, poll.IsFromMe = to.own, true
	case c.TargetSender != "":
		who, err := types.ParseJID(jidText(c.TargetSender))
		if err != nil {
			return nil, fmt.Errorf("%w: who wrote the poll: %w", errIncomplete, err)
		}
		poll.Sender = who
	}
	m, err := s.client.BuildPollVote(ctx, &poll, c.Vote.Options)
	if errors.Is(err, whatsmeow.ErrOriginalMessageSecretNotFound) {
		return nil, fmt.Errorf("%w: %w", errNoPollSecret, err)
	}
	return m, err
}

// secretOf is the secret of a message that others answer in secret, such as a poll. It depends on the message's id only:
// a poll that is sent again after a crash is the same poll, and its votes can be read.
func (s *session) secretOf(networkID string) []byte {
	mac := hmac.New(sha256.New, s.client.Store.AdvSecretKey)
	mac.Write([]byte("message secret " + networkID))
	return mac.Sum(nil)
}
