package chat

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/scratch"
)

// fetchPatience is how long fetching one file may take.
const fetchPatience = 5 * time.Minute

// ErrNoMedia means that a message has no file.
var ErrNoMedia = fault.New(fault.NotFound, "message_without_media", fault.Text{
	ID: "Pesan ini tidak memuat berkas.", EN: "This message has no file.",
})

// FileStore keeps the bytes of messages.
type FileStore interface {
	AddFrom(ctx context.Context, workspaceID, filename string, r io.ReadSeeker) (file.File, error)
	Serve(ctx context.Context, workspaceID, fileID string) (*file.Served, error)
	Show(ctx context.Context, workspaceID, fileID string) (*file.Served, error)
}

// Media returns the id of the file that a message carries, which it fetches over the device's connection and keeps when
// nobody has asked for it before. ErrMessageNotFound, ErrNoMedia, ErrViewOnce, and the faults of device.Service.DownloadTo.
func (s *Service) Media(ctx context.Context, workspaceID, messageID string) (fileID string, err error) {
	m, err := s.store.message(ctx, workspaceID, messageID)
	if err != nil {
		return "", err
	}
	switch media := m.Content.Media; {
	case media == nil || m.RevokedAt > 0:
		return "", ErrNoMedia
	case m.viewOnce():
		return "", ErrViewOnce
	case media.Blob != "":
		return media.Blob, nil
	case len(media.Remote) == 0 || s.conf.Download == nil || s.conf.Store == nil:
		return "", device.ErrMediaGone
	case media.Size > file.MaxSize:
		return "", file.ErrTooLarge
	}
	// Whoever asks at the same time waits for the same bytes; one who goes away does not take them from the others.
	id, err, _ := s.fetches.Do(workspaceID+"/"+messageID, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchPatience)
		defer cancel()
		now, err := s.store.message(ctx, workspaceID, messageID)
		if err != nil {
			return "", err
		}
		if now.Content.Media != nil && now.Content.Media.Blob != "" { // kept between our look and our turn
			return now.Content.Media.Blob, nil
		}
		return s.fetch(ctx, m)
	})
	if err != nil {
		return "", err
	}
	return id.(string), nil
}

// fetch brings a message's bytes into the store and names them in the message.
func (s *Service) fetch(ctx context.Context, m Message) (fileID string, err error) {
	d, err := s.conf.Devices.Get(ctx, m.WorkspaceID, m.DeviceID)
	if err != nil {
		return "", err
	}
	tmp, err := scratch.New()
	if err != nil {
		return "", err
	}
	defer func() { _ = tmp.Close() }()
	if err := s.conf.Download(ctx, d, *m.Content.Media, tmp.File); err != nil {
		return "", err
	}
	f, err := s.conf.Store.AddFrom(ctx, m.WorkspaceID, m.Content.Media.Filename, tmp)
	if err != nil {
		return "", fmt.Errorf("keep the file of a message: %w", err)
	}
	fileID = f.ID
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		now, err := s.store.message(ctx, m.WorkspaceID, m.ID)
		if err != nil {
			return err
		}
		if now.Content.Media == nil || now.RevokedAt > 0 {
			return ErrNoMedia // it was taken back meanwhile
		}
		if now.Content.Media.Blob != "" {
			fileID = now.Content.Media.Blob // another node was faster
			return nil
		}
		now.Content.Media.Blob = fileID
		if err := s.store.updateMessage(ctx, now); err != nil {
			return err
		}
		return nil
	})
	return fileID, err
}

type mediaIn struct {
	ID   string `path:"id" maxLength:"64" doc:"The message's id"`
	Show bool   `query:"show" doc:"A picture is to be drawn: one with too many points is refused, however few bytes it has"`

	glance bool // the headers alone are asked for
}

// Resolve is huma's.
func (in *mediaIn) Resolve(c huma.Context) []error {
	in.glance = c.Method() == http.MethodHead
	return nil
}

func (a api) media(ctx context.Context, in *mediaIn) (*file.Served, error) {
	m, err := a.s.store.message(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case m.viewOnce() && in.glance:
		return a.s.glanceOnce(m)
	case m.viewOnce():
		return a.s.openOnce(ctx, m)
	}
	id, err := a.s.Media(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	if in.Show {
		return a.s.conf.Store.Show(ctx, caller(ctx), id)
	}
	return a.s.conf.Store.Serve(ctx, caller(ctx), id)
}

type messageIn struct {
	ID string `path:"id" maxLength:"64" doc:"The message's id"`
}
