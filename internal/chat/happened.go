package chat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/group"
)

// maxNamed is how many members a line in a group's chat names; of the others it says how many they are.
const maxNamed = 20

// isNoLine is part of a statement: content begins with its kind, and what happened to a group is nothing that somebody
// could read or answer.
const isNoLine = `m.content NOT LIKE '{"kind":"group"%'`

// Happened is something that happened to a group, with the line that its chat has of it.
type Happened struct {
	Change  group.Change
	Chat    Chat    // the zero Chat where the line was there before
	Message Message // likewise
}

// GroupChanged has what happened to a group stand in its chat, once however often it is told; the chat is made when there
// is none. Such a line is no news: the chat stays where it is in the lists, nothing is unread, nobody's turn and no rule's
// to answer. It is for group.Service.Changed.
func (s *Service) GroupChanged(ctx context.Context, c group.Change) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.chatFor(ctx, c.Device, c.Group)
		if err != nil {
			return fmt.Errorf("find the group's chat: %w", err)
		}
		m, err := s.line(h, c)
		if err != nil {
			return err
		}
		if c.Origin == device.OriginHistory && m.At <= h.ClearedAt {
			return nil // it was deleted with its chat
		}
		isNew, err := s.store.insertMessage(ctx, m)
		if err != nil {
			return err
		}
		if !isNew {
			return s.Happened.Fire(ctx, Happened{Change: c})
		}
		if h, err = s.store.begin(ctx, h, m); err != nil {
			return err
		}
		return s.Happened.Fire(ctx, Happened{Change: c, Chat: h, Message: m})
	})
}

// line is the message that says what happened to a group. The network has no id for it, so it is known by what it says.
func (s *Service) line(h Chat, c group.Change) (Message, error) {
	said := device.GroupLine{Deed: c.Deed, Text: c.Text, On: c.On, Seconds: c.Seconds}
	if c.By != nil {
		said.By = named(*c.By)
	}
	for _, p := range c.Members {
		said.Members = append(said.Members, named(p))
	}
	whole := said
	if slices.Contains(whole.Members, whole.By) { // the phone's history names them twice, a notice may not
		whole.By = ""
	}
	same, err := json.Marshal(whole)
	if err != nil {
		return Message{}, err
	}
	sum := sha256.Sum256(fmt.Appendf(same, "%d %s", c.At, c.Mark))
	if more := len(said.Members) - maxNamed; more > 0 {
		said.Members, said.More = said.Members[:maxNamed], more
	}
	if c.Deed == device.GroupLink || c.Deed == device.GroupPicture && c.Text != "" {
		said.Text = "" // who may read the chat need not be who may invite, and an id says nothing
		said.Has = c.Deed == device.GroupPicture
	}
	in := tidy(device.Inbound{
		NetworkID: "group:" + hex.EncodeToString(sum[:16]), At: c.At, Origin: c.Origin, Content: device.Content{Kind: device.KindGroup, Group: &said},
	}, s.now())
	if c.Deed == device.GroupCame && c.Origin == device.OriginLive { // the network tells when the group was made
		in.At = s.now()
	}
	a := arrival{Arrived: Arrived{Device: c.Device, Chat: h, Origin: in.Origin}, in: in}
	return a.message(s.now()), nil
}

// named is how a line calls somebody: by the contact's id, or device.TargetSelf.
func named(p group.Person) string {
	if p.Self {
		return device.TargetSelf
	}
	return p.Contact.ID
}

const beginChat = `UPDATE chats SET last_message_id = $3, last_kind = $4, last_at = $5 WHERE workspace_id = $1 AND id = $2 AND last_at = 0`

// begin gives a chat that has nothing yet its first line to show.
func (s store) begin(ctx context.Context, c Chat, m Message) (Chat, error) {
	res, err := s.db.Exec(ctx, beginChat, c.WorkspaceID, c.ID, m.ID, string(m.Content.Kind), m.Order)
	if ok, err := affected(res, err); err != nil || !ok {
		return c, err
	}
	c.Last = Last{MessageID: m.ID, Kind: m.Content.Kind, At: m.Order}
	return c, nil
}
