// Package importer owns bringing contacts in from files, and taking them out into files.
package importer

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "import_not_found", fault.Text{
		ID: "Impor tidak ditemukan.", EN: "There is no such import.",
	})
	ErrForm = fault.New(fault.Invalid, "file_missing", fault.Text{
		ID: "Kirim satu berkas CSV atau XLSX sebagai multipart/form-data di kolom \"file\".",
		EN: "Send one CSV or XLSX file as multipart/form-data in the field \"file\".",
	}).WithField("file")
	ErrTable = fault.New(fault.Invalid, "import_unreadable", fault.Text{
		ID: "Berkas ini bukan tabel CSV atau XLSX yang bisa dibaca. Simpan ulang dari Excel atau Google Sheets, lalu coba lagi.",
		EN: "This file is no CSV or XLSX table that can be read. Save it again from Excel or Google Sheets, then try again.",
	}).WithField("file")
	ErrOld = fault.New(fault.Invalid, "import_old_excel", fault.Text{
		ID: "Ini berkas Excel lama (.xls). Buka di Excel, simpan sebagai .xlsx, lalu coba lagi.",
		EN: "This is a file of an old Excel (.xls). Open it in Excel, save it as .xlsx, then try again.",
	}).WithField("file")
	ErrEmpty = fault.New(fault.Invalid, "import_empty", fault.Text{
		ID: "Tidak ada baris kontak di berkas ini. Harus ada satu baris nama kolom, lalu kontaknya di bawah.", EN: "There are no rows of contacts in this file. One row must name the columns, with the contacts below it.",
	}).WithField("file")
	ErrLarge = fault.New(fault.TooLarge, "import_too_large", fault.Text{
		ID: "Berkas paling besar 50 MiB dengan 500.000 baris. Bagi menjadi beberapa berkas.",
		EN: "A file has at most 50 MiB and 500,000 rows. Split it into several.",
	}).WithField("file")
	ErrMapping = fault.New(fault.Invalid, "import_mapping", fault.Text{
		ID: "Pilih kolom yang berisi nomor telepon, dan tujuan yang ada untuk kolom lain.", EN: "Choose the column with the phone number, and targets that exist for the others.",
	}).WithField("columns")
	ErrState = fault.New(fault.Conflict, "import_state", fault.Text{
		ID: "Impor ini sudah dimulai atau selesai.", EN: "This import has been started or is over.",
	})
)

// State is how far an import is.
type State string

// The states.
const (
	Draft     State = "draft" // nothing was written yet
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"
	Cancelled State = "cancelled" // what had been written stays
	Failed    State = "failed"
)

// Options are what a person chooses before an import begins.
type Options struct {
	Columns   []string       `json:"columns"` // the target of each column, see Targets
	Channel   string         `json:"channel"`
	Policy    contact.Policy `json:"policy"`
	TagIDs    []string       `json:"tag_ids"`
	Consent   bool           `json:"consent"` // all of them have opted in
	Why       string         `json:"why"`     // how
	Landlines bool           `json:"landlines"`
	Mends     []Mend         `json:"mends,omitempty"`
}

// Import is one file on its way in.
type Import struct {
	ID          string
	WorkspaceID string
	FileID      string
	Filename    string
	State       State
	Header      []string
	Samples     [][]string // the first rows
	Options     Options
	Total       int // rows below the header
	Done        int // rows that are written or judged
	Counts      map[Verdict]int
	Problem     string // why it failed
	ByID        string
	CreatedAt   int64 // unix ms
	UpdatedAt   int64 // unix ms
}

// Files keeps the files.
type Files interface {
	AddFrom(ctx context.Context, workspaceID, filename string, r io.ReadSeeker) (file.File, error)
	Open(ctx context.Context, workspaceID, fileID string) (io.ReadSeekCloser, error)
}

// Config is what a Service works with.
type Config struct {
	DB       *db.DB
	Log      *slog.Logger
	Contacts *contact.Service
	Files    Files
	Chats    *chat.Service // for what is known of one contact
	Events   *event.Service
	// Own are the numbers of a workspace's own devices, as digits.
	Own func(ctx context.Context, workspaceID string) ([]string, error)
	// Zone is where a workspace's days begin.
	Zone func(ctx context.Context, workspaceID string) (*time.Location, error)
	// Node names this process among those that share the database.
	Node string
	// Now tells the time; nil is time.Now.
	Now func() time.Time
	// Steady is a time that does not jump, for claims; all nodes share it. nil is Now.
	Steady func() time.Time
}

// Service is the imports and exports of all workspaces.
type Service struct {
	Config
	store store
	wake  chan struct{}
}

// New makes the service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Steady == nil {
		c.Steady = c.Now
	}
	return &Service{Config: c, store: store{c.DB}, wake: make(chan struct{}, 1)}
}

func (s *Service) now() int64 { return s.Now().UnixMilli() }

func (s *Service) steady() int64 { return s.Steady().UnixMilli() }
