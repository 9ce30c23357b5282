package handset

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/gcmutil"
	"go.mau.fi/whatsmeow/util/hkdfutil"
	"google.golang.org/protobuf/proto"
)

// Vote chooses from a poll; no options take the vote back.
type Vote struct {
	Poll    string   `json:"poll"`
	Options []string `json:"options"`
}

var errNoPoll = errors.New("handset: that message is no poll, or its secret isn't known")

// voteKey is what a vote is encrypted with: it depends on the poll, on who wrote it and on who votes.
func voteKey(secret []byte, poll, creator, voter string) (key, additional []byte) {
	info := poll + creator + voter + "Poll Vote"
	return hkdfutil.SHA256(secret, nil, []byte(info), 32), fmt.Appendf(nil, "%s\x00%s", poll, voter)
}

// vote encrypts a choice from a poll of this phone's chats.
func (h *Handset) vote(v *Vote) (*waE2E.Message, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.findAny(v.Poll)
	if e == nil {
		return nil, fmt.Errorf("poll %s: %w", v.Poll, ErrNoMessage)
	}
	secret := e.Raw.GetMessageContextInfo().GetMessageSecret()
	if pollOf(unwrap(e.Raw)) == nil || len(secret) == 0 {
		return nil, fmt.Errorf("poll %s: %w", v.Poll, errNoPoll)
	}
	choice := &waE2E.PollVoteMessage{}
	for _, o := range v.Options {
		sum := sha256.Sum256([]byte(o))
		choice.SelectedOptions = append(choice.SelectedOptions, sum[:])
	}
	plain, err := proto.Marshal(choice)
	if err != nil {
		return nil, err
	}
	key, additional := voteKey(secret, e.ID, h.inMessage(e.from), h.inMessage(h.self()))
	h.keys.nextID++
	seed := h.keys.derive("vote", h.keys.nextID)
	sealed, err := gcmutil.Encrypt(key, seed[:12], plain, additional)
	if err != nil {
		return nil, err
	}
	return &waE2E.Message{PollUpdateMessage: &waE2E.PollUpdateMessage{
		PollCreationMessageKey: h.messageKey(e), SenderTimestampMS: proto.Int64(h.link.Now().UnixMilli()),
		Vote: &waE2E.PollEncValue{EncPayload: sealed, EncIV: seed[:12]},
	}}, nil
}

// counted reads what a vote chose and notes it in the poll. Clients write addresses in either form, so both are tried.
// Called with mu held.
func (h *Handset) counted(e *entry) {
	poll := h.findAny(e.Target)
	u := unwrap(e.Raw).GetPollUpdateMessage()
	if poll == nil || u == nil || poll.chat != e.chat {
		return
	}
	secret := poll.Raw.GetMessageContextInfo().GetMessageSecret()
	for _, creator := range []types.JID{poll.from.LID, poll.from.PN} {
		for _, voter := range []types.JID{e.from.LID, e.from.PN} {
			key, additional := voteKey(secret, poll.ID, creator.String(), voter.String())
			plain, err := gcmutil.Decrypt(key, u.GetVote().GetEncIV(), u.GetVote().GetEncPayload(), additional)
			var choice waE2E.PollVoteMessage
			if err != nil || proto.Unmarshal(plain, &choice) != nil {
				continue
			}
			e.Votes = chosen(pollOf(unwrap(poll.Raw)), &choice)
			return
		}
	}
	h.log.Warn("vote not read", "phone", h.cfg.PN.User, "message", e.ID)
}

// chosen turns the hashes of a vote into the options' words.
func chosen(p *waE2E.PollCreationMessage, v *waE2E.PollVoteMessage) []string {
	out := []string{}
	for _, o := range p.GetOptions() {
		sum := sha256.Sum256([]byte(o.GetOptionName()))
		for _, s := range v.GetSelectedOptions() {
			if string(s) == string(sum[:]) {
				out = append(out, o.GetOptionName())
			}
		}
	}
	return out
}
