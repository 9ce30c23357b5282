package pgtest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Down ends the server at once, as a crash does: connections break in the middle of what they do. What was committed
// stays, when the server is Durable. Up starts it again.
func (s *Server) Down() error { return s.control("-m", "immediate", "stop") }

// Up starts the server again after Down and returns when it accepts connections.
func (s *Server) Up() error {
	return s.control("-l", filepath.Join(s.dir, "server.log"), "-o", s.set, "start")
}

func (s *Server) control(args ...string) error {
	//nolint:noctx // pg_ctl has a time-out of its own
	cmd := exec.Command(filepath.Join(s.bin, "pg_ctl"), append([]string{"-D", filepath.Join(s.dir, "data"), "-s", "-w", "-t", "60"}, args...)...)
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", "HOME=" + s.dir}
	cmd.Dir, cmd.SysProcAttr = s.dir, &syscall.SysProcAttr{Setpgid: true, Credential: s.owner}
	if err := cmd.Run(); err != nil { // no pipes: the server would keep them
		return fmt.Errorf("pg_ctl %s: %w", args[len(args)-1], err)
	}
	return nil
}
