package stats

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// upgrades are the migrations of this package's tables.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "figures", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{createPlaces, createWaits, createMessages, createReplies} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).
		Finish()
}

const (
	createPlaces = `CREATE TABLE stats_places (
		workspace_id TEXT   NOT NULL PRIMARY KEY,
		seq          BIGINT NOT NULL
	)`
	createWaits = `CREATE TABLE stats_waits (
		workspace_id TEXT     NOT NULL,
		chat_id      TEXT     NOT NULL,
		since        BIGINT   NOT NULL,
		by_bot       SMALLINT NOT NULL,
		PRIMARY KEY (workspace_id, chat_id)
	)`
	createMessages = `CREATE TABLE stats_messages (
		workspace_id TEXT   NOT NULL,
		slot         BIGINT NOT NULL,
		device_id    TEXT   NOT NULL,
		by_kind      TEXT   NOT NULL,
		by_id        TEXT   NOT NULL,
		n            BIGINT NOT NULL,
		PRIMARY KEY (workspace_id, slot, device_id, by_kind, by_id)
	)`
	createReplies = `CREATE TABLE stats_replies (
		workspace_id TEXT     NOT NULL,
		slot         BIGINT   NOT NULL,
		device_id    TEXT     NOT NULL,
		by_kind      TEXT     NOT NULL,
		by_id        TEXT     NOT NULL,
		bucket       SMALLINT NOT NULL,
		n            BIGINT   NOT NULL,
		ms           BIGINT   NOT NULL,
		PRIMARY KEY (workspace_id, slot, device_id, by_kind, by_id, bucket)
	)`
)

// store holds the statements of the tables stats_*.
type store struct{ db *db.DB }

const selectPlace = `SELECT seq FROM stats_places WHERE workspace_id = $1`

// place is the number of the last event that was counted; 0 before the first.
func (s store) place(ctx context.Context, workspaceID string) (seq int64, err error) {
	err = s.db.QueryRow(ctx, selectPlace, workspaceID).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return seq, err
}

const movePlace = `INSERT INTO stats_places AS p (workspace_id, seq) VALUES ($1, $3)
	ON CONFLICT (workspace_id) DO UPDATE SET seq = excluded.seq WHERE p.seq = $2`

// move sets the place if it is still from; false when it is not.
func (s store) move(ctx context.Context, workspaceID string, from, to int64) (bool, error) {
	res, err := s.db.Exec(ctx, movePlace, workspaceID, from, to)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

const selectWait = `SELECT since, by_bot FROM stats_waits WHERE workspace_id = $1 AND chat_id = $2`

func (s store) wait(ctx context.Context, workspaceID, chatID string) (w wait, err error) {
	var bot int
	err = s.db.QueryRow(ctx, selectWait, workspaceID, chatID).Scan(&w.since, &bot)
	w.byBot = bot == 1
	if errors.Is(err, sql.ErrNoRows) {
		return wait{}, nil
	}
	return w, err
}

const (
	upsertWait = `INSERT INTO stats_waits (workspace_id, chat_id, since, by_bot) VALUES ($1, $2, $3, $4)
		ON CONFLICT (workspace_id, chat_id) DO UPDATE SET since = excluded.since, by_bot = excluded.by_bot`
	deleteWait  = `DELETE FROM stats_waits WHERE workspace_id = $1 AND chat_id = $2`
	addMessages = `INSERT INTO stats_messages AS m (workspace_id, slot, device_id, by_kind, by_id, n) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (workspace_id, slot, device_id, by_kind, by_id) DO UPDATE SET n = m.n + excluded.n`
	addReplies = `INSERT INTO stats_replies AS r (workspace_id, slot, device_id, by_kind, by_id, bucket, n, ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (workspace_id, slot, device_id, by_kind, by_id, bucket) DO UPDATE SET n = r.n + excluded.n, ms = r.ms + excluded.ms`
)

// write adds what was counted.
func (s store) write(ctx context.Context, workspaceID string, t tally) error {
	for _, chatID := range slices.Sorted(maps.Keys(t.waits)) {
		w := t.waits[chatID]
		var err error
		switch {
		case !w.dirty:
		case w.since == 0:
			_, err = s.db.Exec(ctx, deleteWait, workspaceID, chatID)
		default:
			_, err = s.db.Exec(ctx, upsertWait, workspaceID, chatID, w.since, flag(w.byBot))
		}
		if err != nil {
			return err
		}
	}
	for c, m := range t.messages {
		if _, err := s.db.Exec(ctx, addMessages, workspaceID, c.slot, c.device, c.by, c.byID, m.n); err != nil {
			return err
		}
	}
	for a, m := range t.replies {
		if _, err := s.db.Exec(ctx, addReplies, workspaceID, a.slot, a.device, a.by, a.byID, a.bucket, m.n, m.ms); err != nil {
			return err
		}
	}
	return nil
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// stretch is what a report is about, in unix ms; to is not in it. device "" is all.
type stretch struct {
	from, to int64
	device   string
}

const (
	sumMessagesBySlot = `SELECT slot, '', by_kind, '', SUM(n) FROM stats_messages
		WHERE workspace_id = $1 AND slot >= $2 AND slot < $3 AND ($4 = '' OR device_id = $4) GROUP BY slot, by_kind`
	sumMessagesByWho = `SELECT 0, device_id, by_kind, by_id, SUM(n) FROM stats_messages
		WHERE workspace_id = $1 AND slot >= $2 AND slot < $3 AND ($4 = '' OR device_id = $4) GROUP BY device_id, by_kind, by_id`
)

// bySlot sums what was written in each slot by each kind, byWho on each device by each author.
func (s store) bySlot(ctx context.Context, workspaceID string, w stretch) (map[cell]numbers, error) {
	return s.sumMessages(ctx, sumMessagesBySlot, workspaceID, w)
}

func (s store) byWho(ctx context.Context, workspaceID string, w stretch) (map[cell]numbers, error) {
	return s.sumMessages(ctx, sumMessagesByWho, workspaceID, w)
}

func (s store) sumMessages(ctx context.Context, text, workspaceID string, w stretch) (map[cell]numbers, error) {
	rows, err := s.db.Query(ctx, text, workspaceID, w.from, w.to, w.device)
	out := map[cell]numbers{}
	err = dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (struct{}, error) {
		var c cell
		var m numbers
		err := r.Scan(&c.slot, &c.device, &c.by, &c.byID, &m.n)
		out[c] = m
		return struct{}{}, err
	}, err).Iter(func(struct{}) (bool, error) { return true, nil })
	return out, err
}

const (
	sumRepliesBySlot = `SELECT slot, '', by_kind, '', bucket, SUM(n), SUM(ms) FROM stats_replies
		WHERE workspace_id = $1 AND slot >= $2 AND slot < $3 AND ($4 = '' OR device_id = $4) GROUP BY slot, by_kind, bucket`
	sumRepliesByWho = `SELECT 0, device_id, by_kind, by_id, bucket, SUM(n), SUM(ms) FROM stats_replies
		WHERE workspace_id = $1 AND slot >= $2 AND slot < $3 AND ($4 = '' OR device_id = $4) GROUP BY device_id, by_kind, by_id, bucket`
)

func (s store) repliesBySlot(ctx context.Context, workspaceID string, w stretch) (map[answer]numbers, error) {
	return s.sumReplies(ctx, sumRepliesBySlot, workspaceID, w)
}

func (s store) repliesByWho(ctx context.Context, workspaceID string, w stretch) (map[answer]numbers, error) {
	return s.sumReplies(ctx, sumRepliesByWho, workspaceID, w)
}

func (s store) sumReplies(ctx context.Context, text, workspaceID string, w stretch) (map[answer]numbers, error) {
	rows, err := s.db.Query(ctx, text, workspaceID, w.from, w.to, w.device)
	out := map[answer]numbers{}
	err = dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (struct{}, error) {
		var a answer
		var m numbers
		err := r.Scan(&a.slot, &a.device, &a.by, &a.byID, &a.bucket, &m.n, &m.ms)
		out[a] = m
		return struct{}{}, err
	}, err).Iter(func(struct{}) (bool, error) { return true, nil })
	return out, err
}

const (
	//sql:global figures of every workspace are kept for the same time
	sweepMessages = `DELETE FROM stats_messages WHERE slot < $1`
	//sql:global figures of every workspace are kept for the same time
	sweepReplies = `DELETE FROM stats_replies WHERE slot < $1`
	//sql:global figures of every workspace are kept for the same time
	sweepWaits = `DELETE FROM stats_waits WHERE since < $1`
)

// sweep forgets what is older than a time.
func (s store) sweep(ctx context.Context, before int64) error {
	for _, text := range []string{sweepMessages, sweepReplies, sweepWaits} {
		if _, err := s.db.Exec(ctx, text, before); err != nil {
			return err
		}
	}
	return nil
}
