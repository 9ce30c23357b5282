package event

import (
	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// The shapes of events' data. Fields are added, never taken away or given another meaning; what can't be done like that
// is a new version of the type.

// Person is a contact as events name it: our id, which stays, and the addresses that WhatsApp may show or hide.
type Person struct {
	ID    string `json:"id" doc:"Ours; it stays when numbers become known, change or turn out to be one person's"`
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty" doc:"Digits with country code; missing while unknown and for groups"`
	LID   string `json:"lid,omitempty" doc:"WhatsApp's own number for a person; missing while unknown"`
	Group string `json:"group,omitempty" doc:"A group's id on its network; missing for people"`
}

// Thread is a chat as events name it.
type Thread struct {
	ID          string    `json:"id"`
	Group       bool      `json:"group"`
	Turn        chat.Turn `json:"turn" enum:"bot,human" doc:"Who answers"`
	TurnVersion int64     `json:"turn_version" doc:"Grows with every change of turn"`
	Unread      int       `json:"unread"`

	AssigneeID    string      `json:"assignee_id,omitempty" doc:"The member who answers; missing: nobody"`
	TeamID        string      `json:"team_id,omitempty" doc:"The team that answers; missing: none"`
	AssignVersion int64       `json:"assign_version,omitempty" doc:"Grows with every change of the two"`
	Status        chat.Status `json:"status,omitempty" enum:"open,snoozed,resolved"`
}

func threadOf(c chat.Chat) Thread {
	return Thread{
		ID: c.ID, Group: c.Group, Turn: c.Turn, TurnVersion: c.TurnVersion, Unread: c.Unread,
		AssigneeID: c.AssigneeID, TeamID: c.TeamID, AssignVersion: c.AssignVersion, Status: c.Status,
	}
}

// Message is the data of message.received and message.unreadable, and of message.sent for one typed on the account's own
// phone.
type Message struct {
	Message chat.MessageView `json:"message"`
	Chat    Thread           `json:"chat"`
	Contact Person           `json:"contact" doc:"Whose chat it is: a person or a group"`
	Sender  *Person          `json:"sender,omitempty" doc:"Who wrote it; missing for ours"`
	First   bool             `json:"first,omitempty" doc:"Nobody of this contact had ever written before"`
	Late    bool             `json:"late,omitempty" doc:"It waited at the network while we were away"`
}

// Own is the data of message.queued and message.sent.
type Own struct {
	Message chat.MessageView `json:"message" doc:"In message.sent without by and by_id; message.queued had them"`
	Contact Person           `json:"contact" doc:"Whose chat it is: a person or a group"`
	Lane    string           `json:"lane,omitempty" doc:"reply, notify, follow_up or broadcast; missing for what was typed on the phone"`
}

// Progress is the data of message.state.
type Progress struct {
	MessageID string       `json:"message_id"`
	NetworkID string       `json:"network_id" doc:"The channel's own id"`
	ChatID    string       `json:"chat_id"`
	Contact   Person       `json:"contact" doc:"Whose chat it is: a person or a group"`
	State     outbox.State `json:"state" enum:"queued,sent,delivered,read,failed,held,skipped,cancelled" doc:"queued: one that failed is tried again"`
	From      outbox.State `json:"from,omitempty" doc:"The state before"`
	Code      string       `json:"code,omitempty" doc:"Why it failed or is held; the network's own word where it has one"`
	Until     int64        `json:"until,omitempty" doc:"With held: until when, unix milliseconds"`
	At        int64        `json:"at,omitempty" doc:"When it got there by the network's clock, unix milliseconds"`
}

// Altered is the data of message.edited and message.revoked.
type Altered struct {
	Message chat.MessageView `json:"message" doc:"As it is now"`
	Contact Person           `json:"contact" doc:"Whose chat it is"`
	By      *Person          `json:"by,omitempty" doc:"Who did it; missing when it was us"`
	At      int64            `json:"at" doc:"By the network's clock, unix milliseconds"`
}

// Reaction is the data of message.reaction.
type Reaction struct {
	MessageID string  `json:"message_id" doc:"Of the message reacted to"`
	NetworkID string  `json:"network_id"`
	ChatID    string  `json:"chat_id"`
	Contact   Person  `json:"contact" doc:"Whose chat it is"`
	By        *Person `json:"by,omitempty" doc:"Who reacted; missing when it was us"`
	Emoji     string  `json:"emoji" doc:"Empty takes the reaction back"`
	At        int64   `json:"at" doc:"By the network's clock, unix milliseconds"`
}

// ChatChanged is the data of chat.changed.
type ChatChanged struct {
	Chat    Thread `json:"chat"`
	Contact Person `json:"contact"`
}

// ContactData is the data of contact.created and contact.changed.
type ContactData struct {
	Contact    Person             `json:"contact"`
	NameSource contact.NameSource `json:"name_source,omitempty" doc:"push: what the person calls itself; given: what a member wrote"`
}

// Merged is the data of contact.merged: two contacts turned out to be one.
type Merged struct {
	Contact Person `json:"contact" doc:"The one that stays"`
	GoneID  string `json:"gone_id" doc:"The id that is no more; asking for it gets the one that stays"`
}

// DeviceState is the data of device.state, device.linked, device.logged_out and device.deleted.
type DeviceState struct {
	DeviceID string           `json:"device_id"`
	Name     string           `json:"name"`
	Channel  string           `json:"channel"`
	Number   string           `json:"number,omitempty" doc:"Digits with country code; missing until linked"`
	State    device.StateCode `json:"state"`
	Why      string           `json:"why,omitempty" doc:"A stable code, the network's own where it has one"`
	Until    int64            `json:"until,omitempty" doc:"When the state ends by itself, unix milliseconds"`
	Before   device.StateCode `json:"before,omitempty" doc:"The state before"`
}

// Receipt is the data of receipt.delivered, receipt.read and receipt.played: one member of a group.
type Receipt struct {
	Group      Person   `json:"group"`
	Member     Person   `json:"member" doc:"Whose receipt it is; without id when they have never written"`
	NetworkIDs []string `json:"network_ids" doc:"The messages"`
	At         int64    `json:"at" doc:"By the network's clock, unix milliseconds"`
}
