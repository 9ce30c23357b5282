package broadcast

import (
	"context"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// deviceDeleted is the code of what no device is there for.
const deviceDeleted = "device_deleted"

func listOf[T any](rows dbutil.Rows, err error) ([]T, error) {
	return dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[T], err).AsList()
}

// orphans sees to recipients whose device can't send any more: they go through the others if that was asked for, and
// fail if the device was deleted. One that is only off the network is waited for.
func (s *Service) orphans(ctx context.Context, j *job) error {
	devices, err := s.devices(ctx, j.b.WorkspaceID)
	if err != nil {
		return err
	}
	for slot, sender := range j.b.Devices {
		d, there := devices[sender.DeviceID]
		deleted := !there
		lost := deleted || d.State.Code == device.StateLoggedOut || d.State.Code == device.StateBanned
		if !lost || !deleted && !j.b.TakeOver {
			continue
		}
		able := map[Sender]int{}
		if j.b.TakeOver {
			able = j.b.able(devices)
		}
		if len(able) > 0 && !deleted {
			if err := s.withdraw(ctx, j.b, d); err != nil {
				return err
			}
		}
		list, err := s.store.planned(ctx, j.b, first(slot), first(slot+1), chunk)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			continue
		}
		if len(able) > 0 {
			return s.takeOver(ctx, j, able, list)
		}
		if deleted {
			if err := s.skip(ctx, j, list, FailedTo, deviceDeleted); err != nil {
				return err
			}
		}
	}
	return nil
}

const renumber = `UPDATE broadcast_recipients SET n = $4 WHERE workspace_id = $1 AND broadcast_id = $2 AND n = $3 AND state = 'planned'`

// able are the devices of a broadcast that can send, with their slots.
func (b Broadcast) able(devices map[string]device.Device) map[Sender]int {
	out := map[Sender]int{}
	for slot, sender := range b.Devices {
		if d, there := devices[sender.DeviceID]; there && d.State.Code != device.StateLoggedOut && d.State.Code != device.StateBanned {
			out[sender] = slot
		}
	}
	return out
}

// withdraw plans those again who wait in the outbox of a device that can't send any more. Who may have got it already is
// not among them: they fail, and somebody may look at them.
func (s *Service) withdraw(ctx context.Context, b Broadcast, d device.Device) error {
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.share(ctx, b); err != nil {
			return err
		}
		back, err := s.Outbox.WithdrawBatch(ctx, b.WorkspaceID, b.ID, d.ID, outbox.Pause{Code: "device_" + string(d.State.Code)})
		if err != nil {
			return err
		}
		for _, send := range back {
			if _, err := s.step(ctx, b.WorkspaceID, b.ID, send.Batch.N, func(r *Recipient) {
				if r.Status == TakenBack {
					r.Status, r.Code, r.At = statusPlanned, "", s.now()
				}
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// takeOver gives recipients to the devices that can send.
func (s *Service) takeOver(ctx context.Context, j *job, able map[Sender]int, list []Recipient) error {
	senders := make([]Sender, 0, len(able))
	for _, sender := range j.b.Devices {
		if _, ok := able[sender]; ok {
			senders = append(senders, sender)
		}
	}
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		p := &planner{s: s, b: j.b, next: map[int64]int64{}}
		t := tallies{}
		dealer := newDealer(senders)
		for _, r := range list {
			slot := able[senders[dealer.deal(r.Phone+r.Person)]]
			n, err := p.number(ctx, slot, r.N&coldBit != 0)
			if err != nil {
				return err
			}
			ok, err := changed(s.DB.Exec(ctx, renumber, j.b.WorkspaceID, j.b.ID, r.N, n))
			if err != nil {
				return err
			}
			if ok {
				t.add(slotOf(r.N), r.Variant, statusPlanned, -1)
				t.add(slot, r.Variant, statusPlanned, 1)
			}
		}
		return s.store.count(ctx, j.b.WorkspaceID, j.b.ID, t)
	})
}

const selectUnsent = `SELECT n FROM broadcast_recipients WHERE workspace_id = $1 AND broadcast_id = $2 AND n >= $3 AND n < $4 AND state IN ('queued', 'claimed')`

// ForgetDevice is for device.Service.Deleted: the sends that waited on the device are gone with it.
func (s *Service) ForgetDevice(ctx context.Context, d device.Device) error {
	list, err := s.store.list(ctx, d.WorkspaceID, "", string(Running), "", 1000)
	if err != nil {
		return err
	}
	paused, err := s.store.list(ctx, d.WorkspaceID, "", string(Paused), "", 1000)
	if err != nil {
		return err
	}
	for _, b := range append(list, paused...) {
		for slot, sender := range b.Devices {
			if sender.DeviceID != d.ID {
				continue
			}
			rows, err := s.DB.Query(ctx, selectUnsent, b.WorkspaceID, b.ID, first(slot), first(slot+1))
			unsent, err := listOf[int64](rows, err)
			if err != nil {
				return err
			}
			for _, n := range unsent {
				if _, err := s.step(ctx, b.WorkspaceID, b.ID, n, func(r *Recipient) {
					r.Status, r.Code, r.At = FailedTo, deviceDeleted, s.now()
				}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
