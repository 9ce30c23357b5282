package device

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of fetching media.
var (
	ErrMediaGone = fault.New(fault.NotFound, "media_gone", fault.Text{
		ID: "Berkas ini tidak ada lagi di jaringan. Minta pengirimnya mengirim ulang.",
		EN: "The network no longer has this file. Ask its sender to send it again.",
	})
	ErrMedia = fault.New(fault.Upstream, "media_failed", fault.Text{
		ID: "Berkas ini tidak bisa diambil dari jaringan. Coba lagi.", EN: "The file could not be fetched from the network. Try again.",
	})
)

// Download fetches the bytes of media that a device received, over its connection. ErrOffline when the device is not
// connected on this node, ErrAbility when its channel has no such thing, ErrMediaGone, and ErrMedia for the rest.
func (s *Service) Download(ctx context.Context, d Device, m Media) ([]byte, error) {
	session, ok := s.Session(d.ID)
	if !ok {
		return nil, ErrOffline
	}
	from, ok := session.(Downloader)
	if !ok {
		return nil, ErrAbility
	}
	data, err := from.Download(ctx, m)
	if err == nil {
		return data, nil
	}
	if _, ok := fault.From(err); ok {
		return nil, err
	}
	return nil, ErrMedia.WithCause(err)
}
