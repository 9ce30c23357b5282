package whatsapp

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"

	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/device"
)

// maxObjectDepth bounds how deep a message may be wrapped.
const maxObjectDepth = 8

// objectFiles are the messages that carry a file, with what its keys are derived for.
var objectFiles = map[string]string{
	"imageMessage": "image", "stickerMessage": "image", "videoMessage": "video", "ptvMessage": "video", "audioMessage": "audio", "documentMessage": "document",
}

// objectWraps are the messages that only wrap another one.
var objectWraps = []string{
	"ephemeralMessage", "viewOnceMessage", "viewOnceMessageV2", "viewOnceMessageV2Extension", "documentWithCaptionMessage", "editedMessage",
	"deviceSentMessage", "lottieStickerMessage",
}

// objectFile is what a message says of its file. Where it lies is taken from directPath alone: url may be anybody's.
type objectFile struct {
	Mimetype      string      `json:"mimetype"`
	FileName      string      `json:"fileName"`
	FileLength    objectCount `json:"fileLength"`
	DirectPath    string      `json:"directPath"`
	MediaKey      objectBytes `json:"mediaKey"`
	FileSHA256    objectBytes `json:"fileSha256"`
	FileEncSHA256 objectBytes `json:"fileEncSha256"`
}

// MediaOf finds the file in a message as JavaScript clients show it. Nothing of it is trusted: the file is fetched from
// WhatsApp's own hosts, and its hashes are checked.
func (*Driver) MediaOf(message json.RawMessage) (device.Media, error) {
	of := originOf(message)
	for range maxObjectDepth {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(message, &fields); err != nil {
			return device.Media{}, device.ErrObject.WithCause(err)
		}
		for name, mediaType := range objectFiles {
			if raw, ok := fields[name]; ok && string(raw) != "null" {
				return mediaOfObject(mediaType, raw, of)
			}
		}
		if message = inner(fields); message == nil {
			break
		}
	}
	return device.Media{}, device.ErrObject
}

// inner is the message that another one wraps; nil if it is none.
func inner(fields map[string]json.RawMessage) json.RawMessage {
	for _, name := range objectWraps {
		if raw, ok := fields[name]; ok && string(raw) != "null" {
			return raw
		}
	}
	return fields["message"]
}

// originOf is the message that a whole object says it is, by which the account's phone can be asked for its file; nil when
// it names none that there can be.
func originOf(message json.RawMessage) *origin {
	var whole struct {
		Key struct {
			RemoteJID   string `json:"remoteJid"`
			FromMe      bool   `json:"fromMe"`
			ID          string `json:"id"`
			Participant string `json:"participant"`
		} `json:"key"`
	}
	if json.Unmarshal(message, &whole) != nil {
		return nil
	}
	k := whole.Key
	chat, err := types.ParseJID(k.RemoteJID)
	if err != nil || !goodID(k.ID) || chat.User == "" {
		return nil
	}
	switch chat.Server {
	case types.DefaultUserServer, types.HiddenUserServer:
		return &origin{Chat: chat.ToNonAD().String(), ID: k.ID, FromMe: k.FromMe}
	case types.GroupServer:
		sender, err := types.ParseJID(k.Participant)
		if err == nil && sender.User != "" && (sender.Server == types.DefaultUserServer || sender.Server == types.HiddenUserServer) {
			return &origin{Chat: chat.String(), Sender: sender.ToNonAD().String(), ID: k.ID, FromMe: k.FromMe}
		}
	}
	return nil
}

// goodID reports whether a message may have such an id.
func goodID(id string) bool {
	return id != "" && len(id) <= 128 && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
}

func mediaOfObject(mediaType string, raw json.RawMessage, of *origin) (device.Media, error) {
	var f objectFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return device.Media{}, device.ErrObject.WithCause(err)
	}
	r := remote{Type: mediaType, Path: f.DirectPath, Key: f.MediaKey, SHA256: f.FileSHA256, EncSHA256: f.FileEncSHA256, Of: of}
	if !goodPath(r.Path) || r.open() {
		return device.Media{}, device.ErrObject
	}
	b, err := json.Marshal(r)
	if err == nil {
		_, _, err = readRemote(b)
	}
	if err != nil {
		return device.Media{}, device.ErrObject.WithCause(err)
	}
	return device.Media{MIME: text(f.Mimetype, maxName), Filename: filename(f.FileName), Size: int64(f.FileLength), Remote: b}, nil
}

// goodPath reports whether a path from outside stays a path when it is put behind a host's name, and brings the query
// that the library goes on with.
func goodPath(path string) bool {
	return len(path) <= 2048 && strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && strings.Contains(path, "?") &&
		!strings.ContainsFunc(path, func(r rune) bool {
			return r == '#' || r == '\\' || r == '@' || unicode.IsSpace(r) || !unicode.IsPrint(r)
		})
}

// objectBytes are bytes as JavaScript clients write them: base64, or a Buffer of base64 or of numbers.
type objectBytes []byte

// UnmarshalJSON reads any of the forms.
func (b *objectBytes) UnmarshalJSON(data []byte) error {
	var buffer struct {
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(data, &buffer) == nil && buffer.Data != nil {
		data = buffer.Data
	}
	if len(data) > 0 && data[0] == '[' {
		var numbers []int
		err := json.Unmarshal(data, &numbers)
		*b = make([]byte, len(numbers))
		for i, n := range numbers {
			(*b)[i] = byte(n)
		}
		return err
	}
	var written string
	if err := json.Unmarshal(data, &written); err != nil {
		return err
	}
	read, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(written), "="))
	*b = read
	return err
}

// objectCount is a number that may be written as a text.
type objectCount int64

// UnmarshalJSON reads either form; what is no number is 0, because the size is only a hint.
func (c *objectCount) UnmarshalJSON(data []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(data), `"`), 10, 64)
	if err == nil && n > 0 {
		*c = objectCount(n)
	}
	return nil
}

var _ device.ObjectReader = (*Driver)(nil)
