package wasim

import (
	"fmt"
	"strings"
	"sync"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
)

// Entry is one stanza that crossed a companion's wire.
type Entry struct {
	Seq  int64     `json:"seq"`
	Time time.Time `json:"time"`
	// Device is the companion's JID, or "conn-N" before it is logged in.
	Device string `json:"device"`
	// Direction is "in" from the client, "out" to it.
	Direction string `json:"direction"`
	Tag       string `json:"tag"`
	ID        string `json:"id"`
	XML       string `json:"xml"`
}

// Log keeps the last stanzas of a network.
type Log struct {
	mu   sync.Mutex
	ring []record
	seq  int64
}

type record struct {
	seq       int64
	time      time.Time
	device    string
	direction string
	node      waBinary.Node
}

func newLog(size int) *Log { return &Log{ring: make([]record, size)} }

func (l *Log) add(now time.Time, device, direction string, node waBinary.Node) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	l.ring[l.seq%int64(len(l.ring))] = record{l.seq, now, device, direction, node}
}

// Entries gives the stanzas that are still kept and have a Seq above after, oldest first.
func (l *Log) Entries(after int64) []Entry {
	records := l.records(after)
	out := make([]Entry, 0, len(records))
	for _, r := range records {
		id, _ := r.node.Attrs["id"].(string)
		out = append(out, Entry{
			Seq: r.seq, Time: r.time, Device: r.device, Direction: r.direction,
			Tag: r.node.Tag, ID: id, XML: r.node.String(),
		})
	}
	return out
}

func (l *Log) records(after int64) []record {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := max(after+1, l.seq-int64(len(l.ring))+1, 1)
	var out []record
	for s := first; s <= l.seq; s++ {
		out = append(out, l.ring[s%int64(len(l.ring))])
	}
	return out
}

// Tail is the last n stanzas, a line each, for the message of a failing test.
func (l *Log) Tail(n int) string {
	l.mu.Lock()
	seq := l.seq
	l.mu.Unlock()
	var b strings.Builder
	for _, e := range l.Entries(seq - int64(n)) {
		fmt.Fprintf(&b, "%d %s %-3s %s %s\n", e.Seq, e.Time.Format("15:04:05.000"), e.Direction, e.Device, e.XML)
	}
	return b.String()
}

// String is the whole log, a line for each stanza.
func (l *Log) String() string { return l.Tail(len(l.ring)) }
