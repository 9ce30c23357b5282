// Package file owns the files of a workspace: pictures, documents and voice notes on their way in and out.
package file

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/picture"
)

// Bounds of one file, in bytes.
const (
	// MaxSize is for what is sent as a video or a document. WhatsApp itself takes documents to 2 GB.
	MaxSize = 100 << 20
	// MaxShown is for what is sent as a picture, sound or sticker: WhatsApp takes these to 16 MiB on every client.
	MaxShown = 16 << 20
	// maxPoints is for what a browser is given to draw, in pixels: 40 million take 160 MB in its memory, however few bytes
	// the file has.
	maxPoints = 40_000_000
)

// maxName bounds a file's name, in characters.
const maxName = 200

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "file_not_found", fault.Text{
		ID: "Berkas tidak ditemukan. Unggah dulu ke /api/v1/files.",
		EN: "There is no such file. Upload it to /api/v1/files first.",
	})
	ErrTooLarge = fault.New(fault.TooLarge, "file_too_large", fault.Text{
		ID: "Berkas terlalu besar. Gambar, suara dan stiker paling besar 16 MiB; video dan dokumen 100 MiB.",
		EN: "The file is too large. Pictures, sounds and stickers have at most 16 MiB, videos and documents 100 MiB.",
	})
	ErrEmpty = fault.New(fault.Invalid, "file_empty", fault.Text{
		ID: "Berkas kosong.", EN: "The file is empty.",
	}).WithField("file")
	// ErrNotShown is for pictures that are no good for a page.
	ErrNotShown = fault.New(fault.Invalid, "picture_not_shown", fault.Text{
		ID: "Gambar ini terlalu besar untuk ditampilkan, atau bukan gambar yang dikenal. Unduh untuk membukanya.",
		EN: "This picture is too large to be shown, or of no known kind. Download it to open it.",
	})
	ErrKind = fault.New(fault.Invalid, "file_kind", fault.Text{
		ID: "Berkas hanya bisa dikirim sebagai image, video, audio, voice, document atau sticker.",
		EN: "A file can only be sent as image, video, audio, voice, document or sticker.",
	}).WithField("kind")
)

// File is one file of a workspace. The bytes never change.
type File struct {
	ID          string
	WorkspaceID string
	SHA256      string // hex, of the bytes
	Size        int64  // bytes
	MIME        string // found by looking at the bytes, never as told
	Filename    string // as told, without folders; for display only
	CreatedAt   int64  // unix ms
	Width       int    // of a picture, in pixels; 0 is not known
	Height      int
	Thumbnail   []byte // of a picture: a small JPEG; may be nil
}

// Service keeps the files of all workspaces. It is the device.Blobs of every driver.
type Service struct {
	db       *db.DB
	blobs    blob.Store
	pictures *picture.Shop
	client   *http.Client // for addresses that users gave
	check    func(address string) error
	fetches  chan struct{}
	now      func() time.Time
}

// New makes the service over a store of bytes.
func New(d *db.DB, blobs blob.Store) *Service {
	return &Service{db: d, blobs: blobs, pictures: picture.New(), now: time.Now}
}

// Put keeps data and returns its id; for drivers.
func (s *Service) Put(ctx context.Context, workspaceID string, data []byte) (string, error) {
	f, err := s.Add(ctx, workspaceID, "", data)
	return f.ID, err
}

// Get returns the bytes of a file of the workspace.
func (s *Service) Get(ctx context.Context, workspaceID, fileID string) ([]byte, error) {
	f, err := s.Find(ctx, workspaceID, fileID)
	if err != nil {
		return nil, err
	}
	data, err := s.blobs.Get(ctx, f.key())
	if errors.Is(err, blob.ErrMissing) {
		return nil, ErrNotFound.WithCause(err)
	}
	return data, err
}

// Media describes a file as a message carries it.
func (s *Service) Media(ctx context.Context, workspaceID, fileID string) (device.Media, error) {
	f, err := s.Find(ctx, workspaceID, fileID)
	if err != nil {
		return device.Media{}, err
	}
	return f.media(), nil
}

func (f File) media() device.Media {
	return device.Media{
		Blob: f.ID, MIME: f.MIME, Filename: f.Filename, Size: f.Size, SHA256: f.SHA256, Width: f.Width, Height: f.Height, Thumbnail: f.Thumbnail,
	}
}

const findFile = `SELECT workspace_id, id, sha256, size, mime, filename, created_at, width, height, thumbnail FROM files WHERE workspace_id = $1 AND id = $2`

// Find returns a file's row; another workspace's file is ErrNotFound like one that is not there.
func (s *Service) Find(ctx context.Context, workspaceID, fileID string) (File, error) {
	f, err := scan(s.db.QueryRow(ctx, findFile, workspaceID, fileID))
	if errors.Is(err, sql.ErrNoRows) {
		return File{}, ErrNotFound
	}
	return f, err
}

func scan(r dbutil.Scannable) (f File, err error) {
	err = r.Scan(&f.WorkspaceID, &f.ID, &f.SHA256, &f.Size, &f.MIME, &f.Filename, &f.CreatedAt, &f.Width, &f.Height, &f.Thumbnail)
	return f, err
}

const filesAfter = `SELECT workspace_id, id, sha256, size, mime, filename, created_at, width, height, thumbnail FROM files
	WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3`

// After lists up to n files of a workspace behind an id, in the order in which they came; "" begins.
func (s *Service) After(ctx context.Context, workspaceID, fileID string, n int) ([]File, error) {
	rows, err := s.db.Query(ctx, filesAfter, workspaceID, fileID, n)
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

const insertFile = `INSERT INTO files (workspace_id, id, sha256, size, mime, filename, created_at, width, height, thumbnail)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// insert writes the row, and that its bytes are wanted: what throws bytes away waits for one or the other.
func (s *Service) insert(ctx context.Context, f File) error {
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, deleteTrash, f.WorkspaceID, f.SHA256); err != nil {
			return err
		}
		_, err := s.db.Exec(ctx, insertFile, f.WorkspaceID, f.ID, f.SHA256, f.Size, f.MIME, f.Filename, f.CreatedAt, f.Width, f.Height, f.Thumbnail)
		return err
	})
	if err != nil {
		return fmt.Errorf("store file: %w", err)
	}
	return nil
}

// key is where the bytes lie: equal files of one workspace share them, workspaces never do.
func (f File) key() string { return f.WorkspaceID + "/" + f.SHA256[:2] + "/" + f.SHA256 }

// KindOf is how a file is shown when nobody said it.
func KindOf(mimeType string) device.Kind {
	switch {
	case mimeType == "image/webp":
		return device.KindSticker
	case strings.HasPrefix(mimeType, "image/"):
		return device.KindImage
	case strings.HasPrefix(mimeType, "video/"):
		return device.KindVideo
	case strings.HasPrefix(mimeType, "audio/"):
		return device.KindAudio
	default:
		return device.KindDocument
	}
}

// sniff finds the type by the bytes. Where those only say "some bytes" or "a zip", the name's ending may refine it to
// one of the office types; it can never make a page or a picture of something else.
func sniff(data []byte, filename string) string {
	found, _, err := mime.ParseMediaType(http.DetectContentType(data))
	if err != nil {
		return "application/octet-stream"
	}
	if found == "application/ogg" {
		return "audio/ogg"
	}
	if found != "application/octet-stream" && found != "application/zip" {
		return found
	}
	if t, ok := officeTypes[strings.ToLower(filepath.Ext(filename))]; ok {
		return t
	}
	return found
}

var officeTypes = map[string]string{
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".doc":  "application/msword",
	".xls":  "application/vnd.ms-excel",
	".ppt":  "application/vnd.ms-powerpoint",
}

// cleanName takes folders, control characters and what turns the direction of writing out of a name and bounds it.
func cleanName(name string) string {
	name = db.Text(name)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, name)
	if r := []rune(name); len(r) > maxName {
		name = string(r[:maxName])
	}
	name = strings.TrimSpace(name)
	if name == "." || name == ".." {
		return ""
	}
	return name
}
