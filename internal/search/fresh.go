package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// What is new is only noted down in the transaction of the message. Its words come into the index a moment later, many
// messages at a time, which costs a fraction of what one by one does; whoever searches before that does it first.

// linger is how long new messages wait for company.
const linger = 300 * time.Millisecond

const insertFresh = `INSERT INTO search_fresh (workspace_id, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`

// note has a message indexed soon.
func (s *Service) note(ctx context.Context, workspaceID, messageID string) error {
	db.AfterCommit(ctx, s.hear)
	_, err := s.db.Exec(ctx, insertFresh, workspaceID, messageID)
	return err
}

// hear has the index brought up to date after linger, once for all that is noted until then.
func (s *Service) hear() {
	if s.heard.CompareAndSwap(false, true) {
		time.AfterFunc(linger, func() {
			s.heard.Store(false)
			s.wake()
		})
	}
}

const selectAnyFresh = `SELECT EXISTS (SELECT 1 FROM search_fresh WHERE workspace_id = $1)`

// upToDate indexes what a workspace's messages have waiting, as far as a few steps go: a search after it finds what
// was written before it. As in Work, nothing waits for the disk: what a power cut takes out of the index, it puts back
// among what waits.
func (s *Service) upToDate(ctx context.Context, workspaceID string) error {
	for range 5 {
		var waiting bool
		if err := s.db.QueryRow(ctx, selectAnyFresh, workspaceID).Scan(&waiting); err != nil || !waiting {
			return err
		}
		if err := s.db.TxRelaxed(ctx, func(ctx context.Context) error { return s.freshen(ctx, workspaceID) }); err != nil {
			return err
		}
	}
	return nil
}

// selectFreshWorkspace is a workspace that has messages waiting.
//
//sql:global messages of all workspaces are indexed one workspace after the other
const selectFreshWorkspace = `SELECT workspace_id FROM search_fresh LIMIT 1`

// freshenAny does one step for one workspace; false when nothing waits.
func (s *Service) freshenAny(ctx context.Context) (bool, error) {
	rows, err := s.db.Query(ctx, selectFreshWorkspace)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	if err != nil || len(list) == 0 {
		return false, err
	}
	return true, s.freshen(ctx, list[0])
}

const takeFresh = `DELETE FROM search_fresh WHERE workspace_id = $1 AND message_id IN
	(SELECT message_id FROM search_fresh WHERE workspace_id = $1 ORDER BY message_id LIMIT $2) RETURNING message_id`

// freshen indexes up to step waiting messages of a workspace as they are now. Two that do it at once don't index one twice.
func (s *Service) freshen(ctx context.Context, workspaceID string) error {
	rows, err := s.db.Query(ctx, takeFresh, workspaceID, step)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	if err != nil {
		return err
	}
	for _, id := range list {
		m, err := s.store.present(ctx, workspaceID, id)
		if errors.Is(err, errGone) {
			continue
		}
		if err != nil {
			return err
		}
		if err := s.renew(ctx, workspaceID, m); err != nil {
			return err
		}
	}
	return nil
}

// renew brings the index up to date with a message: one that is new, changed or revoked.
func (s *Service) renew(ctx context.Context, workspaceID string, o old) error {
	if !o.found() {
		return s.store.remove(ctx, workspaceID, o.id)
	}
	e, err := o.entry(workspaceID)
	if err != nil {
		return err
	}
	return s.store.replace(ctx, e)
}

// found says whether a message is one that is to be found.
func (o old) found() bool { return o.shown == 1 && o.revoked == 0 }

func (o old) entry(workspaceID string) (entry, error) {
	var c device.Content
	if err := json.Unmarshal(o.content, &c); err != nil {
		return entry{}, fmt.Errorf("read message %s: %w", o.id, err)
	}
	return entry{workspaceID, o.id, o.at, codes(textOf(c))}, nil
}
