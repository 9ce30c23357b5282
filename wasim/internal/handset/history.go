package handset

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"slices"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

const (
	// bootstrapPerChat is how many messages of each chat come with the first, small part of the history.
	bootstrapPerChat = 20
	// inlineLimit is the size in bytes up to which history travels inside the message instead of as a file.
	inlineLimit = 32 << 10
	// chatsPerPart is how many chats one part of the history holds: a client unpacks a part as a whole.
	chatsPerPart = 500
	// onDemandLimit bounds what a companion can ask for at once.
	onDemandLimit = 500
)

// sendHistory gives a new companion what the phone has: a little of the newest chats at
// once, the names, then the rest as files, each of a bounded number of chats.
func (h *Handset) sendHistory(ctx context.Context, device types.JID) error {
	h.mu.Lock()
	chats := h.byChat()
	for _, l := range h.state.Lines {
		g, err := types.ParseJID(l.Group)
		of := account{PN: g, LID: g}
		if _, has := chats[of]; err == nil && !has {
			chats[of] = nil // nobody has written in it
		}
	}
	first := h.conversations(chats, 0, bootstrapPerChat)
	rest := h.conversations(chats, bootstrapPerChat, len(h.state.messages))
	mappings := h.mappings(chats)
	names := []*waHistorySync.Pushname{{ID: proto.String(h.inMessage(h.self())), Pushname: &h.cfg.Name}}
	h.mu.Unlock()
	for i, part := range historyParts(first, rest, mappings, names) {
		if err := h.sendHistoryPart(ctx, device, part, ""); err != nil {
			return fmt.Errorf("sending part %d of the history: %w", i+1, err)
		}
	}
	return nil
}

// historyParts divides the history into what is sent at a time.
func historyParts(first, rest []*waHistorySync.Conversation, mappings []*waHistorySync.PhoneNumberToLIDMapping, names []*waHistorySync.Pushname) []*waHistorySync.HistorySync {
	boot := first[:min(len(first), chatsPerPart)]
	parts := []*waHistorySync.HistorySync{
		{
			SyncType: waHistorySync.HistorySync_INITIAL_BOOTSTRAP.Enum(), Conversations: boot,
			PhoneNumberToLidMappings: mappings,
		},
		{SyncType: waHistorySync.HistorySync_PUSH_NAME.Enum(), Pushnames: names},
	}
	recent := slices.Collect(slices.Chunk(slices.Concat(first[len(boot):], rest), chatsPerPart))
	if len(recent) == 0 {
		recent = append(recent, nil)
	}
	for i, chunk := range recent {
		parts = append(parts, &waHistorySync.HistorySync{
			SyncType: waHistorySync.HistorySync_RECENT.Enum(), Conversations: chunk, ChunkOrder: proto.Uint32(uint32(i + 1)),
		})
	}
	for i, part := range parts {
		if part.GetSyncType() != waHistorySync.HistorySync_PUSH_NAME {
			part.Progress = proto.Uint32(uint32(100 * (i + 1) / len(parts)))
		}
	}
	return parts
}

// sendHistoryPart tells a companion of one part; RECENT always goes as a file, others if they are large.
func (h *Handset) sendHistoryPart(ctx context.Context, device types.JID, part *waHistorySync.HistorySync, request string) error {
	raw, err := proto.Marshal(part)
	if err != nil {
		return fmt.Errorf("serialising: %w", err)
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write(raw); err != nil {
		return fmt.Errorf("compressing: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("compressing: %w", err)
	}
	kind := waE2E.HistorySyncType(part.GetSyncType())
	n := &waE2E.HistorySyncNotification{
		SyncType: &kind, ChunkOrder: part.ChunkOrder, Progress: part.Progress, PeerDataRequestSessionID: given(request),
	}
	if packed.Len() <= inlineLimit && kind != waE2E.HistorySyncType_RECENT {
		n.InitialHistBootstrapInlinePayload = packed.Bytes()
	} else {
		f, err := h.upload(whatsmeow.MediaHistory, packed.Bytes())
		if err != nil {
			return err
		}
		n.DirectPath, n.MediaKey, n.FileLength = &f.Path, f.Key, &f.Size
		n.FileSHA256, n.FileEncSHA256 = f.SHA256, f.EncSHA256
	}
	return h.sendPeer(ctx, device, &waE2E.ProtocolMessage{
		Type: waE2E.ProtocolMessage_HISTORY_SYNC_NOTIFICATION.Enum(), HistorySyncNotification: n,
	})
}

// olderHistory answers a request for what came before a message of one chat.
func (h *Handset) olderHistory(ctx context.Context, e envelope, r *waE2E.PeerDataOperationRequestMessage_HistorySyncOnDemandRequest) error {
	chatJID, err := types.ParseJID(r.GetChatJID())
	if err != nil {
		return fmt.Errorf("history of %q: %w", r.GetChatJID(), err)
	}
	chat, err := h.resolve(chatJID)
	if err != nil {
		return err
	}
	h.mu.Lock()
	messages := h.byChat()[chat]
	if i := slices.IndexFunc(messages, func(m *entry) bool { return m.ID == r.GetOldestMsgID() }); i >= 0 {
		messages = messages[:i]
	}
	count := min(max(int(r.GetOnDemandMsgCount()), 0), onDemandLimit)
	found := h.conversations(map[account][]*entry{chat: messages}, 0, count)
	h.mu.Unlock()
	return h.sendHistoryPart(ctx, e.device, &waHistorySync.HistorySync{
		SyncType: waHistorySync.HistorySync_ON_DEMAND.Enum(), Conversations: found,
		ChunkOrder: proto.Uint32(1), Progress: proto.Uint32(100),
	}, e.id)
}

// byChat sorts all messages into their chats, oldest first. Called with mu held.
func (h *Handset) byChat() map[account][]*entry {
	chats := map[account][]*entry{}
	for _, e := range h.state.messages {
		if !e.Deleted {
			chats[e.chat] = append(chats[e.chat], e)
		}
	}
	return chats
}

// conversations writes each chat's messages newest first, leaving out the newest skip and at most count. Called with mu held.
func (h *Handset) conversations(chats map[account][]*entry, skip, count int) []*waHistorySync.Conversation {
	var out []*waHistorySync.Conversation
	for chat, messages := range chats {
		c := &waHistorySync.Conversation{ID: proto.String(h.inMessage(chat))}
		if chat.PN.Server == types.DefaultUserServer {
			c.PnJID, c.LidJID = proto.String(chat.PN.String()), proto.String(chat.LID.String())
		}
		for i := len(messages) - 1 - skip; i >= 0 && len(c.Messages) < count; i-- {
			c.Messages = append(c.Messages, &waHistorySync.HistorySyncMsg{
				Message: h.webMessage(messages[i]), MsgOrderID: proto.Uint64(uint64(messages[i].Seq)),
			})
		}
		if skip == 0 && count > 0 {
			c.Messages = h.withLines(chat.LID, c.Messages)
		}
		if len(c.Messages) == 0 {
			continue
		}
		newest := max(c.Messages[0].GetMessage().GetMessageTimestamp(), newestOf(messages))
		c.ConversationTimestamp = proto.Uint64(newest)
		c.LastMsgTimestamp = c.ConversationTimestamp
		c.UnreadCount = proto.Uint32(unread(messages))
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *waHistorySync.Conversation) int {
		return int(b.GetLastMsgTimestamp()) - int(a.GetLastMsgTimestamp())
	})
	return out
}

// newestOf is when the last message of a chat was written, in unix seconds; 0 when there is none.
func newestOf(messages []*entry) uint64 {
	if len(messages) == 0 {
		return 0
	}
	return uint64(messages[len(messages)-1].TimestampMS / 1000)
}

func unread(messages []*entry) uint32 {
	n := uint32(0)
	for _, e := range messages {
		if !e.FromMe && e.Status == StatusReceived {
			n++
		}
	}
	return n
}

// mappings lists which number belongs to which hidden id, for everybody in the history.
func (h *Handset) mappings(chats map[account][]*entry) []*waHistorySync.PhoneNumberToLIDMapping {
	var out []*waHistorySync.PhoneNumberToLIDMapping
	for chat := range chats {
		if chat.PN.Server != types.DefaultUserServer {
			continue
		}
		out = append(out, &waHistorySync.PhoneNumberToLIDMapping{
			PnJID: proto.String(chat.PN.String()), LidJID: proto.String(chat.LID.String()),
		})
	}
	return out
}

// webMessage writes a message as history and placeholder answers have it. Called with mu held.
func (h *Handset) webMessage(e *entry) *waWeb.WebMessageInfo {
	statuses := map[string]waWeb.WebMessageInfo_Status{
		StatusSent: waWeb.WebMessageInfo_SERVER_ACK, StatusDelivered: waWeb.WebMessageInfo_DELIVERY_ACK,
		StatusRead: waWeb.WebMessageInfo_READ, StatusPlayed: waWeb.WebMessageInfo_PLAYED,
		StatusReceived: waWeb.WebMessageInfo_DELIVERY_ACK, StatusRevoked: waWeb.WebMessageInfo_READ,
	}
	w := &waWeb.WebMessageInfo{
		Key: h.messageKey(e), Message: e.Raw, MessageTimestamp: proto.Uint64(uint64(e.TimestampMS / 1000)),
		Status: statuses[e.Status].Enum(),
	}
	if e.chat.LID.Server == types.GroupServer {
		w.Participant = proto.String(h.inMessage(e.from))
	}
	return w
}
