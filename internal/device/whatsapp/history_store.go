package whatsapp

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// historyStore keeps what the phone has announced of its history until it is taken in: the announcement is
// acknowledged at once, and the work may be interrupted.
type historyStore struct{ db *db.DB }

func historyUpgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "announced history", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `
				CREATE TABLE whatsapp_history (
					workspace_id TEXT   NOT NULL,
					device_id    TEXT   NOT NULL,
					network_id   TEXT   NOT NULL,
					notification BYTEA  NOT NULL,
					tries        BIGINT NOT NULL DEFAULT 0,
					at           BIGINT NOT NULL,
					PRIMARY KEY (workspace_id, device_id, network_id)
				)`)
			return err
		}).
		WithRaw(1, 2, 1, "how far history was taken in", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{
				`ALTER TABLE whatsapp_history ADD COLUMN chats_done BIGINT NOT NULL DEFAULT 0`,
				`ALTER TABLE whatsapp_history ADD COLUMN messages_done BIGINT NOT NULL DEFAULT 0`,
				`CREATE TABLE whatsapp_history_taken (
					workspace_id TEXT   NOT NULL,
					device_id    TEXT   NOT NULL,
					chat         TEXT   NOT NULL,
					messages     BIGINT NOT NULL DEFAULT 0,
					percent      BIGINT NOT NULL DEFAULT 0,
					bounded      BIGINT NOT NULL DEFAULT 0,
					at           BIGINT NOT NULL,
					PRIMARY KEY (workspace_id, device_id, chat)
				)`,
			} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).
		WithRaw(2, 3, 1, "settings that were not heard", dbutil.TxnModeOn, addUnheard).
		Finish()
}

const addHistory = `
	INSERT INTO whatsapp_history (workspace_id, device_id, network_id, notification, at)
	VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (workspace_id, device_id, network_id) DO NOTHING`

func (s historyStore) add(ctx context.Context, d device.Device, networkID string, notification []byte) error {
	_, err := s.db.Exec(ctx, addHistory, d.WorkspaceID, d.ID, networkID, notification, time.Now().UnixMilli())
	return err
}

// A piece that failed comes after those that did not.
const nextHistory = `
	SELECT network_id, notification, tries, chats_done, messages_done FROM whatsapp_history
	WHERE workspace_id = $1 AND device_id = $2
	ORDER BY tries, at, network_id LIMIT 20`

// announced is one piece of history that is still to be taken in.
type announced struct {
	networkID    string
	notification []byte
	tries        int
	place        place
}

// place is how far a piece has been taken in: the chats that are done, and the messages of the next one.
type place struct{ chats, messages int }

// next finds the piece to take in now, leaving out those that failed on this connection; nil when there is none.
func (s historyStore) next(ctx context.Context, d device.Device, failed map[string]bool) (*announced, error) {
	rows, err := s.db.Query(ctx, nextHistory, d.WorkspaceID, d.ID)
	list, err := dbutil.NewRowIterWithError(rows, scanAnnounced, err).AsList()
	if err != nil {
		return nil, fmt.Errorf("find announced history: %w", err)
	}
	for _, a := range list {
		if !failed[a.networkID] {
			return a, nil
		}
	}
	return nil, nil
}

func scanAnnounced(row dbutil.Scannable) (*announced, error) {
	var a announced
	return &a, row.Scan(&a.networkID, &a.notification, &a.tries, &a.place.chats, &a.place.messages)
}

const tryHistory = `UPDATE whatsapp_history SET tries = tries + 1 WHERE workspace_id = $1 AND device_id = $2 AND network_id = $3`

func (s historyStore) failed(ctx context.Context, d device.Device, networkID string) error {
	_, err := s.db.Exec(ctx, tryHistory, d.WorkspaceID, d.ID, networkID)
	return err
}

const dropHistory = `DELETE FROM whatsapp_history WHERE workspace_id = $1 AND device_id = $2 AND network_id = $3`

func (s historyStore) drop(ctx context.Context, d device.Device, networkID string) error {
	_, err := s.db.Exec(ctx, dropHistory, d.WorkspaceID, d.ID, networkID)
	return err
}

// finish drops a piece that has been taken in, and notes how much of everything the phone says that there is now.
func (s historyStore) finish(ctx context.Context, d device.Device, networkID string, percent int) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.drop(ctx, d, networkID); err != nil {
			return err
		}
		return s.count(ctx, d, tally{percent: percent})
	})
}

const reachHistory = `UPDATE whatsapp_history SET chats_done = $4, messages_done = $5 WHERE workspace_id = $1 AND device_id = $2 AND network_id = $3`

// reached notes how far a piece has been taken in.
func (s historyStore) reached(ctx context.Context, d device.Device, networkID string, p place) error {
	_, err := s.db.Exec(ctx, reachHistory, d.WorkspaceID, d.ID, networkID, p.chats, p.messages)
	return err
}

const countHistory = `
	INSERT INTO whatsapp_history_taken (workspace_id, device_id, chat, messages, percent, bounded, at)
	VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT (workspace_id, device_id, chat) DO UPDATE SET
		messages = whatsapp_history_taken.messages + excluded.messages,
		percent = CASE WHEN excluded.percent > whatsapp_history_taken.percent THEN excluded.percent ELSE whatsapp_history_taken.percent END,
		bounded = CASE WHEN excluded.bounded > 0 THEN 1 ELSE whatsapp_history_taken.bounded END,
		at = excluded.at`

// tally is what is added to the count of a chat, or with an empty chat to that of the whole device.
type tally struct {
	chat     string
	messages int
	percent  int // of the phone's history, as the phone tells; 0 is no news
	bounded  int // 1 when something was left out
}

func (s historyStore) count(ctx context.Context, d device.Device, t tally) error {
	_, err := s.db.Exec(ctx, countHistory, d.WorkspaceID, d.ID, t.chat, t.messages, t.percent, t.bounded, time.Now().UnixMilli())
	return err
}

const selectTaken = `SELECT messages FROM whatsapp_history_taken WHERE workspace_id = $1 AND device_id = $2 AND chat = $3`

// taken is how many messages of a chat (empty: of all) came in as history.
func (s historyStore) taken(ctx context.Context, d device.Device, chat string) (n int, err error) {
	err = s.db.QueryRow(ctx, selectTaken, d.WorkspaceID, d.ID, chat).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

const selectProgress = `
	SELECT t.messages, t.percent, t.bounded, t.at FROM whatsapp_history_taken t
	WHERE t.workspace_id = $1 AND t.device_id = $2 AND t.chat = ''`

const countPieces = `SELECT COUNT(*) FROM whatsapp_history WHERE workspace_id = $1 AND device_id = $2`

// progress is how far the device's history is.
func (s historyStore) progress(ctx context.Context, d device.Device) (p device.HistoryProgress, err error) {
	if err := s.db.QueryRow(ctx, countPieces, d.WorkspaceID, d.ID).Scan(&p.Pending); err != nil {
		return p, fmt.Errorf("count announced history: %w", err)
	}
	var bounded int
	err = s.db.QueryRow(ctx, selectProgress, d.WorkspaceID, d.ID).Scan(&p.Messages, &p.Percent, &bounded, &p.At)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("read how far history is: %w", err)
	}
	p.Bounded = bounded > 0
	return p, nil
}

const (
	forgetHistory = `DELETE FROM whatsapp_history WHERE workspace_id = $1 AND device_id = $2`
	forgetTaken   = `DELETE FROM whatsapp_history_taken WHERE workspace_id = $1 AND device_id = $2`
)

func (s historyStore) forget(ctx context.Context, workspaceID, deviceID string) error {
	for _, text := range []string{forgetHistory, forgetTaken, forgetUnheard} {
		if _, err := s.db.Exec(ctx, text, workspaceID, deviceID); err != nil {
			return fmt.Errorf("forget announced history: %w", err)
		}
	}
	return nil
}
