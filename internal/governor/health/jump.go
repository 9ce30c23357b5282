package health

import (
	"slices"

	"github.com/pingcrm/pingcrm/internal/governor/pace"
)

// Leap keeps everything as long ago as it was when the clock has jumped, and the pauses that are our own as long as they
// are. What the network has told the end of ends at that time.
func (h Health) Leap(by, now int64) Health {
	h.From = pace.Leap(h.From, by, now)
	h.Concerns = slices.Clone(h.Concerns)
	for i, c := range h.Concerns {
		since := pace.Leap(c.Since, by, now)
		if c.Until > 0 && c.ours() {
			c.Until += since - c.Since
		}
		c.Since = since
		h.Concerns[i] = c
	}
	return h
}

// ours reports whether the end was set here: the network gives none with these, and its own with the others.
func (c Concern) ours() bool {
	return c.Why == Why475 || c.Why == Why429 || c.Why == Why463 && c.Until == c.Since+unlocked
}

// Leap keeps a sample's times in step with its Health's.
func (s *Sample) Leap(by, now int64) {
	for i := range s.Outcomes {
		s.Outcomes[i].At = pace.Leap(s.Outcomes[i].At, by, now)
	}
	for i := range s.Asked {
		s.Asked[i].At = pace.Leap(s.Asked[i].At, by, now)
	}
}
