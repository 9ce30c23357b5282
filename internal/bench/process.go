package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

var (
	errStat   = errors.New("the kernel's accounts of the process can't be read")
	errEnded  = errors.New("the process ended by itself")
	errAnswer = errors.New("not a success")
	errNever  = errors.New("took too long")
)

// process is a program under measurement.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{}
	log    *lastWords
}

// start runs a program; it ends with us at the latest.
func start(name string, args ...string) (*process, error) {
	p := &process{exited: make(chan struct{}), log: &lastWords{}}
	p.cmd = exec.Command(name, args...) //nolint:noctx // its end is stop, so that it can say good-bye
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() { _ = p.cmd.Wait(); close(p.exited) }()
	return p, nil
}

// stop ends the process, if need be by force. A second time does nothing.
func (p *process) stop() {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
}

// kill ends the process as a crash does, in the middle of whatever it is at.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself; whoever starts it again finds out why
	<-p.exited
}

// answers waits until the URL gives a success, asking every millisecond.
func (p *process) answers(ctx context.Context, url string) error {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	return eventually(ctx, time.Minute, time.Millisecond, func() (bool, error) {
		select {
		case <-p.exited:
			return false, fmt.Errorf("%w:\n%s", errEnded, p.log)
		default:
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false, err
		}
		res, err := client.Do(req)
		if err != nil {
			return false, nil //nolint:nilerr // nobody listens yet
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK, nil
	})
}

// eventually asks fn until it says yes.
func eventually(ctx context.Context, patience, every time.Duration, fn func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errNever)
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if ok, err := fn(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ticks is the unit of /proc/PID/stat, which Linux fixes for programs at 100 a second.
const ticks = 100

// cpu is the processor time that the process has used, to 10 ms.
func (p *process) cpu() (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return parseStat(data)
}

// parseStat reads utime and stime. The name before them may have blanks and brackets.
func parseStat(data []byte) (time.Duration, error) {
	end := bytes.LastIndexByte(data, ')')
	fields := strings.Fields(string(data[end+1:]))
	if end < 0 || len(fields) < 13 {
		return 0, errStat
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	if err1 != nil || err2 != nil {
		return 0, errStat
	}
	return time.Duration(user+system) * time.Second / ticks, nil
}

// memory is the process's share of physical memory in KiB (Pss).
func (p *process) memory() (float64, error) {
	return p.account("smaps_rollup", "Pss:")
}

func (p *process) account(file, field string) (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, file))
	if err != nil {
		return 0, err
	}
	return parseAccount(data, field)
}

func parseAccount(data []byte, field string) (float64, error) {
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		if len(words) == 3 && words[0] == field && words[2] == "kB" {
			return strconv.ParseFloat(words[1], 64)
		}
	}
	return 0, fmt.Errorf("%w: no %s", errStat, field)
}

// held is what a process holds of physical memory, in KiB.
type held struct {
	resident  float64 // with the pages of files that the kernel has at hand
	anonymous float64 // its own
}

func (h held) most(o held) held {
	return held{max(h.resident, o.resident), max(h.anonymous, o.anonymous)}
}

// holds tells both at this moment.
func (p *process) holds() (held, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return held{}, err
	}
	resident, err1 := parseAccount(data, "VmRSS:")
	anonymous, err2 := parseAccount(data, "RssAnon:")
	return held{resident, anonymous}, errors.Join(err1, err2)
}

// peak watches the memory until stop is called, which gives the largest values seen.
func (p *process) peak() (stop func() held) {
	done, result := make(chan struct{}), make(chan held)
	go func() {
		var most held
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			if now, err := p.holds(); err == nil {
				most = most.most(now)
			}
			select {
			case <-tick.C:
			case <-done:
				result <- most
				return
			}
		}
	}()
	return func() held { close(done); return <-result }
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// lastWords keeps the end of what a process says.
type lastWords struct {
	mu sync.Mutex
	b  []byte
}

// Write keeps the last 16 KiB.
func (l *lastWords) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, p...)
	if n := len(l.b) - 16<<10; n > 0 {
		l.b = append(l.b[:0], l.b[n:]...)
	}
	return len(p), nil
}

// String is what was kept.
func (l *lastWords) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.b)
}
