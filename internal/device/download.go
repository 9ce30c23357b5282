package device

import (
	"context"
	"fmt"
	"os"

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
	return data, downloaded(err)
}

// DownloadTo is Download into a file, for what need not fit into memory. Of a channel that can't do so it is Download.
func (s *Service) DownloadTo(ctx context.Context, d Device, m Media, to *os.File) error {
	session, ok := s.Session(d.ID)
	if !ok {
		return ErrOffline
	}
	if from, ok := session.(FileDownloader); ok {
		return downloaded(from.DownloadTo(ctx, m, to))
	}
	data, err := s.Download(ctx, d, m)
	if err != nil {
		return err
	}
	if _, err := to.Write(data); err != nil {
		return fmt.Errorf("keep a fetched file: %w", err)
	}
	return nil
}

// downloaded makes what a session's download failed with an answer to who asked.
func downloaded(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := fault.From(err); ok {
		return err
	}
	return ErrMedia.WithCause(err)
}
