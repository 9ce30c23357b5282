package apiapp

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

// since reads last_chat; 0 when it is not given.
func (in fields) since() (int64, error) {
	v, err := in.text("last_chat")
	if err != nil || v == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 || n > 253402300799 { // the end of the year 9999
		return 0, errSince
	}
	return n, nil
}

// every returns all chats of a device that fit, the newest first. What is newer than a second's timestamp begins with
// the next second, so that a caller that polls with the last answer's last_chat sees each message once.
func (s *Service) every(ctx context.Context, d device.Device, kind contact.FilterKind, since int64) ([]chat.Item, error) {
	f := chat.Filter{DeviceID: d.ID, Kind: kind, Limit: 200}
	if since > 0 {
		f.Since = since*1000 + 999
	}
	var all []chat.Item
	for {
		page, err := s.Chats.List(ctx, d.WorkspaceID, f)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if f.After = page.Next; f.After == "" {
			return all, nil
		}
	}
}

// contacts is endpoint 1: the people that the device has a chat with.
func (s *Service) contacts(ctx context.Context, c caller) (object, error) {
	d, err := s.deviceOf(ctx, c)
	if err != nil {
		return nil, err
	}
	items, err := s.every(ctx, d, contact.FilterPeople, 0)
	if err != nil {
		return nil, err
	}
	photos, err := s.album(ctx, c)
	if err != nil {
		return nil, err
	}
	list := make([]object, 0, len(items))
	for _, it := range items {
		address, err := s.address(ctx, d, it.Contact)
		if err != nil {
			return nil, err
		}
		photo, fetched := photos.photo(it.Contact.ID)
		list = append(list, object{
			"id": address, "photo": photo, "phone": phoneOf(it.Contact), "name": nameOf(it.Contact), "getpict": fetched,
		})
	}
	return object{"message": "Berhasil Mengambil data kontak", "list": list, "total_chat": len(list), "status": true}, nil
}

// chats is endpoint 2: the chats with people, or with groups, the newest first.
func (s *Service) chats(ctx context.Context, c caller) (object, error) {
	d, err := s.deviceOf(ctx, c)
	if err != nil {
		return nil, err
	}
	since, err := c.in.since()
	if err != nil {
		return nil, err
	}
	groups, err := c.in.flag("is_group")
	if err != nil {
		return nil, err
	}
	kind := contact.FilterPeople
	if groups {
		kind = contact.FilterGroups
	}
	items, err := s.every(ctx, d, kind, since)
	if err != nil {
		return nil, err
	}
	photos, err := s.album(ctx, c)
	if err != nil {
		return nil, err
	}
	list, newest := make([]object, 0, len(items)), since
	for _, it := range items {
		entry, err := s.chatEntry(ctx, c, d, it, photos)
		if err != nil {
			return nil, err
		}
		list = append(list, entry)
		newest = max(newest, it.Last.At/1000)
	}
	return object{
		"message": "Berhasil Mengambil data kontak pesan", "list": list, "total_chat": len(list), "last_chat": newest, "status": true,
	}, nil
}

func (s *Service) chatEntry(ctx context.Context, c caller, d device.Device, it chat.Item, photos album) (object, error) {
	address, err := s.address(ctx, d, it.Contact)
	if err != nil {
		return nil, err
	}
	at := time.UnixMilli(it.Last.At).In(c.zone)
	photo, _ := photos.photo(it.Contact.ID)
	return object{
		"id": chatID(address), "type": kindOf(it.Last.Kind), "sender": it.Last.FromMe, "uid": address, "message": chat.Words(it.Last.Kind, it.Last.Preview),
		"phone": phoneOf(it.Contact), "photo": photo, "name": nameOf(it.Contact), "unread": it.Unread,
		"time": ago(at, s.Now()), "timedate": at.Format("2006-01-02 15:04:05"), "timestamp": it.Last.At / 1000,
	}, nil
}

// kindOf is the contract's type of a message: null for text.
func kindOf(k device.Kind) any {
	if k == device.KindText || k == "" {
		return nil
	}
	return string(k)
}

// address is the contract's form of a contact's address on a device's channel.
func (s *Service) address(ctx context.Context, d device.Device, c contact.Contact) (string, error) {
	if !c.Group && c.Phone != "" {
		return c.Phone + personServer, nil
	}
	p, err := s.Contacts.PeerOf(ctx, c, d.Channel)
	if errors.Is(err, contact.ErrNotFound) {
		return "", nil
	}
	return uid(p), err
}

// phoneOf is null while the number is unknown.
func phoneOf(c contact.Contact) any {
	if c.Phone == "" {
		return nil
	}
	return c.Phone
}

func nameOf(c contact.Contact) string {
	if c.Name != "" {
		return c.Name
	}
	return c.Phone
}
