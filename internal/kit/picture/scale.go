package picture

import (
	"image"
	"image/color"
	"image/draw"
)

// ground is what shows through a picture that is not opaque.
type ground int

const (
	transparent ground = iota
	onWhite
)

// fit scales m down until its longer side has at most side pixels; a smaller one keeps its size. Each new pixel is the
// mean of those it stands for.
func fit(m image.Image, side int, g ground) *image.RGBA {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	src := image.NewRGBA(image.Rect(0, 0, w, h))
	if g == onWhite {
		draw.Draw(src, src.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	}
	draw.Draw(src, src.Bounds(), m, b.Min, draw.Over)
	if w <= side && h <= side {
		return src
	}
	nw, nh := side, max(1, h*side/w)
	if h > w {
		nw, nh = max(1, w*side/h), side
	}
	out := image.NewRGBA(image.Rect(0, 0, nw, nh))
	for y := range nh {
		for x := range nw {
			mean(out, x, y, src, image.Rect(x*w/nw, y*h/nh, max(x*w/nw+1, (x+1)*w/nw), max(y*h/nh+1, (y+1)*h/nh)))
		}
	}
	return out
}

// mean sets one pixel to the mean of a rectangle. The colours have their transparency in them already, so that what is
// invisible has no weight.
func mean(out *image.RGBA, x, y int, src *image.RGBA, from image.Rectangle) {
	var sum [4]uint32
	for sy := from.Min.Y; sy < from.Max.Y; sy++ {
		i := src.PixOffset(from.Min.X, sy)
		for range from.Dx() {
			for c := range sum {
				sum[c] += uint32(src.Pix[i+c])
			}
			i += 4
		}
	}
	n := uint32(from.Dx() * from.Dy())
	o := out.PixOffset(x, y)
	for c := range sum {
		out.Pix[o+c] = uint8((sum[c] + n/2) / n)
	}
}
