package main

import (
	"net"
	"os"
	"strings"

	"github.com/google/uuid"
)

// nodeName names this process among those that share a database, so that after a crash it has its devices back at once
// and need not wait until its own lease runs out. No two living processes may have the same name: the address is
// taken, on this host, since this boot. Where the boot can't be told apart, the name is new each time.
func nodeName(l net.Listener) string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	host, hostErr := os.Hostname()
	if err != nil || hostErr != nil {
		return uuid.NewString()
	}
	return strings.TrimSpace(string(boot)) + "/" + host + "/" + l.Addr().String()
}
