//go:build strike

package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// strike has the program crash, or a call of the database fail, at the step that a test asks for. The environment
// names a file; at the start, and on SIGUSR2, what it says is in force and the file is removed:
//
//	kill COMMIT 3      SIGKILL before the third commit from now
//	kill COMMITTED 3   … after it
//	fail * 17          the 17th call from now fails
//	kill COMMIT 1      … before the first commit of what has written that, on SQLite, where the file has a second line
//
// What was struck, and what its transaction had written, is appended to FILE.log.
func strike() db.Strike {
	file := os.Getenv("PING_STRIKE")
	if file == "" {
		return nil
	}
	s := &striker{file: file}
	s.arm() // what the file says already is for the start
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR2)
	go func() {
		for range asked {
			s.arm()
		}
	}()
	return s.at
}

type striker struct {
	file string

	mu         sync.Mutex
	deed, step string
	left       int
	of         string   // what the transaction must have written
	written    []string // by the transaction that is open on SQLite
}

func (s *striker) arm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, err := os.ReadFile(s.file)
	if os.IsNotExist(err) { // heard already
		return
	}
	if err == nil {
		words, of, _ := strings.Cut(string(data), "\n")
		s.of = of
		_, err = fmt.Sscan(words, &s.deed, &s.step, &s.left)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "strike:", err)
		os.Exit(1)
	}
	_ = os.Remove(s.file)
}

func (s *striker) at(step string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch first, rest, _ := strings.Cut(strings.TrimSpace(step), " "); first {
	case db.StepBegin:
		s.written = nil
	case "INSERT", "UPDATE", "DELETE":
		rest, _, _ = strings.Cut(rest, "\n")
		s.written = append(s.written, fmt.Sprintf("%s %.30s", first, rest))
	}
	if s.left == 0 || s.step != "*" && s.step != step || !strings.Contains(strings.Join(s.written, "\n"), s.of) {
		return nil
	}
	s.left--
	if s.left > 0 {
		return nil
	}
	s.tell(step)
	if s.deed == "kill" {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the signal is on its way
	}
	return fmt.Errorf("struck: %w", io.ErrUnexpectedEOF)
}

func (s *striker) tell(step string) {
	f, err := os.OpenFile(s.file+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_, _ = fmt.Fprintf(f, "%s %.60q %q\n", s.deed, step, s.written)
	_ = f.Close()
}
