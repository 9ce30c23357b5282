// Package newsletter owns what a workspace does with the newsletters of its devices' networks.
package newsletter

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
)

// patience bounds one question to a network; a post may have a file to bring.
const (
	patience     = 20 * time.Second
	postPatience = 2 * time.Minute
)

// maxText bounds a post, in characters.
const maxText = 4096

// The faults of this package.
var (
	errName = fault.New(fault.Invalid, "newsletter_name_invalid", fault.Text{
		ID: "Nama saluran harus 1 sampai 100 karakter.", EN: "A newsletter's name must have 1 to 100 characters.",
	}).WithField("name")
	errPost = fault.New(fault.NotFound, "post_not_found", fault.Text{
		ID: "Kiriman tidak ditemukan di saluran ini.", EN: "This newsletter has no such post.",
	})
	errNoMedia = fault.New(fault.NotFound, "post_without_media", fault.Text{
		ID: "Kiriman ini tidak punya berkas.", EN: "This post has no file.",
	})
	errText = fault.New(fault.Invalid, "text_invalid", fault.Text{
		ID: "Isi teks (paling banyak 4.096 karakter) atau berkas.", EN: "Give a text (at most 4,096 characters) or a file.",
	}).WithField("text")
)

// Files makes messages of uploaded files.
type Files interface {
	Content(ctx context.Context, workspaceID, fileID string, kind device.Kind, text string) (device.Content, error)
}

// Service asks devices' networks; of newsletters it keeps only how far they were told.
type Service struct {
	// Posted fires once for each new post in a newsletter of a device, in the transaction that takes it in.
	Posted hook.Tx[device.PostHeard]

	db      *db.DB
	devices *device.Service
	files   Files
	// caller gives the workspace of the request that the guard let through.
	caller func(context.Context) string
}

// New makes the service.
func New(d *db.DB, devices *device.Service, files Files, caller func(context.Context) string) *Service {
	return &Service{db: d, devices: devices, files: files, caller: caller}
}

// content is what somebody wants to post.
func (s *Service) content(ctx context.Context, said Said) (device.Content, error) {
	text := db.Text(said.Text)
	if utf8.RuneCountInString(text) > maxText || said.FileID == "" && strings.TrimSpace(text) == "" {
		return device.Content{}, errText
	}
	if said.FileID != "" {
		return s.files.Content(ctx, s.caller(ctx), said.FileID, said.Kind, text)
	}
	return device.Content{Kind: device.KindText, Text: text}, nil
}

// ask is device.Ask for the caller's workspace, with a time limit.
func ask[T any](ctx context.Context, s *Service, deviceID string, limit time.Duration, do func(context.Context, device.Device, T) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return device.Ask(ctx, s.devices, s.caller(ctx), deviceID, do)
}
