package file

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/picture"
)

// ErrMismatch means that a file is not what it shall be sent as.
var ErrMismatch = fault.New(fault.Invalid, "file_mismatch", fault.Text{
	ID: "Berkas ini (%s) tidak bisa dikirim sebagai %s. Kirim sebagai document, atau pakai berkas lain.",
	EN: "This file (%s) can't be sent as %s. Send it as document, or use another file.",
}).WithField("kind")

// shows are the types that phones show as a kind of message; a document may be anything.
var shows = map[device.Kind][]string{
	device.KindImage: {"image/jpeg", "image/png", "image/gif", "image/webp"},
	device.KindVideo: {"video/mp4", "video/webm", "video/avi"},
	// A sound in an MP4 file can't be told from a film by its first bytes.
	device.KindAudio:   {"audio/mpeg", "audio/ogg", "audio/wave", "audio/aiff", "audio/basic", "audio/aac", "audio/amr", "video/mp4"},
	device.KindVoice:   {"audio/ogg"},
	device.KindSticker: {"image/jpeg", "image/png", "image/gif", "image/webp"},
}

// Content is a message that carries the file, with text as its caption; kind "" is chosen by the file's type. Of a
// picture that is no sticker yet, one is made and kept as a file of its own. ErrKind, ErrMismatch, ErrTooLarge, and the
// faults of picture.
func (s *Service) Content(ctx context.Context, workspaceID, fileID string, kind device.Kind, text string) (device.Content, error) {
	f, err := s.Find(ctx, workspaceID, fileID)
	if err != nil {
		return device.Content{}, err
	}
	switch {
	case kind == "":
		kind = KindOf(f.MIME)
		torn := kind == device.KindSticker && f.Width == 0
		if torn || f.Size > MaxShown && kind != device.KindVideo {
			kind = device.KindDocument
		}
	case !kind.HasMedia(): // a text would go out without its file
		return device.Content{}, ErrKind
	}
	if err := fits(f, kind); err != nil {
		return device.Content{}, err
	}
	m := f.media()
	if kind == device.KindSticker {
		if m, err = s.sticker(ctx, f); err != nil {
			return device.Content{}, err
		}
	}
	if kind == device.KindAudio && strings.HasPrefix(m.MIME, "video/") {
		m.MIME = "audio/mp4"
	}
	return device.Content{Kind: kind, Text: text, Media: &m}, nil
}

func fits(f File, kind device.Kind) error {
	if kind == device.KindDocument {
		return nil
	}
	if !slices.Contains(shows[kind], f.MIME) {
		return ErrMismatch.Withf(f.MIME, string(kind))
	}
	if kind != device.KindVideo && f.Size > MaxShown {
		return ErrTooLarge
	}
	return nil
}

// sticker is the file itself when it is one already, or a new file.
func (s *Service) sticker(ctx context.Context, f File) (device.Media, error) {
	data, err := s.Get(ctx, f.WorkspaceID, f.ID)
	if err != nil {
		return device.Media{}, err
	}
	made, err := s.pictures.Sticker(ctx, data)
	if err != nil {
		return device.Media{}, err
	}
	if len(made) != len(data) || f.MIME != "image/webp" {
		if f, err = s.Add(ctx, f.WorkspaceID, "", made); err != nil {
			return device.Media{}, fmt.Errorf("keep a sticker: %w", err)
		}
	}
	m := f.media()
	m.Thumbnail = nil // phones show none for stickers
	if info, err := picture.Look(made); err == nil {
		m.Animated = info.Animated
	}
	return m, nil
}
