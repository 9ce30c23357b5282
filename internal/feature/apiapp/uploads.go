package apiapp

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// uploadsPath is where the contract shows files of WhatsApp messages.
const uploadsPath = "/uploads/wamedia/"

const (
	// linkLife is how long a link to a file opens.
	linkLife = 24 * time.Hour
	// signLinks is the purpose of their signatures.
	signLinks = "apiapp link"
)

// isLink says that it is the last part of a link: a name and an ending.
func isLink(last string) bool {
	name, ending, ok := strings.Cut(last, ".")
	return ok && isName(name) && isEnding(ending)
}

// The faults of links.
var (
	errName = fault.New(fault.Invalid, "name_invalid", fault.Text{
		ID: "Kolom %s hanya boleh berisi huruf, angka, - dan _ (type: huruf dan angka, paling banyak 10).",
		EN: "The field %s may only have letters, digits, - and _ (type: letters and digits, 10 at most).",
	})
	errLink = fault.New(fault.NotFound, "link_unknown", fault.Text{
		ID: "Tautan ini tidak ada. Minta lagi dengan download-media atau get-profile.",
		EN: "There is no such link. Ask for it again with download-media or get-profile.",
	})
	errLinkOver = fault.New(fault.NotFound, "link_expired", fault.Text{
		ID: "Tautan ini sudah tidak berlaku. Minta lagi dengan download-media atau get-profile.",
		EN: "This link is over. Ask for it again with download-media or get-profile.",
	})
)

// Signer makes and knows texts that only this installation can make.
type Signer interface {
	Sign(purpose string, parts ...string) string
	Signed(signature, purpose string, parts ...string) bool
}

// link is an absolute address under which a file of the workspace opens until a time, without a key. The same file has
// the same link all day, so that pages keep their pictures.
func (s *Service) link(c caller, name, fileID string) string {
	day := s.Now().Truncate(24 * time.Hour)
	until := strconv.FormatInt(day.Add(24*time.Hour+linkLife).Unix(), 10)
	q := url.Values{"of": {c.workspace.ID}, "file": {fileID}, "until": {until}}
	q.Set("sign", s.Signer.Sign(signLinks, c.workspace.ID, fileID, until, name))
	return origin(c.r) + uploadsPath + name + "?" + q.Encode()
}

// upload opens a link. What it serves can't run in a browser, whatever its name says.
func (s *Service) upload(w http.ResponseWriter, r *http.Request) {
	name, q := r.PathValue("name"), r.URL.Query()
	if !isLink(name) || !s.Signer.Signed(q.Get("sign"), signLinks, q.Get("of"), q.Get("file"), q.Get("until"), name) {
		refuse(w, r, errLink)
		return
	}
	until, err := strconv.ParseInt(q.Get("until"), 10, 64)
	if err != nil || s.Now().Unix() > until {
		refuse(w, r, errLinkOver)
		return
	}
	f, err := s.Stored.Find(r.Context(), q.Get("of"), q.Get("file"))
	if errors.Is(err, file.ErrNotFound) {
		err = errLink
	}
	var data []byte
	if err == nil {
		data, err = s.Stored.Get(r.Context(), f.WorkspaceID, f.ID)
	}
	if err != nil {
		refuse(w, r, err)
		return
	}
	for k, v := range file.Headers(f.MIME, name) {
		w.Header()[k] = v
	}
	w.Header().Set("Cache-Control", "private, max-age=3600")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data)
}

// ending is the usual ending of names of a type.
func ending(mimeType string) string {
	return cmp.Or(map[string]string{
		"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "video/mp4": "mp4", "audio/ogg": "ogg",
	}[strings.ToLower(mimeType)], "bin")
}
