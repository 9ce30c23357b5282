package chat

import (
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

var errPending = errors.New("chat: not written yet")

func newService(d *db.DB, contacts *contact.Service, sends *outbox.Service, c Config) *Service {
	return &Service{db: d, contacts: contacts, outbox: sends, conf: c}
}

func (s *Service) receive(ctx context.Context, d device.Device, in device.Inbound) error {
	return errPending
}

func (s *Service) receipts(ctx context.Context, d device.Device, r device.Receipt) error {
	return errPending
}

func (s *Service) preview(ctx context.Context, q Question) (*Answer, AuthorKind, error) {
	return nil, "", errPending
}

func (s *Service) post(ctx context.Context, p Post) (Message, outbox.Send, error) {
	return Message{}, outbox.Send{}, errPending
}

func (s *Service) list(ctx context.Context, workspaceID string, f Filter) (Page, error) {
	return Page{}, errPending
}

func (s *Service) getItem(ctx context.Context, workspaceID, id string) (Item, error) {
	return Item{}, errPending
}

func (s *Service) find(ctx context.Context, workspaceID, deviceID, contactID string) (Item, error) {
	return Item{}, errPending
}

func (s *Service) messages(ctx context.Context, workspaceID, chatID string, sp Span) (MessagePage, error) {
	return MessagePage{}, errPending
}

func (s *Service) getMessage(ctx context.Context, workspaceID, id string) (Message, error) {
	return Message{}, errPending
}

func (s *Service) getByNetworkID(ctx context.Context, workspaceID, deviceID, networkID string) (Message, error) {
	return Message{}, errPending
}

func (s *Service) markRead(ctx context.Context, workspaceID, chatID string) (Chat, error) {
	return Chat{}, errPending
}

func (s *Service) setTurn(ctx context.Context, workspaceID, chatID string, to Turn, version int64) (Chat, error) {
	return Chat{}, errPending
}

// Module lists the package in the program.
func Module(s *Service) module.Module { return module.Module{Name: "chat"} }
