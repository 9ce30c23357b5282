package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"go.mau.fi/util/dbutil"
)

// Migration is the tables of one module.
type Migration struct {
	Name  string // of the module; <name>_version says how far it is
	Table dbutil.UpgradeTable
}

// Migrate runs what is missing of the upgrades, in the order given and in one transaction: either all of it is there
// afterwards or nothing has happened. Running it again does nothing and writes nothing. Nodes that start at the same moment
// on one PostgreSQL wait for each other.
//
// One transaction is also what makes a first start quick: each statement that changes tables has the connections that
// see it read all tables again, and inside the transaction that is one.
func (d *DB) Migrate(ctx context.Context, list ...Migration) error {
	if d.upToDate(ctx, list) {
		return nil
	}
	if d.pool == nil {
		return d.upgradeSQLite(ctx, list)
	}
	d.watch.upgrades.Add(1)
	defer d.watch.upgrades.Add(-1)
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer conn.Release()
	if err := lockMigrations(ctx, conn); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer func() {
		//sql:postgres
		if _, err := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, migrationLock); err != nil {
			_ = conn.Conn().Close(ctx) // the lock goes with the connection
		}
	}()
	return d.upgrade(ctx, list)
}

// migrationLock is any number that nothing else in the database locks.
const migrationLock = 0x50696e6721

// What a new index sorts, and the pages that an upgrade of a large table could put back, belong in a file.
const (
	tempFile   = `PRAGMA temp_store=FILE`
	tempMemory = `PRAGMA temp_store=MEMORY`
)

func (d *DB) upgradeSQLite(ctx context.Context, list []Migration) error {
	if _, err := d.Exec(ctx, tempFile); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	err := d.upgrade(ctx, list)
	if _, e := d.Exec(context.WithoutCancel(ctx), tempMemory); e != nil && err == nil {
		return fmt.Errorf("migrate: %w", e)
	}
	return err
}

func (d *DB) upgrade(ctx context.Context, list []Migration) error {
	return d.Tx(ctx, func(ctx context.Context) error {
		for _, m := range list {
			if err := d.Child(versions(m.Name), m.Table, nil).Upgrade(ctx); err != nil {
				return fmt.Errorf("migrate %s: %w", m.Name, newer(err))
			}
		}
		return nil
	})
}

// versions is the table that dbutil keeps a module's version in.
func versions(module string) string { return module + "_version" }

// upToDate asks with one statement whether nothing is missing. Any doubt, such as a module without tables yet, is a no.
func (d *DB) upToDate(ctx context.Context, list []Migration) bool {
	if len(list) == 0 {
		return true
	}
	asks := make([]string, len(list))
	for i, m := range list {
		//sql:built of the modules' names; what versions are at is nobody's data
		asks[i] = fmt.Sprintf("SELECT %d, version, compat FROM %s", i, versions(m.Name))
	}
	rows, err := d.Query(ctx, strings.Join(asks, " UNION ALL "))
	if err != nil {
		return false
	}
	defer func() { _ = rows.Close() }()
	current := 0
	for rows.Next() {
		var i, version int
		var compat sql.NullInt64
		if err := rows.Scan(&i, &version, &compat); err != nil {
			return false
		}
		known := len(list[i].Table)
		if version < known || !compat.Valid || int(compat.Int64) > known {
			return false
		}
		current++
	}
	return rows.Err() == nil && current == len(list)
}
