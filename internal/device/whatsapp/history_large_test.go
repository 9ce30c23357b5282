package whatsapp

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/wasim"
)

// perPiece is how many chats a piece of these tests has.
const perPiece = 500

// largePiece is a piece of history as a phone announces it: chats with two messages each.
func largePiece(t testing.TB, number int) []byte {
	t.Helper()
	sync := &waHistorySync.HistorySync{SyncType: waHistorySync.HistorySync_RECENT.Enum()}
	for c := range perPiece {
		chat := fmt.Sprintf("62813%08d@s.whatsapp.net", number*perPiece+c)
		conversation := &waHistorySync.Conversation{ID: &chat}
		for m := range 2 {
			conversation.Messages = append(conversation.Messages, &waHistorySync.HistorySyncMsg{Message: &waWeb.WebMessageInfo{
				Key:              &waCommon.MessageKey{RemoteJID: &chat, FromMe: proto.Bool(false), ID: proto.String(fmt.Sprintf("M%dX%dX%d", number, c, m))},
				Message:          &waE2E.Message{Conversation: proto.String(fmt.Sprintf("pesan %d dari percakapan lama yang cukup panjang", m))},
				MessageTimestamp: proto.Uint64(1_700_000_000),
			}})
		}
		sync.Conversations = append(sync.Conversations, conversation)
	}
	raw, err := proto.Marshal(sync)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(raw)
	_ = z.Close()
	n, err := proto.Marshal(&waE2E.HistorySyncNotification{
		SyncType: waE2E.HistorySyncType_RECENT.Enum(), InitialHistBootstrapInlinePayload: packed.Bytes(), Progress: proto.Uint32(100),
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// tallySink is a sink that keeps nothing but the number of messages.
type tallySink struct {
	*recorder
	messages atomic.Int64
}

func (c *tallySink) Received(_ context.Context, _ device.Device, m device.Inbound) error {
	if m.Origin == device.OriginHistory {
		c.messages.Add(1)
	}
	return nil
}

// TestALargeHistoryNeedsLittleMemory takes in the history of many chats (PING_TEST_CHATS, 10,000 if nothing is said): the
// memory is that of some pieces, however many there are.
func TestALargeHistoryNeedsLittleMemory(t *testing.T) {
	chats := 10_000
	if v, err := strconv.Atoi(os.Getenv("PING_TEST_CHATS")); err == nil {
		chats = v
	}
	r := sqlite(t, wasim.Options{}).link(t)
	_ = r.stop()
	r.device.Settings.HistoryTotal = 10 * chats
	for i := range chats / perPiece {
		if err := r.driver.history.add(ctxOf(t), r.device, fmt.Sprintf("PIECE%05d", i), largePiece(t, i)); err != nil {
			t.Fatal(err)
		}
	}
	sink := &tallySink{recorder: r.sink}
	s, err := r.driver.Open(ctxOf(t), r.device, sink)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	began, peak := time.Now(), uint64(0)
	r.start(t, s)
	late, tick := time.After(5*time.Minute), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for sink.messages.Load() < int64(2*chats) {
		select {
		case <-late:
			t.Fatalf("%d of %d messages came in", sink.messages.Load(), 2*chats)
		case <-tick.C:
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
	}
	grown := int64(peak) - int64(before.HeapAlloc)
	t.Logf("%d chats in %v, at most %d MiB more than before", chats, time.Since(began).Round(time.Millisecond), grown>>20)
	if grown > 64<<20 {
		t.Errorf("it needed %d MiB, want 64 at most", grown>>20)
	}
}
