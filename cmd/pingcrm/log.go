package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

const (
	// logLines is how many lines of the log wait for whoever reads it.
	logLines = 4096
	// logPatience is how long the end of the program waits for the last lines to be read.
	logPatience = 2 * time.Second
)

// newLog makes the program's log on standard error. Nothing waits for its reader. end has the last lines written.
func newLog(level string) (log *slog.Logger, end func()) {
	var l slog.Level
	_ = l.UnmarshalText([]byte(level)) // kong has checked it
	out := newLoose(os.Stderr, logLines)
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: l})), func() { out.end(logPatience) }
}

// loose passes lines on without ever waiting: a pipe that nobody reads, or a terminal that is stopped, must not hold
// messages up. What finds no room is counted and lost.
type loose struct {
	lines chan []byte
	lost  atomic.Int64
	over  chan struct{} // asks for the end
	done  chan struct{}
}

func newLoose(w io.Writer, room int) *loose {
	l := &loose{lines: make(chan []byte, room), over: make(chan struct{}), done: make(chan struct{})}
	go l.run(w)
	return l
}

// Write keeps a line until it is passed on, or loses it when too many wait already.
func (l *loose) Write(line []byte) (int, error) {
	select {
	case l.lines <- append([]byte(nil), line...):
	default:
		l.lost.Add(1)
	}
	return len(line), nil
}

func (l *loose) run(w io.Writer) {
	defer close(l.done)
	for {
		select {
		case line := <-l.lines:
			l.pass(w, line)
		case <-l.over:
			for {
				select {
				case line := <-l.lines:
					l.pass(w, line)
				default:
					return
				}
			}
		}
	}
}

// pass writes a line, after a word about those that were lost; an error of the log has nobody to be told to.
func (l *loose) pass(w io.Writer, line []byte) {
	if n := l.lost.Swap(0); n > 0 {
		_, _ = fmt.Fprintf(w, "time=%s level=WARN msg=\"lines of the log are missing: nobody read them in time\" lines=%d\n", time.Now().Format(time.RFC3339Nano), n)
	}
	_, _ = w.Write(line)
}

// end passes on what waits, for as long as patience allows. Nothing may be written after it.
func (l *loose) end(patience time.Duration) {
	close(l.over)
	select {
	case <-l.done:
	case <-time.After(patience):
	}
}
