// Package audit owns the audit log: who did what to what, from where, written in the transaction of the deed.
package audit

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// The faults of this package.
var (
	errDeed = fault.New(fault.Invalid, "deed_unknown", fault.Text{
		ID: "Perbuatan ini tidak dikenal. Pakai salah satu dari dokumen API, atau bagian depannya seperti \"member\".",
		EN: "This deed is not known. Use one of the API's document, or its first part such as \"member\".",
	}).WithField("deed")
	errStretch = fault.New(fault.Invalid, "stretch_wrong", fault.Text{
		ID: "Waktu awal harus sebelum waktu akhir.", EN: "The beginning must be before the end.",
	}).WithField("since")
)

// ActorKind is what sort of somebody acts.
type ActorKind string

// The kinds of actors.
const (
	Member ActorKind = "member"
	Key    ActorKind = "api_key"
	Guest  ActorKind = "guest"  // nobody who has signed in
	System ActorKind = "system" // the program itself
)

// Actor is who did something, as they were called then.
type Actor struct {
	Kind ActorKind `json:"kind" enum:"member,api_key,guest,system"`
	ID   string    `json:"id,omitempty" doc:"Of the member or the API key"`
	Name string    `json:"name,omitempty" doc:"As it was then"`
}

// Deed is what was done, as noun.deed. Deeds lists them all.
type Deed string

// Deeds are what the log tells of. A deed that is not in this table can't be written.
func Deeds() []Deed {
	return []Deed{
		"session.started", "session.refused", "session.ended", "session.moved",
		"member.added", "member.changed", "member.role", "member.removed", "member.joined",
		"invitation.made", "invitation.revoked",
		"password.changed", "password.reset", "password.reset_link", "email.changed",
		"second_factor.added", "second_factor.removed", "second_factor.reset", "second_factor.refused",
		"recovery_codes.made", "recovery_code.used",
		"api_key.made", "api_key.revoked",
		"workspace.changed", "workspace.closing", "workspace.kept",
		"takeout.made", "takeout.downloaded", "takeout.deleted",
		"device.changed", "device.paced", "device.resumed", "device.linked", "device.unlinked", "device.deleted",
		"webhook.made", "webhook.changed", "webhook.deleted",
		"contact.consent", "contact.deleted",
		"broadcast.made", "broadcast.changed", "broadcast.started", "broadcast.paused", "broadcast.resumed", "broadcast.cancelled", "broadcast.retried", "broadcast.deleted",
	}
}

// Subject is what a deed was done to, as it was called then.
type Subject struct {
	Kind string `json:"kind" doc:"A noun: member, api_key, device…"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty" doc:"As it was then"`
}

// Entry is one line of the log.
type Entry struct {
	ID      string            `json:"id"`
	At      int64             `json:"at" doc:"Unix milliseconds"`
	Actor   Actor             `json:"actor"`
	Deed    Deed              `json:"deed"`
	Subject Subject           `json:"subject"`
	Detail  map[string]string `json:"detail" doc:"What more there is to say; never a secret"`
	Address string            `json:"address,omitempty" doc:"Where the request came from, shortened to its network"`
	Agent   string            `json:"agent,omitempty" doc:"The User-Agent of the request"`
}

// Service is the one way to the log.
type Service struct {
	// Written tells, after the commit, that a line was written.
	Written hook.Note[Line]

	db  *db.DB
	log *slog.Logger
	now func() time.Time
}

// Line says of which workspace a new line is, and of what deed.
type Line struct {
	WorkspaceID string
	Deed        Deed
}

// New makes the service; now is time.Now outside of tests.
func New(d *db.DB, log *slog.Logger, now func() time.Time) *Service {
	return &Service{db: d, log: log, now: now}
}

type actorKey struct{}

// As returns a ctx in which what is written is a's deed.
func As(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, actorKey{}, a) }

// ActorOf is who acts in ctx: a guest in a request that nobody signed, the program itself outside of requests.
func ActorOf(ctx context.Context) Actor {
	if a, ok := ctx.Value(actorKey{}).(Actor); ok {
		return a
	}
	if httpx.RequestID(ctx) != "" {
		return Actor{Kind: Guest}
	}
	return Actor{Kind: System}
}

// Write adds a line to a workspace's log and joins the transaction in ctx, so that the line is there if and only if
// the deed was done. Who and from where is taken from ctx. A deed that is not in Deeds is a panic: a defect.
func (s *Service) Write(ctx context.Context, workspaceID string, deed Deed, on Subject, detail map[string]string) error {
	if !slices.Contains(Deeds(), deed) {
		panic("audit: no such deed: " + string(deed))
	}
	if detail == nil {
		detail = map[string]string{}
	}
	err := s.insert(ctx, workspaceID, Entry{
		ID: id.New(), At: s.now().UnixMilli(), Actor: ActorOf(ctx), Deed: deed, Subject: on, Detail: detail,
		Address: Network(httpx.RemoteAddr(ctx)), Agent: httpx.UserAgent(ctx),
	})
	if err == nil {
		db.AfterCommit(ctx, func() { s.Written.Fire(context.WithoutCancel(ctx), Line{workspaceID, deed}) })
	}
	return err
}

// Network is an address without the part that tells neighbours apart: 203.0.113.0/24, 2001:db8:1::/48. Empty for none.
// It is enough to see that a request came from elsewhere, and says less about where a person was.
func Network(a netip.Addr) string {
	switch {
	case !a.IsValid():
		return ""
	case a.IsLoopback():
		return a.WithZone("").String()
	}
	bits := 24
	if a.Is6() {
		bits = 48
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return "" // it has a zone: an address of the local link, which says nothing
	}
	return p.String()
}

// retention is how long lines are kept.
const retention = 2 * 365 * 24 * time.Hour

// Sweep forgets what is older than two years; background work calls it now and then.
func (s *Service) Sweep(ctx context.Context) error {
	return s.sweep(ctx, s.now().Add(-retention).UnixMilli())
}

// run sweeps, once a day.
func (s *Service) run(ctx context.Context) error {
	t := time.NewTicker(24 * time.Hour)
	defer t.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("old lines of the audit log stay for another day", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}
