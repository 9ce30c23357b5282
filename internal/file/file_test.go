package file_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"mime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

const png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06"

func newService(t testing.TB, d *db.DB) *file.Service {
	t.Helper()
	s := file.New(d, blob.Dir(t.TempDir()))
	dbtest.Migrated(t, d, file.Module(s, nil))
	return s
}

func add(t testing.TB, s *file.Service, workspaceID, name, data string) file.File {
	t.Helper()
	f, err := s.Add(context.Background(), workspaceID, name, []byte(data))
	if err != nil {
		t.Fatalf("Add(%q): %v", name, err)
	}
	return f
}

// A few bytes may say that they are a picture that takes a browser's whole memory.
func TestAPictureOfTooManyPointsIsNotShown(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.SQLite(t))
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"small":      {drawn(t, 30, 20), nil},
		"huge":       {string(headOf(10_000, 10_000)), file.ErrNotShown},
		"overflow":   {string(headOf(1<<31-1, 1<<31-1)), file.ErrNotShown},
		"no picture": {"<svg xmlns='http://www.w3.org/2000/svg'/>", file.ErrNotShown},
	} {
		f := add(t, s, "w", name, c.data)
		if _, err := s.Show(t.Context(), "w", f.ID); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := s.Show(t.Context(), "w", "none"); !errors.Is(err, file.ErrNotFound) {
		t.Errorf("a file that is not there: %v, want ErrNotFound", err)
	}
}

// headOf is the beginning of a PNG that claims a size.
func headOf(w, h uint32) []byte {
	ihdr := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	ihdr = append(binary.BigEndian.AppendUint32(ihdr, h), 8, 2, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), ihdr...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(ihdr))
}

func TestAFileIsKeptForItsWorkspaceOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), newService(t, d)
		made := add(t, s, "w", "foto.png", png)
		got, err := s.Find(ctx, "w", made.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(made, got); diff != "" {
			t.Errorf("what was stored differs from what Add returned:\n%s", diff)
		}
		if got.MIME != "image/png" || got.Size != int64(len(png)) || got.Filename != "foto.png" {
			t.Errorf("got %+v, want a png of %d bytes called foto.png", got, len(png))
		}
		if data, err := s.Get(ctx, "w", made.ID); err != nil || string(data) != png {
			t.Errorf("Get = %q, %v; want the bytes", data, err)
		}
		for _, c := range []struct{ workspace, id string }{{"stranger", made.ID}, {"w", "missing"}, {"", ""}} {
			_, err1 := s.Find(ctx, c.workspace, c.id)
			_, err2 := s.Get(ctx, c.workspace, c.id)
			_, err3 := s.Content(ctx, c.workspace, c.id, "", "")
			for _, err := range []error{err1, err2, err3} {
				if !errors.Is(err, file.ErrNotFound) {
					t.Errorf("workspace %q, id %q: got %v, want ErrNotFound", c.workspace, c.id, err)
				}
			}
		}
	})
}

func TestEqualBytesOfTwoWorkspacesAreTwoFiles(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		a, b, c := add(t, s, "w", "a", png), add(t, s, "w", "b", png), add(t, s, "v", "c", png)
		if a.ID == b.ID || b.ID == c.ID || a.SHA256 != c.SHA256 {
			t.Errorf("got ids %s %s %s, sums %s %s; want three ids and one sum", a.ID, b.ID, c.ID, a.SHA256, c.SHA256)
		}
		for workspace, id := range map[string]string{"w": b.ID, "v": c.ID} {
			if data, err := s.Get(t.Context(), workspace, id); err != nil || string(data) != png {
				t.Errorf("Get of %s = %q, %v", workspace, data, err)
			}
		}
	})
}

func TestSizesAreBounded(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.SQLite(t))
	for _, c := range []struct {
		size int
		want error
	}{{0, file.ErrEmpty}, {1, nil}, {file.MaxSize, nil}, {file.MaxSize + 1, file.ErrTooLarge}} {
		f, err := s.Add(t.Context(), "w", "x", make([]byte, c.size))
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%d bytes: got %v, want %v", c.size, err, c.want)
		}
		if err == nil && f.Size != int64(c.size) {
			t.Errorf("size = %d, want %d", f.Size, c.size)
		}
	}
}

func TestBytesThatAreGoneAreNotFound(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	made := add(t, newService(t, d), "w", "a", "isi")
	elsewhere := file.New(d, blob.Dir(t.TempDir()))
	if _, err := elsewhere.Get(t.Context(), "w", made.ID); !errors.Is(err, file.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestTheTypeIsFoundByTheBytes(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.SQLite(t))
	for _, c := range []struct {
		name, data, want string
		kind             device.Kind
	}{
		{"a.txt", png, "image/png", device.KindImage},
		{"a.png", "<html><script>alert(1)</script>", "text/html", device.KindDocument},
		{"a.docx", "<html>", "text/html", device.KindDocument},
		{"a.html", "biasa saja", "text/plain", device.KindDocument},
		{"a.svg", `<svg xmlns="http://www.w3.org/2000/svg"/>`, "text/plain", device.KindDocument},
		{"a.svg", `<?xml version="1.0"?><svg/>`, "text/xml", device.KindDocument},
		{"nota.PDF", "%PDF-1.7", "application/pdf", device.KindDocument},
		{"a.ogg", "OggS\x00", "audio/ogg", device.KindAudio},
		{"a.mp3", "ID3", "audio/mpeg", device.KindAudio},
		{"a.webp", "RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp", device.KindDocument}, // torn: no phone shows it
		{"a.mp4", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "video/mp4", device.KindVideo},
		{"laporan.xlsx", "PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", device.KindDocument},
		{"a.zip", "PK\x03\x04", "application/zip", device.KindDocument},
		{"a.jpg", "PK\x03\x04", "application/zip", device.KindDocument},
		{"a.jpg", "\x00\x01\x02", "application/octet-stream", device.KindDocument},
	} {
		f := add(t, s, "w", c.name, c.data)
		got, err := s.Content(t.Context(), "w", f.ID, "", "judul")
		if err != nil {
			t.Fatal(err)
		}
		want := device.Content{Kind: c.kind, Text: "judul", Media: &device.Media{
			Blob: f.ID, MIME: c.want, Filename: c.name, Size: int64(len(c.data)), SHA256: f.SHA256, Width: f.Width, Height: f.Height,
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s with %q:\n%s", c.name, c.data, diff)
		}
	}
}

func TestAFileIsOnlyShownAsAKindOfFile(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.SQLite(t))
	f := add(t, s, "w", "a.png", png)
	for _, kind := range []device.Kind{device.KindImage, device.KindDocument} {
		if c, err := s.Content(t.Context(), "w", f.ID, kind, ""); err != nil || c.Kind != kind {
			t.Errorf("as %s: got %s, %v", kind, c.Kind, err)
		}
	}
	for _, kind := range []device.Kind{device.KindText, device.KindLocation, device.KindRevoke, "gambar"} {
		if c, err := s.Content(t.Context(), "w", f.ID, kind, "x"); !errors.Is(err, file.ErrKind) {
			t.Errorf("as %s: got %+v, %v; want ErrKind, the file would be lost on the way", kind, c, err)
		}
	}
}

func TestNamesAreMadeHarmless(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.SQLite(t))
	for name, want := range map[string]string{
		"nota.pdf":                     "nota.pdf",
		"../../etc/passwd":             "passwd",
		`C:\Users\x\foto.png`:          "foto.png",
		"..":                           "",
		".":                            "",
		"  ":                           "",
		" a.pdf ":                      "a.pdf",
		"a\x00b\r\nSet-Cookie: x":      "abSet-Cookie: x",
		"foto\u202egnp.exe":            "fotognp.exe",
		"a\u2066b\u2069c\u200fd\u061c": "abcd",
		"a\u0085b\u2028c":              "abc",
		"\xff\xfe.txt":                 "\ufffd.txt",
		strings.Repeat("é", 300):       strings.Repeat("é", 200),
		"stiker 😀.webp":                "stiker 😀.webp",
	} {
		if got := add(t, s, "w", name, "x").Filename; got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
}

func TestHeadersNeverLetBytesRun(t *testing.T) {
	t.Parallel()
	for mimeType, inline := range map[string]bool{
		"image/png": true, "audio/ogg": true, "application/pdf": true, "text/html": false, "text/xml": false,
		"image/svg+xml": false, "text/plain": false, "application/javascript": false, "": false,
	} {
		h := file.Headers(mimeType, "a.html")
		disposition, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
		if err != nil || params["filename"] != "a.html" {
			t.Errorf("%s: disposition %q: %v", mimeType, h.Get("Content-Disposition"), err)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
			t.Errorf("%s: got %v, want nosniff and a sandbox", mimeType, h)
		}
		want := []string{"application/octet-stream", "attachment"}
		if inline {
			want = []string{mimeType, "inline"}
		}
		if got := []string{h.Get("Content-Type"), disposition}; !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", mimeType, got, want)
		}
	}
}

// FuzzNames holds that a name which was cleaned crosses the header unchanged, in one line.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"a.pdf", `a"b;c=d.pdf`, "a=b@c:d.pdf", "foto\u202e\u0085.png", "\xff", "é'*%20", "\r\n\r\n<html>"} {
		f.Add(s)
	}
	d := dbtest.SQLite(f)
	s := newService(f, d)
	f.Fuzz(func(t *testing.T, name string) {
		got := add(t, s, "w", name, "x").Filename
		if !utf8.ValidString(got) || len([]rune(got)) > 200 || strings.ContainsAny(got, "/\\") || strings.ContainsFunc(got, unicode.IsControl) {
			t.Fatalf("%q became %q", name, got)
		}
		h := file.Headers("image/png", got).Get("Content-Disposition")
		if strings.ContainsFunc(h, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q makes the header %q", got, h)
		}
		_, params, err := mime.ParseMediaType(h)
		if err != nil || params["filename"] != got {
			t.Fatalf("%q crosses as %q: %v (%s)", got, params["filename"], err, h)
		}
	})
}

func TestDriversPutAndGet(t *testing.T) {
	t.Parallel()
	var blobs device.Blobs = newService(t, dbtest.SQLite(t))
	key, err := blobs.Put(t.Context(), "w", []byte(png))
	if err != nil {
		t.Fatal(err)
	}
	if data, err := blobs.Get(t.Context(), "w", key); err != nil || !bytes.Equal(data, []byte(png)) {
		t.Errorf("Get = %q, %v", data, err)
	}
}
