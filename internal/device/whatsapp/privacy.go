package whatsapp

import (
	"context"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
)

// Privacy asks for the account's privacy settings.
func (s *session) Privacy(ctx context.Context) (device.Privacy, error) {
	p, err := s.client.TryFetchPrivacySettings(ctx, true)
	if err != nil {
		return device.Privacy{}, failed("ask for the privacy settings", err)
	}
	word := func(v types.PrivacySetting) string { return text(string(v), maxName) }
	return device.Privacy{
		LastSeen: word(p.LastSeen), Online: word(p.Online), Picture: word(p.Profile), About: word(p.Status), Groups: word(p.GroupAdd),
		ReadReceipts: word(p.ReadReceipts), Calls: word(p.CallAdd),
	}, nil
}

// SetPrivacy changes the settings that are not empty, one after the other.
func (s *session) SetPrivacy(ctx context.Context, p device.Privacy) error {
	for _, set := range []struct {
		name  types.PrivacySettingType
		value string
	}{
		{types.PrivacySettingTypeLastSeen, p.LastSeen},
		{types.PrivacySettingTypeOnline, p.Online},
		{types.PrivacySettingTypeProfile, p.Picture},
		{types.PrivacySettingTypeStatus, p.About},
		{types.PrivacySettingTypeGroupAdd, p.Groups},
		{types.PrivacySettingTypeReadReceipts, p.ReadReceipts},
		{types.PrivacySettingTypeCallAdd, p.Calls},
	} {
		if set.value == "" {
			continue
		}
		if _, err := s.client.SetPrivacySetting(ctx, set.name, types.PrivacySetting(set.value)); err != nil {
			return failed("change a privacy setting", err)
		}
	}
	return nil
}

// FollowPresence has the network tell when somebody comes online.
func (s *session) FollowPresence(ctx context.Context, who device.Peer) error {
	jid, err := askable(who)
	if err != nil {
		return err
	}
	return failed("follow somebody's presence", s.client.SubscribePresence(ctx, jid))
}

// aside takes what is told of people beside chats, calls and pictures; ok is false for other events.
func (c *conn) aside(ctx context.Context, evt any) (kept, ok bool) {
	switch e := evt.(type) {
	case *events.Presence:
		return c.presenceSeen(ctx, e), true
	case *events.Blocklist:
		return c.blocksSeen(ctx, e), true
	default:
		return true, false
	}
}

func (c *conn) presenceSeen(ctx context.Context, e *events.Presence) bool {
	sink, ok := c.sink.(device.PresenceSink)
	who, known := c.peer(ctx, e.From)
	if !ok || !known || who.Group {
		return true
	}
	p := device.PersonPresence{Who: who, Online: !e.Unavailable}
	if at := e.LastSeen; at.Unix() > 0 {
		p.LastSeen = at.UnixMilli()
	}
	return c.keep("presence", sink.PresenceSeen(ctx, c.device, p))
}

// blocksSeen tells of everybody whom another device of the account has blocked, or let write again.
func (c *conn) blocksSeen(ctx context.Context, e *events.Blocklist) bool {
	sink, ok := c.sink.(device.BlockSink)
	if !ok {
		return true
	}
	for _, change := range e.Changes {
		who, known := c.peer(ctx, change.JID)
		if !known || who.Group {
			continue
		}
		action := device.UnblockPerson
		if change.Action == events.BlocklistChangeActionBlock {
			action = device.BlockPerson
		}
		if !c.keep("block", sink.BlockSeen(ctx, c.device, who, action)) {
			return false
		}
	}
	return true
}

var (
	_ device.PrivacyReader    = (*session)(nil)
	_ device.PrivacyChanger   = (*session)(nil)
	_ device.PresenceFollower = (*session)(nil)
)
