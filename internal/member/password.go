package member

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

// passwords hashes and compares. Each hash takes 64 MiB, so only so many run at once.
type passwords struct {
	params *argon2id.Params
	slots  chan struct{}
	decoy  func() (string, error)
}

func newPasswords(params *argon2id.Params) *passwords {
	if params == nil {
		params = argon2id.DefaultParams
	}
	p := &passwords{params: params, slots: make(chan struct{}, max(1, runtime.NumCPU()/2))}
	p.decoy = sync.OnceValues(func() (string, error) { return argon2id.CreateHash("nobody's", params) })
	return p
}

func (p *passwords) take(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *passwords) hash(ctx context.Context, email, password string) (string, error) {
	n := utf8.RuneCountInString(password)
	if n < 8 || n > 200 || strings.EqualFold(password, strings.TrimSpace(email)) {
		return "", errPassword
	}
	if err := p.take(ctx); err != nil {
		return "", err
	}
	defer func() { <-p.slots }()
	return argon2id.CreateHash(password, p.params)
}

// matches compares; an empty hash matches nothing and takes as long as any other.
func (p *passwords) matches(ctx context.Context, password, hash string) (bool, error) {
	if utf8.RuneCountInString(password) > 200 {
		password = ""
	}
	if err := p.take(ctx); err != nil {
		return false, err
	}
	defer func() { <-p.slots }()
	if hash != "" {
		return argon2id.ComparePasswordAndHash(password, hash)
	}
	decoy, err := p.decoy()
	if err != nil {
		return false, err
	}
	_, err = argon2id.ComparePasswordAndHash(password, decoy)
	return false, err
}

// attempts bounds guessing: by address, and the failures by address and e-mail. Not by e-mail alone, or a stranger
// could lock a member out.
type attempts struct {
	address  *httpx.Limiter
	failures *httpx.Limiter
	codes    *httpx.Limiter // wrong second factors, by person
	resets   *httpx.Limiter // asks for another password, by address and by e-mail
}

func newAttempts() attempts {
	return attempts{
		address: httpx.NewLimiter(60, time.Minute), failures: httpx.NewLimiter(10, 5*time.Minute),
		codes:  httpx.NewLimiter(codeTries, codeWindow),
		resets: httpx.NewLimiter(5, time.Hour),
	}
}

// check runs try and counts it as a failure unless it reports true. It doesn't run it after too many.
func (a attempts) check(ctx context.Context, email string, try func() (bool, error)) (bool, error) {
	from := httpx.RemoteAddr(ctx).String()
	if err := a.address.Take(from); err != nil {
		return false, err
	}
	key := from + " " + emailKey(email)
	if err := a.failures.Check(key); err != nil {
		return false, err
	}
	ok, err := try()
	if err != nil || ok {
		return ok, err
	}
	return false, a.failures.Take(key)
}

func emailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
