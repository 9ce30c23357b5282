//go:build strike

package main

import (
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// wall is a clock that a test sets: PING_CLOCK names a file with how far it is off, such as -1h. It is read anew every
// few milliseconds.
func wall() func() time.Time {
	file := os.Getenv("PING_CLOCK")
	if file == "" {
		return nil
	}
	var off atomic.Int64
	read := func() {
		data, err := os.ReadFile(file)
		if err != nil {
			return
		}
		if by, err := time.ParseDuration(strings.TrimSpace(string(data))); err == nil {
			off.Store(int64(by))
		}
	}
	read()
	go func() {
		for range time.Tick(20 * time.Millisecond) {
			read()
		}
	}()
	return func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
}
