package event_test

import (
	"context"
	"testing"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/profile"
)

func TestMarksPicturesAndUndoneMergesAreTold(t *testing.T) {
	t.Parallel()
	s, ctx := newShop(t, dbtest.SQLite(t)), context.Background()
	who, err := s.contacts.Resolve(ctx, "w", "loopback", sari())
	if err != nil {
		t.Fatal(err)
	}
	s.news(event.ContactCreated)
	made := func(m chat.MarkMade) {
		m.Device, m.Chat = s.dev, chat.Chat{ID: "c", ContactID: who.ID, WorkspaceID: "w"}
		s.in(func(ctx context.Context) error { return s.listener.MarkMade(ctx, m) })
	}
	made(chat.MarkMade{Kind: device.MarkMute, Until: device.MuteForever, Elsewhere: true})
	data := s.news(event.ChatMarked)
	s.want(data, "mute", "mark")
	s.want(data, float64(-1), "until")
	s.want(data, true, "elsewhere")
	s.want(data, "77", "contact", "lid")
	made(chat.MarkMade{Kind: device.MarkStar, On: true, MessageID: "m"})
	data = s.news(event.MessageMarked)
	s.want(data, "m", "message_id")
	s.want(data, nil, "label")
	made(chat.MarkMade{Kind: device.MarkLabelChat, On: true, Label: chat.Label{ID: "l", Name: "Lunas"}})
	s.want(s.news(event.ChatMarked), "Lunas", "label", "name")
	made(chat.MarkMade{Kind: device.MarkLabel, Label: chat.Label{ID: "l", Name: "Lunas", Deleted: true}})
	s.want(s.news(event.LabelChanged), true, "deleted")

	s.in(func(ctx context.Context) error {
		return s.listener.PictureChanged(ctx, profile.PictureChange{WorkspaceID: "w", ContactID: who.ID, FileID: "f"})
	})
	s.want(s.news(event.ContactPicture), "f", "file_id")
	s.in(func(ctx context.Context) error {
		return s.listener.Unmerged(ctx, contact.Merge{WorkspaceID: "w", Kept: who, Gone: contact.Contact{ID: "gone"}})
	})
	s.want(s.news(event.ContactUnmerged), "gone", "gone_id")
}
