package outbox

import (
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/module"
)

var errPending = errors.New("outbox: not written yet")

func newService(d *db.DB, c Config) *Service { return &Service{db: d, conf: c, runners: &runners{}} }

func (s *Service) enqueue(ctx context.Context, n Draft) (Send, error) { return Send{}, errPending }

func (s *Service) get(ctx context.Context, workspaceID, id string) (Send, error) {
	return Send{}, errPending
}

func (s *Service) getByNetworkID(ctx context.Context, workspaceID, deviceID, networkID string) (Send, error) {
	return Send{}, errPending
}

func (s *Service) cancel(ctx context.Context, workspaceID, id string) (Send, error) {
	return Send{}, errPending
}

func (s *Service) receipt(ctx context.Context, d device.Device, r device.Receipt) ([]string, error) {
	return nil, errPending
}

type runners struct{}

func (r *runners) start(d device.Device, session device.Session, epoch int64) {}
func (r *runners) stop(deviceID string)                                       {}
func (r *runners) update(d device.Device)                                     {}
func (r *runners) markRead(deviceID string, m ReadMark)                       {}

// Module lists the package in the program; its Run ends when every runner has stopped.
func Module(s *Service) module.Module { return module.Module{Name: "outbox"} }
