package handset

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waServerSync"
	"go.mau.fi/whatsmeow/proto/waSyncAction"
	"go.mau.fi/whatsmeow/types"
)

// Chat is what a phone's list of chats shows of one of them.
type Chat struct {
	// Chat is a phone number in digits, or a group's JID.
	Chat     string `json:"chat"`
	Archived bool   `json:"archived"`
	Pinned   bool   `json:"pinned"`
	// MutedUntil is unix milliseconds; 0 is not muted, -1 for ever.
	MutedUntil int64 `json:"muted_until"`
	// MarkedUnread says that the owner wants to see it as unread, Unread how many messages nobody has read.
	MarkedUnread bool `json:"marked_unread"`
	Unread       int  `json:"unread"`
	// Messages counts those that are shown; a chat that was deleted has none until somebody writes.
	Messages int      `json:"messages"`
	Labels   []string `json:"labels"`
}

// Label is one of the owner's coloured labels (WhatsApp Business).
type Label struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Color int32  `json:"color"`
}

// chatMarks is what is kept of a Chat; the rest is counted.
type chatMarks struct {
	Archived, Pinned, MarkedUnread bool
	MutedUntil                     int64
	Labels                         []string
}

func (m *chatMarks) clone() *chatMarks {
	c := *m
	c.Labels = slices.Clone(m.Labels)
	return &c
}

// marks finds or makes what is kept of a chat. Called with mu held.
func (h *Handset) marks(chat account) *chatMarks {
	name := shown(chat)
	if h.state.Marks[name] == nil {
		h.state.Marks[name] = &chatMarks{}
	}
	return h.state.Marks[name]
}

// follow does on the phone's screen what a change of settings says. What concerns chats or messages that the phone
// hasn't got is passed over.
func (h *Handset) follow(m appstate.Mutation) {
	if m.Operation != waServerSync.SyncdMutation_SET || len(m.Index) < 2 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.changed.Broadcast()
	if m.Index[0] == appstate.IndexLabelEdit {
		h.followLabel(m.Index[1], m.Action.GetLabelEditAction())
		return
	}
	if m.Index[0] == appstate.IndexContact {
		h.followContact(m.Index[1], m.Action.GetContactAction())
		return
	}
	at := 1 // where the chat's address is
	if m.Index[0] == appstate.IndexLabelAssociationChat || m.Index[0] == appstate.IndexLabelAssociationMessage {
		at = 2
	}
	if len(m.Index) <= at {
		return
	}
	chat, ok := h.chatNamed(m.Index[at])
	if !ok {
		return
	}
	h.followChat(m, chat)
}

// chatNamed is the chat with an address, if it is anybody's. Called with mu held, so it asks only what is known here.
func (h *Handset) chatNamed(address string) (account, bool) {
	jid, err := types.ParseJID(address)
	if err != nil {
		return account{}, false
	}
	if jid.Server == types.GroupServer {
		return account{PN: jid, LID: jid}, true
	}
	if known, ok := h.book.known.Load(jid.ToNonAD()); ok {
		a, ok := known.(account)
		return a, ok
	}
	return account{}, false
}

// followChat applies a change that is about one chat or one of its messages. Called with mu held.
func (h *Handset) followChat(m appstate.Mutation, chat account) {
	marks, action := h.marks(chat), m.Action
	switch m.Index[0] {
	case appstate.IndexArchive:
		marks.Archived = action.GetArchiveChatAction().GetArchived()
	case appstate.IndexPin:
		marks.Pinned = action.GetPinAction().GetPinned()
	case appstate.IndexMute:
		marks.MutedUntil = 0
		if action.GetMuteAction().GetMuted() {
			marks.MutedUntil = action.GetMuteAction().GetMuteEndTimestamp()
		}
	case appstate.IndexMarkChatAsRead:
		marks.MarkedUnread = !action.GetMarkChatAsReadAction().GetRead()
		if !marks.MarkedUnread {
			h.readHere(chat)
		}
	case appstate.IndexDeleteChat:
		h.hide(chat, action.GetDeleteChatAction().GetMessageRange(), func(*entry) bool { return true })
		*marks = chatMarks{MutedUntil: marks.MutedUntil}
	case appstate.IndexClearChat:
		starredToo := len(m.Index) > 2 && m.Index[2] == "1"
		h.hide(chat, action.GetClearChatAction().GetMessageRange(), func(e *entry) bool { return starredToo || !e.Starred })
	case appstate.IndexLabelAssociationChat:
		marks.Labels = labelled(marks.Labels, m.Index[1], action.GetLabelAssociationAction().GetLabeled())
	default:
		h.followMessage(m, chat)
	}
	h.state.Revision++
}

// followMessage applies a change that is about one message. Called with mu held.
func (h *Handset) followMessage(m appstate.Mutation, chat account) {
	index := m.Index[2:]
	if m.Index[0] == appstate.IndexLabelAssociationMessage {
		index = m.Index[3:]
	}
	if len(index) < 3 {
		return
	}
	i, e := h.messageNamed(chat, index[0], index[1] == "1", index[2])
	if e == nil {
		return
	}
	switch m.Index[0] {
	case appstate.IndexStar:
		e.Starred = m.Action.GetStarAction().GetStarred()
	case appstate.IndexDeleteMessageForMe:
		e.Deleted, e.MediaKept = true, !m.Action.GetDeleteMessageForMeAction().GetDeleteMedia()
	case appstate.IndexLabelAssociationMessage:
		e.Labels = labelled(e.Labels, m.Index[1], m.Action.GetLabelAssociationAction().GetLabeled())
	default:
		return
	}
	h.touch(i)
}

// messageNamed finds a message of a chat by what an index says of it. The index of a labelled message doesn't say
// whose it is, so an id that fits nobody named is looked for in the whole chat. Called with mu held.
func (h *Handset) messageNamed(chat account, id string, fromMe bool, participant string) (int, *entry) {
	sender := chat
	if fromMe {
		sender = h.self()
	} else if a, ok := h.chatNamed(participant); ok {
		sender = a
	}
	if i, e := h.find(sender.LID, id); e != nil && e.chat == chat {
		return i, e
	}
	for i, e := range h.state.messages {
		if e.ID == id && e.chat == chat {
			return i, e
		}
	}
	return -1, nil
}

func (h *Handset) followLabel(id string, action *waSyncAction.LabelEditAction) {
	if action.GetDeleted() {
		delete(h.state.Labels, id)
		for _, marks := range h.state.Marks {
			marks.Labels = labelled(marks.Labels, id, false)
		}
	} else {
		h.state.Labels[id] = Label{ID: id, Name: action.GetName(), Color: action.GetColor()}
	}
	h.state.Revision++
}

// labelled adds an id to a list, or takes it out.
func labelled(list []string, id string, on bool) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(l string) bool { return l == id })
	if on {
		list = append(list, id)
	}
	return list
}

// readHere marks what came in a chat as read; the companion has told the senders. Called with mu held.
func (h *Handset) readHere(chat account) {
	for i, e := range h.state.messages {
		if e.chat == chat && !e.FromMe && e.Status == StatusReceived {
			e.Status = StatusRead
			h.touch(i)
		}
	}
}

// hide deletes the messages of a chat as far as a range reaches, for this account alone. Called with mu held.
func (h *Handset) hide(chat account, upTo *waSyncAction.SyncActionMessageRange, which func(*entry) bool) {
	for i, e := range h.state.messages {
		if e.chat != chat || e.Deleted || !which(e) {
			continue
		}
		if last := upTo.GetLastMessageTimestamp(); last > 0 && e.TimestampMS/1000 > last {
			continue
		}
		e.Deleted = true
		h.touch(i)
	}
}

// ChatOf shows one chat (a number in any form or a JID). One that nothing is known of is shown as empty.
func (h *Handset) ChatOf(chat string) (Chat, error) {
	who, err := h.chatCalled(chat)
	if err != nil {
		return Chat{}, fmt.Errorf("looking at a chat: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.chatNow(who), nil
}

// chatCalled finds a chat by what people write: a number in any form, a JID, or a group's.
func (h *Handset) chatCalled(name string) (account, error) {
	if jid, err := types.ParseJID(name); err == nil && jid.Server == types.GroupServer {
		return account{PN: jid, LID: jid}, nil
	}
	return h.lookUp(name)
}

// chatNow puts a Chat together. Called with mu held.
func (h *Handset) chatNow(who account) Chat {
	c := h.chatMarked(shown(who))
	for _, e := range h.state.messages {
		if e.chat != who || e.Deleted || e.changes() {
			continue
		}
		c.Messages++
		if !e.FromMe && e.Status == StatusReceived {
			c.Unread++
		}
	}
	return c
}

// Chats lists the chats that have messages or are marked in some way, by the order of their first message.
func (h *Handset) Chats() []Chat {
	h.mu.Lock()
	defer h.mu.Unlock()
	out, at := []Chat{}, map[string]int{}
	for _, e := range h.state.messages {
		if e.Deleted || e.changes() {
			continue
		}
		i, listed := at[e.Chat]
		if !listed {
			i = len(out)
			at[e.Chat] = i
			out = append(out, h.chatMarked(e.Chat))
		}
		out[i].Messages++
		if !e.FromMe && e.Status == StatusReceived {
			out[i].Unread++
		}
	}
	return out
}

// chatMarked is a Chat without its counts. Called with mu held.
func (h *Handset) chatMarked(name string) Chat {
	c := Chat{Chat: name, Labels: []string{}}
	if m := h.state.Marks[name]; m != nil {
		c.Archived, c.Pinned, c.MutedUntil, c.MarkedUnread = m.Archived, m.Pinned, m.MutedUntil, m.MarkedUnread
		c.Labels = append(c.Labels, m.Labels...)
	}
	return c
}

// Labels lists the owner's labels by id.
func (h *Handset) Labels() []Label {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Label, 0, len(h.state.Labels))
	for _, l := range h.state.Labels {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b Label) int { // ids are numbers as text
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// AwaitChat waits until a chat fits match, which is called outside the lock. The error is that of ctx.
func (h *Handset) AwaitChat(ctx context.Context, chat string, match func(Chat) bool) (Chat, error) {
	stop := context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.changed.Broadcast()
	})
	defer stop()
	who, err := h.chatCalled(chat)
	if err != nil {
		return Chat{}, fmt.Errorf("watching a chat: %w", err)
	}
	for {
		c, seen := h.chatAt(who)
		if match(c) {
			return c, nil
		}
		if err := h.awaitRevision(ctx, seen); err != nil {
			return c, fmt.Errorf("watching the chat with %s on %s: %w", chat, h.cfg.PN.User, err)
		}
	}
}

func (h *Handset) chatAt(who account) (c Chat, revision uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.chatNow(who), h.state.Revision
}

// awaitRevision waits until something has changed since.
func (h *Handset) awaitRevision(ctx context.Context, since uint64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.state.Revision == since {
		if err := ctx.Err(); err != nil {
			return err
		}
		h.changed.Wait()
	}
	return nil
}
