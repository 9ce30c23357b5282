package apiapp

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// detail is endpoint 3: the messages of a chat in time order, as an object keyed "1", "2", ….
func (s *Service) detail(ctx context.Context, c caller) (object, error) {
	d, err := s.deviceOf(ctx, c)
	if err != nil {
		return nil, err
	}
	since, err := c.in.since()
	if err != nil {
		return nil, err
	}
	it, err := s.chatOf(ctx, c, d)
	if err != nil {
		return nil, err
	}
	messages, err := s.history(ctx, it, since)
	if err != nil {
		return nil, err
	}
	address, err := s.address(ctx, d, it.Contact)
	if err != nil {
		return nil, err
	}
	v := viewer{s: s, c: c, d: d, address: address, unread: it.Unread, senders: map[string]string{}}
	list, err := v.list(ctx, messages)
	if err != nil {
		return nil, err
	}
	return object{
		"message": "Berhasil mengambil data pesan", "autoread": d.Settings.Autoread, "chatid": address, "list": list, "status": true,
	}, nil
}

// chatOf is the chat that the path names, in any form of address.
func (s *Service) chatOf(ctx context.Context, c caller, d device.Device) (chat.Item, error) {
	a, ok := parseAddress(c.r.PathValue("chat"), false)
	if !ok {
		return chat.Item{}, errChat
	}
	return s.chatAt(ctx, d, a)
}

// history is every message of a chat that is newer than since, in time order. Calls and what happened to a group stand in
// the thread without being messages: scripts of the contract answer, delete and count what is here.
func (s *Service) history(ctx context.Context, it chat.Item, since int64) ([]chat.Message, error) {
	sp := chat.Span{Limit: 200, Raw: true}
	if since > 0 {
		sp.Since = since*1000 + 999
	}
	var pages [][]chat.Message
	total := 0
	for {
		page, err := s.Chats.Messages(ctx, it.WorkspaceID, it.ID, sp)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page.Messages)
		total += len(page.Messages)
		if sp.Before = page.Older; sp.Before == "" {
			break
		}
	}
	all := make([]chat.Message, 0, total)
	for i := len(pages) - 1; i >= 0; i-- {
		all = append(all, pages[i]...)
	}
	return slices.DeleteFunc(all, func(m chat.Message) bool { return m.Content.Kind.Noted() }), nil
}

// viewer shows the messages of one chat.
type viewer struct {
	s       *Service
	c       caller
	d       device.Device
	address string
	unread  int
	senders map[string]string // contact id → address, for groups
}

func (v *viewer) list(ctx context.Context, messages []chat.Message) (map[string]object, error) {
	unread := map[string]bool{} // the newest of theirs
	for i, left := len(messages)-1, v.unread; i >= 0 && left > 0; i-- {
		if !messages[i].FromMe {
			unread[messages[i].ID] = true
			left--
		}
	}
	list := make(map[string]object, len(messages))
	for i, m := range messages {
		entry, err := v.entry(ctx, m, status(m, unread[m.ID]))
		if err != nil {
			return nil, err
		}
		list[strconv.Itoa(i+1)] = entry
	}
	return list, nil
}

func (v *viewer) entry(ctx context.Context, m chat.Message, status string) (object, error) {
	key := object{"remoteJid": v.address, "fromMe": m.FromMe, "id": m.NetworkID}
	forRead := object{"remoteJid": v.address, "id": m.NetworkID, "fromMe": m.FromMe}
	if m.SenderID != "" {
		participant, err := v.participant(ctx, m.SenderID)
		if err != nil {
			return nil, err
		}
		if participant != v.address {
			key["participant"], forRead["participant"] = participant, participant
		}
	}
	details, err := v.details(m, key, status)
	if err != nil {
		return nil, err
	}
	at := time.UnixMilli(m.At)
	return object{
		"id": m.NetworkID, "message": v.message(m), "time": at.In(v.c.zone).Format("15:04"),
		"timestamp": strconv.FormatInt(m.At/1000, 10), "sender": m.FromMe, "details": details, "for_read": forRead, "status": status,
	}, nil
}

// participant is the address of who wrote a message of a group.
func (v *viewer) participant(ctx context.Context, contactID string) (string, error) {
	if a, ok := v.senders[contactID]; ok {
		return a, nil
	}
	c, err := v.s.Contacts.Get(ctx, v.d.WorkspaceID, contactID)
	if err != nil {
		return "", err
	}
	a, err := v.s.address(ctx, v.d, c)
	v.senders[contactID] = a
	return a, err
}

// message is the short form: what kind it is, and its text.
func (v *viewer) message(m chat.Message) object {
	o := object{"type": m.Content.Kind, "url": nil, "mime": "", "detail": object{"asset": false, "text": m.Content.Text}}
	if media := m.Content.Media; media != nil {
		o["mime"] = media.MIME
		o["detail"] = object{"asset": true, "text": m.Content.Text, "filename": media.Filename, "size": media.Size}
		if media.Blob != "" || len(media.Remote) > 0 {
			o["url"] = origin(v.c.r) + "/api/v1/messages/" + m.ID + "/media" // opens with the same key, in a header
		}
	}
	if l := m.Content.Location; l != nil {
		o["detail"] = object{"asset": false, "text": m.Content.Text, "latitude": l.Latitude, "longitude": l.Longitude, "name": l.Name}
	}
	if cards := m.Content.Contacts; len(cards) > 0 {
		o["detail"] = object{"asset": false, "text": cards[0].Name, "contacts": cards}
	}
	if p := m.Content.Poll; p != nil {
		o["detail"] = object{"asset": false, "text": p.Name, "options": p.Options, "counts": p.Counts}
	}
	return o
}

// details is the long form, in the shape of WhatsApp's own messages as JSON.
func (v *viewer) details(m chat.Message, key object, status string) (object, error) {
	raw, err := v.raw(m)
	if err != nil {
		return nil, err
	}
	o := object{"key": key, "message": raw, "messageTimestamp": strconv.FormatInt(m.At/1000, 10)}
	if !m.FromMe {
		return o, nil
	}
	o["status"] = status
	if m.DeliveredAt > 0 || m.ReadAt > 0 {
		o["userReceipt"] = []object{{
			"userJid": v.address, "receiptTimestamp": seconds(m.DeliveredAt), "readTimestamp": seconds(m.ReadAt), "playedTimestamp": "0",
		}}
	}
	return o, nil
}

func seconds(ms int64) string { return strconv.FormatInt(ms/1000, 10) }

// raw is the network's form of a message; one that is not on the wire yet is shown as the text it will be.
func (v *viewer) raw(m chat.Message) (any, error) {
	if len(m.Raw) > 0 {
		j, err := v.s.Devices.Details(v.d, m.Raw)
		if err != nil || j != nil {
			return j, err
		}
	}
	if m.Content.Kind == device.KindText {
		return object{"conversation": m.Content.Text}, nil
	}
	return object{}, nil
}

// status is the contract's word for how far a message got.
func status(m chat.Message, unread bool) string {
	if !m.FromMe {
		if unread {
			return "UNREAD"
		}
		return "READ"
	}
	switch m.State {
	case outbox.StateSent:
		return "SENT"
	case outbox.StateDelivered:
		return "DELIVERED"
	case outbox.StateRead:
		return "READ"
	case outbox.StateFailed, outbox.StateSkipped, outbox.StateCancelled:
		return "FAILED"
	default:
		return "PENDING"
	}
}
