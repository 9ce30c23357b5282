package apiapp

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/fill"
	"github.com/pingcrm/pingcrm/internal/outbox"
	"github.com/pingcrm/pingcrm/internal/template"
)

// send is endpoint 4: a text or a template to a person or a group. It answers when the message has its place in the
// durable send queue.
func (s *Service) send(ctx context.Context, c caller) (object, error) {
	group, err := c.in.flag("is_group")
	if err != nil {
		return nil, err
	}
	to, err := addressField(c.in, "phone", group)
	if err != nil {
		return nil, err
	}
	content, err := s.content(ctx, c)
	if err != nil {
		return nil, err
	}
	d, err := s.sender(ctx, c, to.Kind == device.AddressGroup)
	if err != nil {
		return nil, err
	}
	m, send, err := s.Chats.Post(ctx, chat.Post{
		WorkspaceID: c.workspace.ID, Device: d, Content: content, Lane: outbox.LaneNotify,
		To: device.Peer{Group: to.Kind == device.AddressGroup, Addresses: []device.Address{to}},
		By: chat.Author{Kind: chat.ByAPI},
	})
	if err != nil {
		return nil, err
	}
	return object{
		"status": true, "message": "Berhasil mengirimkan pesan",
		"data": object{"message_id": m.NetworkID, "id": m.ID, "device_key": d.ID, "status": send.State},
	}, nil
}

// content is what the call asks to be sent.
func (s *Service) content(ctx context.Context, c caller) (device.Content, error) {
	method, err := c.in.needed("method")
	if err != nil {
		return device.Content{}, err
	}
	switch method {
	case "text":
		text, err := c.in.message("text")
		return device.Content{Kind: device.KindText, Text: text}, err
	case "template":
		return s.fromTemplate(ctx, c)
	default:
		return device.Content{}, errMethod
	}
}

func (s *Service) fromTemplate(ctx context.Context, c caller) (device.Content, error) {
	id, err := c.in.needed("template")
	if err != nil {
		return device.Content{}, err
	}
	vars, err := c.in.texts("variables")
	if err != nil {
		return device.Content{}, err
	}
	t, err := s.Templates.Get(ctx, c.workspace.ID, id)
	if errors.Is(err, template.ErrNotFound) {
		return device.Content{}, template.ErrNotFound.WithField("template")
	}
	if err != nil {
		return device.Content{}, err
	}
	text, err := t.Render(vars)
	if errors.Is(err, fill.ErrMissing) {
		f, _ := fault.From(err)
		return device.Content{}, errVariable.Withf(f.Field).WithField("variables." + f.Field)
	}
	if err != nil || t.FileID == "" {
		return device.Content{Kind: device.KindText, Text: text}, err
	}
	return s.Files.Content(ctx, c.workspace.ID, t.FileID, "", text)
}

// sender is the device that the call names, or one of those that can send now, at random.
func (s *Service) sender(ctx context.Context, c caller, group bool) (device.Device, error) {
	id, err := c.in.text("device_key")
	if err != nil {
		return device.Device{}, err
	}
	if id == "" {
		if group || c.workspace.Settings.DeviceKeyRequired {
			return device.Device{}, errDeviceNeeded
		}
		return s.anyDevice(ctx, c.workspace.ID)
	}
	d, err := s.Devices.Get(ctx, c.workspace.ID, id)
	if f, ok := fault.From(err); ok && f.Kind == fault.NotFound {
		return d, errDevice.WithField("device_key")
	}
	if err == nil && !comesBack(d) {
		return d, errNotConnected
	}
	return d, err
}

// comesBack reports whether a device is connected or will be again without anybody's help: what is sent through it
// waits in the queue until then.
func comesBack(d device.Device) bool {
	switch d.State.Code {
	case device.StateOnline, device.StateRestricted, device.StateConnecting, device.StateOffline:
		return true
	default:
		return false
	}
}

// anyDevice picks among the connected devices, or, when none is connected right now, among those on their way back.
func (s *Service) anyDevice(ctx context.Context, workspaceID string) (device.Device, error) {
	all, err := s.Devices.List(ctx, workspaceID)
	if err != nil {
		return device.Device{}, err
	}
	var now, later []device.Device
	for _, d := range all {
		switch {
		case d.Settings.Paused:
		case d.State.Code == device.StateOnline:
			now = append(now, d)
		case d.State.Code == device.StateConnecting || d.State.Code == device.StateOffline:
			later = append(later, d)
		}
	}
	if len(now) == 0 {
		now = later
	}
	if len(now) == 0 {
		return device.Device{}, errNoDevice
	}
	return now[rand.IntN(len(now))], nil
}
