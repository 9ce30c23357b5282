package chat

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/scratch"
)

// The faults of what may be viewed once.
var (
	ErrOpened = fault.New(fault.Gone, "view_once_opened", fault.Text{
		ID: "Berkas sekali lihat ini sudah dibuka.", EN: "This view-once file has been opened already.",
	})
	ErrViewOnce = fault.New(fault.Conflict, "view_once", fault.Text{
		ID: "Berkas sekali lihat tidak disimpan dan tidak bisa dipakai lagi.", EN: "A view-once file is never kept, and can't be used for anything else.",
	})
)

// viewOnce reports whether a message has something of theirs that may be looked at once.
func (m Message) viewOnce() bool {
	return !m.FromMe && m.Content.Media != nil && m.Content.Media.ViewOnce
}

// toOpen is nil for what may be viewed once and has not been.
func (s *Service) toOpen(m Message) error {
	switch media := m.Content.Media; {
	case media.Opened:
		return ErrOpened
	case m.RevokedAt > 0:
		return ErrNoMedia
	case len(media.Remote) == 0 || s.conf.Download == nil:
		return device.ErrMediaGone
	}
	return nil
}

// glanceOnce says what there is to look at, for a request of the headers alone. That is no look.
func (s *Service) glanceOnce(m Message) (*file.Served, error) {
	if err := s.toOpen(m); err != nil {
		return nil, err
	}
	return file.ServingOnce(nothing{strings.NewReader("")}, m.Content.Media.MIME, m.Content.Media.Filename), nil
}

// nothing is an empty file.
type nothing struct{ *strings.Reader }

func (nothing) Close() error { return nil }

// openOnce fetches what may be viewed once and forgets how: nobody gets it a second time, and it is never kept. What
// could not be fetched has not been opened.
func (s *Service) openOnce(ctx context.Context, m Message) (*file.Served, error) {
	if err := s.toOpen(m); err != nil {
		return nil, err
	}
	media := *m.Content.Media
	d, err := s.conf.Devices.Get(ctx, m.WorkspaceID, m.DeviceID)
	if err != nil {
		return nil, err
	}
	once, err := scratch.New()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchPatience)
	defer cancel()
	if err := s.conf.Download(ctx, d, media, once.File); err != nil {
		return nil, errors.Join(err, once.Close())
	}
	if err := s.opened(ctx, m); err != nil {
		return nil, errors.Join(err, once.Close())
	}
	if _, err := once.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(err, once.Close())
	}
	return file.ServingOnce(once, media.MIME, media.Filename), nil
}

const forgetRaw = `UPDATE messages SET raw = NULL WHERE workspace_id = $1 AND id = $2`

// opened notes that somebody has looked, and forgets the keys.
func (s *Service) opened(ctx context.Context, m Message) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		now, err := s.store.message(ctx, m.WorkspaceID, m.ID)
		if err != nil {
			return err
		}
		if now.Content.Media == nil || now.Content.Media.Opened {
			return ErrOpened
		}
		now.Content.Media.Opened, now.Content.Media.Remote, now.Content.Media.Thumbnail = true, nil, nil
		if err := s.store.updateMessage(ctx, now); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, forgetRaw, m.WorkspaceID, m.ID); err != nil {
			return err
		}
		return nil
	})
}
