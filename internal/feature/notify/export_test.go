package notify

import "context"

// PublicKey is the installation's key as browsers get it.
func (s *Service) PublicKey(ctx context.Context) (string, error) {
	k, err := s.key(ctx)
	return k.public, err
}
