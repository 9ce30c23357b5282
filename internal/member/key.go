package member

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// Key is an API key without its secret: for scripts, in the name of the workspace, with an admin's role.
type Key struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`
	Hint       string       `json:"hint" doc:"The key's last four characters"`
	Scopes     []httpx.Need `json:"scopes" doc:"What the key may do: read, send, manage, or the x-need of operations; empty is all that an admin may"`
	CreatedBy  string       `json:"created_by,omitempty" doc:"Id of the member who made it"`
	CreatedAt  int64        `json:"created_at" doc:"Unix milliseconds"`
	LastUsedAt int64        `json:"last_used_at,omitempty" doc:"Unix milliseconds, to the minute; missing when never used"`
	ExpiresAt  int64        `json:"expires_at,omitempty" doc:"Unix milliseconds; missing when it never expires"`
	RevokedAt  int64        `json:"revoked_at,omitempty" doc:"Unix milliseconds; missing while the key is good"`
}

// KeyFields are what a key is made of.
type KeyFields struct {
	Name      string       `json:"name" maxLength:"400"`
	Scopes    []httpx.Need `json:"scopes,omitempty" maxItems:"50" doc:"What the key may do: read, send, manage, or the x-need of operations one by one; empty is all that an admin may"`
	ExpiresAt int64        `json:"expires_at,omitempty" doc:"Unix milliseconds; 0 is never"`
}

// CreateKey makes an API key for by and returns it with its secret, a UUID as text, which can't be read again. It
// joins a transaction in ctx. A key can't make one that may more than itself.
func (s *Service) CreateKey(ctx context.Context, by Principal, f KeyFields) (Key, string, error) {
	now := s.now().UnixMilli()
	secret := uuid.NewString() // 122 random bits
	k := Key{
		ID: id.New(), Name: strings.TrimSpace(f.Name), Hint: secret[len(secret)-4:], Scopes: append([]httpx.Need{}, f.Scopes...),
		CreatedBy: by.MemberID, CreatedAt: now, ExpiresAt: f.ExpiresAt,
	}
	if n := utf8.RuneCountInString(k.Name); n < 1 || n > 100 || hasControl(k.Name) {
		return Key{}, "", errName
	}
	if f.ExpiresAt != 0 && f.ExpiresAt <= now {
		return Key{}, "", errExpiry
	}
	if len(by.Scopes) > 0 && len(f.Scopes) == 0 {
		return Key{}, "", errScope
	}
	for _, scope := range f.Scopes {
		needs := covers(scope)
		if len(needs) == 0 || slices.ContainsFunc(needs, func(n httpx.Need) bool { return !Can(by, n) }) {
			return Key{}, "", errScope
		}
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.insertKey(ctx, by.WorkspaceID, k, hashOf(secret)); err != nil {
			return err
		}
		return s.audit.Write(ctx, by.WorkspaceID, "api_key.made", audit.Subject{Kind: "api_key", ID: k.ID, Name: k.Name}, nil)
	})
	return k, secret, err
}

// RevokeKey makes a key invalid, here at once and on other nodes within a second. Twice is fine. ErrKeyNotFound.
func (s *Service) RevokeKey(ctx context.Context, by Principal, keyID string) error {
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		name, err := s.revokeKey(ctx, by.WorkspaceID, keyID, s.now().UnixMilli())
		if err != nil {
			return err
		}
		if err := s.over(ctx, keyID); err != nil {
			return err
		}
		return s.audit.Write(ctx, by.WorkspaceID, "api_key.revoked", audit.Subject{Kind: "api_key", ID: keyID, Name: name}, nil)
	})
	if err == nil {
		s.keys.forget(keyID)
	}
	return err
}

// ByAPIKey says whom a key belongs to. ErrKey for one that is unknown, revoked or expired. A revocation by another
// node counts after at most a second.
func (s *Service) ByAPIKey(ctx context.Context, key string) (Principal, error) {
	if len(key) > 100 {
		return Principal{}, ErrKey
	}
	hash, now := hashOf(strings.ToLower(strings.TrimSpace(key))), s.now()
	k, ok := s.keys.get(hash)
	if !ok {
		before := s.keys.version()
		var err error
		if k, err = s.keyByHash(ctx, hash); err != nil {
			return Principal{}, err
		}
		s.keys.put(hash, k, before)
	}
	if k.revokedAt != 0 || (k.expiresAt != 0 && k.expiresAt <= now.UnixMilli()) {
		return Principal{}, ErrKey
	}
	if s.keys.mark(k.principal.KeyID, now) {
		// A key is as good on a full disk; only when it was last used stays unknown.
		err := briefly(func() error {
			return s.touchKey(context.WithoutCancel(ctx), k.principal.WorkspaceID, k.principal.KeyID, now.UnixMilli())
		})
		if err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "the use of an API key was not written down", "key", k.principal.KeyID, "error", err)
		}
	}
	return k.principal, nil
}

// keyIn finds an API key in the headers. Given but wrong is not the same as not given: no session steps in then.
func keyIn(r *http.Request) (string, bool) {
	if v := r.Header.Get("X-Api-Key"); v != "" {
		return v, true
	}
	v := r.Header.Get("Authorization")
	if v == "" {
		return "", false
	}
	scheme, key, _ := strings.Cut(v, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(key), true
}

// storedKey is what decides about a key.
type storedKey struct {
	principal            Principal
	expiresAt, revokedAt int64
}

const (
	keyFresh = time.Second // how long another node's revocation may go unnoticed
	keyMark  = time.Minute // how exact LastUsedAt is
	keyLimit = 10_000
)

// keyCache spares the database a look-up per request.
type keyCache struct {
	now func() time.Time

	mu      sync.Mutex
	entries map[string]cachedKey // by hash
	used    map[string]time.Time // by key id, when it was last written down
	changes int
}

type cachedKey struct {
	storedKey
	at time.Time
}

func newKeyCache(now func() time.Time) *keyCache {
	return &keyCache{now: now, entries: map[string]cachedKey{}, used: map[string]time.Time{}}
}

func (c *keyCache) get(hash string) (storedKey, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[hash]
	return e.storedKey, ok && c.now().Sub(e.at) < keyFresh
}

// version changes with every revocation; a look-up that began before one must not be kept.
func (c *keyCache) version() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changes
}

func (c *keyCache) put(hash string, k storedKey, before int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes != before {
		return
	}
	if len(c.entries) >= keyLimit {
		clear(c.entries)
	}
	c.entries[hash] = cachedKey{k, c.now()}
}

func (c *keyCache) forget(keyID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	for hash, e := range c.entries {
		if e.principal.KeyID == keyID {
			delete(c.entries, hash)
		}
	}
}

// mark reports whether the key's use should be written down now, and then remembers that it was.
func (c *keyCache) mark(keyID string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last, ok := c.used[keyID]; ok && now.Sub(last) < keyMark {
		return false
	}
	if len(c.used) >= keyLimit {
		clear(c.used)
	}
	c.used[keyID] = now
	return true
}
