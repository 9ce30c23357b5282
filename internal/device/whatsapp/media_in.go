package whatsapp

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path"
	"strings"
	"unicode"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/device"
)

// remote is what it takes to fetch and decrypt a file; it is device.Media.Remote, as JSON.
type remote struct {
	Type      string `json:"type"` // image, video, audio, document: what the keys are derived for
	Path      string `json:"path"`
	Key       []byte `json:"key"` // null with EncSHA256 null: the file is not encrypted, as newsletters' are
	SHA256    []byte `json:"sha256"`
	EncSHA256 []byte `json:"enc_sha256"`
	// Of is the message that the file came with: the account's phone is asked by it to upload the file again.
	Of *origin `json:"of,omitempty"`
}

// origin names a message as a request to the account's own phone does.
type origin struct {
	Chat   string `json:"chat"`
	Sender string `json:"sender,omitempty"` // in groups
	ID     string `json:"id"`
	FromMe bool   `json:"from_me,omitempty"`
}

// locate notes in a file's reference which message it came with.
func locate(m *device.Media, info types.MessageInfo) {
	if m == nil || len(m.Remote) == 0 {
		return
	}
	var r remote
	if err := json.Unmarshal(m.Remote, &r); err != nil {
		return
	}
	r.Of = &origin{Chat: info.Chat.String(), ID: info.ID, FromMe: info.IsFromMe}
	if info.IsGroup {
		r.Of.Sender = info.Sender.ToNonAD().String()
	}
	m.Remote, _ = json.Marshal(r) // bytes and strings always can be marshalled
}

var errBadRemote = errors.New("media reference is not readable")

// mediaTypes are the names of remote.Type. Stickers are images to the network.
var mediaTypes = map[string]whatsmeow.MediaType{
	"image": whatsmeow.MediaImage, "video": whatsmeow.MediaVideo, "audio": whatsmeow.MediaAudio, "document": whatsmeow.MediaDocument,
}

func readRemote(b []byte) (remote, whatsmeow.MediaType, error) {
	var r remote
	if err := json.Unmarshal(b, &r); err != nil {
		return r, "", fmt.Errorf("%w: %w", errBadRemote, err)
	}
	mt, ok := mediaTypes[r.Type]
	sealed := len(r.Key) == 32 && len(r.EncSHA256) == 32
	if !ok || !strings.HasPrefix(r.Path, "/") || len(r.SHA256) != 32 || !sealed && !r.open() {
		return r, "", errBadRemote
	}
	return r, mt, nil
}

// open reports whether the file is not encrypted.
func (r remote) open() bool { return r.Key == nil && r.EncSHA256 == nil }

// file is what all media messages have in common.
type file interface {
	GetMimetype() string
	GetFileSHA256() []byte
	GetFileLength() uint64
	GetFileEncSHA256() []byte
	GetMediaKey() []byte
	GetDirectPath() string
	GetContextInfo() *waE2E.ContextInfo
}

func mediaOf(m *waE2E.Message) (device.Content, bool) {
	switch {
	case m.GetImageMessage() != nil:
		i := m.GetImageMessage()
		c := mediaContent(device.KindImage, "image", i, i.GetCaption())
		c.Media.Width, c.Media.Height = whole(i.GetWidth()), whole(i.GetHeight())
		c.Media.ViewOnce, c.Media.Thumbnail = i.GetViewOnce(), thumbnail(i.GetJPEGThumbnail())
		return c, true
	case m.GetVideoMessage() != nil:
		return videoContent(m.GetVideoMessage()), true
	case m.GetPtvMessage() != nil:
		c := videoContent(m.GetPtvMessage())
		c.Media.Note = true
		return c, true
	case m.GetAudioMessage() != nil:
		a := m.GetAudioMessage()
		kind := device.KindAudio
		if a.GetPTT() {
			kind = device.KindVoice
		}
		c := mediaContent(kind, "audio", a, "")
		c.Media.Seconds, c.Media.ViewOnce, c.Media.Waveform = whole(a.GetSeconds()), a.GetViewOnce(), waveform(a.GetWaveform())
		return c, true
	case m.GetDocumentMessage() != nil:
		d := m.GetDocumentMessage()
		c := mediaContent(device.KindDocument, "document", d, d.GetCaption())
		c.Media.Filename = filename(d.GetFileName(), d.GetTitle())
		c.Media.Thumbnail = thumbnail(d.GetJPEGThumbnail())
		return c, true
	case m.GetStickerMessage() != nil:
		s := m.GetStickerMessage()
		c := mediaContent(device.KindSticker, "image", s, "")
		c.Media.Width, c.Media.Height, c.Media.Animated = whole(s.GetWidth()), whole(s.GetHeight()), s.GetIsAnimated() || s.GetIsLottie()
		return c, true
	default:
		return device.Content{}, false
	}
}

func videoContent(v *waE2E.VideoMessage) device.Content {
	c := mediaContent(device.KindVideo, "video", v, v.GetCaption())
	c.Media.Width, c.Media.Height, c.Media.Seconds = whole(v.GetWidth()), whole(v.GetHeight()), whole(v.GetSeconds())
	c.Media.ViewOnce, c.Media.Thumbnail, c.Media.GIF = v.GetViewOnce(), thumbnail(v.GetJPEGThumbnail()), v.GetGifPlayback()
	return c
}

func mediaContent(kind device.Kind, mediaType string, f file, caption string) device.Content {
	c := device.Content{
		Kind: kind,
		Text: text(caption, maxText),
		Media: &device.Media{
			MIME:   text(f.GetMimetype(), maxName),
			Size:   int64(min(f.GetFileLength(), math.MaxInt64)),
			SHA256: hex.EncodeToString(hash(f.GetFileSHA256())),
		},
	}
	if len(f.GetMediaKey()) == 32 && len(f.GetFileSHA256()) == 32 && len(f.GetFileEncSHA256()) == 32 {
		c.Media.Remote, _ = json.Marshal(remote{ // bytes and strings always can be marshalled
			Type: mediaType, Path: text(f.GetDirectPath(), 4096), Key: f.GetMediaKey(),
			SHA256: f.GetFileSHA256(), EncSHA256: f.GetFileEncSHA256(),
		})
	}
	withContext(&c, f.GetContextInfo())
	return c
}

// hash returns b if it has the length of a SHA-256, else nothing.
func hash(b []byte) []byte {
	if len(b) != 32 {
		return nil
	}
	return b
}

// whole keeps sizes and durations in what every reader of JSON takes.
func whole(n uint32) int { return int(min(n, math.MaxInt32)) }

// waveform is what is shown of a voice note; what has more steps than clients draw is no waveform.
func waveform(b []byte) []byte {
	if len(b) > maxWaveform {
		return nil
	}
	return b
}

func thumbnail(jpeg []byte) []byte {
	if len(jpeg) > maxThumbnail {
		return nil
	}
	return jpeg
}

// filename is the first of names that is one, without folders, control characters and what turns the direction of writing
// around: it would hide what the file is.
func filename(names ...string) string {
	for _, n := range names {
		n = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
				return -1
			}
			return r
		}, text(n, maxName))
		n = strings.TrimSpace(path.Base(strings.ReplaceAll(n, `\`, "/")))
		if n != "" && n != "." && n != ".." && n != "/" {
			return n
		}
	}
	return ""
}
