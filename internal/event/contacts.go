package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/contact"
)

// The types of events about what is kept about contacts.
const (
	ContactConsent Type = "contact.consent"
	ContactDeleted Type = "contact.deleted"
	ImportChanged  Type = "import.changed"
)

// Consent is the data of contact.consent.
type Consent struct {
	Contact Person                `json:"contact"`
	State   contact.Consent       `json:"state" enum:"in,out" doc:"out: wants no broadcasts"`
	Before  contact.Consent       `json:"before,omitempty" doc:"Missing when it was not known"`
	Source  contact.ConsentSource `json:"source" enum:"message,member,api,import" doc:"message: they wrote it to us"`
	Why     string                `json:"why,omitempty"`
	At      int64                 `json:"at" doc:"Unix milliseconds"`
	// Where they wrote it.
	MessageID string `json:"message_id,omitempty" doc:"With message: the message in which they wrote it"`
	Channel   string `json:"channel,omitempty"`
	DeviceID  string `json:"device_id,omitempty"`
}

// Deleted is the data of contact.deleted.
type Deleted struct {
	ContactID string `json:"contact_id" doc:"Of the contact that is no more; nothing else of it is kept"`
}

// ImportData is the data of import.changed.
type ImportData struct {
	ImportID string         `json:"import_id"`
	State    string         `json:"state" enum:"draft,queued,running,done,cancelled,failed"`
	Done     int            `json:"done" doc:"Rows that are written or judged"`
	Total    int            `json:"total"`
	Counts   map[string]int `json:"counts" doc:"Rows by verdict: new, update, same, duplicate, invalid, own, opted_out, left_out"`
}

func contactKinds() []Kind {
	sari := exampleSari()
	return []Kind{
		{ContactConsent, 1, "Somebody has opted in or out: by writing STOP, here, by a script or by an import.", Consent{
			Contact: sari, State: contact.ConsentOut, Before: contact.ConsentIn, Source: contact.ConsentByContact, Why: "STOP", At: exampleAt,
			MessageID: "019aab10-0000-7000-8000-0000000000e4", DeviceID: "019aab10-0000-7000-8000-0000000000d1",
		}},
		{ContactDeleted, 1, "A contact was deleted for good, with its chats.", Deleted{ContactID: sari.ID}},
		{ImportChanged, 1, "An import of contacts has begun, got further, or is over.", ImportData{
			ImportID: "019aab10-0000-7000-8000-0000000000c1", State: "running", Done: 2000, Total: 5000, Counts: map[string]int{"new": 1900, "invalid": 100},
		}},
	}
}

// ConsentChanged is for contact.Service.ConsentChanged.
func (l Listener) ConsentChanged(ctx context.Context, c contact.ConsentChange) error {
	who, err := l.person(ctx, c.Contact)
	if err != nil {
		return err
	}
	said := Consent{
		Contact: who, State: c.Entry.State, Before: c.Before, Source: c.Entry.Source, Why: c.Entry.Why, At: c.Entry.At,
		Channel: c.Entry.Channel, DeviceID: c.Entry.DeviceID,
	}
	if c.Entry.Source == contact.ConsentByContact {
		said.MessageID = c.Entry.ByID
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: c.Contact.WorkspaceID, Subject: c.Contact.ID, Type: ContactConsent,
		Data: said,
	})
}

// ContactDeleted is for contact.Service.Deleted.
func (l Listener) ContactDeleted(ctx context.Context, c contact.Contact) error {
	return l.Log.Append(ctx, Draft{WorkspaceID: c.WorkspaceID, Subject: c.ID, Type: ContactDeleted, Data: Deleted{c.ID}})
}
