package profile

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/contact"
)

// EraseContact forgets the picture of a contact, for contact.Service.Deleted.
func (s *Service) EraseContact(ctx context.Context, c contact.Contact) error {
	return s.store.dropPicture(ctx, c.WorkspaceID, c.ID)
}

// PictureFiles are the files of a contact's picture as it was last seen, large and small.
func (s *Service) PictureFiles(ctx context.Context, c contact.Contact) (fileIDs []string, err error) {
	k, err := s.store.picture(ctx, c.WorkspaceID, c.ID)
	if k.FileID != "" {
		fileIDs = append(fileIDs, k.FileID)
	}
	if k.SmallID != "" && k.SmallID != undrawn {
		fileIDs = append(fileIDs, k.SmallID)
	}
	return fileIDs, err
}
