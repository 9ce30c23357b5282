package apiapp

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// callback is endpoint 5: what would be answered if this message came in. Nothing is stored and nothing is sent. The
// device's id is the secret, unless the workspace demands its key.
func (s *Service) callback(w http.ResponseWriter, r *http.Request) {
	if err := s.callbacks.Take(httpx.RemoteAddr(r.Context()).String()); err != nil {
		refuse(w, r, err)
		return
	}
	in, err := readFields(w, r)
	if err != nil {
		refuse(w, r, err)
		return
	}
	answer, err := s.pretend(r, in)
	reply(w, r, answer, err)
}

func (s *Service) pretend(r *http.Request, in fields) (object, error) {
	id, ok := strings.CutPrefix(r.PathValue("session"), "device_")
	if !ok {
		return nil, errDevice
	}
	d, err := s.Devices.ByID(r.Context(), id)
	if f, ok := fault.From(err); ok && f.Kind == fault.NotFound {
		return nil, errDevice
	}
	if err != nil {
		return nil, err
	}
	return s.inWorkspace(r, d.WorkspaceID, in, func(ctx context.Context, c caller) (object, error) {
		if err := s.mayPretend(ctx, c); err != nil {
			return nil, err
		}
		return s.once.do(ctx, d.WorkspaceID, r, in, func(ctx context.Context) (object, error) { return s.answer(ctx, c, d) })
	})
}

// mayPretend asks for the key where the workspace demands it.
func (s *Service) mayPretend(ctx context.Context, c caller) error {
	if !c.workspace.Settings.CallbackKeyRequired {
		return nil
	}
	key, err := keyOf(c.r, c.in)
	if err != nil {
		return err
	}
	p, err := s.Members.ByAPIKey(ctx, key)
	if errors.Is(err, member.ErrKey) || (err == nil && p.WorkspaceID != c.workspace.ID) {
		return errKey
	}
	if err == nil && !member.Can(p, member.ReadRules) {
		return member.ErrNotAllowed
	}
	return err
}

// answer asks whoever answers messages.
func (s *Service) answer(ctx context.Context, c caller, d device.Device) (object, error) {
	q, from, err := s.question(c, d)
	if err != nil {
		return nil, err
	}
	if q.First, err = s.isNew(ctx, d, q.Contact); err != nil {
		return nil, err
	}
	a, _, err := s.Chats.Preview(ctx, q)
	if err != nil {
		return nil, err
	}
	out := object{"message": nil, "receiver": from, "session_id": "device_" + d.ID, "autoread": d.Settings.Autoread, "reply": false}
	if a == nil || len(a.Parts) == 0 {
		return out, nil
	}
	var parts []object
	for _, p := range a.Parts {
		parts = append(parts, replyEntry(p.Content))
	}
	out["message"], out["messages"], out["reply"] = parts[0], parts, true
	return out, nil
}

// isNew reports whether nothing is known of the person yet, so that this would be the first message.
func (s *Service) isNew(ctx context.Context, d device.Device, who contact.Contact) (bool, error) {
	if who.Group || who.Phone == "" {
		return false, nil
	}
	known, err := s.Contacts.Find(ctx, d.WorkspaceID, d.Channel, device.Address{Kind: device.AddressPhone, Value: who.Phone})
	if errors.Is(err, contact.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	chats, err := s.Chats.List(ctx, d.WorkspaceID, chat.Filter{ContactID: known.ID, Limit: 200})
	return !slices.ContainsFunc(chats.Items, func(i chat.Item) bool { return i.FirstAt > 0 }), err
}

// replyEntry is one message of an answer: its text, and what else it is when it is more.
func replyEntry(c device.Content) object {
	o := object{"text": c.Text}
	if c.Kind != device.KindText {
		o["type"] = c.Kind
	}
	if c.Media != nil {
		o["mime"], o["filename"] = c.Media.MIME, c.Media.Filename
	}
	return o
}

// question is the message that the call describes, and the address that would be answered.
func (s *Service) question(c caller, d device.Device) (q chat.Question, from string, err error) {
	kind, err := c.in.text("type")
	if err != nil {
		return q, "", err
	}
	if kind != "" && kind != "single" && kind != "group" {
		return q, "", errType.Withf("type").WithField("type")
	}
	a, err := addressField(c.in, "from", kind == "group")
	if err != nil {
		return q, "", err
	}
	text, err := c.in.message("message")
	if err != nil {
		return q, "", err
	}
	name, err := c.in.text("from_name")
	if err != nil {
		return q, "", err
	}
	messageID, err := c.in.text("message_id")
	if err != nil {
		return q, "", err
	}
	group := a.Kind == device.AddressGroup
	who := contact.Contact{WorkspaceID: d.WorkspaceID, Name: name, Group: group}
	if a.Kind == device.AddressPhone {
		who.Phone = a.Value
	}
	now := s.Now()
	return chat.Question{
		WorkspaceID: d.WorkspaceID, Device: d, Chat: chat.Chat{WorkspaceID: d.WorkspaceID, DeviceID: d.ID, Group: group, Turn: chat.TurnBot},
		Contact: who, Sender: who, Preview: true, Now: now,
		Message: chat.Message{
			NetworkID: messageID, At: now.UnixMilli(), Content: device.Content{Kind: device.KindText, Text: text}, Origin: device.OriginLive,
		},
	}, uid(device.Peer{Addresses: []device.Address{a}}), nil
}
