package chat

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
)

// Rang notes a call in the chat with who called, as one more that nobody has looked at; no rule answers it. It is told by
// Called, not by Arrived. The same call again changes nothing and returns one without a Message.
func (s *Service) Rang(ctx context.Context, d device.Device, c device.Call, as device.Ring) (Arrived, error) {
	origin := device.OriginLive
	if s.now()-c.At > time.Minute.Milliseconds() { // a phone tells late of what it missed
		origin = device.OriginOffline
	}
	in := tidy(device.Inbound{
		NetworkID: c.ID, Chat: c.From, Sender: c.From, At: c.At, Origin: origin,
		Content: device.Content{Kind: device.KindCall, Call: &as},
	}, s.now())
	a := arrival{Arrived: Arrived{Device: d, Peer: c.From, Origin: in.Origin}, in: in}
	isNew := false
	err := s.db.Tx(ctx, func(ctx context.Context) (err error) {
		if isNew, err = s.keep(ctx, &a); err != nil || !isNew {
			return err
		}
		if err := s.note(ctx, &a); err != nil {
			return err
		}
		return s.Called.Fire(ctx, a.Arrived)
	})
	if err != nil || !isNew {
		return Arrived{}, err
	}
	return a.Arrived, nil
}

// isSaid is part of a statement: content begins with its kind, and the network knows no message of a kind that is Noted.
const isSaid = `m.content NOT LIKE '{"kind":"call"%' AND ` + isNoLine

const rewriteContent = `UPDATE messages SET content = $3 WHERE workspace_id = $1 AND id = $2`

// CallRejected notes in its chat that a call was rejected after all. A call that is in no chat has the zero Message.
func (s *Service) CallRejected(ctx context.Context, workspaceID, deviceID, networkID string) (Message, error) {
	list, err := s.store.byNetworkID(ctx, workspaceID, deviceID, cut(networkID, maxID))
	i := slices.IndexFunc(list, func(m Message) bool { return m.Content.Kind == device.KindCall })
	if err != nil || i < 0 {
		return Message{}, err
	}
	m := list[i]
	m.Content.Call = &device.Ring{Video: m.Content.Call != nil && m.Content.Call.Video, Rejected: true}
	content, err := json.Marshal(m.Content)
	if err != nil {
		return Message{}, err
	}
	_, err = s.db.Exec(ctx, rewriteContent, workspaceID, m.ID, string(content))
	return m, err
}
