package app

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
)

// How often the database is asked to write for the sake of being asked, and how long it may take.
const (
	probeEvery = 5 * time.Second
	probeTime  = 3 * time.Second
)

// probe finds out whether the database can write: one on a full disk still reads. Whoever asks within probeEvery gets
// the last answer, so that asking costs nothing.
type probe struct {
	db  *db.DB
	now func() time.Time

	mu   sync.Mutex
	at   time.Time
	last error
}

const writeProbe = `INSERT INTO health_probe (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at`

// ask is nil when the database could write lately.
func (p *probe) ask(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); now.Sub(p.at) >= probeEvery || now.Before(p.at) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTime)
		defer cancel()
		p.last, p.at = p.write(ctx, now), now
	}
	return p.last
}

// write gives up waiting when ctx is over, whatever the database does.
func (p *probe) write(ctx context.Context, now time.Time) error {
	done := make(chan error, 1)
	go func() {
		_, err := p.db.Exec(ctx, writeProbe, now.UnixMilli())
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("write to the database: %w", err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("write to the database: %w", ctx.Err())
	}
}

// healthModule owns the row that is written to find out.
func healthModule() module.Module {
	return module.Module{Name: "health", Upgrades: dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "a row to write", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `CREATE TABLE health_probe (id BIGINT PRIMARY KEY, at BIGINT NOT NULL)`)
			return err
		}).Finish()}
}

// errStuck is for a database of which some part is locked by somebody else.
var errStuck = fmt.Errorf("somebody else holds a lock that messages need: %w", context.DeadlineExceeded)

// health says that the database reads and writes.
func (a *App) health(w http.ResponseWriter, r *http.Request) {
	err := a.probe.ask(r.Context())
	if err == nil && a.db.Stuck() { // what is asked can be written, and something else can't
		err = errStuck
	}
	if err != nil {
		httpx.WriteFault(w, r, err)
		return
	}
	httpx.WriteJSON(w, http.StatusOK, map[string]any{"status": "ok", "version": a.conf.Version, "simulated_network": a.conf.Network != nil})
}
