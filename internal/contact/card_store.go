package contact

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/contact/filter"
)

const cardColumns = columns + `, c.note, c.tags, c.fields, c.consent, c.consent_at, c.blocked, c.last_message_at, c.last_seen_at`

func scanCard(r dbutil.Scannable) (c Card, err error) { return scanCardAnd(r) }

// scanCardAnd scans cardColumns and what stands behind them.
func scanCardAnd(r dbutil.Scannable, more ...any) (c Card, err error) {
	var tags, fields string
	to := append(c.Refs(), &c.Note, &tags, &fields, &c.Consent, &c.ConsentAt, &c.Blocked, &c.LastMessageAt, &c.LastSeenAt)
	if err = r.Scan(append(to, more...)...); err != nil {
		return c, err
	}
	c.Tags = splitIDs(tags)
	c.Fields, err = readFields(fields)
	return c, err
}

const selectCard = `SELECT ` + cardColumns + ` FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2`

// card returns one contact's card. ErrNotFound.
func (s store) card(ctx context.Context, workspaceID, id string) (Card, error) {
	c, err := scanCard(s.db.QueryRow(ctx, selectCard, workspaceID, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Card{}, ErrNotFound
	}
	return c, err
}

//sql:postgres
const lockOne = `SELECT c.id FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2 FOR NO KEY UPDATE`

// lockOne waits until nobody else is writing a contact. On SQLite the only writer is lock enough.
func (s store) lockOne(ctx context.Context, workspaceID, id string) error {
	if !s.db.Postgres() {
		return nil
	}
	var got string
	err := s.db.QueryRow(ctx, lockOne, workspaceID, id).Scan(&got)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

const updateCard = `UPDATE contacts SET note = $3, tags = $4, fields = $5, consent = $6, consent_at = $7, blocked = $8,
	last_message_at = $9, last_seen_at = $10, updated_at = $11 WHERE workspace_id = $1 AND id = $2`

func (s store) writeCard(ctx context.Context, c Card) error {
	_, err := s.db.Exec(ctx, updateCard, c.WorkspaceID, c.ID, c.Note, strings.Join(c.Tags, ","), writtenFields(c.Fields),
		c.Consent, c.ConsentAt, flag(c.Blocked), c.LastMessageAt, c.LastSeenAt, c.UpdatedAt)
	return err
}

const putTag = `INSERT INTO contact_tags (workspace_id, tag_id, contact_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`

func (s store) putTag(ctx context.Context, workspaceID, tagID, contactID string) error {
	_, err := s.db.Exec(ctx, putTag, workspaceID, tagID, contactID)
	return err
}

const takeTag = `DELETE FROM contact_tags WHERE workspace_id = $1 AND tag_id = $2 AND contact_id = $3`

func (s store) takeTag(ctx context.Context, workspaceID, tagID, contactID string) error {
	_, err := s.db.Exec(ctx, takeTag, workspaceID, tagID, contactID)
	return err
}

const putValue = `INSERT INTO contact_fields (workspace_id, field_id, contact_id, folded, num) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (workspace_id, field_id, contact_id) DO UPDATE SET folded = excluded.folded, num = excluded.num`

// putValue notes a checked value for filters.
func (s store) putValue(ctx context.Context, workspaceID string, f Field, contactID, value string) error {
	var num float64
	switch f.Kind {
	case filter.Number:
		num, _ = filter.ReadNumber(value)
	case filter.Date:
		num, _ = filter.Days(value)
	}
	_, err := s.db.Exec(ctx, putValue, workspaceID, f.ID, contactID, filter.Fold(value), num)
	return err
}

const dropValue = `DELETE FROM contact_fields WHERE workspace_id = $1 AND field_id = $2 AND contact_id = $3`

func (s store) dropValue(ctx context.Context, workspaceID, fieldID, contactID string) error {
	_, err := s.db.Exec(ctx, dropValue, workspaceID, fieldID, contactID)
	return err
}

const noteMessage = `UPDATE contacts SET last_message_at = CASE WHEN last_message_at < $3 THEN $3 ELSE last_message_at END,
	last_seen_at = CASE WHEN last_seen_at < $4 THEN $4 ELSE last_seen_at END
	WHERE workspace_id = $1 AND id = $2 AND (last_message_at < $3 OR last_seen_at < $4)`

func (s store) messaged(ctx context.Context, workspaceID, contactID string, at, seen int64) error {
	_, err := s.db.Exec(ctx, noteMessage, workspaceID, contactID, at, seen)
	return err
}

const addOnDevice = `INSERT INTO contact_devices (workspace_id, device_id, contact_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`

func (s store) onDevice(ctx context.Context, workspaceID, deviceID, contactID string) error {
	_, err := s.db.Exec(ctx, addOnDevice, workspaceID, deviceID, contactID)
	return err
}

const forgetOnDevice = `DELETE FROM contact_devices WHERE workspace_id = $1 AND device_id = $2`

func (s store) forgetDevice(ctx context.Context, workspaceID, deviceID string) error {
	_, err := s.db.Exec(ctx, forgetOnDevice, workspaceID, deviceID)
	return err
}

const selectDevices = `SELECT x.device_id FROM contact_devices x WHERE x.workspace_id = $1 AND x.contact_id = $2 ORDER BY x.device_id`

func (s store) devices(ctx context.Context, workspaceID, contactID string) ([]string, error) {
	rows, err := s.db.Query(ctx, selectDevices, workspaceID, contactID)
	return dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
}

// Devices are the ids of the devices on which a contact has written or been written to.
func (s *Service) Devices(ctx context.Context, workspaceID, id string) ([]string, error) {
	return s.store.devices(ctx, workspaceID, id)
}

//sql:sqlite
const selectOnDevices = `SELECT x.contact_id, x.device_id FROM json_each($2) p
	CROSS JOIN contact_devices x ON x.workspace_id = $1 AND x.contact_id = p.value`

//sql:postgres
const selectOnDevicesThere = `SELECT x.contact_id, x.device_id FROM json_array_elements_text($2::json) p CROSS JOIN LATERAL (
	SELECT d.contact_id, d.device_id FROM contact_devices d WHERE d.workspace_id = $1 AND d.contact_id = p.value OFFSET 0) x`

// OnDevices is Devices for many contacts.
func (s *Service) OnDevices(ctx context.Context, workspaceID string, ids []string) (map[string][]string, error) {
	text := selectOnDevices
	if s.db.Postgres() {
		text = selectOnDevicesThere
	}
	out := map[string][]string{}
	for some := range slices.Chunk(ids, atOnce) {
		list, err := json.Marshal(some)
		if err != nil {
			return nil, err
		}
		rows, err := s.db.Query(ctx, text, workspaceID, string(list))
		err = dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (pair [2]string, err error) {
			err = r.Scan(&pair[0], &pair[1])
			return pair, err
		}, err).Iter(func(pair [2]string) (bool, error) {
			out[pair[0]] = append(out[pair[0]], pair[1])
			return true, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
