package notify

import (
	"context"
	"fmt"

	webpush "github.com/SherClockHolmes/webpush-go"

	"github.com/pingcrm/pingcrm/internal/kit/seal"
)

// vapid is the installation's key pair, by which push services know that a notice is from us (RFC 8292). Browsers tie
// their subscription to it: it is made once and stays.
type vapid struct {
	public  string // base64url, what browsers are given
	private seal.Secret
}

// key is the installation's key pair, which is made at first use. Of several nodes that make one the first wins.
func (s *Service) key(ctx context.Context) (vapid, error) {
	s.mu.Lock()
	known := s.vapid
	s.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	public, sealed, err := s.store.key(ctx)
	if err == nil && public == "" {
		if err = s.makeKey(ctx); err == nil {
			public, sealed, err = s.store.key(ctx)
		}
	}
	if err != nil {
		return vapid{}, fmt.Errorf("the key of notices: %w", err)
	}
	private, err := s.conf.Seal.OpenText(sealed)
	if err != nil {
		return vapid{}, fmt.Errorf("the key of notices: %w", err)
	}
	v := vapid{public, private}
	s.mu.Lock()
	s.vapid = &v
	s.mu.Unlock()
	return v, nil
}

func (s *Service) makeKey(ctx context.Context) error {
	private, public, err := webpush.GenerateVAPIDKeys()
	if err != nil {
		return err
	}
	sealed, err := s.conf.Seal.SealText(seal.Secret(private))
	if err != nil {
		return err
	}
	return s.store.addKey(ctx, public, sealed, s.now())
}
