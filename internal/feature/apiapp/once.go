package apiapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/once"
)

// upgrades are the migrations of the table apiapp_answers, which there was before the kit remembered answers.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "answers by idempotency key", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `CREATE TABLE apiapp_answers (workspace_id TEXT NOT NULL, key TEXT NOT NULL)`)
			return err
		}).
		WithRaw(1, 2, 2, "answers are the kit's", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `DROP TABLE apiapp_answers`)
			return err
		}).
		Finish()
}

// remembered are the answers of calls that carry an Idempotency-Key.
type remembered struct{ keeper *once.Keeper }

// do does fn's work once per workspace and Idempotency-Key within a day: the same call again gets the same answer,
// another call with the same key is refused. Without the header it is done at once. The key, the work and the answer
// are one transaction, so a failure leaves the key free.
func (o remembered) do(ctx context.Context, workspaceID string, r *http.Request, in fields, fn func(context.Context) (object, error)) (object, error) {
	keys, given := r.Header[once.Header]
	if !given {
		return fn(ctx)
	}
	if len(keys) != 1 {
		return nil, once.ErrKey
	}
	request, err := fingerprint(r, in)
	if err != nil {
		return nil, err
	}
	text, err := o.keeper.Do(ctx, once.Call{WorkspaceID: workspaceID, Key: keys[0], Request: request}, func(ctx context.Context) ([]byte, error) {
		answer, err := fn(ctx)
		if err != nil {
			return nil, err
		}
		return json.Marshal(answer)
	})
	if err != nil {
		return nil, err
	}
	var answer object
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("read a kept answer: %w", err)
	}
	return answer, nil
}

// fingerprint tells calls apart: the path and every field.
func fingerprint(r *http.Request, in fields) (string, error) {
	body, err := json.Marshal(in) // keys of maps are in order
	if err != nil {
		return "", fmt.Errorf("fingerprint a call: %w", err)
	}
	sum := sha256.Sum256(append([]byte(r.URL.Path+"\n"), body...))
	return hex.EncodeToString(sum[:]), nil
}
