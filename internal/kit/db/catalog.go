package db

import (
	"context"
	"fmt"

	"go.mau.fi/util/dbutil"
)

// Table is a table as the database itself describes it.
type Table struct {
	Name    string
	Columns []Column // in their order
}

// Column is a column of a Table.
type Column struct {
	Name string
	Text bool // it holds text
}

// Has reports whether the table has a column of that name.
func (t Table) Has(name string) bool {
	for _, c := range t.Columns {
		if c.Name == name {
			return true
		}
	}
	return false
}

//sql:sqlite
const sqliteTables = `SELECT m.name, c.name, CASE WHEN c.type = 'TEXT' THEN 1 ELSE 0 END FROM sqlite_master m, pragma_table_info(m.name) c
	WHERE m.type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) k WHERE k.name = $1) ORDER BY m.name, c.cid`

//sql:postgres
const postgresTables = `SELECT c.table_name, c.column_name, CASE WHEN c.data_type = 'text' THEN 1 ELSE 0 END FROM information_schema.columns c
	WHERE c.table_schema = current_schema() AND c.table_name IN (SELECT k.table_name FROM information_schema.columns k
		JOIN information_schema.tables t ON t.table_schema = k.table_schema AND t.table_name = k.table_name
		WHERE k.table_schema = current_schema() AND k.column_name = $1 AND t.table_type = 'BASE TABLE')
	ORDER BY c.table_name, c.ordinal_position`

// TablesWith lists the tables that have a column of that name, in the order of their names.
func (d *DB) TablesWith(ctx context.Context, column string) ([]Table, error) {
	text := sqliteTables
	if d.Postgres() {
		text = postgresTables
	}
	rows, err := d.Query(ctx, text, column)
	var all []Table
	err = dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (struct{}, error) {
		var table string
		var c Column
		if err := r.Scan(&table, &c.Name, &c.Text); err != nil {
			return struct{}{}, err
		}
		if len(all) == 0 || all[len(all)-1].Name != table {
			all = append(all, Table{Name: table})
		}
		last := &all[len(all)-1]
		last.Columns = append(last.Columns, c)
		return struct{}{}, nil
	}, err).Iter(func(struct{}) (bool, error) { return true, nil })
	if err != nil {
		return nil, fmt.Errorf("list the tables with %s: %w", column, err)
	}
	return all, nil
}
