// Command withpostgres runs a command with PING_TEST_POSTGRES naming a
// throw-away PostgreSQL, so that the test binaries of one run share a server.
//
//	go run ./internal/kit/pgtest/withpostgres go test ./...
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpostgres:", err)
	}
	os.Exit(code)
}

// run returns the command's own exit code, or 1 when it could not be run.
func run(command []string) (int, error) {
	if len(command) == 0 {
		return 2, errors.New("usage: withpostgres COMMAND [ARGUMENT...]")
	}
	if os.Getenv(pgtest.EnvServer) != "" {
		return execute(command)
	}
	s, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		return 1, err
	}
	if err := os.Setenv(pgtest.EnvServer, s.URL()); err != nil {
		return 1, err
	}
	code, err := execute(command)
	return code, errors.Join(err, s.Stop())
}

func execute(command []string) (int, error) {
	// The terminal sends Ctrl-C to the command as well; we stay until it ends
	// so that the server is there as long as it is.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)

	//nolint:noctx // the command decides itself when it ends
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case sig := <-signals:
			_ = cmd.Process.Signal(sig) // it may have ended just now
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return max(exit.ExitCode(), 1), nil
			}
			return 0, err
		}
	}
}
