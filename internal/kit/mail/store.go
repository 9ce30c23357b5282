package mail

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"go.mau.fi/util/dbutil"
)

func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "mails", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `CREATE TABLE mails (
				id         TEXT    PRIMARY KEY,
				sealed     TEXT    NOT NULL,
				tries      INTEGER NOT NULL DEFAULT 0,
				next_at    BIGINT  NOT NULL,
				expires_at BIGINT  NOT NULL
			)`)
			return err
		}).Finish()
}

const insertMail = `INSERT INTO mails (id, sealed, next_at, expires_at) VALUES ($1, $2, $3, $4)`

const dueMail = `SELECT id, sealed, tries, next_at FROM mails WHERE next_at <= $1 ORDER BY next_at, id LIMIT 1`

const claimMail = `UPDATE mails SET tries = tries + 1, next_at = $3 WHERE id = $1 AND next_at = $2`

const deleteMail = `DELETE FROM mails WHERE id = $1`

const sweepMails = `DELETE FROM mails WHERE expires_at <= $1`

// wait is how long after an attempt the next one comes; longer than an attempt takes, so that no other node begins one.
func wait(tries int) time.Duration {
	return min(time.Minute<<min(tries, 6), time.Hour)
}

// claim takes one mail that is due and puts its next attempt off; an empty id when there is none.
func (s *Service) claim(ctx context.Context) (mailID, sealed string, tries int, err error) {
	for {
		now := s.c.Now()
		var next int64
		err = s.c.DB.QueryRow(ctx, dueMail, now.UnixMilli()).Scan(&mailID, &sealed, &tries, &next)
		if errors.Is(err, sql.ErrNoRows) {
			return "", "", 0, nil
		}
		if err != nil {
			return "", "", 0, err
		}
		res, err := s.c.DB.Exec(ctx, claimMail, mailID, next, now.Add(wait(tries)).UnixMilli())
		if err != nil {
			return "", "", 0, err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return mailID, sealed, tries + 1, err
		} // another node was quicker
	}
}
