package notify

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

// A record has the header, one byte that ends the text, and the seal's 16.
const room = recordSize - 86 - 1 - 16

func TestEveryPayloadFitsIntoARecord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hostile := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("\"\\<>&\x00\x1f\u2028\u202e😀"))))
		text, name, who := hostile.Draw(t, "text"), hostile.Draw(t, "name"), hostile.Draw(t, "who")
		text = strings.Repeat(text, rapid.IntRange(1, 200).Draw(t, "times"))
		name = strings.Repeat(name, rapid.IntRange(1, 50).Draw(t, "often"))
		n := Notice{
			Kind: Groups, Tag: "chat-019aab10-0000-7000-8000-00000000000c", Subject: "019aab10-0000-7000-8000-00000000000c",
			Said: said{Kind: device.KindDocument, Text: short(text), Who: short(who)}, At: 1_763_805_600_000,
		}
		c := chat.Item{Chat: chat.Chat{ID: n.Subject, Unread: 1_000_000}, Contact: contact.Contact{Name: name}}
		for _, w := range []words{inIndonesian, inEnglish} {
			for _, p := range []*payload{w.message(n, c, true), w.mention(n, c, who, true), w.assigned(n, c), w.device(n)} {
				body, err := p.encode()
				if err != nil || len(body) > room {
					t.Fatalf("a payload of %d bytes (%v), want at most %d: %s", len(body), err, room, body)
				}
				if !utf8.Valid(body) || strings.ContainsAny(p.Title+p.Body, "\n\x00\u202e") {
					t.Fatalf("payload %q, want one line of text in its own direction", body)
				}
			}
		}
	})
}
