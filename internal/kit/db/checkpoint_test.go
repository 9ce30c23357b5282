package db

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// The log is copied beside the writer: it stays small however much is written.
func TestTheLogIsCopiedInTheBackground(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ping.db")
	d, err := Open(context.Background(), Config{File: file})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if _, err := d.Exec(context.Background(), `CREATE TABLE t (id TEXT PRIMARY KEY, body BLOB)`); err != nil {
		t.Fatal(err)
	}
	const size = 32 << 10
	for i := range 3 * checkpointEvery {
		if err := d.Tx(context.Background(), put(d, fmt.Sprint(i), size)); err != nil {
			t.Fatal(err)
		}
	}
	copied := func() bool { // without a copy the file would have a page or two
		info, err := os.Stat(file)
		return err == nil && info.Size() > 2*checkpointEvery*size
	}
	look, late := time.NewTicker(5*time.Millisecond), time.After(20*time.Second)
	defer look.Stop()
	for !copied() {
		select {
		case <-look.C:
		case <-late:
			t.Fatal("most of what was written is not in the database file")
		}
	}
}

// What was written while the background could not copy is copied by the writer, and what is committed is there after
// the next start.
func TestTheLogIsCopiedByTheWriterAtLatest(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ping.db")
	d, err := Open(context.Background(), Config{File: file})
	if err != nil {
		t.Fatal(err)
	}
	d.writer.log.commits.Store(-1 << 40) // it never gets there
	if _, err := d.Exec(context.Background(), `CREATE TABLE t (id TEXT PRIMARY KEY, body BLOB)`); err != nil {
		t.Fatal(err)
	}
	const rows = 60
	for i := range rows {
		if err := d.Tx(context.Background(), put(d, fmt.Sprint(i), 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(file + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if limit := int64(checkpointAtLatest+1000) * 4200; info.Size() > limit {
		t.Errorf("the log has %d bytes, want at most %d", info.Size(), limit)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(context.Background(), Config{File: file})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	if n := count(t, again); n != rows {
		t.Errorf("after the next start there are %d rows, want %d", n, rows)
	}
}

// BenchmarkSlowestCommits compares the slowest percent of commits at a steady pace when SQLite copies its log inside a
// commit with when it is copied beside.
func BenchmarkSlowestCommits(b *testing.B) {
	for _, inside := range []bool{true, false} {
		b.Run(fmt.Sprint("inside=", inside), func(b *testing.B) {
			d := openTest(b)
			if inside {
				d.writer.log.commits.Store(-1 << 40)
				if _, err := d.Exec(context.Background(), `PRAGMA wal_autocheckpoint=1000`); err != nil {
					b.Fatal(err)
				}
			}
			var took []time.Duration
			pace := time.NewTicker(2 * time.Millisecond)
			defer pace.Stop()
			for i := 0; b.Loop(); i++ {
				<-pace.C
				began := time.Now()
				if err := d.Tx(context.Background(), put(d, fmt.Sprintf("%x-%d", i*7919%65537, i), 9000)); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			for _, p := range []int{500, 990, 999} {
				b.ReportMetric(float64(took[len(took)*p/1000].Microseconds())/1000, fmt.Sprintf("p%.1f-ms", float64(p)/10))
			}
		})
	}
}
