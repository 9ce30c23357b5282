package chat

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

const (
	// maxLabelName bounds a label's name in bytes, maxLabelRunes in characters.
	maxLabelName  = 400
	maxLabelRunes = 100
	// maxColor is the number of the last colour of WhatsApp's palette of labels.
	maxColor = 19
	// maxLabels is how many labels a device may have.
	maxLabels = 200
)

// The faults of labels.
var (
	ErrLabelNotFound = fault.New(fault.NotFound, "label_not_found", fault.Text{
		ID: "Label tidak ditemukan.", EN: "There is no such label.",
	})
	ErrLabelName = fault.New(fault.Invalid, "label_name_invalid", fault.Text{
		ID: "Nama label harus 1 sampai 100 karakter.", EN: "A label's name must have 1 to 100 characters.",
	}).WithField("name")
	ErrLabelColor = fault.New(fault.Invalid, "label_color_invalid", fault.Text{
		ID: "Warna label harus 0 sampai 19.", EN: "A label's colour must be 0 to 19.",
	}).WithField("color")
	ErrLabels = fault.New(fault.Conflict, "too_many_labels", fault.Text{
		ID: "Perangkat ini sudah punya 200 label. Hapus yang tidak dipakai.", EN: "This device has 200 labels already. Delete those that are not used.",
	})
)

// Label is a coloured label of a device's account, to be put on its chats and messages. The account's other devices
// have it too.
type Label struct {
	ID          string
	WorkspaceID string
	DeviceID    string
	NetworkID   string // what the network calls it
	Name        string
	Color       int // 0..19, of the channel's palette
	Deleted     bool
	CreatedAt   int64 // unix ms
}

// Labels lists the labels of a device in the order in which they were made. A fault of kind not_found for no device.
func (s *Service) Labels(ctx context.Context, workspaceID, deviceID string) ([]Label, error) {
	if _, err := s.conf.Devices.Get(ctx, workspaceID, deviceID); err != nil {
		return nil, err
	}
	list, err := s.store.labels(ctx, workspaceID, deviceID)
	return slices.DeleteFunc(list, func(l Label) bool { return l.Deleted }), err
}

// LabelsOn returns the labels that chats carry, by their ids: one question, however many chats they are, and none where no
// chat has any.
func (s *Service) LabelsOn(ctx context.Context, workspaceID string, items []Item) (map[string]Label, error) {
	var ids []string
	for _, i := range items {
		ids = append(ids, i.Labels...)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	list, err := s.store.labelsByID(ctx, workspaceID, slices.Compact(ids))
	out := make(map[string]Label, len(list))
	for _, l := range list {
		out[l.ID] = l
	}
	return out, err
}

// AddLabel makes a label. ErrLabelName, ErrLabelColor, ErrLabels; device.ErrUnlinked for a device that is not linked: what
// number the account's phone has free for it is not known, and a label of the owner's would be written over.
func (s *Service) AddLabel(ctx context.Context, workspaceID, deviceID, name string, color int) (l Label, err error) {
	if name, err = checkLabel(name, color); err != nil {
		return Label{}, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		d, err := s.conf.Devices.Get(ctx, workspaceID, deviceID)
		if err != nil {
			return err
		}
		if !d.Linked {
			return device.ErrUnlinked
		}
		list, err := s.store.labels(ctx, workspaceID, deviceID)
		if err != nil {
			return err
		}
		if len(list) >= maxLabels && !slices.ContainsFunc(list, func(l Label) bool { return l.Deleted }) {
			return ErrLabels
		}
		l = Label{
			ID: id.New(), WorkspaceID: workspaceID, DeviceID: deviceID, NetworkID: freeLabelID(list), Name: name, Color: color, CreatedAt: s.now(),
		}
		return s.writeLabel(ctx, d, l)
	})
	return l, err
}

// freeLabelID is the number behind the highest that a label of the device has or had, as phones count them.
func freeLabelID(list []Label) string {
	highest := 0
	for _, l := range list {
		if n, err := strconv.Atoi(l.NetworkID); err == nil && n < 1<<30 {
			highest = max(highest, n)
		}
	}
	return strconv.Itoa(highest + 1)
}

// LabelChange is what ChangeLabel changes on a device; nil leaves a thing as it is.
type LabelChange struct {
	DeviceID string
	Name     *string
	Color    *int
}

// ChangeLabel gives a label another name or colour. ErrLabelNotFound, ErrLabelName, ErrLabelColor.
func (s *Service) ChangeLabel(ctx context.Context, workspaceID, labelID string, ch LabelChange) (l Label, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		d, err := s.conf.Devices.Get(ctx, workspaceID, ch.DeviceID)
		if err != nil {
			return err
		}
		if l, err = s.labelOf(ctx, d, labelID); err != nil {
			return err
		}
		if ch.Name != nil {
			l.Name = *ch.Name
		}
		if ch.Color != nil {
			l.Color = *ch.Color
		}
		if l.Name, err = checkLabel(l.Name, l.Color); err != nil {
			return err
		}
		return s.writeLabel(ctx, d, l)
	})
	return l, err
}

// DeleteLabel takes a label away, from every chat and message too. ErrLabelNotFound, also the second time.
func (s *Service) DeleteLabel(ctx context.Context, workspaceID, deviceID, labelID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		d, err := s.conf.Devices.Get(ctx, workspaceID, deviceID)
		if err != nil {
			return err
		}
		l, err := s.labelOf(ctx, d, labelID)
		if err != nil {
			return err
		}
		l.Deleted = true
		return s.writeLabel(ctx, d, l)
	})
}

// writeLabel makes the mark of a label made here.
func (s *Service) writeLabel(ctx context.Context, d device.Device, l Label) error {
	if err := s.keepLabel(ctx, l); err != nil {
		return err
	}
	m := device.Mark{Kind: device.MarkLabel, Label: device.Label{ID: l.NetworkID, Name: l.Name, Color: l.Color, Deleted: l.Deleted}}
	k := marking{d: d, m: m, label: l}
	if err := s.makeMark(ctx, k, wish{}); err != nil {
		return err
	}
	return s.told(ctx, k, Message{})
}

// keepLabel writes a label; a deleted one is taken off everything.
func (s *Service) keepLabel(ctx context.Context, l Label) error {
	if err := s.store.putLabel(ctx, l); err != nil || !l.Deleted {
		return err
	}
	return s.store.takeOff(ctx, l)
}

// labelMarked takes in a label that was made, changed or deleted elsewhere.
func (s *Service) labelMarked(ctx context.Context, d device.Device, m device.Mark) error {
	key := markKey{d.WorkspaceID, d.ID, "", m.Kind, subjectOf(m)}
	later, err := s.store.claimMark(ctx, key, claim{At: m.At})
	if err != nil || !later || m.Label.ID == "" {
		return err
	}
	l, err := s.labelFor(ctx, d, m.Label.ID)
	if err != nil {
		return err
	}
	l.Name, l.Color, l.Deleted = m.Label.Name, m.Label.Color, m.Label.Deleted
	if err := s.keepLabel(ctx, l); err != nil {
		return err
	}
	return s.told(ctx, marking{d: d, m: m, label: l, elsewhere: true}, Message{})
}

// labelFor finds a label by what the network calls it. One that is put on something before it is known is made
// without a name.
func (s *Service) labelFor(ctx context.Context, d device.Device, networkID string) (Label, error) {
	list, err := s.store.labels(ctx, d.WorkspaceID, d.ID)
	if err != nil {
		return Label{}, err
	}
	for _, l := range list {
		if l.NetworkID == networkID {
			return l, nil
		}
	}
	l := Label{ID: id.New(), WorkspaceID: d.WorkspaceID, DeviceID: d.ID, NetworkID: networkID, CreatedAt: s.now()}
	return l, s.store.putLabel(ctx, l)
}

// labelOn puts the label of a mark on its chat or (messageID) a message, or takes it off; false when it is so already.
func (s *Service) labelOn(ctx context.Context, k *marking, messageID string) (changed bool, err error) {
	if k.label, err = s.labelFor(ctx, k.d, k.m.Label.ID); err != nil {
		return false, err
	}
	if changed, err = s.store.setLabelled(ctx, k.c, messageID, k.label, k.m.On, k.m.At); err != nil || !changed {
		return changed, err
	}
	return true, s.store.writeLabels(ctx, k.c.WorkspaceID, k.c.ID, messageID)
}

// LabelChat puts a label on a chat of its device; UnlabelChat takes it off. Twice is fine. ErrNotFound,
// ErrLabelNotFound.
func (s *Service) LabelChat(ctx context.Context, workspaceID, chatID, labelID string) error {
	return s.labelChat(ctx, workspaceID, chatID, labelID, true)
}

// UnlabelChat takes a label off a chat.
func (s *Service) UnlabelChat(ctx context.Context, workspaceID, chatID, labelID string) error {
	return s.labelChat(ctx, workspaceID, chatID, labelID, false)
}

func (s *Service) labelChat(ctx context.Context, workspaceID, chatID, labelID string, on bool) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		d, item, err := s.place(ctx, workspaceID, chatID)
		if err != nil {
			return err
		}
		l, err := s.labelOf(ctx, d, labelID)
		if err != nil || slices.Contains(item.Labels, l.ID) == on {
			return err
		}
		return s.markChat(ctx, d, item.Chat, device.Mark{Kind: device.MarkLabelChat, On: on, Label: device.Label{ID: l.NetworkID}})
	})
}

// labelOf is a label of a device; one of another device is not found.
func (s *Service) labelOf(ctx context.Context, d device.Device, labelID string) (Label, error) {
	l, err := s.store.label(ctx, d.WorkspaceID, labelID)
	if err == nil && l.DeviceID != d.ID {
		err = ErrLabelNotFound
	}
	return l, err
}

// LabelMessage puts a label on a message; UnlabelMessage takes it off. Twice is fine. ErrMessageNotFound,
// ErrLabelNotFound.
func (s *Service) LabelMessage(ctx context.Context, workspaceID, messageID, labelID string) error {
	return s.labelMessage(ctx, workspaceID, messageID, labelID, true)
}

// UnlabelMessage takes a label off a message.
func (s *Service) UnlabelMessage(ctx context.Context, workspaceID, messageID, labelID string) error {
	return s.labelMessage(ctx, workspaceID, messageID, labelID, false)
}

func (s *Service) labelMessage(ctx context.Context, workspaceID, messageID, labelID string, on bool) error {
	return s.onMessage(ctx, workspaceID, messageID, func(ctx context.Context, d device.Device, c Chat, m Message) error {
		l, err := s.labelOf(ctx, d, labelID)
		if err != nil || slices.Contains(m.Labels, l.ID) == on {
			return err
		}
		return s.markMessage(ctx, d, c, m, device.Mark{Kind: device.MarkLabelMessage, On: on, Label: device.Label{ID: l.NetworkID}})
	})
}

// checkLabel tidies a label's name.
func checkLabel(name string, color int) (string, error) {
	name = strings.TrimSpace(db.Text(name))
	if n := utf8.RuneCountInString(name); n < 1 || n > maxLabelRunes {
		return "", ErrLabelName
	}
	if color < 0 || color > maxColor {
		return "", ErrLabelColor
	}
	return name, nil
}
