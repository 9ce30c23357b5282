package whatsapp

import (
	"context"
	"sync"

	"go.mau.fi/whatsmeow/types"
)

// held are the messages that the library keeps in memory (the last 256 of each client, recentMessagesSize in whatsmeow's
// retry.go, some 1.2 KB each) and that are not stored yet where messageForRetry finds them.
type held struct {
	mu sync.Mutex
	to map[string]types.JID // by the message's id
}

// maxHeld is more than ever wait to be stored; what is beyond it the library forgets by itself.
const maxHeld = 1024

func (h *held) add(id string, to types.JID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.to == nil {
		h.to = map[string]types.JID{}
	}
	if len(h.to) < maxHeld {
		h.to[id] = to
	}
}

func (h *held) take(id string) (types.JID, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	to, ok := h.to[id]
	delete(h.to, id)
	return to, ok
}

// any reports whether a message is known to the library alone.
func (h *held) any() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.to) > 0
}

// Kept has the library forget a message that is stored: it would keep 300 KB of each device that sends much. An empty one
// in its place makes it ask messageForRetry.
func (s *session) Kept(id string) {
	defer s.renewWhenFull()
	to, ok := s.held.take(id)
	if !ok || s.driver.resend == nil {
		return
	}
	in := s.client.DangerousInternals() //nolint:staticcheck // it is named so to frighten; TestKeptIsForgottenAndFound sees that this does what it should
	if err := in.AddRecentMessage(context.Background(), to, id, nil, nil); err != nil {
		s.driver.log.Debug("forget a message that is stored", "device", s.device.ID, "error", err)
	}
}
