package app

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/kit/clock"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// newClock is what the program goes by. On PostgreSQL that is the database's clock: several nodes then have one time,
// however their own clocks differ or jump.
func newClock(ctx context.Context, c Config, d *db.DB) (*clock.Clock, error) {
	conf := clock.Config{Wall: c.Wall, Log: c.Log}
	if d.Postgres() {
		conf.Follow = d.Now
	}
	return clock.New(ctx, conf)
}
