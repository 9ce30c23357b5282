package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/gen2brain/webp"

	"github.com/pingcrm/pingcrm/internal/kit/picture"
)

// drawn is a picture with a transparent left half and a red right one.
func drawn(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := w / 2; x < w; x++ {
			m.SetNRGBA(x, y, color.NRGBA{R: 200, A: 255})
		}
	}
	return m
}

func encoded(t testing.TB, format string, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch m := drawn(w, h); format {
	case "png":
		err = png.Encode(&b, m)
	case "jpeg":
		err = jpeg.Encode(&b, m, nil)
	case "gif":
		err = gif.Encode(&b, m, nil)
	case "webp":
		err = webp.Encode(&b, m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pngOf is a PNG whose header claims a size; there are no pixels behind it.
func pngOf(w, h uint32) []byte {
	head := append([]byte("IHDR"), 0, 0, 0, 0, 0, 0, 0, 0, 8, 6, 0, 0, 0)
	binary.BigEndian.PutUint32(head[4:], w)
	binary.BigEndian.PutUint32(head[8:], h)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}

// riff is a WebP file of chunks: name, body, name, body.
func riff(chunks ...string) []byte {
	body := []byte("WEBP")
	for i := 0; i < len(chunks); i += 2 {
		body = append(body, chunks[i]...)
		body = binary.LittleEndian.AppendUint32(body, uint32(len(chunks[i+1])))
		body = append(body, chunks[i+1]...)
		if len(chunks[i+1])%2 == 1 {
			body = append(body, 0)
		}
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

const (
	smallCanvas = "\x00\x00\x00\x00\x09\x00\x00\x09\x00\x00" // VP8X, 10×10
	moving      = "\x02\x00\x00\x00\xff\x01\x00\xff\x01\x00" // VP8X, 512×512, moves
	hugeMoving  = "\x02\x00\x00\x00\xff\xff\x00\xff\xff\x00" // VP8X, 65536×65536, moves
	hugeVP8L    = "\x2f\xff\xff\xff\x0f\x00"                 // 16384×16384
	hugeVP8     = "\x00\x00\x00\x9d\x01\x2a\xff\x3f\xff\x3f" // 16383×16383
)

func TestLook(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data []byte
		want picture.Info
	}{
		"png":         {encoded(t, "png", 30, 20), picture.Info{Format: "png", Width: 30, Height: 20}},
		"jpeg":        {encoded(t, "jpeg", 30, 20), picture.Info{Format: "jpeg", Width: 30, Height: 20}},
		"gif":         {encoded(t, "gif", 30, 20), picture.Info{Format: "gif", Width: 30, Height: 20}},
		"webp":        {encoded(t, "webp", 30, 20), picture.Info{Format: "webp", Width: 30, Height: 20}},
		"webp moving": {riff("VP8X", moving, "ANIM", "123456"), picture.Info{Format: "webp", Width: 512, Height: 512, Animated: true}},
		"a large picture in a small canvas": {
			riff("VP8X", smallCanvas, "VP8L", hugeVP8L), picture.Info{Format: "webp", Width: 16384, Height: 16384},
		},
		"png flood": {pngOf(60_000, 60_000), picture.Info{Format: "png", Width: 60_000, Height: 60_000}},
	} {
		if got, err := picture.Look(c.data); err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, c.want)
		}
	}
	for name, data := range map[string][]byte{
		"nothing": nil, "a page": []byte("<html>"), "a torn png": encoded(t, "png", 30, 20)[:20], "no chunk": riff(),
		"a torn webp": riff("VP8L", hugeVP8L)[:22], "another riff": []byte("RIFF\x00\x00\x00\x00WAVEfmt 12345678"),
	} {
		if got, err := picture.Look(data); !errors.Is(err, picture.ErrNotPicture) {
			t.Errorf("%s: got %+v, %v; want ErrNotPicture", name, got, err)
		}
	}
}

func TestAStickerOfAnyPicture(t *testing.T) {
	t.Parallel()
	s := picture.New()
	for format, size := range map[string][2]int{"png": {900, 300}, "jpeg": {300, 900}, "gif": {40, 40}, "webp": {600, 600}} {
		out, err := s.Sticker(t.Context(), encoded(t, format, size[0], size[1]))
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		info, err := picture.Look(out)
		if err != nil || info.Format != "webp" || max(info.Width, info.Height) != min(512, max(size[0], size[1])) || len(out) > 100<<10 {
			t.Errorf("%s of %v: %+v, %v, %d bytes; want WebP, the longer side at most 512, 100 KiB", format, size, info, err, len(out))
		}
		m, err := webp.Decode(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		r, _, _, a := m.At(info.Width-2, info.Height/2).RGBA()
		if r>>8 < 150 || a>>8 < 250 {
			t.Errorf("%s: the right half is %v, want red", format, m.At(info.Width-2, info.Height/2))
		}
		if _, _, _, a := m.At(1, info.Height/2).RGBA(); format == "png" && a>>8 > 5 {
			t.Errorf("%s: the left half has alpha %d, want it transparent", format, a>>8)
		}
	}
}

func TestAStickerThatIsOneStaysUntouched(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"still": encoded(t, "webp", 512, 512), "moving": riff("VP8X", moving, "ANIM", "123456", "ANMF", "frames"),
	} {
		out, err := picture.New().Sticker(t.Context(), data)
		if err != nil || !bytes.Equal(out, data) {
			t.Errorf("%s: %d bytes, %v; want the same %d", name, len(out), err, len(data))
		}
	}
}

// What claims to be enormous is refused by its header: decoding it would take gigabytes.
func TestPixelFloodsAreNotDecoded(t *testing.T) {
	t.Parallel()
	large := append(riff("VP8X", moving, "ANIM", "123456"), make([]byte, 2<<20)...)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"png":                        {pngOf(60_000, 60_000), picture.ErrTooManyPixels},
		"png, sides that overflow":   {pngOf(0x7fffffff, 0x7fffffff), nil},
		"webp":                       {riff("VP8L", hugeVP8L), picture.ErrTooManyPixels},
		"webp, lossy":                {riff("VP8 ", hugeVP8), picture.ErrTooManyPixels},
		"webp, hidden":               {riff("VP8X", smallCanvas, "VP8L", hugeVP8L), picture.ErrTooManyPixels},
		"webp, moving, large canvas": {riff("VP8X", hugeMoving), picture.ErrAnimation},
		"webp, moving, many bytes":   {large, picture.ErrAnimation},
		"gif":                        {[]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"), picture.ErrTooManyPixels},
		"a page":                     {[]byte("<svg onload=alert(1)>"), picture.ErrNotPicture},
		"a torn png":                 {encoded(t, "png", 300, 300)[:100], picture.ErrNotPicture},
	} {
		_, err := picture.New().Sticker(t.Context(), c.data)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if _, err := picture.New().Thumbnail(t.Context(), c.data, 72); err == nil {
			t.Errorf("%s: a thumbnail was made", name)
		}
	}
}

func TestThumbnail(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{800, 600}, {600, 800}, {20, 10}, {3000, 1}} {
		out, err := picture.New().Thumbnail(t.Context(), encoded(t, "png", size[0], size[1]), 72)
		if err != nil {
			t.Fatal(err)
		}
		info, err := picture.Look(out)
		if err != nil || info.Format != "jpeg" || max(info.Width, info.Height) > 72 || min(info.Width, info.Height) < 1 {
			t.Errorf("of %v: %+v, %v; want a JPEG of at most 72 pixels", size, info, err)
		}
	}
}

func FuzzLook(f *testing.F) {
	for _, data := range [][]byte{
		pngOf(1, 1), riff("VP8X", smallCanvas, "VP8L", hugeVP8L), riff("VP8 ", hugeVP8), riff("VP8X", moving), []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00"),
	} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := picture.Look(data)
		if (err == nil) != (info.Width > 0 && info.Height > 0 && info.Format != "") {
			t.Fatalf("Look = %+v, %v: a picture has a size", info, err)
		}
	})
}
