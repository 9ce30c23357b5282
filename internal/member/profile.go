package member

import (
	"context"
	"strings"
)

// SelfChange is what people replace of themselves; nil leaves a field as it is.
type SelfChange struct {
	Name     *string `json:"name,omitempty" maxLength:"400" doc:"How this workspace calls one"`
	Language *string `json:"language,omitempty" maxLength:"8" doc:"id or en, in all workspaces; empty follows the browser"`
}

// ChangeSelf changes by's own name and language. ErrPeopleOnly, or a fault that names the field; then nothing has
// changed.
func (s *Service) ChangeSelf(ctx context.Context, by Principal, c SelfChange) (m Member, err error) {
	if by.PersonID == "" {
		return Member{}, ErrPeopleOnly
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		before, err := s.get(ctx, by.WorkspaceID, by.MemberID)
		if err != nil {
			return err
		}
		m = before
		if c.Name != nil {
			m.Name = strings.TrimSpace(*c.Name)
		}
		if c.Language != nil {
			m.person.Language = *c.Language
		}
		if l := m.person.Language; l != "" && l != "id" && l != "en" {
			return errLanguage
		}
		if err := m.check(); err != nil {
			return err
		}
		m.UpdatedAt = s.now().UnixMilli()
		if err := s.update(ctx, m); err != nil {
			return err
		}
		if err := s.updatePerson(ctx, m.person); err != nil {
			return err
		}
		if err := s.noteChange(ctx, before, m); err != nil {
			return err
		}
		return s.Changed.Fire(ctx, m)
	})
	return m, err
}

func (s *Service) changeSelf(ctx context.Context, in *struct{ Body SelfChange }) (*identityOutput, error) {
	m, err := s.ChangeSelf(ctx, Caller(ctx), in.Body)
	if err != nil {
		return nil, err
	}
	self, err := s.identityOf(ctx, m)
	return &identityOutput{self}, err
}
