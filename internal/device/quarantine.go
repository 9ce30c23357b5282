package device

import (
	"context"
	"encoding/json"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

// Aside is a message that could not be taken in and is kept, whole, for a person to look at.
type Aside struct {
	Inbound Inbound
	Chat    string // Peer.Key of its chat
	Reason  string
	At      int64 // unix ms, when it was put aside
}

const selectAside = `SELECT inbound, chat, network_id, reason, at FROM device_quarantine
	WHERE workspace_id = $1 AND device_id = $2 AND (at, chat, network_id) > ($3, $4, $5) ORDER BY at, chat, network_id LIMIT $6`

// asideKey is where a page of them ends.
type asideKey struct {
	At        int64
	Chat      string
	NetworkID string
}

// aside is up to n messages that are kept aside, oldest first.
func (s store) aside(ctx context.Context, workspaceID, id string, after asideKey, n int) ([]Aside, error) {
	rows, err := s.db.Query(ctx, selectAside, workspaceID, id, after.At, after.Chat, after.NetworkID, n)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (a Aside, err error) {
		var text, networkID string
		if err = r.Scan(&text, &a.Chat, &networkID, &a.Reason, &a.At); err != nil {
			return a, err
		}
		err = json.Unmarshal([]byte(text), &a.Inbound)
		a.Inbound.NetworkID = networkID
		return a, err
	}, err).AsList()
}

// AsideView is a message kept aside as the API shows it. Times are unix milliseconds.
type AsideView struct {
	NetworkID string  `json:"network_id" doc:"The channel's own id"`
	Chat      Peer    `json:"chat" doc:"Whose chat it belongs to, as the network named them"`
	Sender    Peer    `json:"sender" doc:"Who wrote it"`
	FromMe    bool    `json:"from_me"`
	SentAt    int64   `json:"sent_at" doc:"By the network's clock"`
	Content   Content `json:"content" doc:"What it says, as far as it was understood"`
	Reason    string  `json:"reason" doc:"Why it could not be taken in; for a report of the defect"`
	At        int64   `json:"at" doc:"When it was put aside"`
}

func asideView(a Aside) AsideView {
	m := a.Inbound
	if m.Content.Media != nil { // keys are the driver's
		shown := *m.Content.Media
		shown.Remote, shown.Thumbnail = nil, nil
		m.Content.Media = &shown
	}
	return AsideView{
		NetworkID: m.NetworkID, Chat: m.Chat, Sender: m.Sender, FromMe: m.FromMe, SentAt: m.At, Content: m.Content, Reason: a.Reason, At: a.At,
	}
}

type (
	asideIn struct {
		ID string `path:"id" maxLength:"64" doc:"The device's id"`
		httpx.Page
	}
	asideOut struct{ Body httpx.List[AsideView] }
)

// aside lists what a device saw and could not take in.
func (a api) aside(ctx context.Context, in *asideIn) (*asideOut, error) {
	var after asideKey
	if _, err := in.Key(&after); err != nil {
		return nil, err
	}
	d, err := a.s.Get(ctx, a.caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.s.store.aside(ctx, d.WorkspaceID, d.ID, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &asideOut{Body: httpx.List[AsideView]{Items: []AsideView{}}}
	for i, m := range list {
		if i == in.Limit {
			last := list[i-1]
			out.Body.Next = httpx.Cursor(asideKey{last.At, last.Chat, last.Inbound.NetworkID})
			break
		}
		out.Body.Items = append(out.Body.Items, asideView(m))
	}
	return out, nil
}
