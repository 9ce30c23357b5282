package device

import (
	"bytes"
	"crypto/sha256"
	"slices"
)

// Kind is what a message is. Kinds that no driver knows yet arrive as KindUnknown with the raw bytes kept.
type Kind string

// The kinds of messages.
const (
	KindText     Kind = "text"
	KindImage    Kind = "image"
	KindVideo    Kind = "video"
	KindAudio    Kind = "audio"
	KindVoice    Kind = "voice" // audio recorded on the spot, played as a voice note
	KindDocument Kind = "document"
	KindSticker  Kind = "sticker"
	KindLocation Kind = "location"
	KindContact  Kind = "contact"
	KindPoll     Kind = "poll"
	KindVote     Kind = "vote"     // Vote is what somebody chose of the poll Target; a new one takes the place of theirs
	KindReaction Kind = "reaction" // Text is the emoji, empty takes it back; Target is the message reacted to
	KindEdit     Kind = "edit"     // Text is the new text of Target
	KindRevoke   Kind = "revoke"   // Target was deleted for everyone
	KindTimer    Kind = "timer"    // what is written in the chat from now on disappears after Expires seconds; 0 is never
	KindPin      Kind = "pin"      // Target stays at the top of the chat for Expires seconds; 0 takes it from there
	KindUnknown  Kind = "unknown"
	KindCall     Kind = "call" // somebody rang, which nobody can answer here; no driver makes it, see chat.Service.Rang
	// KindGroup is what happened to the group, see Content.Group; no driver makes it, see chat.Service.GroupChanged.
	KindGroup Kind = "group"
	// KindUnreadable keeps the place of a message that could not be read yet, for the Why. What it says may come later
	// under the same network id.
	KindUnreadable Kind = "unreadable"
	// KindViewOnce is what lists call an unreadable message that can only be opened on the phone; no message is of it.
	KindViewOnce Kind = "view_once"
	// KindNone says that a message which could not be read at first says nothing: it needs no place. Only a driver uses it.
	KindNone Kind = "none"
)

// Why a message can't be read.
const (
	WhyUndecrypted = "undecrypted" // the sender's phone is asked for it again
	WhyUnavailable = "unavailable" // the network has it for other devices of the account
	WhyViewOnce    = "view_once"   // to be looked at once, and on the phone only
)

// Modifies reports whether a message of this kind changes another one (Target) or its chat (KindTimer) rather than
// standing by itself.
func (k Kind) Modifies() bool {
	switch k {
	case KindReaction, KindEdit, KindRevoke, KindVote, KindTimer, KindPin:
		return true
	default:
		return false
	}
}

// Noted reports whether a message of this kind is a note of ours about something that happened: the network knows no
// message of it, so nothing can be said about it there.
func (k Kind) Noted() bool { return k == KindCall || k == KindGroup }

// HasMedia reports whether a message of this kind carries a file.
func (k Kind) HasMedia() bool {
	switch k {
	case KindImage, KindVideo, KindAudio, KindVoice, KindDocument, KindSticker:
		return true
	default:
		return false
	}
}

// TargetSelf stands for the account of the device itself in Content.TargetSender and Quote.Sender.
const TargetSelf = "self"

// Content is what a message says, the same for every channel, in and out. It is stored as JSON; a field that a
// kind does not use is left out.
type Content struct {
	Kind     Kind       `json:"kind"`
	Text     string     `json:"text,omitempty"` // body, caption, emoji or place's name; UTF-8 without NUL, ≤65,536 bytes
	Media    *Media     `json:"media,omitempty"`
	Location *Location  `json:"location,omitempty"`
	Contacts []Card     `json:"contacts,omitempty"`
	Poll     *Poll      `json:"poll,omitempty"`
	Vote     *Vote      `json:"vote,omitempty"`
	Call     *Ring      `json:"call,omitempty"`
	Group    *GroupLine `json:"group,omitempty"`
	Link     *Link      `json:"link,omitempty"`   // preview of an address in Text
	Invite   *Invite    `json:"invite,omitempty"` // to a group; Text says it for those who can't use it
	Target   string     `json:"target,omitempty"` // network id of the message that this one changes
	// TargetSender is who wrote Target, out only: kind and value of an Address ("lid:77"), TargetSelf, or empty for the
	// other side of the chat.
	// An edit or a revoke is always of the account's own message. With a vote it is who wrote the poll.
	TargetSender string   `json:"target_sender,omitempty"`
	Quote        *Quote   `json:"quote,omitempty"` // the message that this one replies to
	Mentions     []string `json:"mentions,omitempty"`
	// MentionAll mentions every member of the group.
	MentionAll bool `json:"mention_all,omitempty"`
	// Forwarded is how often the message was handed on; 0: it was written for this chat.
	Forwarded int `json:"forwarded,omitempty"`
	// Expires is after how many seconds the message disappears at both ends; 0 is never.
	Expires int `json:"expires,omitempty"`
	// Why a message of KindUnreadable could not be read: WhyUndecrypted, WhyUnavailable or WhyViewOnce.
	Why string `json:"why,omitempty"`
	// Pin is until when the message stays at the top of its chat; nil when nobody ever put it there. The chat keeps it; a
	// driver has no use for it.
	Pin *Pin `json:"pin,omitempty"`
}

// Media describes a file. Out: Blob names the bytes that the driver uploads. In: Remote is the driver's own
// sealed-off reference (JSON), with which it can fetch the bytes later.
type Media struct {
	Blob      string `json:"blob,omitempty"` // key in the blob store, empty until fetched
	MIME      string `json:"mime,omitempty"`
	Filename  string `json:"filename,omitempty"`
	Size      int64  `json:"size,omitempty"` // bytes
	SHA256    string `json:"sha256,omitempty"`
	Width     int    `json:"width,omitempty"`
	Height    int    `json:"height,omitempty"`
	Seconds   int    `json:"seconds,omitempty"`
	Thumbnail []byte `json:"thumbnail,omitempty"` // JPEG, ≤64 KiB
	Remote    []byte `json:"remote,omitempty"`
	ViewOnce  bool   `json:"view_once,omitempty"` // to be looked at once: its bytes are never kept
	Opened    bool   `json:"opened,omitempty"`    // somebody has looked at what may be looked at once
	GIF       bool   `json:"gif,omitempty"`       // a video without sound that plays over and over by itself
	Note      bool   `json:"note,omitempty"`      // a video recorded on the spot and shown round
	Animated  bool   `json:"animated,omitempty"`  // a sticker that moves
	PlayedAt  int64  `json:"played_at,omitempty"` // unix ms: when a sound was listened to, theirs by us or ours by them
	Waveform  []byte `json:"waveform,omitempty"`  // of a voice note: at most 64 loudnesses of 0 to 100
}

// Ring is a call as its chat shows it.
type Ring struct {
	Video    bool `json:"video,omitempty"`
	Rejected bool `json:"rejected,omitempty"` // the device's settings or somebody here had it rejected; otherwise nobody knows here whether it was taken on the phone
}

// GroupLine is what happened to a group as its chat shows it.
type GroupLine struct {
	Deed    GroupDeed `json:"deed"`
	By      string    `json:"by,omitempty"`      // contact, or TargetSelf; "" when the network does not tell
	Members []string  `json:"members,omitempty"` // contacts, or TargetSelf: whom it happened to
	More    int       `json:"more,omitempty"`    // how many others it happened to
	Text    string    `json:"text,omitempty"`    // the new name or description
	Has     bool      `json:"has,omitempty"`     // with GroupPicture: there is one now
	On      *bool     `json:"on,omitempty"`      // whether the setting is on now
	Seconds int       `json:"seconds,omitempty"` // with GroupDisappearing; 0 is never
}

// Invite is an invitation to a group, for whoever gets the message alone.
type Invite struct {
	Group     string `json:"group"` // the group's id, as Address of AddressGroup has it
	Name      string `json:"name"`  // the group's
	Code      string `json:"code"`
	ExpiresAt int64  `json:"expires_at,omitempty"` // unix ms; 0: the network has not said
}

// Pin is that a message stays at the top of its chat, or was taken from there.
type Pin struct {
	Until int64 `json:"until"` // unix ms; 0 is not, or not any more
	At    int64 `json:"at"`    // unix ms: when that was said last
}

// Location is a place on the map, in degrees.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
	Live      bool    `json:"live,omitempty"` // somebody on the way: where they were when the message was sent
}

// Card is a shared contact.
type Card struct {
	Name  string `json:"name"`
	VCard string `json:"vcard"`
}

// Poll is a question with options.
type Poll struct {
	Name       string   `json:"name"`
	Options    []string `json:"options"`
	Selectable int      `json:"selectable"` // how many may be chosen; 0 is any number
	// Votes is what everybody chose, and Counts how often each option was. The chat keeps them; a driver has no use for
	// either.
	Votes  []Ballot `json:"votes,omitempty"`
	Counts []int    `json:"counts,omitempty"`
}

// Vote is a choice from a poll. Out: Options. In: Digests, because networks tell no more than those; the poll itself
// knows what they stand for, see Poll.Chosen.
type Vote struct {
	Options []string `json:"options"`
	Digests [][]byte `json:"digests,omitempty"` // SHA-256 of the text of each chosen option
	// Unreadable: somebody voted, but what could not be decrypted.
	Unreadable bool `json:"unreadable,omitempty"`
}

// Ballot is what one person has chosen.
type Ballot struct {
	SenderID string   `json:"sender_id"` // contact, "" is the account itself
	Options  []string `json:"options"`
	At       int64    `json:"at"` // unix ms
}

// Link is what a message shows of an address in its text.
type Link struct {
	URL         string `json:"url"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Thumbnail   []byte `json:"thumbnail,omitempty"` // JPEG, ≤64 KiB
}

// Chosen is which of the poll's options a vote names, in the poll's order. What is no option is left out.
func (p Poll) Chosen(v Vote) []string {
	chosen := []string{}
	for _, option := range p.Options {
		sum := sha256.Sum256([]byte(option))
		if slices.Contains(v.Options, option) || slices.ContainsFunc(v.Digests, func(d []byte) bool { return bytes.Equal(d, sum[:]) }) {
			chosen = append(chosen, option)
		}
	}
	return chosen
}

// Count puts a person's newest choice in the place of their older one and counts anew; false when it is older than
// what is known. An empty choice takes theirs back.
func (p *Poll) Count(b Ballot) bool {
	i := slices.IndexFunc(p.Votes, func(o Ballot) bool { return o.SenderID == b.SenderID })
	switch {
	case i >= 0 && p.Votes[i].At > b.At, i < 0 && len(p.Votes) >= maxBallots:
		return false
	case i >= 0:
		p.Votes[i] = b // kept also when it is empty: an older one that comes late must not come back
	default:
		p.Votes = append(p.Votes, b)
	}
	p.Counts = make([]int, len(p.Options))
	for _, v := range p.Votes {
		for n, option := range p.Options {
			if slices.Contains(v.Options, option) {
				p.Counts[n]++
			}
		}
	}
	return true
}

// maxBallots bounds who is counted in one poll; WhatsApp's largest groups have 1,024 members.
const maxBallots = 2048

// Quote points at the message that is replied to.
type Quote struct {
	NetworkID string `json:"network_id"`
	Sender    string `json:"sender,omitempty"` // address of who wrote it: in, in the network's form; out, as Content.TargetSender
	Text      string `json:"text,omitempty"`   // its text as far as known
}

// Listed is the kind of the message as lists call it, where its words are not to be seen.
func (c Content) Listed() Kind {
	if c.Kind == KindUnreadable && c.Why == WhyViewOnce {
		return KindViewOnce
	}
	return c.Kind
}

// Preview is one line for lists: the text, or what kind of thing it is when there is no text.
func (c Content) Preview() string {
	if c.Text != "" {
		return firstLine(c.Text, 120)
	}
	if c.Media != nil && c.Media.Filename != "" {
		return firstLine(c.Media.Filename, 120)
	}
	switch {
	case c.Poll != nil:
		return firstLine(c.Poll.Name, 120)
	case c.Location != nil && c.Location.Name != "":
		return firstLine(c.Location.Name, 120)
	case c.Location != nil:
		return firstLine(c.Location.Address, 120)
	case len(c.Contacts) > 0:
		return firstLine(c.Contacts[0].Name, 120)
	default:
		return ""
	}
}

// firstLine cuts s at the first line break and after n runes.
func firstLine(s string, n int) string {
	count := 0
	for i, r := range s {
		if r == '\n' || r == '\r' || count == n {
			return s[:i]
		}
		count++
	}
	return s
}
