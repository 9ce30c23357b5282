//go:build unix

package httpx

import (
	"math"

	"golang.org/x/sys/unix"
)

// mayBeOpen is how many files and sockets the process may have open.
func mayBeOpen() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return math.MaxInt
	}
	return int(min(uint64(limit.Cur), math.MaxInt)) //nolint:gosec,unconvert // bounded; signed on some systems
}
