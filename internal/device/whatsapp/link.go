package whatsapp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// Reasons of device.StepFailed that are not a number of the network's.
const (
	reasonUnreachable = "network_unreachable"
	reasonTimeout     = "timeout"
	reasonClosed      = "disconnected"
	reasonPhone       = "invalid_phone"
	reasonMethod      = "unknown_method"
	reasonRefused     = "refused"
	reasonOldPhone    = "multidevice_off" // StepAsk: the phone must first allow linked devices
)

// The network shows the first QR code for a minute and each later one for 20 seconds, and closes the connection
// after the last. A code to type lives as long as that connection.
const (
	firstQR     = 60 * time.Second
	laterQR     = 20 * time.Second
	codeLife    = 160 * time.Second
	afterPaired = 15 * time.Second // how long the network may take to ask for the first login
)

// Link runs one attempt to link dev.
func (d *Driver) Link(ctx context.Context, dev device.Device, req device.LinkRequest, sink device.Sink, tell func(device.Step)) error {
	if req.Method != device.LinkQR && req.Method != device.LinkCode {
		tell(device.Step{Code: device.StepFailed, Reason: reasonMethod})
		return nil
	}
	with, err := d.clientsOf(dev)
	if err != nil {
		return err
	}
	keys := d.container.NewDevice()
	l := &linking{driver: d, device: dev, req: req, sink: sink, tell: tell, events: make(chan any, 64), done: make(chan struct{})}
	keys.Container = &linkContainer{linking: l}
	l.client = d.client(keys, with)
	l.client.AddEventHandler(l.handle)
	defer close(l.done)
	defer l.client.Disconnect()
	tell(device.Step{Code: device.StepWait})
	if err := l.client.ConnectContext(ctx); err != nil {
		if ctx.Err() == nil {
			d.log.Warn("connect to link", "device", dev.ID, "error", err)
			tell(device.Step{Code: device.StepFailed, Reason: unreachable(err)})
		}
		return nil
	}
	return l.run(ctx)
}

// linking is one attempt.
type linking struct {
	driver *Driver
	device device.Device
	req    device.LinkRequest
	sink   device.Sink
	tell   func(device.Step)
	client *whatsmeow.Client
	events chan any
	done   chan struct{}

	codes   []string         // QR codes still to show
	shown   bool             // there was a code to scan or to type
	rotate  <-chan time.Time // when to show the next
	expires <-chan time.Time // when to give up
}

func (l *linking) handle(evt any) {
	select {
	case l.events <- evt:
	case <-l.done:
	}
}

func (l *linking) run(ctx context.Context) error {
	l.expires = time.After(loginTimeout)
	for {
		var last *device.Step
		select {
		case <-ctx.Done():
			if !l.linked() {
				return nil
			}
			last = &device.Step{Code: device.StepDone}
		case <-l.rotate:
			last = l.showQR()
		case <-l.expires:
			last = l.over(l.tooLate())
		case evt := <-l.events:
			last = l.event(ctx, evt)
		case a := <-l.req.Answers:
			l.answer(ctx, a)
		}
		if last != nil {
			l.tell(*last)
			return nil
		}
	}
}

// linked reports whether the network has taken us as a device: the keys are kept before it is told so.
func (l *linking) linked() bool { return l.client.Store.ID != nil }

// event goes one step on; the last step ends the attempt.
func (l *linking) event(ctx context.Context, evt any) *device.Step {
	failed := func(reason string) *device.Step { return &device.Step{Code: device.StepFailed, Reason: reason} }
	switch e := evt.(type) {
	case *events.QR:
		l.expires = nil
		l.codes = e.Codes
		if l.req.Method == device.LinkCode {
			return l.showCode(ctx)
		}
		return l.showQR()
	case *events.QRScannedWithoutMultidevice:
		l.tell(device.Step{Code: device.StepAsk, Reason: reasonOldPhone, Ask: askOldPhone()})
	case *events.PairSuccess:
		l.rotate, l.expires = nil, time.After(afterPaired)
		l.tell(device.Step{Code: device.StepWait})
	case *events.ManualLoginReconnect:
		// The network wants a login of the new device: its session does that.
		return &device.Step{Code: device.StepDone}
	case *events.PairError:
		return failed(l.refusal(e.Error))
	case *events.PairPasskeyRequest, *events.PairPasskeyConfirmation, *events.PairPasskeyError:
		return l.passkeyEvent(ctx, evt)
	case *events.Disconnected:
		return l.over(l.whyClosed())
	case *events.TemporaryBan:
		return failed(strconv.Itoa(int(events.ConnectFailureTempBanned)))
	case *events.ClientOutdated:
		return failed(device.WhyOutdated)
	case *events.ConnectFailure:
		return failed(e.Reason.NumberString())
	case *events.LoggedOut:
		return failed(e.Reason.NumberString())
	}
	return nil
}

// over ends an attempt that nobody answered, or whose connection is gone. When the keys are kept it has succeeded
// all the same.
func (l *linking) over(reason string) *device.Step {
	if l.linked() {
		return &device.Step{Code: device.StepDone}
	}
	return &device.Step{Code: device.StepFailed, Reason: reason}
}

// tooLate is the reason when time has run out: nobody used the code, or the network never gave one.
func (l *linking) tooLate() string {
	if l.shown {
		return device.ReasonExpired
	}
	return reasonTimeout
}

// whyClosed is the reason when the network ends the connection. It does so by itself after the last code.
func (l *linking) whyClosed() string {
	if l.shown && l.req.Method == device.LinkQR && len(l.codes) == 0 {
		return device.ReasonExpired
	}
	return reasonClosed
}

// showQR shows the next code.
func (l *linking) showQR() *device.Step {
	if len(l.codes) == 0 {
		return l.over(l.tooLate())
	}
	life := laterQR
	if len(l.codes) == 6 {
		life = firstQR
	}
	code := l.codes[0]
	l.codes, l.rotate, l.shown = l.codes[1:], time.After(life), true
	l.tell(device.Step{Code: device.StepShowCode, Show: code, ExpiresAt: time.Now().Add(life).UnixMilli()})
	return nil
}

// showCode asks the network for a code to type on the phone.
func (l *linking) showCode(ctx context.Context) *device.Step {
	code, err := l.client.PairPhone(ctx, l.req.Phone, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	if err != nil {
		reason := reasonRefused
		if errors.Is(err, whatsmeow.ErrPhoneNumberTooShort) || errors.Is(err, whatsmeow.ErrPhoneNumberIsNotInternational) {
			reason = reasonPhone
		}
		var iq *whatsmeow.IQError
		if errors.As(err, &iq) && iq.Code != 0 {
			reason = strconv.Itoa(iq.Code)
		}
		return &device.Step{Code: device.StepFailed, Reason: reason}
	}
	l.expires, l.shown = time.After(codeLife), true
	l.tell(device.Step{Code: device.StepShowCode, Show: code, ExpiresAt: time.Now().Add(codeLife).UnixMilli()})
	return nil
}

// refusal names why linking failed after the phone had agreed: a refusal of ours by its own code.
func (l *linking) refusal(err error) string {
	if f, ok := fault.From(err); ok {
		return f.Code
	}
	l.driver.log.Warn("link", "device", l.device.ID, "error", err)
	return reasonRefused
}

// linkContainer keeps the keys of a device that was just linked, together with the word about it: both or neither,
// and before the network is told that it succeeded.
type linkContainer struct {
	*linking
}

func (c *linkContainer) PutDevice(ctx context.Context, keys *store.Device) error {
	a := account(keys)
	a.Name = cmp.Or(a.Name, text(strings.TrimSpace(keys.BusinessName), maxName))
	return c.driver.db.Tx(ctx, func(ctx context.Context) error {
		if err := c.sink.Linked(ctx, c.device, a); err != nil {
			return fmt.Errorf("link %s: %w", c.device.ID, err)
		}
		if err := c.driver.forgetKeys(ctx, c.device.Account); err != nil {
			return err
		}
		if err := c.driver.container.PutDevice(ctx, keys); err != nil {
			return err
		}
		keys.LIDs = c.driver.lids
		return nil
	})
}

func (c *linkContainer) DeleteDevice(ctx context.Context, keys *store.Device) error {
	return c.driver.container.DeleteDevice(ctx, keys)
}
