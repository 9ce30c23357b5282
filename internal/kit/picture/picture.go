// Package picture owns what is done to pictures from outside: looking how large they are before anything is decoded, small views of them, and stickers.
package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/gen2brain/webp"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// MaxPixels bounds the pictures that are decoded: 24 megapixels take 96 MB in memory, and one is decoded at a time.
const MaxPixels = 24_000_000

// The faults of this package.
var (
	ErrNotPicture = fault.New(fault.Invalid, "picture_unreadable", fault.Text{
		ID: "Berkas ini bukan gambar yang bisa dibaca. Pakai JPEG, PNG, GIF atau WebP.",
		EN: "This file is not a picture that can be read. Use JPEG, PNG, GIF or WebP.",
	})
	ErrTooManyPixels = fault.New(fault.Invalid, "picture_too_many_pixels", fault.Text{
		ID: "Gambar ini terlalu besar: paling banyak 24 megapiksel. Perkecil dulu.",
		EN: "This picture is too large: at most 24 megapixels. Make it smaller first.",
	})
	ErrAnimation = fault.New(fault.Invalid, "sticker_animation", fault.Text{
		ID: "Stiker bergerak harus berupa WebP, paling besar 512×512 piksel dan 1 MiB.",
		EN: "A moving sticker must be WebP, at most 512×512 pixels and 1 MiB.",
	})
)

// Info is what a picture's header says.
type Info struct {
	Format   string // jpeg, png, gif or webp
	Width    int    // pixels
	Height   int
	Animated bool // of WebP only
}

// Look reads a picture's header, whatever its name or type says. Nothing is decoded, however large the picture claims to
// be. ErrNotPicture.
func Look(data []byte) (Info, error) {
	if isWebP(data) {
		return lookWebP(data)
	}
	for _, f := range []struct {
		name  string
		magic string
		look  func(io.Reader) (image.Config, error)
	}{
		{"jpeg", "\xff\xd8\xff", jpeg.DecodeConfig}, {"png", "\x89PNG\r\n\x1a\n", png.DecodeConfig}, {"gif", "GIF8", gif.DecodeConfig},
	} {
		if !bytes.HasPrefix(data, []byte(f.magic)) {
			continue
		}
		c, err := f.look(bytes.NewReader(data))
		if err != nil || c.Width <= 0 || c.Height <= 0 {
			return Info{}, ErrNotPicture.WithCause(err)
		}
		return Info{Format: f.name, Width: c.Width, Height: c.Height}, nil
	}
	return Info{}, ErrNotPicture
}

// Shop decodes pictures, one after the other, so that many at once don't take the machine's memory.
type Shop struct{ seat chan struct{} }

// New makes a shop.
func New() *Shop { return &Shop{seat: make(chan struct{}, 1)} }

// work decodes data and hands it to do, when it is its turn. Of a picture that moves it is the first frame.
func (s *Shop) work(ctx context.Context, data []byte, do func(image.Image) error) error {
	info, err := Look(data)
	if err != nil {
		return err
	}
	if int64(info.Width)*int64(info.Height) > MaxPixels {
		return ErrTooManyPixels
	}
	select {
	case s.seat <- struct{}{}:
		defer func() { <-s.seat }()
	case <-ctx.Done():
		return ctx.Err()
	}
	m, err := decode(info, data)
	if err != nil {
		return ErrNotPicture.WithCause(err)
	}
	return do(m)
}

var errMoves = errors.New("frames of a moving picture are not decoded")

// decode takes a decoder that gives up in a panic for one that returns an error: what it reads comes from outside.
func decode(info Info, data []byte) (m image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("the decoder gave up: %v", p)
		}
	}()
	switch {
	case info.Format == "jpeg":
		return jpeg.Decode(bytes.NewReader(data))
	case info.Format == "png":
		return png.Decode(bytes.NewReader(data))
	case info.Format == "gif":
		return gif.Decode(bytes.NewReader(data))
	case info.Animated: // the decoder would take memory for all frames at once
		return nil, errMoves
	default:
		return webp.Decode(bytes.NewReader(data))
	}
}

// Thumbnail makes a JPEG whose longer side has at most side pixels. ErrNotPicture, ErrTooManyPixels.
func (s *Shop) Thumbnail(ctx context.Context, data []byte, side int) (out []byte, err error) {
	err = s.work(ctx, data, func(m image.Image) error {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, fit(m, side, onWhite), &jpeg.Options{Quality: 60}); err != nil {
			return err
		}
		out = b.Bytes()
		return nil
	})
	return out, err
}
