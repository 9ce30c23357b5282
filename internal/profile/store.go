package profile

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// store holds the statements of the tables profile_numbers and profile_pictures.
type store struct{ db *db.DB }

const selectNumber = `SELECT registered, addresses, name, checked_at FROM profile_numbers
	WHERE workspace_id = $1 AND channel = $2 AND phone = $3`

// lookup finds what a network said of a number; false when it was never asked.
func (s store) lookup(ctx context.Context, workspaceID, channel, phone string) (Found, bool, error) {
	f := Found{Number: device.Number{Phone: phone}}
	var registered int
	var addresses string
	err := s.db.QueryRow(ctx, selectNumber, workspaceID, channel, phone).Scan(&registered, &addresses, &f.Name, &f.CheckedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	f.Registered = registered == 1
	if err := json.Unmarshal([]byte(addresses), &f.Addresses); err != nil {
		return f, false, fmt.Errorf("read the addresses of a number: %w", err)
	}
	return f, true, nil
}

// knownAtOnce is how many numbers selectNumbers takes.
const knownAtOnce = 20

const selectNumbers = `SELECT phone, registered, checked_at FROM profile_numbers WHERE workspace_id = $1 AND channel = $2 AND phone IN
	($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`

// lookups finds what a network said of up to knownAtOnce numbers, without their addresses.
func (s store) lookups(ctx context.Context, workspaceID, channel string, phones []string) ([]Found, error) {
	args := []any{workspaceID, channel}
	for i := range knownAtOnce {
		args = append(args, phones[min(i, len(phones)-1)])
	}
	rows, err := s.db.Query(ctx, selectNumbers, args...)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (f Found, err error) {
		err = r.Scan(&f.Phone, &f.Registered, &f.CheckedAt)
		return f, err
	}, err).AsList()
}

const upsertNumber = `INSERT INTO profile_numbers (workspace_id, channel, phone, registered, addresses, name, device_id, checked_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (workspace_id, channel, phone) DO UPDATE SET registered = $4, addresses = $5, name = $6, device_id = $7, checked_at = $8`

func (s store) remember(ctx context.Context, d device.Device, f Found) error {
	addresses, err := json.Marshal(f.Addresses)
	if err != nil {
		return err
	}
	registered := 0
	if f.Registered {
		registered = 1
	}
	_, err = s.db.Exec(ctx, upsertNumber, d.WorkspaceID, d.Channel, f.Phone, registered, string(addresses), f.Name, d.ID, f.CheckedAt)
	return err
}

const countAsked = `SELECT COUNT(*), COALESCE(MIN(checked_at), 0) FROM profile_numbers
	WHERE workspace_id = $1 AND device_id = $2 AND checked_at > $3`

// asked counts what a device has asked its network for since a time, and when the first of it was.
func (s store) asked(ctx context.Context, workspaceID, deviceID string, since int64) (n int, oldest int64, err error) {
	err = s.db.QueryRow(ctx, countAsked, workspaceID, deviceID, since).Scan(&n, &oldest)
	return n, oldest, err
}

//sql:global answers of every workspace grow old
const sweepNumbers = `DELETE FROM profile_numbers WHERE checked_at < $1`

func (s store) sweep(ctx context.Context, before int64) error {
	_, err := s.db.Exec(ctx, sweepNumbers, before)
	return err
}

// kept is the picture of a contact as it was last seen.
type kept struct {
	PictureID string // the network's; empty when there was none
	FileID    string // empty when there was none, or it has changed since
	SmallID   string // a file too: the same, small; or undrawn; empty when nobody has tried
	CheckedAt int64  // unix ms
}

const selectPicture = `SELECT picture_id, file_id, small_id, checked_at FROM profile_pictures WHERE workspace_id = $1 AND contact_id = $2`

// picture finds a contact's picture; the zero value when nobody has looked.
func (s store) picture(ctx context.Context, workspaceID, contactID string) (k kept, err error) {
	err = s.db.QueryRow(ctx, selectPicture, workspaceID, contactID).Scan(&k.PictureID, &k.FileID, &k.SmallID, &k.CheckedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return kept{}, nil
	}
	return k, err
}

const selectPictures = `SELECT contact_id, file_id FROM profile_pictures WHERE workspace_id = $1 AND file_id <> ''`

// pictures maps every contact of a workspace that has a stored picture to its file.
func (s store) pictures(ctx context.Context, workspaceID string) (map[string]string, error) {
	rows, err := s.db.Query(ctx, selectPictures, workspaceID)
	out := map[string]string{}
	err = dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (p [2]string, err error) {
		err = r.Scan(&p[0], &p[1])
		return p, err
	}, err).Iter(func(p [2]string) (bool, error) {
		out[p[0]] = p[1]
		return true, nil
	})
	return out, err
}

const upsertPicture = `INSERT INTO profile_pictures (workspace_id, contact_id, picture_id, file_id, checked_at, small_id) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT (workspace_id, contact_id) DO UPDATE SET picture_id = $3, file_id = $4, checked_at = $5, small_id = $6`

func (s store) keepPicture(ctx context.Context, workspaceID, contactID string, k kept) error {
	_, err := s.db.Exec(ctx, upsertPicture, workspaceID, contactID, k.PictureID, k.FileID, k.CheckedAt, k.SmallID)
	return err
}

const deletePicture = `DELETE FROM profile_pictures WHERE workspace_id = $1 AND contact_id = $2`

func (s store) dropPicture(ctx context.Context, workspaceID, contactID string) error {
	_, err := s.db.Exec(ctx, deletePicture, workspaceID, contactID)
	return err
}
