package picture

import (
	"bytes"
	"context"
	"image"
	"image/draw"
	"image/jpeg"
)

// Portrait makes a square JPEG of the middle of a picture, at most side pixels wide: what networks take for a profile
// picture. ErrNotPicture, ErrTooManyPixels.
func (s *Shop) Portrait(ctx context.Context, data []byte, side int) (out []byte, err error) {
	err = s.work(ctx, data, func(m image.Image) error {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, fit(square(m), side, onWhite), &jpeg.Options{Quality: 85}); err != nil {
			return err
		}
		out = b.Bytes()
		return nil
	})
	return out, err
}

// square cuts the middle out of a picture.
func square(m image.Image) image.Image {
	b := m.Bounds()
	side := min(b.Dx(), b.Dy())
	at := image.Pt(b.Min.X+(b.Dx()-side)/2, b.Min.Y+(b.Dy()-side)/2)
	if cut, ok := m.(interface {
		SubImage(r image.Rectangle) image.Image
	}); ok {
		return cut.SubImage(image.Rectangle{Min: at, Max: at.Add(image.Pt(side, side))})
	}
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(out, out.Bounds(), m, at, draw.Src)
	return out
}
