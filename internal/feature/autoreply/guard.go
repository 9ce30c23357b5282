package autoreply

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The loop guard. Two machines that answer each other are recognised by what people do not do: sending our own
// words back, or the same long text again within seconds of each of our answers.
const (
	echoWindow  = 10 * time.Minute
	echoMinimum = 25 // runes of ours that must stand in theirs to be an echo: people greet back in our words
	rememberOf  = 5  // answers kept per chat
	botRunes    = 25 // a repeated text this long is not typed
	botPace     = 10 * time.Second
	botRepeats  = 2 // equal texts in a row that are still answered
	keptRunes   = 300
)

// memory is what the guard keeps of a chat.
type memory struct {
	Said    []said `json:"said,omitempty"`     // our last answers, oldest first
	Heard   string `json:"heard,omitempty"`    // the last text, normalised
	HeardAt int64  `json:"heard_at,omitempty"` // unix ms
	Repeats int    `json:"repeats,omitempty"`  // how often it came in a row at a machine's pace
}

type said struct {
	Text string `json:"text"` // normalised
	At   int64  `json:"at"`   // unix ms
}

// loops reports whether answering text now would feed a loop.
func (m memory) loops(text string, now int64) bool {
	for _, s := range m.recent(now) {
		if len([]rune(s)) >= echoMinimum && quotes(text, s) {
			return true
		}
	}
	return m.next(text, now).Repeats > botRepeats
}

// quotes reports whether words stand in text, not as a part of other words: "nomor 10" does not quote "nomor 1".
func quotes(text, words string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], words)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(words):])
		if !inWord(before) && !inWord(after) {
			return true
		}
		from = i + len(words)
	}
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// recent are our words that an echo could still bring back.
func (m memory) recent(now int64) []string {
	var texts []string
	for _, s := range m.Said {
		if s.Text != "" && now-s.At <= echoWindow.Milliseconds() {
			texts = append(texts, s.Text)
		}
	}
	return texts
}

// next is the memory after hearing text. What counts as repeated is a text too long to be typed again so soon, and a
// short one that is also ours: people greet with the words that they are greeted with, but not at a machine's pace.
func (m memory) next(text string, now int64) memory {
	ours := slices.Contains(m.recent(now), text)
	text = clip(text)
	same := text != "" && text == m.Heard && (ours || len([]rune(text)) >= botRunes)
	last := m.HeardAt
	if len(m.Said) > 0 {
		last = max(last, m.Said[len(m.Said)-1].At)
	}
	fast := now-last < botPace.Milliseconds()
	if same && fast {
		m.Repeats++
	} else {
		m.Repeats = 0
	}
	m.Heard, m.HeardAt = text, now
	return m
}

// answered is the memory after saying texts; the last of them is out at that time, unix ms.
func (m memory) answered(texts []string, at int64) memory {
	kept := append([]said(nil), m.Said...)
	for _, t := range texts {
		if n := normalise(t); n != "" {
			kept = append(kept, said{Text: clip(n), At: at})
		}
	}
	m.Said = kept[max(0, len(kept)-rememberOf):]
	return m
}

func clip(s string) string {
	r := []rune(s)
	return string(r[:min(len(r), keptRunes)])
}
