package picture

import (
	"bytes"
	"encoding/binary"
)

// isWebP reports whether data begins like a WebP picture: a RIFF file of that kind.
func isWebP(data []byte) bool {
	return len(data) >= 16 && bytes.Equal(data[:4], []byte("RIFF")) && bytes.Equal(data[8:12], []byte("WEBP"))
}

// lookWebP reads the sizes that the canvas and the first picture in it claim, and takes the larger one: a small canvas
// can't hide a large picture. The layout is that of RFC 9649.
func lookWebP(data []byte) (Info, error) {
	info := Info{Format: "webp"}
	for rest := data[12:]; len(rest) >= 8; {
		size := int(binary.LittleEndian.Uint32(rest[4:8]))
		body := rest[8:]
		if size < 0 || size > len(body) {
			return Info{}, ErrNotPicture // torn
		}
		w, h, ok := chunkSize(string(rest[:4]), body[:size], &info)
		info.Width, info.Height = max(info.Width, w), max(info.Height, h)
		if ok {
			break
		}
		next := size + size&1
		if next > len(body) {
			break
		}
		rest = body[next:]
	}
	if info.Width == 0 || info.Height == 0 {
		return Info{}, ErrNotPicture
	}
	return info, nil
}

// chunkSize reads one chunk's claim; last is true for the picture itself, after which nothing is of interest.
func chunkSize(name string, b []byte, info *Info) (w, h int, last bool) {
	switch {
	case name == "VP8X" && len(b) >= 10:
		info.Animated = b[0]&0x02 != 0
		return int24(b[4:]) + 1, int24(b[7:]) + 1, info.Animated // its frames lie within the canvas
	case name == "VP8 " && len(b) >= 10 && bytes.Equal(b[3:6], []byte{0x9d, 0x01, 0x2a}):
		return int(binary.LittleEndian.Uint16(b[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(b[8:]) & 0x3fff), true
	case name == "VP8L" && len(b) >= 5 && b[0] == 0x2f:
		bits := binary.LittleEndian.Uint32(b[1:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1, true
	default:
		return 0, 0, false
	}
}

func int24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
