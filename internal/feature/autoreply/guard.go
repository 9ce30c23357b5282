package autoreply

import (
	"strings"
	"time"
)

// The loop guard. Two machines that answer each other are recognised by what people do not do: sending our own
// words back, or the same long text again within seconds of each of our answers.
const (
	echoWindow  = 10 * time.Minute
	echoMinimum = 10 // runes of ours that must stand in theirs to be an echo
	rememberOf  = 5  // answers kept per chat
	botRunes    = 25 // a repeated text this long is not typed
	botPace     = 10 * time.Second
	botRepeats  = 2 // equal texts in a row that are still answered
	keptRunes   = 300
)

// memory is what the guard keeps of a chat.
type memory struct {
	Said    []said `json:"said,omitempty"`    // our last answers, oldest first
	Heard   string `json:"heard,omitempty"`   // the last text that we answered, normalised
	Repeats int    `json:"repeats,omitempty"` // how often it came in a row at a machine's pace
}

type said struct {
	Text string `json:"text"` // normalised
	At   int64  `json:"at"`   // unix ms
}

// loops reports whether answering text now would feed a loop.
func (m memory) loops(text string, now int64) bool {
	for _, s := range m.Said {
		if now-s.At > echoWindow.Milliseconds() || s.Text == "" {
			continue
		}
		if text == s.Text || (len([]rune(s.Text)) >= echoMinimum && strings.Contains(text, s.Text)) {
			return true
		}
	}
	return m.next(text, now).Repeats > botRepeats
}

// next is the memory after hearing text.
func (m memory) next(text string, now int64) memory {
	text = clip(text)
	same := text == m.Heard && len([]rune(text)) >= botRunes
	fast := len(m.Said) > 0 && now-m.Said[len(m.Said)-1].At < botPace.Milliseconds()
	if same && fast {
		m.Repeats++
	} else {
		m.Repeats = 0
	}
	m.Heard = text
	return m
}

// answered is the memory after saying texts.
func (m memory) answered(texts []string, now int64) memory {
	kept := append([]said(nil), m.Said...)
	for _, t := range texts {
		if n := normalise(t); n != "" {
			kept = append(kept, said{Text: clip(n), At: now})
		}
	}
	m.Said = kept[max(0, len(kept)-rememberOf):]
	return m
}

func clip(s string) string {
	r := []rune(s)
	return string(r[:min(len(r), keptRunes)])
}
