// Package autoreply owns the rules: when a message fits …, then answer …
package autoreply

import (
	"strings"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/fill"
)

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "rule_not_found", fault.Text{
		ID: "Aturan tidak ditemukan.", EN: "There is no such rule.",
	})
	ErrNoWords = fault.New(fault.Invalid, "rule_without_words", fault.Text{
		ID: "Isi paling sedikit satu kata kunci.", EN: "Give at least one keyword.",
	}).WithField("when.words")
	ErrEmptyWord = fault.New(fault.Invalid, "rule_word_empty", fault.Text{
		ID: "Ada kata kunci yang kosong. Hapus atau isi.", EN: "A keyword is empty. Remove it or fill it in.",
	}).WithField("when.words")
	ErrTooManyWords = fault.New(fault.Invalid, "rule_too_many_words", fault.Text{
		ID: "Paling banyak 50 kata kunci per aturan.", EN: "At most 50 keywords per rule.",
	}).WithField("when.words")
	ErrLongWord = fault.New(fault.Invalid, "rule_word_too_long", fault.Text{
		ID: "Ada kata kunci yang terlalu panjang. Paling panjang 500 byte.", EN: "A keyword is too long. At most 500 bytes are allowed.",
	}).WithField("when.words")
	ErrBadMatch = fault.New(fault.Invalid, "rule_match_unknown", fault.Text{
		ID: "Cara mencocokkan harus exact, contains, starts_with, regex atau fuzzy.",
		EN: "The match must be exact, contains, starts_with, regex or fuzzy.",
	}).WithField("when.match")
	ErrBadRegex = fault.New(fault.Invalid, "rule_regex_bad", fault.Text{
		ID: "Regex tidak bisa dibaca atau terlalu rumit. Pakai sintaks RE2, paling banyak 500 byte.",
		EN: "The regular expression can't be read or is too complex. Use RE2 syntax, at most 500 bytes.",
	}).WithField("when.words")
	ErrBadTrigger = fault.New(fault.Invalid, "rule_trigger_unknown", fault.Text{
		ID: "Pemicu harus keyword, welcome, fallback atau out_of_hours.",
		EN: "The trigger must be keyword, welcome, fallback or out_of_hours.",
	}).WithField("when.trigger")
	ErrBadAudience = fault.New(fault.Invalid, "rule_audience_unknown", fault.Text{
		ID: "Audience harus people, groups atau both.", EN: "The audience must be people, groups or both.",
	}).WithField("audience")
	ErrNoAnswer = fault.New(fault.Invalid, "rule_without_answer", fault.Text{
		ID: "Isi satu sampai sepuluh balasan, masing-masing dengan teks atau media.",
		EN: "Give one to ten answers, each with a text or a file.",
	}).WithField("then")
	ErrBadDelay = fault.New(fault.Invalid, "rule_delay_bad", fault.Text{
		ID: "Jeda harus 0 sampai 300 detik.", EN: "The delay must be 0 to 300 seconds.",
	}).WithField("then")
	ErrBadEvery = fault.New(fault.Invalid, "rule_every_bad", fault.Text{
		ID: "Jarak antar balasan harus 0 sampai 43.200 menit.", EN: "The pause between answers must be 0 to 43,200 minutes.",
	}).WithField("every_minutes")
	ErrBadName = fault.New(fault.Invalid, "rule_name_bad", fault.Text{
		ID: "Nama aturan wajib diisi, paling panjang 100 karakter.", EN: "The rule needs a name of at most 100 characters.",
	}).WithField("name")
	ErrBadVariable = fault.New(fault.Invalid, "rule_variable_unknown", fault.Text{
		ID: "Variabel %s tidak dikenal. Yang ada: {name}, {phone}, {message}, {business_name}, {time}, {date}.",
		EN: "The variable %s is unknown. There are {name}, {phone}, {message}, {business_name}, {time}, {date}.",
	}).WithField("then")
)

// TriggerKind is what makes a rule look at a message.
type TriggerKind string

// The triggers.
const (
	TriggerKeyword    TriggerKind = "keyword"
	TriggerWelcome    TriggerKind = "welcome"      // the first message ever of a person
	TriggerFallback   TriggerKind = "fallback"     // no other rule fits
	TriggerOutOfHours TriggerKind = "out_of_hours" // the message came outside the workspace's office hours
)

// Match is how keywords are compared. All but regex ignore case, width and spacing.
type Match string

// The ways to match.
const (
	MatchExact      Match = "exact"
	MatchContains   Match = "contains"
	MatchStartsWith Match = "starts_with"
	MatchRegex      Match = "regex" // RE2, without regard to case
	MatchFuzzy      Match = "fuzzy" // allows slips of the finger
)

// Audience says whose messages a rule answers.
type Audience string

// The audiences.
const (
	AudiencePeople Audience = "people"
	AudienceGroups Audience = "groups"
	AudienceBoth   Audience = "both"
)

// Trigger is the "when" of a rule.
type Trigger struct {
	Trigger TriggerKind `json:"trigger" enum:"keyword,welcome,fallback,out_of_hours"`
	Match   Match       `json:"match,omitempty" enum:"exact,contains,starts_with,regex,fuzzy" doc:"With trigger keyword."`
	Words   []string    `json:"words,omitempty" nullable:"false" doc:"With trigger keyword: any of them fits."`
}

// Step is one message of the "then".
type Step struct {
	Text         string      `json:"text,omitempty" doc:"With variables ({name}) and spintax ({Halo|Hai}); the caption when there is a file."`
	FileID       string      `json:"file_id,omitempty" doc:"A file uploaded to /api/v1/files."`
	Kind         device.Kind `json:"kind,omitempty" enum:"image,video,audio,voice,document,sticker" doc:"How the file is shown; chosen by its type when left out."`
	DelaySeconds int         `json:"delay_seconds,omitempty" minimum:"0" maximum:"300" doc:"Pause before this message."`
	Typing       bool        `json:"typing,omitempty" doc:"Shows typing during the pause."`
}

// Rule answers messages that fit its trigger. Rules are asked in the order of Position; the first that fits answers.
type Rule struct {
	ID           string
	WorkspaceID  string
	Name         string
	Position     int
	Enabled      bool
	When         Trigger
	Then         []Step
	DeviceIDs    []string // empty is all devices
	Audience     Audience
	EveryMinutes int // at most one answer per chat in this time; 0 has no limit. A resting rule keeps fallbacks quiet, too
	CreatedAt    int64
	UpdatedAt    int64
}

// known are the variables that an answer can use.
var known = map[string]bool{"name": true, "phone": true, "message": true, "business_name": true, "time": true, "date": true}

// check tidies a rule and says what is wrong with it, or nil.
func (r *Rule) check() error {
	if r.Name = strings.TrimSpace(r.Name); r.Name == "" || len([]rune(r.Name)) > 100 {
		return ErrBadName
	}
	if r.Audience != AudiencePeople && r.Audience != AudienceGroups && r.Audience != AudienceBoth {
		return ErrBadAudience
	}
	if r.EveryMinutes < 0 || r.EveryMinutes > 43200 {
		return ErrBadEvery
	}
	switch r.When.Trigger {
	case TriggerKeyword:
		if _, err := compile(r.When); err != nil {
			return err
		}
	case TriggerWelcome, TriggerFallback, TriggerOutOfHours:
	default:
		return ErrBadTrigger
	}
	return r.checkSteps()
}

func (r *Rule) checkSteps() error {
	if len(r.Then) == 0 || len(r.Then) > 10 {
		return ErrNoAnswer
	}
	for _, s := range r.Then {
		if strings.TrimSpace(s.Text) == "" && s.FileID == "" {
			return ErrNoAnswer
		}
		if s.DelaySeconds < 0 || s.DelaySeconds > 300 {
			return ErrBadDelay
		}
		txt, err := fill.Parse(s.Text)
		if err != nil {
			return err
		}
		for _, v := range txt.Vars() {
			if !known[v] {
				return ErrBadVariable.Withf("{" + v + "}")
			}
		}
	}
	return nil
}
