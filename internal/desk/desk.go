// Package desk owns what members keep beside the chats: notes, drafts, messages to be sent later, and saved views.
package desk

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// The faults of this package.
var (
	ErrNoteNotFound = fault.New(fault.NotFound, "note_not_found", fault.Text{
		ID: "Catatan ini tidak ada.", EN: "There is no such note.",
	})
	ErrNotYours = fault.New(fault.Forbidden, "not_yours", fault.Text{
		ID: "Ini milik orang lain. Hanya pembuatnya atau admin yang boleh mengubahnya.",
		EN: "This is somebody else's. Only who made it or an admin may change it.",
	})
	ErrText = fault.New(fault.Invalid, "text_invalid", fault.Text{
		ID: "Teks wajib diisi, paling panjang 10.000 karakter.", EN: "The text must have 1 to 10,000 characters.",
	}).WithField("text")
	ErrScheduledNotFound = fault.New(fault.NotFound, "scheduled_not_found", fault.Text{
		ID: "Pesan terjadwal ini tidak ada, atau sudah dikirim.", EN: "There is no such scheduled message, or it has been sent.",
	})
	ErrSendAt = fault.New(fault.Invalid, "send_at_invalid", fault.Text{
		ID: "Waktu kirim harus di masa depan, paling lama satu tahun.", EN: "The time to send must be in the future, a year at most.",
	}).WithField("send_at")
	ErrTooManyScheduled = fault.New(fault.Conflict, "scheduled_too_many", fault.Text{
		ID: "Paling banyak 100 pesan terjadwal per percakapan.", EN: "A chat can have 100 scheduled messages at most.",
	})
	ErrViewNotFound = fault.New(fault.NotFound, "view_not_found", fault.Text{
		ID: "Tampilan ini tidak ada.", EN: "There is no such view.",
	})
	ErrViewName = fault.New(fault.Invalid, "view_name_bad", fault.Text{
		ID: "Nama tampilan wajib diisi, paling panjang 100 karakter.", EN: "A view needs a name of at most 100 characters.",
	}).WithField("name")
	ErrTooManyViews = fault.New(fault.Conflict, "views_too_many", fault.Text{
		ID: "Paling banyak 100 tampilan. Hapus yang tidak dipakai dulu.", EN: "There can be 100 views at most. Delete one that is not used first.",
	})
)

// Config is what the service needs. Every field but Now and Log must be set.
type Config struct {
	DB    *db.DB
	Chats *chat.Service
	// Member returns a fault when a workspace has no such member.
	Member func(ctx context.Context, workspaceID, memberID string) error
	// Drafted is told, after the commit, that a member's draft is another one; it must not block.
	Drafted func(Draft)
	Now     func() time.Time // nil is time.Now
	Log     *slog.Logger     // nil discards
}

// Service keeps these things for all workspaces. Its methods Arrived, Joined, ForgetDevice and ForgetMember are for the
// hooks of chats, devices and members.
type Service struct {
	// NoteChanged fires in the transaction in which a note is written, changed or deleted.
	NoteChanged hook.Tx[NoteChange]
	// ScheduledChanged fires in the transaction in which a message is scheduled, changed, cancelled, sent or failed.
	ScheduledChanged hook.Tx[Scheduled]
	// ViewChanged fires in the transaction in which a view is made, changed or deleted.
	ViewChanged hook.Tx[ViewChange]

	db    *db.DB
	conf  Config
	log   *slog.Logger
	nudge chan struct{}
}

// New makes the service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{db: c.DB, conf: c, log: c.Log, nudge: make(chan struct{}, 1)}
}

// Module lists the package in the program.
func Module(s *Service) module.Module {
	return module.Module{Name: "desk", Upgrades: upgrades(), API: func(h huma.API) { api{s}.register(h) }, Run: s.run}
}

func (s *Service) now() int64 { return s.conf.Now().UnixMilli() }

// authorOf is who p is, as an Author.
func authorOf(p member.Principal) chat.Author {
	if p.MemberID == "" {
		return chat.Author{Kind: chat.ByAPI, ID: p.KeyID}
	}
	return chat.Author{Kind: chat.ByMember, ID: p.MemberID}
}

// mayChange reports whether p may change what a made.
func mayChange(p member.Principal, a chat.Author) bool {
	return p.Role != member.Agent || authorOf(p) == a
}

// text tidies what somebody wrote. ErrText.
func text(s string, most int) (string, error) {
	s = strings.TrimSpace(db.Text(s))
	if n := len([]rune(s)); n < 1 || n > most {
		return "", ErrText
	}
	return s, nil
}

// Joined gives what was kept about a chat to the one that it became part of.
func (s *Service) Joined(ctx context.Context, j chat.Joined) error {
	for _, text := range []string{moveNotes, moveMentions, moveScheduled} {
		if _, err := s.db.Exec(ctx, text, j.WorkspaceID, j.GoneID, j.KeptID); err != nil {
			return err
		}
	}
	return s.moveDrafts(ctx, j)
}

// ForgetDevice deletes what was kept about the chats of a device that is being deleted.
func (s *Service) ForgetDevice(ctx context.Context, d device.Device) error {
	for _, text := range []string{dropMentions, dropNotes, dropDrafts, dropScheduled} {
		if _, err := s.db.Exec(ctx, text, d.WorkspaceID, d.ID); err != nil {
			return err
		}
	}
	return nil
}

// Erasing deletes what was kept about a chat that is being erased.
func (s *Service) Erasing(ctx context.Context, e chat.Erasing) error {
	for _, text := range []string{eraseMentions, eraseNotes, eraseDrafts, eraseScheduled} {
		if _, err := s.db.Exec(ctx, text, e.WorkspaceID, e.ChatID); err != nil {
			return err
		}
	}
	return nil
}

// ForgetMember deletes what was a removed member's alone. Notes stay, and so does what is to be sent.
func (s *Service) ForgetMember(ctx context.Context, m member.Member) error {
	for _, text := range []string{dropMemberMentions, dropMemberDrafts, dropMemberViews, dropMemberOrder} {
		if _, err := s.db.Exec(ctx, text, m.WorkspaceID, m.ID); err != nil {
			return err
		}
	}
	return nil
}

const (
	moveNotes     = `UPDATE notes SET chat_id = $3 WHERE workspace_id = $1 AND chat_id = $2`
	moveMentions  = `UPDATE mentions SET chat_id = $3 WHERE workspace_id = $1 AND chat_id = $2`
	moveScheduled = `UPDATE scheduled SET chat_id = $3 WHERE workspace_id = $1 AND chat_id = $2`
	dropNotes     = `DELETE FROM notes WHERE workspace_id = $1 AND device_id = $2`
	dropMentions  = `DELETE FROM mentions WHERE workspace_id = $1 AND note_id IN (SELECT id FROM notes WHERE workspace_id = $1 AND device_id = $2)`
	dropDrafts    = `DELETE FROM drafts WHERE workspace_id = $1 AND device_id = $2`
	dropScheduled = `DELETE FROM scheduled WHERE workspace_id = $1 AND device_id = $2`

	eraseNotes     = `DELETE FROM notes WHERE workspace_id = $1 AND chat_id = $2`
	eraseMentions  = `DELETE FROM mentions WHERE workspace_id = $1 AND chat_id = $2`
	eraseDrafts    = `DELETE FROM drafts WHERE workspace_id = $1 AND chat_id = $2`
	eraseScheduled = `DELETE FROM scheduled WHERE workspace_id = $1 AND chat_id = $2`

	dropMemberMentions = `DELETE FROM mentions WHERE workspace_id = $1 AND member_id = $2`
	dropMemberDrafts   = `DELETE FROM drafts WHERE workspace_id = $1 AND member_id = $2`
	dropMemberViews    = `DELETE FROM views WHERE workspace_id = $1 AND by_id = $2 AND shared = 0`
	dropMemberOrder    = `DELETE FROM view_orders WHERE workspace_id = $1 AND member_id = $2`
)
