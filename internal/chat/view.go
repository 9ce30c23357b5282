package chat

import (
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// View is a chat as the API shows it. Times are unix milliseconds.
type View struct {
	ID          string       `json:"id"`
	DeviceID    string       `json:"device_id"`
	Contact     contact.View `json:"contact"`
	Group       bool         `json:"group"`
	Turn        Turn         `json:"turn" enum:"bot,human" doc:"Who answers"`
	TurnVersion int64        `json:"turn_version" doc:"Grows with every change of turn"`
	Unread      int          `json:"unread"`

	MarkedUnread bool     `json:"marked_unread" doc:"Somebody wants to see it as unread, whatever unread says"`
	Archived     bool     `json:"archived"`
	Pinned       bool     `json:"pinned"`
	MutedUntil   int64    `json:"muted_until" doc:"Unix milliseconds; 0 is not muted, -1 for ever"`
	Labels       []string `json:"labels" doc:"The ids of the chat's labels"`

	Labelled []LabelShown `json:"labelled,omitempty" doc:"The chat's labels by name, in the order of labels; only where chats are listed or one is shown"`

	AssigneeID    string `json:"assignee_id,omitempty" doc:"The member who answers; missing: nobody"`
	TeamID        string `json:"team_id,omitempty" doc:"The team that answers; missing: none"`
	AssignVersion int64  `json:"assign_version" doc:"Grows with every change of assignee or team"`
	Status        Status `json:"status" enum:"open,snoozed,resolved"`
	StatusAt      int64  `json:"status_at,omitempty" doc:"When the status moved, unix milliseconds"`
	SnoozedUntil  int64  `json:"snoozed_until,omitempty" doc:"With snoozed: when it opens by itself, unix milliseconds"`
	WaitingSince  int64  `json:"waiting_since,omitempty" doc:"The oldest message of theirs that nothing of ours came after, unix milliseconds; missing: ours is the last word"`

	Present []Presence `json:"present,omitempty" doc:"The members who look at it or type in it right now; only where one chat is shown"`

	Last      LastView `json:"last" doc:"The newest message that is no broadcast's; a broadcast's where there is no other"`
	Expires   int      `json:"expires,omitempty" doc:"Messages of this chat disappear after so many seconds"`
	CreatedAt int64    `json:"created_at"`
}

// LabelShown is a label as it stands on a chat.
type LabelShown struct {
	ID    string `json:"id"`
	Name  string `json:"name" doc:"Empty as long as only the phone knows it"`
	Color int    `json:"color" doc:"The number of a colour of the channel's palette, 0 to 19"`
}

// LastView is the newest message of a chat in a list.
type LastView struct {
	MessageID string      `json:"message_id,omitempty"`
	Kind      device.Kind `json:"kind,omitempty"`
	Preview   string      `json:"preview"`
	FromMe    bool        `json:"from_me"`
	At        int64       `json:"at,omitempty"`
	By        AuthorKind  `json:"by,omitempty" doc:"Who wrote it for us: member, phone, api, rule, broadcast …"`
	ByID      string      `json:"by_id,omitempty" doc:"Of the member, rule, key, broadcast …"`
}

func lastView(l Last) LastView {
	return LastView{MessageID: l.MessageID, Kind: l.Kind, Preview: l.Preview, FromMe: l.FromMe, At: l.At, By: l.By.Kind, ByID: l.By.ID}
}

// ViewOf shows a chat.
func ViewOf(i Item) View {
	labels := i.Labels
	if labels == nil {
		labels = []string{}
	}
	return View{
		MarkedUnread: i.MarkedUnread, Archived: i.Archived, Pinned: i.Pinned, MutedUntil: i.MutedUntil, Labels: labels,
		ID: i.Chat.ID, DeviceID: i.DeviceID, Contact: contact.ViewOf(i.Contact), Group: i.Chat.Group, Turn: i.Turn,
		TurnVersion: i.TurnVersion, Unread: i.Unread, Last: lastView(i.Last), CreatedAt: i.Chat.CreatedAt, Expires: i.Expires,
		AssigneeID: i.AssigneeID, TeamID: i.TeamID, AssignVersion: i.AssignVersion, Status: i.Status, StatusAt: i.StatusAt,
		SnoozedUntil: i.WakeAt, WaitingSince: i.WaitingSince,
	}
}

// MessageView is a message as the API shows it. Times are unix milliseconds.
type MessageView struct {
	ID        string         `json:"id"`
	ChatID    string         `json:"chat_id"`
	DeviceID  string         `json:"device_id"`
	SenderID  string         `json:"sender_id,omitempty" doc:"The contact who wrote it; missing for ours"`
	FromMe    bool           `json:"from_me"`
	NetworkID string         `json:"network_id" doc:"The channel's own id"`
	Content   device.Content `json:"content"`
	At        int64          `json:"at"`
	Origin    device.Origin  `json:"origin,omitempty" doc:"live, offline (it waited while we were off) or history"`
	By        AuthorKind     `json:"by,omitempty" doc:"Who wrote it for us: member, phone, api, rule …"`
	ByID      string         `json:"by_id,omitempty"`
	State     outbox.State   `json:"state" doc:"received, or how far ours got: queued, claimed, held, sent, delivered, read, failed, skipped, cancelled"`
	Code      string         `json:"code,omitempty" doc:"Why it failed or is held; the network's own word where it has one"`
	Until     int64          `json:"until,omitempty" doc:"While it is held: until when, unix milliseconds"`
	EditedAt  int64          `json:"edited_at,omitempty"`
	RevokedAt int64          `json:"revoked_at,omitempty"`
	Reactions []Reaction     `json:"reactions,omitempty"`
	Starred   bool           `json:"starred,omitempty"`
	Labels    []string       `json:"labels,omitempty" doc:"The ids of the message's labels"`
}

// MessageViewOf shows a message, without what is only the driver's.
func MessageViewOf(m Message) MessageView {
	if m.Content.Media != nil {
		shown := *m.Content.Media
		shown.Remote = nil
		m.Content.Media = &shown
	}
	return MessageView{
		ID: m.ID, ChatID: m.ChatID, DeviceID: m.DeviceID, SenderID: m.SenderID, FromMe: m.FromMe, NetworkID: m.NetworkID,
		Content: m.Content, At: m.At, Origin: m.Origin, By: m.By.Kind, ByID: m.By.ID, State: m.State, Code: m.Code, Until: m.Until,
		EditedAt: m.EditedAt, RevokedAt: m.RevokedAt, Reactions: m.Reactions,
		Starred: m.Starred, Labels: m.Labels,
	}
}
