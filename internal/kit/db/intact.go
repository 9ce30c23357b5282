package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"go.mau.fi/util/dbutil"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of this package: why the database is left alone.
var (
	ErrDamaged = fault.New(fault.Unavailable, "database_damaged", fault.Text{
		ID: "Berkas basis data %[1]s rusak dan tidak disentuh. Salin dulu seluruh folder datanya, lalu pulihkan cadangan terakhir; tanpa cadangan, selamatkan isinya dengan: sqlite3 %[1]s .recover | sqlite3 baru.db",
		EN: "The database file %[1]s is damaged and was left alone. Copy the whole data folder first, then restore the last backup; without one, save what is left with: sqlite3 %[1]s .recover | sqlite3 new.db",
	})
	ErrNewer = fault.New(fault.Unavailable, "database_newer", fault.Text{
		ID: "Data ini ditulis oleh Ping! versi yang lebih baru dan tidak disentuh. Jalankan versi itu, atau pulihkan cadangan dari sebelum pembaruan.",
		EN: "This data was written by a newer version of Ping! and was left alone. Run that version, or restore a backup from before the upgrade.",
	})
)

// checkAtMost is up to what size a database is read through before it is used: about a second per GiB. A larger one is
// found out about where it is damaged.
const checkAtMost = 1 << 30

// intact refuses a damaged file, with a connection that changes nothing, not even by closing. Only where a program was
// killed in its very first writes, before the log is in use, does it take one that writes: what was begun has to be taken
// back before anything can be read.
func intact(ctx context.Context, c Config) error {
	info, err := os.Stat(c.File)
	if err != nil || info.Size() == 0 || info.Size() > checkAtMost {
		return err
	}
	err = readThrough(ctx, c, "ro")
	if hasCode(err, sqlite3.SQLITE_READONLY) {
		err = readThrough(ctx, c, "rw")
	}
	return err
}

func readThrough(ctx context.Context, c Config, mode string) error {
	q := url.Values{"mode": {mode}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", c.Patience.Milliseconds())}}
	d, err := sql.Open("sqlite", "file:"+(&url.URL{Path: c.File}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	var said string
	err = d.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&said)
	if damaged(err) || err == nil && said != "ok" {
		return ErrDamaged.Withf(c.File).WithCause(errors.Join(err, errors.New(said)))
	}
	return err
}

func hasCode(err error, code int) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == code
}

func damaged(err error) bool {
	return hasCode(err, sqlite3.SQLITE_CORRUPT) || hasCode(err, sqlite3.SQLITE_NOTADB)
}

// newer says in words that an upgrade table does not know the database's version.
func newer(err error) error {
	if errors.Is(err, dbutil.ErrUnsupportedDatabaseVersion) {
		return ErrNewer.WithCause(err)
	}
	return err
}
