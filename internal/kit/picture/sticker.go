package picture

import (
	"bytes"
	"context"
	"image"
	"image/draw"

	"github.com/gen2brain/webp"
)

const (
	// StickerSide is how wide and high a sticker is at most, in pixels: WhatsApp's own size.
	StickerSide = 512
	// maxSticker is how large a sticker that is WebP already may be to go out untouched, in bytes. WhatsApp asks for
	// 500 KB in sticker packs; what people send each other is often a little more.
	maxSticker = 1 << 20
	// goodSticker is what a sticker that we make should not exceed: WhatsApp's limit for one that does not move.
	goodSticker = 100 << 10
)

// Sticker makes a WebP picture of at most 512×512 pixels of any picture. One that is so already stays as it is, also when
// it moves; a larger one that moves is refused with ErrAnimation. ErrNotPicture, ErrTooManyPixels.
func (s *Shop) Sticker(ctx context.Context, data []byte) (out []byte, err error) {
	info, err := Look(data)
	if err != nil {
		return nil, err
	}
	fits := info.Width <= StickerSide && info.Height <= StickerSide && len(data) <= maxSticker
	switch {
	case info.Format == "webp" && fits:
		return data, nil
	case info.Animated:
		return nil, ErrAnimation
	}
	err = s.work(ctx, data, func(m image.Image) error {
		out, err = encode(fit(m, StickerSide, transparent))
		return err
	})
	return out, err
}

// encode tries lower qualities until a sticker is small enough; the last one is taken in any case.
func encode(m *image.RGBA) ([]byte, error) {
	// The encoder takes colours that don't have their transparency in them.
	plain := image.NewNRGBA(m.Bounds())
	draw.Draw(plain, plain.Bounds(), m, image.Point{}, draw.Src)
	var b bytes.Buffer
	for _, quality := range []int{80, 60, 40, 20} {
		b.Reset()
		if err := webp.Encode(&b, plain, webp.Options{Quality: quality, Method: 4}); err != nil {
			return nil, err
		}
		if b.Len() <= goodSticker {
			break
		}
	}
	return b.Bytes(), nil
}
