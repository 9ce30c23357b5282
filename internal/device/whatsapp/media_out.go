package whatsapp

import (
	"bytes"
	"fmt"
	"math"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
)

// MIME types that are taken for a file that says none.
var defaultMIME = map[device.Kind]string{
	device.KindImage: "image/jpeg", device.KindVideo: "video/mp4", device.KindAudio: "audio/mpeg",
	device.KindVoice: "audio/ogg; codecs=opus", device.KindDocument: "application/octet-stream", device.KindSticker: "image/webp",
}

// uploadType is what a kind's file is encrypted and uploaded as; "" for kinds without a file.
func uploadType(k device.Kind) whatsmeow.MediaType {
	switch k {
	case device.KindImage, device.KindSticker:
		return whatsmeow.MediaImage
	case device.KindVideo:
		return whatsmeow.MediaVideo
	case device.KindAudio, device.KindVoice:
		return whatsmeow.MediaAudio
	case device.KindDocument:
		return whatsmeow.MediaDocument
	default:
		return ""
	}
}

// mediaMIME is the file's MIME type in the form that phones play: a voice note names its codec.
func mediaMIME(k device.Kind, m *device.Media) string {
	if m.MIME == "" || (k == device.KindVoice && m.MIME == "audio/ogg") {
		return defaultMIME[k]
	}
	return m.MIME
}

func mediaMessage(c device.Content, up *whatsmeow.UploadResponse, to addressee) (*waE2E.Message, error) {
	if c.Media == nil || up == nil {
		return nil, fmt.Errorf("%w: media", errIncomplete)
	}
	mime, ctx := proto.String(mediaMIME(c.Kind, c.Media)), contextOf(c, to)
	return once(fileMessage(c, up, mime, ctx), c.Media.ViewOnce), nil
}

// once wraps what may be looked at once, in the wrapper that its kind has.
func once(m *waE2E.Message, viewOnce bool) *waE2E.Message {
	wrapped := &waE2E.FutureProofMessage{Message: m}
	switch {
	case !viewOnce:
		return m
	case m.AudioMessage != nil:
		return &waE2E.Message{ViewOnceMessageV2Extension: wrapped}
	case m.ImageMessage != nil, m.VideoMessage != nil:
		return &waE2E.Message{ViewOnceMessageV2: wrapped}
	default:
		return m
	}
}

func fileMessage(c device.Content, up *whatsmeow.UploadResponse, mime *string, ctx *waE2E.ContextInfo) *waE2E.Message {
	switch c.Kind {
	case device.KindImage:
		return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
			URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256,
			FileSHA256: up.FileSHA256, FileLength: &up.FileLength, Mimetype: mime, ContextInfo: ctx,
			Caption: optional(c.Text), Width: positive(c.Media.Width), Height: positive(c.Media.Height),
			JPEGThumbnail: c.Media.Thumbnail, ViewOnce: yes(c.Media.ViewOnce),
		}}
	case device.KindVideo:
		v := &waE2E.VideoMessage{
			URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256,
			FileSHA256: up.FileSHA256, FileLength: &up.FileLength, Mimetype: mime, ContextInfo: ctx,
			Caption: optional(c.Text), Width: positive(c.Media.Width), Height: positive(c.Media.Height),
			Seconds: positive(c.Media.Seconds), JPEGThumbnail: c.Media.Thumbnail, ViewOnce: yes(c.Media.ViewOnce),
			GifPlayback: yes(c.Media.GIF),
		}
		if c.Media.Note {
			return &waE2E.Message{PtvMessage: v}
		}
		return &waE2E.Message{VideoMessage: v}
	case device.KindDocument:
		return &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{
			URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256,
			FileSHA256: up.FileSHA256, FileLength: &up.FileLength, Mimetype: mime, ContextInfo: ctx,
			Caption: optional(c.Text), FileName: optional(c.Media.Filename), Title: optional(c.Media.Filename),
			JPEGThumbnail: c.Media.Thumbnail,
		}}
	case device.KindSticker:
		return &waE2E.Message{StickerMessage: &waE2E.StickerMessage{
			URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256,
			FileSHA256: up.FileSHA256, FileLength: &up.FileLength, Mimetype: mime, ContextInfo: ctx,
			Width: positive(c.Media.Width), Height: positive(c.Media.Height), IsAnimated: yes(c.Media.Animated),
		}}
	default:
		return &waE2E.Message{AudioMessage: &waE2E.AudioMessage{
			URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256,
			FileSHA256: up.FileSHA256, FileLength: &up.FileLength, Mimetype: mime, ContextInfo: ctx,
			Seconds: positive(c.Media.Seconds), PTT: proto.Bool(c.Kind == device.KindVoice), ViewOnce: yes(c.Media.ViewOnce),
			Waveform: waveform(c.Media.Waveform),
		}}
	}
}

// isWebP reports whether data is a WebP picture, the only form in which stickers are shown.
func isWebP(data []byte) bool {
	return len(data) > 12 && bytes.Equal(data[:4], []byte("RIFF")) && bytes.Equal(data[8:12], []byte("WEBP"))
}

func positive(n int) *uint32 {
	if n <= 0 || n > math.MaxInt32 {
		return nil
	}
	return proto.Uint32(uint32(n))
}

func yes(b bool) *bool {
	if !b {
		return nil
	}
	return &b
}
