package contact

import (
	"context"
	"slices"
	"strings"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// The faults of consents.
var (
	// ErrConsent is for consents that are none.
	ErrConsent = fault.New(fault.Invalid, "consent_invalid", fault.Text{
		ID: "Persetujuan harus in atau out.", EN: "The consent must be in or out.",
	}).WithField("state")
	// ErrOptedOut is for who would take back what somebody has opted out of.
	ErrOptedOut = fault.New(fault.Forbidden, "contact_opted_out", fault.Text{
		ID: "Orang ini sudah berhenti berlangganan. Hanya ia sendiri (dengan menulis MULAI) atau pemilik dengan alasan yang bisa membatalkannya.",
		EN: "This person has opted out. Only they themselves (by writing START) or an owner with a reason can undo that.",
	})
	// ErrConsentWhy is for an owner without a reason.
	ErrConsentWhy = fault.New(fault.Invalid, "consent_why_missing", fault.Text{
		ID: "Tulis alasannya: orang ini sudah berhenti berlangganan.", EN: "Say why: this person has opted out.",
	}).WithField("why")
)

// Consent is whether somebody wants to get messages that nobody asked for, such as broadcasts.
type Consent string

// The states of consent.
const (
	ConsentUnknown Consent = ""
	ConsentIn      Consent = "in"  // opted in
	ConsentOut     Consent = "out" // opted out: no broadcast goes there
)

// ConsentSource is where a consent comes from.
type ConsentSource string

// The sources.
const (
	ConsentByContact ConsentSource = "message" // they wrote it to us
	ConsentByMember  ConsentSource = "member"
	ConsentByKey     ConsentSource = "api"
	ConsentByImport  ConsentSource = "import"
)

// ConsentEntry is one line of the history of a consent.
type ConsentEntry struct {
	ID        string
	ContactID string
	State     Consent
	Source    ConsentSource
	ByID      string // the member, key, import or message
	Why       string // in the words of who did it; to 500 characters
	At        int64  // unix ms
	// Channel and DeviceID are where they wrote it; "" when they did not write it to us.
	Channel  string
	DeviceID string
	// Owner says that an owner of the workspace does it, who may undo an opt-out. It is not kept.
	Owner bool
}

// undoes returns a fault when the entry would undo an opt-out without the right to.
func (e ConsentEntry) undoes(now Consent) error {
	switch {
	case now != ConsentOut || e.State != ConsentIn || e.Source == ConsentByContact:
		return nil
	case !e.Owner:
		return ErrOptedOut
	case e.Why == "":
		return ErrConsentWhy
	}
	return nil
}

// ConsentChange is told when a consent has changed.
type ConsentChange struct {
	Contact Contact
	Before  Consent
	Entry   ConsentEntry
}

// SetConsent notes what a contact wants, with the reason; e needs State, Source, ByID and Why, and Channel and DeviceID
// where they wrote it. It holds for the person on every channel. The same state again changes nothing. Who has opted out
// is in again only when they said so, or when an owner says why. ErrNotFound, ErrConsent, ErrOptedOut, ErrConsentWhy.
func (s *Service) SetConsent(ctx context.Context, workspaceID, contactID string, e ConsentEntry) (c Card, err error) {
	if e.State != ConsentIn && e.State != ConsentOut {
		return Card{}, ErrConsent
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if c, err = s.lockCard(ctx, workspaceID, contactID); err != nil || c.Consent == e.State {
			return err
		}
		was := c
		e.Why = cut(strings.TrimSpace(db.Text(e.Why)), 500)
		if err := e.undoes(c.Consent); err != nil {
			return err
		}
		e.ID, e.ContactID, e.At = id.New(), c.ID, s.now().UnixMilli()
		c.Consent, c.ConsentAt, c.UpdatedAt = e.State, e.At, e.At
		if err := s.writeCard(ctx, was, c); err != nil {
			return err
		}
		if err := s.store.insertConsent(ctx, workspaceID, e); err != nil {
			return err
		}
		return s.ConsentChanged.Fire(ctx, ConsentChange{c.Contact, was.Consent, e})
	})
	return c, err
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// Consents is the history of a contact's consent, the newest first, at most 200 lines. ErrNotFound.
func (s *Service) Consents(ctx context.Context, workspaceID, contactID string) ([]ConsentEntry, error) {
	c, err := s.Get(ctx, workspaceID, contactID)
	if err != nil {
		return nil, err
	}
	return s.store.consents(ctx, workspaceID, c.ID)
}

const insertConsent = `INSERT INTO contact_consents (workspace_id, id, contact_id, state, source, by_id, why, at, channel, device_id)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

func (s store) insertConsent(ctx context.Context, workspaceID string, e ConsentEntry) error {
	_, err := s.db.Exec(ctx, insertConsent, workspaceID, e.ID, e.ContactID, e.State, e.Source, e.ByID, e.Why, e.At, e.Channel, e.DeviceID)
	return err
}

const selectConsents = `SELECT h.id, h.contact_id, h.state, h.source, h.by_id, h.why, h.at, h.channel, h.device_id FROM contact_consents h
	WHERE h.workspace_id = $1 AND (h.contact_id = $2
		OR h.contact_id IN (SELECT m.gone_id FROM contact_merges m WHERE m.workspace_id = $1 AND m.kept_id = $2 AND m.undone_at = 0))
	ORDER BY h.at DESC, h.id DESC LIMIT 200`

// consents is the history of a contact and of those that became part of it.
func (s store) consents(ctx context.Context, workspaceID, contactID string) ([]ConsentEntry, error) {
	rows, err := s.db.Query(ctx, selectConsents, workspaceID, contactID)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (e ConsentEntry, err error) {
		err = r.Scan(&e.ID, &e.ContactID, &e.State, &e.Source, &e.ByID, &e.Why, &e.At, &e.Channel, &e.DeviceID)
		return e, err
	}, err).AsList()
}

// One that was merged away is what it became part of.
const selectOptedOut = `SELECT c.id FROM contacts c LEFT JOIN contacts k ON k.workspace_id = c.workspace_id AND k.id = c.merged_into
	WHERE c.workspace_id = $1 AND c.id IN ($2, $3, $4, $5, $6, $7, $8, $9) AND COALESCE(k.consent, c.consent) = 'out'`

// optedOut is a slice of eight of OptedOut.
func (s store) optedOut(ctx context.Context, workspaceID string, ids []string) ([]string, error) {
	args := []any{workspaceID}
	for i := range optedOutBatch {
		id := ""
		if i < len(ids) {
			id = ids[i]
		}
		args = append(args, id)
	}
	rows, err := s.db.Query(ctx, selectOptedOut, args...)
	return dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
}

const optedOutBatch = 8

// OptedOut returns those of the contacts who want no messages that they did not ask for.
func (s *Service) OptedOut(ctx context.Context, workspaceID string, ids []string) (out []string, err error) {
	for some := range slices.Chunk(ids, optedOutBatch) {
		list, err := s.store.optedOut(ctx, workspaceID, some)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}
