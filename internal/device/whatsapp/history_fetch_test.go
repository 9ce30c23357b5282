package whatsapp

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"runtime"
	"strings"
	"testing"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/wasim"
)

func pack(t testing.TB, r io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := io.Copy(z, r); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packTimes is pack of the same again and again, in no time: what packs to whole bytes packs to the same ones each time.
func packTimes(t testing.TB, of []byte, times int) []byte {
	t.Helper()
	var once, b bytes.Buffer
	z, err := flate.NewWriter(&once, flate.BestCompression)
	if err == nil {
		_, err = z.Write(of)
	}
	if err == nil {
		err = z.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	sum := adler32.New()
	b.WriteString("\x78\xda")
	for range times {
		b.Write(once.Bytes())
		_, _ = sum.Write(of)
	}
	b.WriteString("\x03\x00")
	return sum.Sum(b.Bytes())
}

// bombs are pieces of history that are much larger than they look.
func bombs(t testing.TB) map[string][]byte {
	chat := "\x12\x64"
	for range 25 {
		chat += "\x12\x02\x0a\x00" // a message that has nothing
	}
	nothing := append([]byte("\x0a\xfd\xff\x3f"), make([]byte, 1<<20-3)...) // a field of a MiB
	chats := bytes.Repeat([]byte("\x12\x00"), 1<<20)
	return map[string][]byte{
		"mere nothing":         packTimes(t, nothing, 2*maxPiece>>20),
		"millions of chats":    packTimes(t, chats, 20),
		"millions of messages": packTimes(t, []byte(strings.Repeat(chat, 10_000)), 20),
		"one that is cut off":  packTimes(t, chats, 40)[:60_000],
	}
}

func TestAPieceIsWeighed(t *testing.T) {
	t.Parallel()
	var n waE2E.HistorySyncNotification
	if err := proto.Unmarshal(largePiece(t, 1), &n); err != nil {
		t.Fatal(err)
	}
	if err := weighPiece(n.GetInitialHistBootstrapInlinePayload()); err != nil {
		t.Errorf("a piece with %d chats: %v", perPiece, err)
	}
	for name, packed := range map[string][]byte{
		"not packed": []byte("no zlib"), "no message": pack(t, strings.NewReader("no message")), "cut off": pack(t, strings.NewReader("\x12\x09\x12")),
		"a length that is none": pack(t, strings.NewReader("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")),
	} {
		if err := weighPiece(packed); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestABombOfHistoryIsLeftOut announces pieces that would need gigabytes, with an honest one behind: they are given up at
// once, without the memory, and the honest one comes in.
func TestABombOfHistoryIsLeftOut(t *testing.T) {
	r := sqlite(t, wasim.Options{}).link(t)
	_ = r.stop()
	r.device.Settings.HistoryTotal = 10_000
	pieces := 0
	for name, packed := range bombs(t) {
		if err := weighPiece(packed); !errors.Is(err, errPieceTooLarge) {
			t.Errorf("%s in %d KiB: %v, want %v", name, len(packed)>>10, err, errPieceTooLarge)
		}
		n, err := proto.Marshal(&waE2E.HistorySyncNotification{
			SyncType: waE2E.HistorySyncType_RECENT.Enum(), InitialHistBootstrapInlinePayload: packed, Progress: proto.Uint32(50),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.driver.history.add(ctxOf(t), r.device, fmt.Sprintf("BOMB%d", pieces), n); err != nil {
			t.Fatal(err)
		}
		pieces++
	}
	if err := r.driver.history.add(ctxOf(t), r.device, "HONEST", largePiece(t, 0)); err != nil {
		t.Fatal(err)
	}
	sink := &tallySink{recorder: r.sink}
	s, err := r.driver.Open(ctxOf(t), r.device, sink)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	peak := uint64(0)
	r.start(t, s)
	poll(t, "the honest piece, and no bomb left", func() bool {
		runtime.ReadMemStats(&now)
		peak = max(peak, now.HeapAlloc)
		p, err := r.driver.History(ctxOf(t), r.device)
		return err == nil && p.Pending == 0 && sink.messages.Load() == 2*perPiece
	})
	grown := (int64(peak) - int64(before.HeapAlloc)) >> 20
	t.Logf("%d bombs needed %d MiB", pieces, grown)
	if limit := int64(4 * maxPiece >> 20); grown > limit {
		t.Errorf("%d bombs needed %d MiB, want %d at most", pieces, grown, limit)
	}
}
