package handset

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/util/cbcutil"
	"go.mau.fi/whatsmeow/util/hkdfutil"
	"google.golang.org/protobuf/proto"
)

// mediaMACLength is how much of the HMAC is appended to an encrypted file.
const mediaMACLength = 10

// remoteFile is where an encrypted file lies and how to open it.
type remoteFile struct {
	Path                    string
	Key, SHA256, EncSHA256  []byte
	Size                    uint64
	keys                    whatsmeow.MediaType
	kind                    string
	caption, mime, filename string
}

// mediaKeys expands a media key for one kind of file.
func mediaKeys(key []byte, kind whatsmeow.MediaType) (iv, cipher, mac []byte) {
	expanded := hkdfutil.SHA256(key, nil, []byte(kind), 112)
	return expanded[:16], expanded[16:48], expanded[48:80]
}

// sealMedia encrypts a file: AES-256-CBC, then the first ten bytes of HMAC-SHA256 over iv and ciphertext.
func sealMedia(key []byte, kind whatsmeow.MediaType, plain []byte) ([]byte, error) {
	iv, cipher, mac := mediaKeys(key, kind)
	// cbcutil appends to what it is given; clipped, that can't reach into the caller's array.
	ciphertext, err := cbcutil.Encrypt(cipher, iv, slices.Clip(plain))
	if err != nil {
		return nil, fmt.Errorf("encrypting a file: %w", err)
	}
	return append(ciphertext, mediaMAC(mac, iv, ciphertext)...), nil
}

func mediaMAC(key, iv, ciphertext []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(iv)
	h.Write(ciphertext)
	return h.Sum(nil)[:mediaMACLength]
}

// openMedia checks both hashes and the MAC, and decrypts.
func openMedia(f remoteFile, blob []byte) ([]byte, error) {
	sum := sha256.Sum256(blob)
	if !hmac.Equal(sum[:], f.EncSHA256) || len(blob) <= mediaMACLength || len(f.Key) != 32 {
		return nil, fmt.Errorf("%w: hash of the encrypted file", ErrDamagedMedia)
	}
	iv, cipher, mac := mediaKeys(f.Key, f.keys)
	ciphertext := blob[:len(blob)-mediaMACLength]
	if !hmac.Equal(mediaMAC(mac, iv, ciphertext), blob[len(ciphertext):]) {
		return nil, fmt.Errorf("%w: authentication code", ErrDamagedMedia)
	}
	// cbcutil decrypts in place, and the blob may be the network's own.
	plain, err := cbcutil.Decrypt(cipher, iv, bytes.Clone(ciphertext))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamagedMedia, err)
	}
	if sum = sha256.Sum256(plain); !hmac.Equal(sum[:], f.SHA256) {
		return nil, fmt.Errorf("%w: hash of the file", ErrDamagedMedia)
	}
	return plain, nil
}

// upload encrypts a file under a new key and puts it on the network.
func (h *Handset) upload(kind whatsmeow.MediaType, plain []byte) (remoteFile, error) {
	h.mu.Lock()
	h.keys.nextID++
	mediaKey := h.keys.derive("media", h.keys.nextID)
	h.mu.Unlock()
	blob, err := sealMedia(mediaKey[:], kind, plain)
	if err != nil {
		return remoteFile{}, err
	}
	sum, encSum := sha256.Sum256(plain), sha256.Sum256(blob)
	return remoteFile{
		Path: h.link.Upload(kind, blob), Key: mediaKey[:], Size: uint64(len(plain)),
		SHA256: sum[:], EncSHA256: encSum[:],
	}, nil
}

// Media downloads and decrypts the file of a message, which may have been deleted without it. Its hashes were verified.
func (h *Handset) Media(_ context.Context, id string) ([]byte, error) {
	h.mu.Lock()
	e := h.findAny(id)
	for _, gone := range h.state.messages {
		if e == nil && gone.ID == id && gone.MediaKept {
			e = gone
		}
	}
	h.mu.Unlock()
	if e == nil {
		return nil, fmt.Errorf("file of %s: %w", id, ErrNoMessage)
	}
	f, ok := fileOf(unwrap(e.Raw))
	if !ok {
		return nil, fmt.Errorf("file of %s: %w", id, ErrNoMedia)
	}
	blob, err := h.link.Download(f.Path)
	if err != nil {
		return nil, fmt.Errorf("downloading the file of %s: %w", id, err)
	}
	plain, err := openMedia(f, blob)
	if err != nil {
		return nil, fmt.Errorf("opening the file of %s: %w", id, err)
	}
	return plain, nil
}

// downloadable is what all messages with a file have.
type downloadable interface {
	GetDirectPath() string
	GetMediaKey() []byte
	GetFileSHA256() []byte
	GetFileEncSHA256() []byte
	GetFileLength() uint64
	GetMimetype() string
}

// fileOf reads the file of a message that has one.
func fileOf(msg *waE2E.Message) (remoteFile, bool) {
	switch {
	case msg.GetImageMessage() != nil:
		f := readFile(msg.GetImageMessage(), TypeImage, whatsmeow.MediaImage)
		f.caption = msg.GetImageMessage().GetCaption()
		return f, true
	case msg.GetVideoMessage() != nil:
		f := readFile(msg.GetVideoMessage(), TypeVideo, whatsmeow.MediaVideo)
		f.caption = msg.GetVideoMessage().GetCaption()
		return f, true
	case msg.GetAudioMessage() != nil && msg.GetAudioMessage().GetPTT():
		return readFile(msg.GetAudioMessage(), TypeVoice, whatsmeow.MediaAudio), true
	case msg.GetAudioMessage() != nil:
		return readFile(msg.GetAudioMessage(), TypeAudio, whatsmeow.MediaAudio), true
	case msg.GetDocumentMessage() != nil:
		f := readFile(msg.GetDocumentMessage(), TypeDocument, whatsmeow.MediaDocument)
		f.caption, f.filename = msg.GetDocumentMessage().GetCaption(), msg.GetDocumentMessage().GetFileName()
		return f, true
	case msg.GetStickerMessage() != nil:
		return readFile(msg.GetStickerMessage(), TypeSticker, whatsmeow.MediaImage), true
	}
	return remoteFile{}, false
}

func readFile(d downloadable, kind string, keys whatsmeow.MediaType) remoteFile {
	return remoteFile{
		Path: d.GetDirectPath(), Key: d.GetMediaKey(), SHA256: d.GetFileSHA256(),
		EncSHA256: d.GetFileEncSHA256(), Size: d.GetFileLength(),
		keys: keys, kind: kind, mime: d.GetMimetype(),
	}
}

// mediaHost is the fixed host that clients print in front of a direct path; nobody dials it.
const mediaHost = "https://mmg.whatsapp.net"

// mediaMessage encrypts and uploads a file and makes the message that tells of it.
func (h *Handset) mediaMessage(m *Media, info *waE2E.ContextInfo) (*waE2E.Message, error) {
	kinds := map[string]whatsmeow.MediaType{
		TypeImage: whatsmeow.MediaImage, TypeSticker: whatsmeow.MediaImage, TypeVideo: whatsmeow.MediaVideo,
		TypeAudio: whatsmeow.MediaAudio, TypeVoice: whatsmeow.MediaAudio, TypeDocument: whatsmeow.MediaDocument,
	}
	keys, ok := kinds[m.Type]
	if !ok {
		return nil, fmt.Errorf("%w: got %q", ErrMediaType, m.Type)
	}
	f, err := h.upload(keys, m.Data)
	if err != nil {
		return nil, err
	}
	f.kind, f.mime, f.caption, f.filename = m.Type, mimeOf(m), m.Caption, m.Filename
	return m.dress(f.message(h.link.Now().Unix(), info)), nil
}

// message tells of an uploaded file.
func (f remoteFile) message(at int64, info *waE2E.ContextInfo) *waE2E.Message {
	url, path := proto.String(mediaHost+f.Path), &f.Path
	switch f.kind {
	case TypeImage:
		return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
			URL: url, DirectPath: path, MediaKey: f.Key, FileSHA256: f.SHA256, FileEncSHA256: f.EncSHA256, FileLength: &f.Size,
			Mimetype: &f.mime, MediaKeyTimestamp: &at, Caption: given(f.caption), ContextInfo: info,
		}}
	case TypeVideo:
		return &waE2E.Message{VideoMessage: &waE2E.VideoMessage{
			URL: url, DirectPath: path, MediaKey: f.Key, FileSHA256: f.SHA256, FileEncSHA256: f.EncSHA256, FileLength: &f.Size,
			Mimetype: &f.mime, MediaKeyTimestamp: &at, Caption: given(f.caption), ContextInfo: info,
		}}
	case TypeDocument:
		return &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{
			URL: url, DirectPath: path, MediaKey: f.Key, FileSHA256: f.SHA256, FileEncSHA256: f.EncSHA256, FileLength: &f.Size,
			Mimetype: &f.mime, MediaKeyTimestamp: &at, Caption: given(f.caption), ContextInfo: info,
			FileName: given(f.filename), Title: given(f.filename),
		}}
	case TypeSticker:
		return &waE2E.Message{StickerMessage: &waE2E.StickerMessage{
			URL: url, DirectPath: path, MediaKey: f.Key, FileSHA256: f.SHA256, FileEncSHA256: f.EncSHA256, FileLength: &f.Size,
			Mimetype: &f.mime, MediaKeyTimestamp: &at, ContextInfo: info,
		}}
	default:
		return &waE2E.Message{AudioMessage: &waE2E.AudioMessage{
			URL: url, DirectPath: path, MediaKey: f.Key, FileSHA256: f.SHA256, FileEncSHA256: f.EncSHA256, FileLength: &f.Size,
			Mimetype: &f.mime, MediaKeyTimestamp: &at, PTT: proto.Bool(f.kind == TypeVoice), ContextInfo: info,
		}}
	}
}

// mimeOf is the type that was given, or what phones say for that kind of file.
func mimeOf(m *Media) string {
	if m.MIME != "" {
		return m.MIME
	}
	return map[string]string{
		TypeImage: "image/jpeg", TypeVideo: "video/mp4", TypeAudio: "audio/mp4",
		TypeVoice: "audio/ogg; codecs=opus", TypeSticker: "image/webp",
		TypeDocument: "application/octet-stream",
	}[m.Type]
}

// given leaves empty fields out of a message.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
