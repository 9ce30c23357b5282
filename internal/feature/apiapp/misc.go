package apiapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// maxRead is how many messages one call may mark as read.
const maxRead = 200

// The faults of the calls about chats and messages.
var (
	errMessage = fault.New(fault.NotFound, "message_not_found", fault.Text{
		ID: "Pesan tidak ditemukan di percakapan ini.", EN: "There is no such message in this chat.",
	})
	errOtherChat = fault.New(fault.Invalid, "remote_jid_mismatch", fault.Text{
		ID: "Kolom %s menunjuk percakapan lain daripada chatid.", EN: "The field %s names another chat than chatid.",
	})
	errTooMany = fault.New(fault.Invalid, "too_many_messages", fault.Text{
		ID: "messages harus berisi 1 sampai 200 pesan.", EN: "messages must have 1 to 200 messages.",
	}).WithField("messages")
)

// place is the chat that a call is about, on the device of the path.
type place struct {
	d    device.Device
	it   chat.Item
	seen map[string]bool // other ways to write the chat's address that were found to be right
}

// placeOf reads the device and chatid. What is marked here has to reach the account's phone, so the device must be
// linked; when it is offline, it is told later.
func (s *Service) placeOf(ctx context.Context, c caller) (place, error) {
	d, err := s.deviceOf(ctx, c)
	if err != nil {
		return place{}, err
	}
	a, err := addressField(c.in, "chatid", false)
	if err != nil {
		return place{}, err
	}
	if !d.Linked {
		return place{}, errNotConnected
	}
	it, err := s.chatAt(ctx, d, a)
	return place{d: d, it: it, seen: map[string]bool{}}, err
}

// chatAt is the chat with an address on a device.
func (s *Service) chatAt(ctx context.Context, d device.Device, a device.Address) (chat.Item, error) {
	who, err := s.Contacts.Find(ctx, d.WorkspaceID, d.Channel, a)
	if errors.Is(err, contact.ErrNotFound) {
		return chat.Item{}, errChat
	}
	if err != nil {
		return chat.Item{}, err
	}
	it, err := s.Chats.Find(ctx, d.WorkspaceID, d.ID, who.ID)
	if errors.Is(err, chat.ErrNotFound) {
		return chat.Item{}, errChat
	}
	return it, err
}

// same checks that remoteJid, where there is one, names the chat of the call. path is where it stands in the body.
func (s *Service) same(ctx context.Context, p place, key fields, path string) error {
	jid, err := key.text("remoteJid")
	if err != nil {
		return errType.Withf(path + ".remoteJid").WithField(path + ".remoteJid")
	}
	if jid == "" || p.seen[jid] {
		return nil
	}
	wrong := errOtherChat.Withf(path + ".remoteJid").WithField(path + ".remoteJid")
	a, ok := parseAddress(jid, false)
	if !ok {
		return errAddress.Withf(path + ".remoteJid").WithField(path + ".remoteJid")
	}
	it, err := s.chatAt(ctx, p.d, a)
	if errors.Is(err, errChat) || err == nil && it.Chat.ID != p.it.Chat.ID {
		return wrong
	}
	if err == nil {
		p.seen[jid] = true
	}
	return err
}

// inner returns a field that is an object; a form gives it as JSON.
func (in fields) inner(name string) (fields, error) {
	switch v := in[name].(type) {
	case nil:
		return nil, errMissing.Withf(name).WithField(name)
	case map[string]any:
		return fields(v), nil
	case string:
		if o, err := jsonFields([]byte(v)); err == nil {
			return o, nil
		}
	}
	return nil, errType.Withf(name).WithField(name)
}

// list returns a field that is a list of objects; a form gives it as JSON.
func (in fields) list(name string) ([]fields, error) {
	raw := in[name]
	if s, ok := raw.(string); ok {
		var l []any
		if err := json.Unmarshal([]byte(s), &l); err != nil {
			return nil, errType.Withf(name).WithField(name)
		}
		raw = l
	}
	if raw == nil {
		return nil, errMissing.Withf(name).WithField(name)
	}
	l, ok := raw.([]any)
	if !ok {
		return nil, errType.Withf(name).WithField(name)
	}
	out := make([]fields, len(l))
	for i, e := range l {
		o, ok := e.(map[string]any)
		if !ok {
			field := fmt.Sprintf("%s[%d]", name, i)
			return nil, errType.Withf(field).WithField(field)
		}
		out[i] = fields(o)
	}
	return out, nil
}

// messageID reads the id of a message.
func messageID(key fields, path string) (string, error) {
	id, err := key.needed("id")
	if f, ok := fault.From(err); ok {
		return "", f.Withf(path + ".id").WithField(path + ".id")
	}
	if err == nil && len(id) > 256 {
		return "", errMessage
	}
	return id, err
}

// keyed finds the message that a key (remoteJid, fromMe, id) means. Without fromMe it may be anybody's.
func (s *Service) keyed(ctx context.Context, p place, key fields, path string) (chat.Message, error) {
	id, err := messageID(key, path)
	if err != nil {
		return chat.Message{}, err
	}
	if err := s.same(ctx, p, key, path); err != nil {
		return chat.Message{}, err
	}
	pick := chat.Pick{WorkspaceID: p.d.WorkspaceID, ChatID: p.it.Chat.ID, NetworkID: id}
	if pick.FromMe, err = key.flag("fromMe"); err != nil {
		return chat.Message{}, errType.Withf(path + ".fromMe").WithField(path + ".fromMe")
	}
	m, err := s.Chats.Message(ctx, pick)
	if _, said := key["fromMe"]; !said && errors.Is(err, chat.ErrMessageNotFound) {
		pick.FromMe = true
		m, err = s.Chats.Message(ctx, pick)
	}
	if errors.Is(err, chat.ErrMessageNotFound) {
		return m, errMessage
	}
	return m, err
}

// readMessages is endpoint 7: the senders get their read receipts.
func (s *Service) readMessages(ctx context.Context, c caller) (object, error) {
	p, err := s.placeOf(ctx, c)
	if err != nil {
		return nil, err
	}
	list, err := c.in.list("messages")
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || len(list) > maxRead {
		return nil, errTooMany
	}
	ids := make([]string, len(list))
	for i, key := range list {
		path := fmt.Sprintf("messages[%d]", i)
		if ids[i], err = messageID(key, path); err != nil {
			return nil, err
		}
		if err := s.same(ctx, p, key, path); err != nil {
			return nil, err
		}
	}
	err = s.Chats.ReadMessages(ctx, p.d.WorkspaceID, p.it.Chat.ID, ids)
	if errors.Is(err, chat.ErrMessageNotFound) {
		return nil, errMessage
	}
	return object{"status": true, "message": "Berhasil menandai status"}, err
}

// deleteMessage is endpoint 8: a message disappears from the account's own devices, its file only unless deleteMedia is
// false.
func (s *Service) deleteMessage(ctx context.Context, c caller) (object, error) {
	p, err := s.placeOf(ctx, c)
	if err != nil {
		return nil, err
	}
	in, err := c.in.inner("message")
	if err != nil {
		return nil, err
	}
	// The time is the document's; the message is known here, and so is when it was.
	if _, err := in.text("timestamp"); err != nil {
		return nil, errType.Withf("message.timestamp").WithField("message.timestamp")
	}
	media, err := in.flag("deleteMedia")
	if err != nil {
		return nil, errType.Withf("message.deleteMedia").WithField("message.deleteMedia")
	}
	key, err := in.inner("key")
	if f, ok := fault.From(err); ok {
		return nil, f.Withf("message.key").WithField("message.key")
	}
	m, err := s.keyed(ctx, p, key, "message.key")
	if err != nil {
		return nil, err
	}
	del := s.Chats.DeleteMessage
	if said := in["deleteMedia"]; said != nil && said != "" && !media {
		del = s.Chats.DeleteMessageOnly
	}
	if err := del(ctx, p.d.WorkspaceID, m.ID); err != nil {
		return nil, err
	}
	return object{"status": true, "message": "Berhasil menghapus pesan"}, nil
}

// deleteEveryone is endpoint 9: a message of ours disappears from everybody's phone.
func (s *Service) deleteEveryone(ctx context.Context, c caller) (object, error) {
	p, err := s.placeOf(ctx, c)
	if err != nil {
		return nil, err
	}
	key, err := c.in.inner("message")
	if err != nil {
		return nil, err
	}
	m, err := s.keyed(ctx, p, key, "message")
	if err != nil {
		return nil, err
	}
	if err := s.Chats.RevokeMessage(ctx, p.d.WorkspaceID, m.ID, chat.Author{Kind: chat.ByAPI}); err != nil {
		return nil, err
	}
	return object{"status": true, "message": "Berhasil menghapus pesan"}, nil
}

// markMessage is endpoint 12: the whole chat is read, or shown as unread.
func (s *Service) markMessage(ctx context.Context, c caller) (object, error) {
	p, err := s.placeOf(ctx, c)
	if err != nil {
		return nil, err
	}
	if v := c.in["status"]; v == nil || v == "" {
		return nil, errMissing.Withf("status").WithField("status")
	}
	read, err := c.in.flag("status")
	if err != nil {
		return nil, err
	}
	unread := !read
	if err := s.Chats.Set(ctx, p.d.WorkspaceID, p.it.Chat.ID, chat.Settings{Unread: &unread}); err != nil {
		return nil, err
	}
	text := "Pesan berhasil di baca"
	if unread {
		text = "Pesan berhasil ditandai belum dibaca"
	}
	return object{"success": true, "message": text, "data": object{}}, nil
}

// deleteChat is endpoint 13: a chat disappears from the account's own devices.
func (s *Service) deleteChat(ctx context.Context, c caller) (object, error) {
	p, err := s.placeOf(ctx, c)
	if err != nil {
		return nil, err
	}
	if p.it.Last.At == 0 {
		return nil, errChat // it was deleted already
	}
	if err := s.Chats.DeleteChat(ctx, p.d.WorkspaceID, p.it.Chat.ID); err != nil {
		return nil, err
	}
	return object{"success": true, "message": "Chat berhasil di hapus", "data": object{}}, nil
}
