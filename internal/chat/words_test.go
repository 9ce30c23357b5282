package chat_test

import (
	"testing"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
)

func TestEveryKindHasWords(t *testing.T) {
	t.Parallel()
	for _, kind := range []device.Kind{
		device.KindImage, device.KindVideo, device.KindAudio, device.KindVoice, device.KindDocument, device.KindSticker, device.KindLocation,
		device.KindContact, device.KindPoll, device.KindVote, device.KindReaction, device.KindEdit, device.KindRevoke, device.KindTimer, device.KindUnknown,
	} {
		if chat.Words(kind, "") == "" {
			t.Errorf("there are no words for %s", kind)
		}
		if got := chat.Words(kind, "bukti transfer"); got != "bukti transfer" {
			t.Errorf("%s with a caption: %q, want the caption", kind, got)
		}
	}
	if got := chat.Words(device.KindText, ""); got != "" {
		t.Errorf("an empty text: %q, want nothing", got)
	}
}
