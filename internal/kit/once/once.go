// Package once owns the answers of requests that carry an Idempotency-Key, so that the same request again gets the same answer and does its work once.
package once

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/kit/module"
)

// For is how long a key is remembered.
const For = 24 * time.Hour

// Header is where a request has its key.
const Header = "Idempotency-Key"

// The faults of this package.
var (
	ErrKey = fault.New(fault.Invalid, "idempotency_key_invalid", fault.Text{
		ID: "Idempotency-Key harus 1 sampai 255 karakter ASCII.", EN: "The Idempotency-Key must be 1 to 255 ASCII characters.",
	}).WithField(Header)
	ErrReused = fault.New(fault.Invalid, "idempotency_key_reused", fault.Text{
		ID: "Idempotency-Key ini sudah dipakai untuk permintaan lain. Pakai kunci baru.",
		EN: "This Idempotency-Key was used for another request. Use a new one.",
	}).WithField(Header)
	ErrUnderway = &fault.Fault{
		Kind: fault.Conflict, Code: "idempotency_key_underway", Field: Header, RetryAfter: time.Second, Text: fault.Text{
			ID: "Permintaan dengan Idempotency-Key ini masih dikerjakan. Coba lagi sebentar lagi.",
			EN: "The request with this Idempotency-Key is still being worked on. Try again in a moment.",
		},
	}
)

// errLapsed says that whoever works on a request has not said so for too long.
var errLapsed = errors.New("the lease of an idempotency key is over")

// Sealer keeps answers unreadable at rest: some show a secret, once.
type Sealer interface {
	Seal(plain []byte) ([]byte, error)
	Open(sealed []byte) ([]byte, error)
}

// Config is what New needs.
type Config struct {
	DB   *db.DB
	Log  *slog.Logger
	Seal Sealer
	Now  func() time.Time // nil: time.Now
	// Patience is how long a request waits for an equal one that is under way; 0 is 5 s.
	Patience time.Duration
	// Lease is for how long a request that is worked on keeps its key without saying that it still is; 0 is 15 s. It
	// says so three times as often.
	Lease time.Duration
}

// Keeper remembers answers.
type Keeper struct {
	store    store
	log      *slog.Logger
	seal     Sealer
	now      func() time.Time
	patience time.Duration
	lease    time.Duration
	started  time.Time
}

// New makes the keeper.
func New(c Config) *Keeper {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Patience == 0 {
		c.Patience = 5 * time.Second
	}
	if c.Lease == 0 {
		c.Lease = 15 * time.Second
	}
	return &Keeper{store: store{c.DB}, log: c.Log, seal: c.Seal, now: c.Now, patience: c.Patience, lease: c.Lease, started: c.Now()}
}

// Module lists the keeper in the program.
func Module(k *Keeper) module.Module {
	return module.Module{Name: "once", Upgrades: upgrades(), Run: k.sweep}
}

// Call is a request with a key.
type Call struct {
	WorkspaceID string
	Key         string
	Request     string // tells requests apart: equal ones have the same
}

// Do does fn's work once per workspace and key within a day: the same call again gets the same answer, another one
// with the same key ErrReused. Key, work and answer are one transaction, which fn gets: a failure leaves the key free,
// and so does a crash. It is for work that touches the database only.
func (k *Keeper) Do(ctx context.Context, c Call, fn func(context.Context) ([]byte, error)) (answer []byte, err error) {
	if !good(c.Key) {
		return nil, ErrKey
	}
	err = k.store.db.Tx(ctx, func(ctx context.Context) error {
		mine, err := k.claim(ctx, c)
		if err != nil {
			return err
		}
		if !mine {
			answer, err = k.recall(ctx, c)
			return err
		}
		if answer, err = fn(ctx); err != nil {
			return err
		}
		return k.keep(ctx, c, answer)
	})
	return answer, err
}

// Around is Do for work that reaches beyond the database: it runs in no transaction. fn returns false for an answer
// that is not to be kept, such as a refusal: the key is free then, as it is after an error. An equal call that comes
// meanwhile waits for a few seconds and gets ErrUnderway after that. When the program dies in the middle, the key's
// lease runs out, and the next equal call does the work again: fn's ctx is id.Seeded with the same seed as the first
// time, so that work which takes its ids from there finds what it has made. Of other work the last step may be done
// twice.
func (k *Keeper) Around(ctx context.Context, c Call, fn func(context.Context) (answer []byte, keep bool, err error)) ([]byte, error) {
	if !good(c.Key) {
		return nil, ErrKey
	}
	mine, err := k.claim(ctx, c)
	if err != nil {
		return nil, err
	}
	if !mine {
		answer, again, err := k.await(ctx, c)
		if !again {
			return answer, err
		}
	}
	return k.work(ctx, c, fn)
}

// work does what c asks for, whose key is ours.
func (k *Keeper) work(ctx context.Context, c Call, fn func(context.Context) ([]byte, bool, error)) ([]byte, error) {
	always := context.WithoutCancel(ctx) // a client that has gone comes back for the answer
	kept := false
	live, die := context.WithCancel(always)
	lives := make(chan struct{})
	go func() { defer close(lives); k.renew(live, c) }()
	defer func() { // also when fn panics
		die()
		k.letGo(always, c, lives, kept)
	}()
	row, err := k.store.recall(ctx, c)
	if err != nil {
		return nil, err
	}
	answer, keep, err := fn(id.Seeded(ctx, c.WorkspaceID+" "+c.Key+" "+c.Request, row.createdAt))
	if err != nil || !keep {
		return answer, err
	}
	if err := k.keep(always, c, answer); err != nil {
		// It has happened: an equal call must not do it again.
		k.log.ErrorContext(ctx, "an answer was not kept for its idempotency key", "workspace", c.WorkspaceID, "error", err)
	}
	kept = true
	return answer, nil
}

// brief is how long an answer waits for its key to be let go: a database that somebody has locked must not hold up a
// refusal for as long as it did the work. Until it is let go, an equal call is told that one is under way.
const brief = time.Second

// letGo ends the work on a key, and frees it unless its answer is kept.
func (k *Keeper) letGo(ctx context.Context, c Call, lives <-chan struct{}, kept bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-lives
		if kept {
			return
		}
		if err := k.store.free(ctx, c); err != nil {
			k.log.ErrorContext(ctx, "an idempotency key stays taken for a moment", "workspace", c.WorkspaceID, "error", err)
		}
	}()
	late := time.NewTimer(brief)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	}
}

// renew prolongs the lease of a key until ctx ends.
func (k *Keeper) renew(ctx context.Context, c Call) {
	tick := time.NewTicker(k.lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := k.store.renew(ctx, c, k.now().Add(k.lease).UnixMilli()); err != nil && ctx.Err() == nil {
			k.log.ErrorContext(ctx, "the lease of an idempotency key was not prolonged", "workspace", c.WorkspaceID, "error", err)
		}
	}
}

// await is the answer of an equal call, for which it waits a little; again when its program has died and the key is
// ours now.
func (k *Keeper) await(ctx context.Context, c Call) (answer []byte, again bool, err error) {
	late := time.NewTimer(k.patience)
	defer late.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		answer, err := k.recall(ctx, c)
		if !errors.Is(err, ErrUnderway) && !errors.Is(err, errLapsed) {
			return answer, false, err
		}
		if errors.Is(err, errLapsed) {
			now := k.now()
			if again, err := k.store.takeOver(ctx, c, now.UnixMilli(), now.Add(k.lease).UnixMilli()); again || err != nil {
				return nil, again, err
			}
			err = ErrUnderway // somebody else was faster
		}
		select {
		case <-ctx.Done():
			return nil, false, ctx.Err()
		case <-late.C:
			return nil, false, err
		case <-tick.C:
		}
	}
}

func good(key string) bool {
	if key == "" || len(key) > 255 {
		return false
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return false
		}
	}
	return true
}

func (k *Keeper) claim(ctx context.Context, c Call) (bool, error) {
	now := k.now()
	return k.store.claim(ctx, c, now.UnixMilli(), now.Add(k.lease).UnixMilli())
}

func (k *Keeper) recall(ctx context.Context, c Call) ([]byte, error) {
	row, err := k.store.recall(ctx, c)
	switch {
	case err != nil:
		return nil, err
	case row.request != c.Request:
		return nil, ErrReused
	case row.done:
		sealed, err := base64.StdEncoding.DecodeString(row.answer)
		if err != nil {
			return nil, fmt.Errorf("read a kept answer: %w", err)
		}
		return k.seal.Open(sealed)
	case row.lease < k.now().UnixMilli():
		return nil, errLapsed
	}
	return nil, ErrUnderway
}

func (k *Keeper) keep(ctx context.Context, c Call, answer []byte) error {
	sealed, err := k.seal.Seal(answer)
	if err != nil {
		return fmt.Errorf("seal an answer: %w", err)
	}
	return k.store.keep(ctx, c, base64.StdEncoding.EncodeToString(sealed))
}

// sweep removes old answers every hour until ctx ends. On SQLite there is no other program that could still be at work
// on what was begun before this one started: those keys are free at once.
func (k *Keeper) sweep(ctx context.Context) error {
	if !k.store.db.Postgres() {
		if err := k.store.lapse(ctx, k.started.Add(k.lease).UnixMilli()); err != nil && ctx.Err() == nil {
			k.log.ErrorContext(ctx, "the idempotency keys of the run before stay taken for a moment", "error", err)
		}
	}
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := k.store.sweep(ctx, k.now().Add(-For).UnixMilli()); err != nil && ctx.Err() == nil {
				k.log.ErrorContext(ctx, "old answers were not removed", "error", err)
			}
		}
	}
}
