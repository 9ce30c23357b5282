package file

import (
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// ErrForm means that an upload had no file in it.
var ErrForm = fault.New(fault.Invalid, "file_missing", fault.Text{
	ID: "Kirim satu berkas sebagai multipart/form-data di kolom \"file\".",
	EN: "Send one file as multipart/form-data in the field \"file\".",
}).WithField("file")

// Module is the noun as the program lists it. caller gives the workspace of the request that the guard let through.
func Module(s *Service, caller func(context.Context) string) module.Module {
	return module.Module{Name: "file", Upgrades: upgrades(), API: func(h huma.API) { api{s, caller}.add(h) }, Run: s.run}
}

// View is a file as the API shows it.
type View struct {
	ID        string `json:"id"`
	Size      int64  `json:"size" doc:"Bytes"`
	MIME      string `json:"mime" doc:"Found by looking at the bytes"`
	SHA256    string `json:"sha256"`
	Filename  string `json:"filename,omitempty"`
	CreatedAt int64  `json:"created_at" doc:"Unix milliseconds"`
}

type (
	uploadIn struct{ RawBody multipart.Form }
	oneOut   struct{ Body View }
	fileIn   struct {
		ID string `path:"id" maxLength:"64" doc:"The file's id"`
	}
)

// Served is the answer of an operation that gives a file's bytes, with the headers that keep them from running. Parts of a
// file (Range) are served, too.
type Served struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	CSP                string `header:"Content-Security-Policy"`
	Options            string `header:"X-Content-Type-Options"`
	Cache              string `header:"Cache-Control"`
	Body               func(huma.Context)
}

// api is the files' part of the HTTP API.
type api struct {
	s      *Service
	caller func(context.Context) string
}

func (a api) add(h huma.API) {
	httpx.Handle(h, "POST /files", member.WriteFiles, "Upload a file (multipart/form-data, field file, at most 100 MiB)", a.upload,
		httpx.Answers(http.StatusCreated), httpx.BodyLimit(MaxSize+64<<10))
	httpx.Handle(h, "GET /files/{id}", member.ReadFiles, "Show what is known of a file", a.get)
	httpx.Handle(h, "GET /files/{id}/content", member.ReadFiles, "The bytes of a file", a.content)
}

func (a api) upload(ctx context.Context, in *uploadIn) (*oneOut, error) {
	defer func() { _ = in.RawBody.RemoveAll() }()
	heads := in.RawBody.File["file"]
	if len(heads) != 1 {
		return nil, ErrForm
	}
	f, err := heads[0].Open()
	if err != nil {
		return nil, fmt.Errorf("open an uploaded file: %w", err)
	}
	defer func() { _ = f.Close() }()
	return shown(a.s.AddFrom(ctx, a.caller(ctx), heads[0].Filename, f))
}

func (a api) get(ctx context.Context, in *fileIn) (*oneOut, error) {
	return shown(a.s.Find(ctx, a.caller(ctx), in.ID))
}

func shown(f File, err error) (*oneOut, error) {
	if err != nil {
		return nil, err
	}
	return &oneOut{View{ID: f.ID, Size: f.Size, MIME: f.MIME, SHA256: f.SHA256, Filename: f.Filename, CreatedAt: f.CreatedAt}}, nil
}

func (a api) content(ctx context.Context, in *fileIn) (*Served, error) {
	return a.s.Serve(ctx, a.caller(ctx), in.ID)
}

// Serve gives a file of the workspace for an operation's answer. ErrNotFound.
func (s *Service) Serve(ctx context.Context, workspaceID, fileID string) (*Served, error) {
	f, err := s.Find(ctx, workspaceID, fileID)
	if err != nil {
		return nil, err
	}
	r, err := s.Open(ctx, workspaceID, fileID)
	if err != nil {
		return nil, err
	}
	return Serving(r, f.MIME, f.Filename, "private, max-age=31536000, immutable"), nil
}

// Show is Serve for a page that draws the file: of a picture that can't be read, or has too many points, nothing is
// given. ErrNotFound, ErrNotShown.
func (s *Service) Show(ctx context.Context, workspaceID, fileID string) (*Served, error) {
	f, err := s.Find(ctx, workspaceID, fileID)
	if err != nil {
		return nil, err
	}
	if points := int64(f.Width) * int64(f.Height); points == 0 || points > maxPoints {
		return nil, ErrNotShown
	}
	return s.Serve(ctx, workspaceID, fileID)
}

// Serving is an answer of bytes, which it closes.
func Serving(r io.ReadSeekCloser, mimeType, filename, cache string) *Served {
	h := Headers(mimeType, filename)
	return &Served{
		ContentType: h.Get("Content-Type"), ContentDisposition: h.Get("Content-Disposition"), CSP: h.Get("Content-Security-Policy"),
		Options: h.Get("X-Content-Type-Options"), Cache: cache,
		Body: func(c huma.Context) {
			defer func() { _ = r.Close() }()
			req, w := humago.Unwrap(c)
			http.ServeContent(w, req, "", time.Time{}, r)
		},
	}
}

// ServingOnce is Serving of bytes that can't be asked for a second time: they are given whole, whatever part of them or
// condition the request names, and are not to be stored.
func ServingOnce(r io.ReadSeekCloser, mimeType, filename string) *Served {
	s := Serving(r, mimeType, filename, "no-store")
	give := s.Body
	s.Body = func(c huma.Context) {
		req, _ := humago.Unwrap(c)
		for _, name := range []string{"Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
			req.Header.Del(name)
		}
		give(c)
	}
	return s
}

// inline are the types that a browser may show in place; everything else is a download of plain bytes.
var inline = map[string]bool{
	"image/jpeg": true, "image/png": true, "image/gif": true, "image/webp": true, "video/mp4": true, "video/webm": true,
	"audio/mpeg": true, "audio/ogg": true, "audio/wave": true, "application/pdf": true,
}

// Headers are what bytes from outside are served with: a type that the browser can't reinterpret, no scripts, and a
// download unless it is a picture, a sound, a film or a PDF.
func Headers(mimeType, filename string) http.Header {
	h := http.Header{}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	kind, disposition := "application/octet-stream", "attachment"
	if inline[mimeType] {
		kind, disposition = mimeType, "inline"
	}
	h.Set("Content-Type", kind)
	if filename != "" {
		disposition = mime.FormatMediaType(disposition, map[string]string{"filename": filename})
	}
	h.Set("Content-Disposition", disposition)
	return h
}
