package device

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
)

//sql:global the id alone finds it: to the contract's callback it is the secret
const selectByID = `SELECT ` + columns + ` FROM devices d WHERE d.id = $1`

// ByID finds a device of any workspace, for callers to whom its id is the secret. ErrNotFound.
func (s *Service) ByID(ctx context.Context, deviceID string) (Device, error) {
	r, err := scan(s.store.db.QueryRow(ctx, selectByID, deviceID))
	if errors.Is(err, sql.ErrNoRows) {
		return Device{}, ErrNotFound
	}
	return r.Device, err
}

// Node is this process's name among those that share the database.
func (s *Service) Node() string { return s.c.Node }

// Detailer is a driver that can show its raw form of a message (Inbound.Raw, Sent.Raw) as JSON.
type Detailer interface {
	Details(raw []byte) (json.RawMessage, error)
}

// Details is a message's raw form as JSON in the words of its channel; nil when the driver has no such form.
func (s *Service) Details(d Device, raw []byte) (json.RawMessage, error) {
	driver, ok := s.drivers[d.Channel].(Detailer)
	if !ok {
		return nil, nil
	}
	return driver.Details(raw)
}
