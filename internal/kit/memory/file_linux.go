package memory

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// span is a part of the process's address space.
type span struct{ from, to uintptr }

// letGoOfFile unmaps the pages of the program's own file. The start goes through nearly all of its 60 MiB once, and what runs
// afterwards needs a third of that: those pages come back by themselves, from the system's cache, when they are
// touched, as large as the pieces are in which they lie there. What is not mapped the system can use for something else
// without asking.
func letGoOfFile() error {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("find the program's file: %w", err)
	}
	return letGo(self)
}

func letGo(file string) error {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return fmt.Errorf("read what is mapped: %w", err)
	}
	spans, err := unwritten(maps, file)
	if err = errors.Join(err, maps.Close()); err != nil {
		return fmt.Errorf("read what is mapped: %w", err)
	}
	for _, s := range spans {
		if _, _, e := unix.Syscall(unix.SYS_MADVISE, s.from, s.to-s.from, unix.MADV_DONTNEED); e != 0 {
			return fmt.Errorf("let go of %s: %w", file, e)
		}
	}
	return nil
}

// unwritten lists the parts of a map in the form of proc_pid_maps(5) that hold file and can't have been changed: only
// those are the same when they are read again.
func unwritten(maps io.Reader, file string) (spans []span, err error) {
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		// 00402000-02261000 r-xp 00002000 fe:00 1234   /usr/bin/pingcrm
		line := lines.Text()
		at := strings.IndexByte(line, '/')
		if at < 0 || line[at:] != file {
			continue
		}
		var s span
		var may string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &s.from, &s.to, &may); err != nil {
			return nil, err
		}
		if !strings.Contains(may, "w") {
			spans = append(spans, s)
		}
	}
	return spans, lines.Err()
}
