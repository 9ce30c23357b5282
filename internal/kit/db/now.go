package db

import (
	"context"
	"fmt"
	"time"
)

//sql:postgres
const selectClock = `SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)`

// Now is the time of PostgreSQL's clock, which all nodes share. On SQLite there is nobody to ask: it is this machine's.
func (d *DB) Now(ctx context.Context) (time.Time, error) {
	if !d.Postgres() {
		return time.Now(), nil
	}
	var micros int64
	if err := d.QueryRow(ctx, selectClock).Scan(&micros); err != nil {
		return time.Time{}, fmt.Errorf("ask the database for the time: %w", err)
	}
	return time.UnixMicro(micros), nil
}
