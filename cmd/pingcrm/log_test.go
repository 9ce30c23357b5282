package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A log that nobody reads holds nobody up; when it is read again, it says that something is missing, and goes on.
func TestALogThatNobodyReads(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe() // whose writer waits for its reader
	l := newLoose(w, 8)
	_, _ = l.Write([]byte("line 0\n"))
	for len(l.lines) > 0 { // until it is on its way
		runtime.Gosched()
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		for i := 1; i < 100; i++ {
			if n, err := fmt.Fprintf(l, "line %d\n", i); err != nil || n == 0 {
				t.Errorf("line %d: %d, %v", i, n, err)
			}
		}
	}()
	select {
	case <-written:
	case <-time.After(10 * time.Second):
		t.Fatal("who writes the log is held up")
	}
	began := time.Now()
	l.end(10 * time.Millisecond)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the end took %v", took)
	}
	go func() {
		<-l.done
		_ = w.Close()
	}()
	got, err := io.ReadAll(r)
	if text := string(got); err != nil || !strings.HasPrefix(text, "line 0\n") || strings.Count(text, "are missing") != 1 || strings.Count(text, "\nline") != 8 || !strings.Contains(text, "lines=91\n") {
		t.Errorf("the log is %q, %v; want nine lines and one word about the other 91", got, err)
	}
}

func TestTheLogsLastLines(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	l := newLoose(&b, 100)
	for i := range 50 {
		_, _ = fmt.Fprintf(l, "line %d\n", i)
	}
	l.end(10 * time.Second)
	if lines := strings.Count(b.String(), "\n"); lines != 50 || !strings.HasSuffix(b.String(), "line 49\n") {
		t.Errorf("%d lines, want all 50: %q", lines, b.String())
	}
}
