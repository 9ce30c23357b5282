package member

import (
	"errors"
	"time"
)

// brief is how long a request waits for what is a courtesy to write down.
const brief = time.Second

// errLate means that something takes longer than a request should wait for it.
var errLate = errors.New("the database takes too long; it may be written yet")

// briefly waits for fn, but not longer than a second: a database that somebody has locked must not hold up each request
// twice, once for when its key was last used and once for its own work. fn goes on by itself then.
func briefly(fn func() error) error {
	done := make(chan error, 1)
	go func() { done <- fn() }()
	late := time.NewTimer(brief)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return errLate
	}
}
