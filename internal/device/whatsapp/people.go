package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
)

// failed says what was being asked when the network did not do it.
func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, whatsmeow.ErrNotConnected), errors.Is(err, whatsmeow.ErrNotLoggedIn), errors.Is(err, whatsmeow.ErrIQDisconnected):
		return device.ErrOffline.WithCause(fmt.Errorf("%s: %w", what, err))
	default:
		return fmt.Errorf("%s: %w", what, asked(err))
	}
}

// FindNumbers asks which numbers are on WhatsApp, in one question.
func (s *session) FindNumbers(ctx context.Context, phones []string) ([]device.Number, error) {
	question := make([]string, len(phones))
	for i, p := range phones {
		question[i] = "+" + p
	}
	found, err := s.client.IsOnWhatsApp(ctx, question)
	if err != nil {
		return nil, failed("look numbers up", err)
	}
	out := make([]device.Number, len(phones))
	for i, p := range phones {
		out[i].Phone = p
		at := slices.IndexFunc(found, func(f types.IsOnWhatsAppResponse) bool { return f.Query == question[i] })
		if at < 0 || !found[at].IsIn {
			continue
		}
		out[i].Registered = true
		if v := found[at].VerifiedName; v != nil {
			out[i].Name = text(v.Details.GetVerifiedName(), maxName)
		}
		jid := found[at].JID.ToNonAD()
		out[i].Addresses = peerOf("", types.NewJID(p, types.DefaultUserServer), jid, other(ctx, s.people.lids, jid)).Addresses
	}
	return out, nil
}

// askable is the address by which to ask about somebody; groups have none.
func askable(who device.Peer) (types.JID, error) {
	jid, ok := jidOf(who)
	if !ok || !personal(jid) {
		return types.EmptyJID, device.ErrUnregistered.WithCause(errNoAddress)
	}
	return jid, nil
}

// ShownBy asks for the about text, the picture's id and, of a business, its profile.
func (s *session) ShownBy(ctx context.Context, who device.Peer) (device.Shown, error) {
	jid, err := askable(who)
	if err != nil {
		return device.Shown{}, err
	}
	found, err := s.client.GetUserInfo(ctx, []types.JID{jid})
	if err != nil {
		return device.Shown{}, failed("ask about a person", err)
	}
	info, ok := found[jid]
	if !ok {
		return device.Shown{}, device.ErrUnregistered
	}
	out := device.Shown{
		About: text(info.Status, maxName), PictureID: text(info.PictureID, maxName),
		Addresses: peerOf("", jid, info.LID.ToNonAD(), other(ctx, s.people.lids, jid)).Addresses,
	}
	if b, err := s.client.GetBusinessProfile(ctx, jid); err == nil && b != nil {
		out.Business = businessOf(b)
	} else if ctx.Err() != nil { // of a person the answer is an error, too; it says nothing more
		return device.Shown{}, failed("ask for a business profile", err)
	}
	return out, nil
}

// Bounds of what is taken over from a business profile.
const (
	maxCategories = 20
	maxHours      = 70
)

func businessOf(b *types.BusinessProfile) *device.Business {
	out := &device.Business{
		Address: text(b.Address, maxName), Email: text(b.Email, maxName), Timezone: text(b.BusinessHoursTimeZone, maxName),
	}
	for _, c := range b.Categories[:min(len(b.Categories), maxCategories)] {
		out.Categories = append(out.Categories, text(c.Name, maxName))
	}
	for _, h := range b.BusinessHours[:min(len(b.BusinessHours), maxHours)] {
		out.Hours = append(out.Hours, device.OpenHours{
			Day: text(h.DayOfWeek, maxName), Mode: text(h.Mode, maxName), Open: text(h.OpenTime, maxName), Close: text(h.CloseTime, maxName),
		})
	}
	return out
}

// Block keeps somebody from writing to the account, or lets them again.
func (s *session) Block(ctx context.Context, who device.Peer, action device.BlockAction) error {
	jid, err := askable(who)
	if err != nil {
		return err
	}
	change := events.BlocklistChangeActionBlock
	if action == device.UnblockPerson {
		change = events.BlocklistChangeActionUnblock
	}
	_, err = s.client.UpdateBlocklist(ctx, jid, change)
	return failed(string(action)+" a person", err)
}

// Blocked lists who is blocked.
func (s *session) Blocked(ctx context.Context) ([]device.Peer, error) {
	list, err := s.client.GetBlocklist(ctx)
	if err != nil {
		return nil, failed("ask who is blocked", err)
	}
	out := make([]device.Peer, 0, len(list.JIDs))
	for _, jid := range list.JIDs {
		if p := peerOf("", jid.ToNonAD(), other(ctx, s.people.lids, jid)); len(p.Addresses) > 0 {
			out = append(out, p)
		}
	}
	return out, nil
}

// Present shows the account as online or not. The network wants to know a name with it, which comes a moment after
// linking; device.ErrNameless before that.
func (s *session) Present(ctx context.Context, p device.Presence) error {
	was := s.present.Load()
	s.present.Store(p == device.PresenceOnline)
	err := s.client.SendPresence(ctx, s.presence())
	if errors.Is(err, whatsmeow.ErrNoPushName) {
		s.present.Store(was)
		return device.ErrNameless.WithCause(err)
	}
	return failed("show presence", err)
}

// presence is what the session was last asked to show.
func (s *session) presence() types.Presence {
	if s.present.Load() {
		return types.PresenceAvailable
	}
	return types.PresenceUnavailable
}

// Act shows typing or recording in a chat, or takes it away.
func (s *session) Act(ctx context.Context, to device.Peer, a device.Activity) error {
	jid, ok := jidOf(to)
	if !ok {
		return device.ErrUnregistered.WithCause(errNoAddress)
	}
	state, media := types.ChatPresenceComposing, types.ChatPresenceMediaText
	switch a {
	case device.ActivityRecording:
		media = types.ChatPresenceMediaAudio
	case device.ActivityNone:
		state = types.ChatPresencePaused
	}
	return failed("show an activity", s.client.SendChatPresence(ctx, jid, state, media))
}

var (
	_ device.NumberFinder = (*session)(nil)
	_ device.Profiler     = (*session)(nil)
	_ device.Blocker      = (*session)(nil)
	_ device.BlockLister  = (*session)(nil)
	_ device.Presenter    = (*session)(nil)
	_ device.Actor        = (*session)(nil)
)
