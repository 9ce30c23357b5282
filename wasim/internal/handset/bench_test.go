package handset

import (
	"fmt"
	"testing"
)

// BenchmarkText is the cost of one text from phone to phone: encryption, decryption,
// receipt and both lists.
func BenchmarkText(b *testing.B) {
	w := newWire(b)
	from, to := w.phone("Ani", 1), w.phone("Budi", 2)
	first := send(b, from, to, Content{Text: "first"})
	await(b, to.h, "the first text", byID(first))
	b.ReportAllocs()
	b.ResetTimer()
	last := ""
	for i := range b.N {
		id, err := from.h.Send(b.Context(), to.acc.PN.User, Content{Text: fmt.Sprint(i)})
		if err != nil {
			b.Fatal(err)
		}
		last = id
	}
	await(b, to.h, "the last text", byID(last))
	if c := to.h.Counters(); c.DecryptErrors != 0 {
		b.Errorf("counters: got %+v, want no errors", c)
	}
}

// BenchmarkSnapshot is the cost of writing down a phone with 10,000 messages.
func BenchmarkSnapshot(b *testing.B) {
	w := newWire(b)
	from, to := w.phone("Ani", 1), w.phone("Budi", 2)
	last := ""
	for i := range 10_000 {
		last = send(b, from, to, Content{Text: fmt.Sprint(i)})
	}
	await(b, to.h, "the last text", byID(last))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		data, err := to.h.Snapshot()
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(data)))
	}
}
