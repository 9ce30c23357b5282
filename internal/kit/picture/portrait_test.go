package picture_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/picture"
)

func TestAPortraitIsASquareOfTheMiddle(t *testing.T) {
	t.Parallel()
	wide := image.NewRGBA(image.Rect(0, 0, 3000, 1000)) // a red middle between white sides
	for y := range 1000 {
		for x := range 3000 {
			c := color.RGBA{255, 255, 255, 255}
			if x >= 1000 && x < 2000 {
				c = color.RGBA{200, 0, 0, 255}
			}
			wide.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, wide); err != nil {
		t.Fatal(err)
	}
	data, err := picture.New().Portrait(t.Context(), b.Bytes(), 640)
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil || m.Bounds().Dx() != 640 || m.Bounds().Dy() != 640 {
		t.Fatalf("got %v, %v; want a JPEG of 640×640", m, err)
	}
	for _, at := range []image.Point{{10, 10}, {320, 320}, {630, 630}} {
		r, g, _, _ := m.At(at.X, at.Y).RGBA()
		if r>>8 < 150 || g>>8 > 60 {
			t.Errorf("the pixel at %v is %d,%d; want the red of the middle", at, r>>8, g>>8)
		}
	}
}

func TestWhatIsNoPictureHasNoPortrait(t *testing.T) {
	t.Parallel()
	for _, data := range [][]byte{nil, []byte("<svg onload=alert(1)>"), []byte("\xff\xd8\xff but no more"), []byte("\x89PNG\r\n\x1a\n")} {
		if _, err := picture.New().Portrait(t.Context(), data, 640); !errors.Is(err, picture.ErrNotPicture) {
			t.Errorf("%.20q: %v, want ErrNotPicture", data, err)
		}
	}
}
