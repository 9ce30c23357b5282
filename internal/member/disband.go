package member

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

const reopenSetUp = `DELETE FROM installation WHERE one = 1`

// Disband takes everybody out of a workspace that is being closed: sessions end, API keys are revoked, and who works
// nowhere else is forgotten. When nobody is left anywhere, the installation waits for its first member again. Twice is fine.
func (s *Service) Disband(ctx context.Context, workspaceID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.revokeAll(ctx, workspaceID); err != nil {
			return err
		}
		all, err := s.List(ctx, workspaceID)
		if err != nil {
			return err
		}
		for _, m := range all {
			if err := s.endSessionsIn(ctx, workspaceID, m.ID); err != nil {
				return err
			}
			if err := s.remove(ctx, workspaceID, m.ID); err != nil {
				return err
			}
			if err := s.forgetIfNowhere(ctx, m.person.ID); err != nil {
				return err
			}
		}
		empty, err := s.NeedsSetUp(ctx)
		if err == nil && empty {
			_, err = s.db.Exec(ctx, reopenSetUp)
		}
		return err
	})
}

// revokeAll revokes the API keys of a workspace, without a line in the audit log, which goes as well.
func (s *Service) revokeAll(ctx context.Context, workspaceID string) error {
	keys, err := s.ListKeys(ctx, workspaceID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if _, err := s.revokeKey(ctx, workspaceID, k.ID, s.now().UnixMilli()); err != nil {
			return err
		}
		if err := s.over(ctx, k.ID); err != nil {
			return err
		}
		db.AfterCommit(ctx, func() { s.keys.forget(k.ID) })
	}
	return nil
}
