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
	ErrInterrupted = fault.New(fault.Conflict, "idempotency_key_interrupted", fault.Text{
		ID: "Permintaan pertama dengan Idempotency-Key ini terputus. Periksa apakah sudah terjadi, lalu pakai kunci baru bila belum.",
		EN: "The first request with this Idempotency-Key was interrupted. Look whether it has happened, and use a new key if it has not.",
	}).WithField(Header)
)

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
}

// Keeper remembers answers.
type Keeper struct {
	store    store
	log      *slog.Logger
	seal     Sealer
	now      func() time.Time
	patience time.Duration
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
	return &Keeper{store: store{c.DB}, log: c.Log, seal: c.Seal, now: c.Now, patience: c.Patience}
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

// patienceOfWork is how long an answer may take to come; after that its request counts as interrupted.
const patienceOfWork = 2 * time.Minute

// Around is Do for work that reaches beyond the database: it runs in no transaction. fn returns false for an answer
// that is not to be kept, such as a refusal: the key is free then, as it is after an error. An equal call that comes
// meanwhile waits for a few seconds and gets ErrUnderway after that. When the program dies in the middle, nobody can
// tell whether the work was done: the key is ErrInterrupted until its day is over.
func (k *Keeper) Around(ctx context.Context, c Call, fn func(context.Context) (answer []byte, keep bool, err error)) ([]byte, error) {
	if !good(c.Key) {
		return nil, ErrKey
	}
	mine, err := k.claim(ctx, c)
	if err != nil {
		return nil, err
	}
	if !mine {
		return k.await(ctx, c)
	}
	always := context.WithoutCancel(ctx) // a client that has gone comes back for the answer
	kept := false
	defer func() {
		if kept {
			return
		}
		if err := k.store.free(always, c); err != nil { // also when fn panics
			k.log.ErrorContext(ctx, "an idempotency key stays taken", "workspace", c.WorkspaceID, "error", err)
		}
	}()
	answer, keep, err := fn(ctx)
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

// await is the answer of an equal call, for which it waits a little.
func (k *Keeper) await(ctx context.Context, c Call) ([]byte, error) {
	late := time.NewTimer(k.patience)
	defer late.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		answer, err := k.recall(ctx, c)
		if !errors.Is(err, ErrUnderway) {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-late.C:
			return nil, err
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
	return k.store.claim(ctx, c, now.UnixMilli(), now.Add(-For).UnixMilli())
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
	case k.now().Sub(time.UnixMilli(row.createdAt)) > patienceOfWork:
		return nil, ErrInterrupted
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

// sweep removes old answers every hour until ctx ends.
func (k *Keeper) sweep(ctx context.Context) error {
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
