// Package call owns the calls that people make to a workspace's devices, which nobody can answer there, and what is done about them.
package call

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

const (
	// ringing is how long a phone rings: older calls are over.
	ringing = time.Minute
	// onceIn is how often one caller is written to, however often they call.
	onceIn = 10 * time.Minute
	// rejectPatience bounds one rejection.
	rejectPatience = 10 * time.Second
	// waiting is how many calls may wait to be rejected; more at once just go on ringing.
	waiting = 64
)

// Call is one call to a device.
type Call struct {
	ID          string
	WorkspaceID string
	DeviceID    string
	ContactID   string
	NetworkID   string
	Video       bool
	Rejected    bool   // the device's settings had it rejected
	Answered    bool   // the caller was written to
	At          int64  // unix ms, the network's clock
	Ref         string // the driver's own name of who called; only for rejecting
}

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "call_not_found", fault.Text{
		ID: "Panggilan tidak ditemukan.", EN: "There is no such call.",
	})
	ErrOver = fault.New(fault.Conflict, "call_over", fault.Text{
		ID: "Panggilan ini sudah selesai.", EN: "This call is over.",
	})
)

// Received is a call with who called.
type Received struct {
	Device  device.Device
	Call    Call
	Contact contact.Contact
	Message chat.Message // as its chat shows it
	Chat    chat.Chat    // the zero Chat where the call was there before
}

// Config is what a Service works with. All but Now are needed.
type Config struct {
	DB       *db.DB
	Log      *slog.Logger
	Devices  *device.Service
	Contacts *contact.Service
	Chats    *chat.Service
	Now      func() time.Time // nil is time.Now
}

// Service writes calls down and rejects them where a device is set to.
type Service struct {
	// Received fires once for each call, in the transaction that writes it down.
	Received hook.Tx[Received]
	// Rejected fires in the transaction that notes that a call was rejected by request, once for each.
	Rejected hook.Tx[Received]

	Config
	store  store
	reject chan rejection
}

type rejection struct {
	device device.Device
	call   device.Call
}

// New makes the service. Nothing is rejected before its module runs.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{Config: c, store: store{c.DB}, reject: make(chan rejection, waiting)}
}

// Heard writes a call down, once however often it is told; it is for device.Service.Calls and runs in its transaction.
// A call that still rings is rejected after the commit, if the device's settings say so, and its caller is written to.
func (s *Service) Heard(ctx context.Context, e device.CallHeard) error {
	d := e.Device
	who, err := s.Contacts.Resolve(ctx, d.WorkspaceID, d.Channel, e.Call.From)
	if err != nil {
		return err
	}
	live := s.Now().UnixMilli()-e.Call.At < ringing.Milliseconds()
	c := Call{
		ID: id.New(), WorkspaceID: d.WorkspaceID, DeviceID: d.ID, ContactID: who.ID, NetworkID: e.Call.ID, Video: e.Call.Video,
		At: e.Call.At, Ref: e.Call.Ref, Rejected: live && d.Settings.RejectCalls,
	}
	if c.Rejected && d.Settings.RejectCallsMessage != "" {
		recent, err := s.store.answeredSince(ctx, c, s.Now().Add(-onceIn).UnixMilli())
		if err != nil {
			return err
		}
		c.Answered = !recent
	}
	if added, err := s.store.insert(ctx, c); err != nil || !added {
		return err
	}
	at, err := s.Chats.Rang(ctx, d, e.Call, device.Ring{Video: c.Video, Rejected: c.Rejected})
	if err != nil {
		return err
	}
	if c.Answered {
		if err := s.answer(ctx, d, e.Call); err != nil {
			return err
		}
	}
	if c.Rejected {
		db.AfterCommit(ctx, func() {
			select {
			case s.reject <- rejection{d, e.Call}:
			default: // so many at once that it rings on
			}
		})
	}
	return s.Received.Fire(ctx, Received{d, c, who, at.Message, at.Chat})
}

// answer writes to who called. A message that can't be stored is no reason to lose the call.
func (s *Service) answer(ctx context.Context, d device.Device, c device.Call) error {
	err := s.DB.Savepoint(ctx, func(ctx context.Context) error {
		_, _, err := s.Chats.Post(ctx, chat.Post{
			WorkspaceID: d.WorkspaceID, DeviceID: d.ID, To: c.From, By: chat.Author{Kind: chat.ByRule}, Lane: outbox.LaneReply,
			Content: device.Content{Kind: device.KindText, Text: d.Settings.RejectCallsMessage},
		})
		return err
	})
	if err != nil && !db.Transient(err) {
		s.Log.ErrorContext(ctx, "a rejected caller is not written to", "device", d.ID, "call", c.ID, "error", err)
		return nil
	}
	return err
}

// run rejects calls until ctx ends.
func (s *Service) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-s.reject:
			asked, cancel := context.WithTimeout(ctx, rejectPatience)
			err := device.Ask(asked, s.Devices, r.device.WorkspaceID, r.device.ID, func(ctx context.Context, _ device.Device, session device.CallRejecter) error {
				return session.RejectCall(ctx, r.call)
			})
			cancel()
			if err != nil && !errors.Is(err, context.Canceled) {
				s.Log.WarnContext(ctx, "a call was not rejected", "device", r.device.ID, "error", err)
			}
		}
	}
}

// Reject rejects a call that rings. Twice is fine. ErrNotFound, ErrOver, and the faults of device.Ask.
func (s *Service) Reject(ctx context.Context, workspaceID, deviceID, callID string) (Call, error) {
	c, err := s.store.get(ctx, workspaceID, deviceID, callID)
	if err != nil || c.Rejected {
		return c, err
	}
	if s.Now().UnixMilli()-c.At >= ringing.Milliseconds() || c.Ref == "" {
		return c, ErrOver
	}
	asked, cancel := context.WithTimeout(ctx, rejectPatience)
	defer cancel()
	var d device.Device
	err = device.Ask(asked, s.Devices, workspaceID, deviceID, func(ctx context.Context, of device.Device, session device.CallRejecter) error {
		d = of
		return session.RejectCall(ctx, device.Call{ID: c.NetworkID, Ref: c.Ref, Video: c.Video, At: c.At})
	})
	if err != nil {
		return c, err
	}
	c.Rejected = true
	ctx = context.WithoutCancel(ctx) // the network has done it, whoever waits for the answer
	return c, s.DB.Tx(ctx, func(ctx context.Context) error {
		if was, err := s.store.reject(ctx, c); err != nil || !was {
			return err
		}
		m, err := s.Chats.CallRejected(ctx, workspaceID, deviceID, c.NetworkID)
		if err != nil {
			return err
		}
		who, err := s.Contacts.Get(ctx, workspaceID, c.ContactID)
		if err != nil {
			return err
		}
		return s.Rejected.Fire(ctx, Received{Device: d, Call: c, Contact: who, Message: m})
	})
}

// List is a page of a device's calls, the newest first; before is the time and id of the last of the page before, zero for the first.
func (s *Service) List(ctx context.Context, workspaceID, deviceID string, before Key, n int) ([]Call, error) {
	if _, err := s.Devices.Get(ctx, workspaceID, deviceID); err != nil {
		return nil, err
	}
	return s.store.page(ctx, workspaceID, deviceID, before, n)
}

// Merged moves the calls of a contact that became part of another one.
func (s *Service) Merged(ctx context.Context, m contact.Merge) error {
	return s.store.move(ctx, m.WorkspaceID, m.Gone.ID, m.Kept.ID)
}

// Forget deletes a device's calls.
func (s *Service) Forget(ctx context.Context, d device.Device) error {
	return s.store.forget(ctx, d.WorkspaceID, d.ID)
}
