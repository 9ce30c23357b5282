package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waSyncAction"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/clock"
)

// markTimeout bounds the telling of one mark: the write and the reading back that follows it.
const markTimeout = 30 * time.Second

// errMark means that a mark lacks what its kind needs.
var errMark = errors.New("mark is incomplete")

// Mark tells the account's other devices of a mark. One goes after the other: a write names the version that it
// builds on.
func (s *session) Mark(ctx context.Context, m device.Mark) error {
	ctx, cancel := context.WithTimeout(ctx, markTimeout)
	defer cancel()
	if err := s.marking.take(ctx); err != nil {
		return fmt.Errorf("wait for another mark: %w", err)
	}
	defer s.marking.release()
	if s.gone.Load() {
		return errKeysGone
	}
	if !s.client.IsLoggedIn() || !s.client.IsConnected() {
		return errOffline
	}
	patch, err := s.patchOf(m)
	if err != nil {
		return err
	}
	patch.Timestamp = time.UnixMilli(m.At)
	err = s.writeState(ctx, patch)
	if errors.Is(err, whatsmeow.ErrAppStateUpdate) {
		return &device.RefusedError{Code: "app_state", Err: err}
	}
	if err != nil {
		return asked(fmt.Errorf("mark (%s): %w", m.Kind, err))
	}
	return nil
}

// stateTries is how often a change of an app-state collection is written that conflicts with another device's.
const stateTries = 3

// writeState writes a change of an app-state collection. The library takes in what a conflict shows, and writes again; but
// where a notification has it take in the same at the same moment, it fails. A moment later that is done.
func (s *session) writeState(ctx context.Context, patch appstate.PatchInfo) error {
	for try := 1; ; try++ {
		err := s.client.SendAppState(ctx, patch)
		conflict := errors.Is(err, whatsmeow.ErrAppStateUpdate) && strings.Contains(err.Error(), `code="409"`)
		if !conflict || try == stateTries || !clock.Sleep(ctx, time.Duration(try)*300*time.Millisecond) {
			return err
		}
	}
}

// patchOf writes a mark as the change of an app-state collection.
func (s *session) patchOf(m device.Mark) (appstate.PatchInfo, error) {
	if m.Kind == device.MarkLabel {
		if m.Label.ID == "" {
			return appstate.PatchInfo{}, errMark
		}
		return appstate.BuildLabelEdit(m.Label.ID, m.Label.Name, int32(m.Label.Color), m.Label.Deleted), nil
	}
	chat, ok := jidOf(m.Chat)
	if !ok {
		return appstate.PatchInfo{}, errNoAddress
	}
	if m.Kind.OfMessage() {
		return messagePatch(m, chat)
	}
	at, key := lastOf(m.Last, chat)
	switch m.Kind {
	case device.MarkArchive:
		p := appstate.BuildArchive(chat, m.On, at, key)
		p.Mutations = p.Mutations[:1] // the library unpins, too; whether a chat is pinned is another mark
		return p, nil
	case device.MarkPin:
		return appstate.BuildPin(chat, m.On), nil
	case device.MarkMute:
		if m.Until == 0 {
			return appstate.BuildMute(chat, false, 0), nil
		}
		return appstate.BuildMuteAbs(chat, true, &m.Until), nil
	case device.MarkUnread:
		return appstate.BuildMarkChatAsRead(chat, !m.On, at, key), nil
	case device.MarkDeleteChat:
		return appstate.BuildDeleteChat(chat, at, key, true), nil
	case device.MarkClearChat:
		return clearPatch(chat, m.On, at, key), nil
	case device.MarkLabelChat:
		return appstate.BuildLabelChat(chat, m.Label.ID, m.On), nil
	default:
		return appstate.PatchInfo{}, errMark
	}
}

func messagePatch(m device.Mark, chat types.JID) (appstate.PatchInfo, error) {
	if m.NetworkID == "" {
		return appstate.PatchInfo{}, errMark
	}
	fromMe, participant := "0", "0"
	if m.FromMe {
		fromMe = "1"
	} else if sender, ok := jidOf(m.Sender); ok && m.Chat.Group {
		participant = sender.String()
	}
	switch m.Kind {
	case device.MarkStar:
		p := appstate.BuildStar(chat, chat, m.NetworkID, m.FromMe, m.On)
		p.Mutations[0].Index[4] = participant
		return p, nil
	case device.MarkLabelMessage:
		p := appstate.BuildLabelMessage(chat, m.Label.ID, m.NetworkID, m.On)
		p.Mutations[0].Index[4], p.Mutations[0].Index[5] = fromMe, participant
		return p, nil
	default:
		return appstate.PatchInfo{Type: appstate.WAPatchRegularHigh, Mutations: []appstate.MutationInfo{{
			Index: []string{appstate.IndexDeleteMessageForMe, chat.String(), m.NetworkID, fromMe, participant}, Version: 3,
			Value: &waSyncAction.SyncActionValue{DeleteMessageForMeAction: &waSyncAction.DeleteMessageForMeAction{
				DeleteMedia: proto.Bool(!m.KeepMedia), MessageTimestamp: proto.Int64(m.MessageAt / 1000),
			}},
		}}}, nil
	}
}

// clearPatch empties a chat. The library has a builder for deleting one only, whose range it shares.
func clearPatch(chat types.JID, starredToo bool, at time.Time, key *waCommon.MessageKey) appstate.PatchInfo {
	starred := "0"
	if starredToo {
		starred = "1"
	}
	p := appstate.BuildDeleteChat(chat, at, key, true)
	p.Mutations[0].Index = []string{appstate.IndexClearChat, chat.String(), starred, "1"}
	p.Mutations[0].Value = &waSyncAction.SyncActionValue{ClearChatAction: &waSyncAction.ClearChatAction{
		MessageRange: p.Mutations[0].Value.GetDeleteChatAction().GetMessageRange(),
	}}
	return p
}

// lastOf is how far a mark of a chat reaches, in the library's words; the zero time is now.
func lastOf(last device.LastMessage, chat types.JID) (time.Time, *waCommon.MessageKey) {
	if last.At == 0 {
		return time.Time{}, nil
	}
	at := time.UnixMilli(last.At)
	if last.NetworkID == "" {
		return at, nil
	}
	key := &waCommon.MessageKey{
		RemoteJID: proto.String(chat.String()), FromMe: proto.Bool(last.FromMe), ID: proto.String(last.NetworkID),
	}
	if sender, ok := jidOf(last.Sender); ok && !last.FromMe && chat.Server == types.GroupServer {
		key.Participant = proto.String(sender.String())
	}
	return at, key
}

var _ device.Marker = (*session)(nil)
