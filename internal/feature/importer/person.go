package importer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// person is what is known of one contact, before the chats.
type person struct {
	Contact    contact.CardView      `json:"contact"`
	Identities []address             `json:"identities"`
	Consents   []contact.ConsentView `json:"consents"`
}

// address is one of a contact's identities.
type address struct {
	Channel   string `json:"channel"`
	Kind      string `json:"kind"`
	Value     string `json:"value"`
	CreatedAt int64  `json:"created_at"`
}

func (a api) registerPerson(h huma.API) {
	httpx.Handle(h, "GET /contacts/{id}/export", member.ManageContacts, "Everything that is known of one contact, as JSON, for a person who asks for it", a.person)
}

type personIn struct {
	ID string `path:"id" maxLength:"64" doc:"The contact's id"`
}

func (a api) person(ctx context.Context, in *personIn) (*file.Served, error) {
	c, err := a.s.Contacts.Card(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return file.Passing("application/octet-stream", "kontak-"+c.ID+".json", func(to *os.File) error { return a.s.WritePerson(ctx, c, to) })
}

// WritePerson writes all that is kept of a contact as one JSON object: the card, the addresses, the consents, and the
// messages of its chats, page by page from the newest.
func (s *Service) WritePerson(ctx context.Context, c contact.Card, to io.Writer) error {
	views, err := s.Contacts.Views(ctx, c.WorkspaceID, []contact.Card{c})
	if err != nil {
		return err
	}
	p := person{Contact: views[0], Identities: []address{}, Consents: []contact.ConsentView{}}
	known, err := s.Contacts.Identities(ctx, c.WorkspaceID, c.ID)
	if err != nil {
		return err
	}
	for _, i := range known {
		p.Identities = append(p.Identities, address{i.Channel, i.Kind, i.Value, i.CreatedAt})
	}
	history, err := s.Contacts.Consents(ctx, c.WorkspaceID, c.ID)
	if err != nil {
		return err
	}
	for _, e := range history {
		p.Consents = append(p.Consents, contact.ConsentViewOf(e))
	}
	head, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("write a contact: %w", err)
	}
	w := bufio.NewWriter(to)
	_, _ = w.Write(head[:len(head)-1]) // an error stays with the writer until Flush
	_, _ = w.WriteString(`,"messages":[`)
	devices, err := s.Contacts.Devices(ctx, c.WorkspaceID, c.ID)
	if err != nil {
		return err
	}
	first := true
	for _, d := range devices {
		if err := s.writeChat(ctx, c, d, func(m chat.MessageView) error {
			if !first {
				_ = w.WriteByte(',')
			}
			first = false
			b, err := json.Marshal(m)
			_, _ = w.Write(b)
			return err
		}); err != nil {
			return err
		}
	}
	_, _ = w.WriteString("]}\n")
	return w.Flush()
}

// writeChat tells the messages of a contact's chat on a device.
func (s *Service) writeChat(ctx context.Context, c contact.Card, deviceID string, tell func(chat.MessageView) error) error {
	h, err := s.Chats.Find(ctx, c.WorkspaceID, deviceID, c.ID)
	if f := (*fault.Fault)(nil); errors.As(err, &f) && f.Kind == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	for span := (chat.Span{Limit: 200}); ; {
		p, err := s.Chats.Messages(ctx, c.WorkspaceID, h.Chat.ID, span)
		if err != nil {
			return err
		}
		for _, m := range p.Messages {
			if err := tell(chat.MessageViewOf(m)); err != nil {
				return err
			}
		}
		if span.Before = p.Older; p.Older == "" {
			return nil
		}
	}
}
