package whatsapp

import (
	"fmt"
	"strings"
	"testing"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

func TestRawJSONIsBounded(t *testing.T) {
	t.Parallel()
	mentions := make([]string, 100_000)
	for i := range mentions {
		mentions[i] = fmt.Sprintf("62812%08d@s.whatsapp.net", i)
	}
	boxes := &waE2E.Message{Conversation: proto.String(strings.Repeat("x", maxText))}
	for range 100 {
		boxes = &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{
			Text: proto.String(strings.Repeat("y", maxText)), ContextInfo: &waE2E.ContextInfo{QuotedMessage: boxes},
		}}
	}
	for name, c := range map[string]struct {
		m     *waE2E.Message
		least int // 0: nothing is shown
	}{
		"a text":          {&waE2E.Message{Conversation: proto.String("halo")}, len(`{"conversation":"halo"}`)},
		"an endless text": {&waE2E.Message{Conversation: proto.String(strings.Repeat("kata ", 1<<20))}, maxText},
		"mentions":        {&waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{ContextInfo: &waE2E.ContextInfo{MentionedJID: mentions}}}, maxRawList * 10},
		"a huge preview":  {&waE2E.Message{ImageMessage: &waE2E.ImageMessage{MediaKey: []byte("key"), JPEGThumbnail: make([]byte, 8<<20)}}, len(`{"imageMessage":{"mediaKey":"a2V5"}}`)},
		"long quotes":     {boxes, 0},
	} {
		raw, err := proto.Marshal(c.m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := RawJSON(raw)
		if err != nil || len(got) > maxRawJSON || len(got) < c.least || c.least == 0 && got != nil {
			t.Errorf("%s of %d KiB: %d bytes, %v; want %d to %d", name, len(raw)>>10, len(got), err, c.least, maxRawJSON)
		}
	}
}
