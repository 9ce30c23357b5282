package handset

import (
	"go.mau.fi/whatsmeow/proto/waE2E"
)

// Content is what a phone sends: exactly one of Text, Media, Location, Contact,
// Contacts, Reaction, Poll, Vote, Edit, Pin, Revoke, Timer and Raw is set. ReplyTo, Mentions, MentionAll,
// Forwarded and Expires may go with whatever stands by itself, Link with a text.
type Content struct {
	Text     string    `json:"text,omitempty"`
	Media    *Media    `json:"media,omitempty"`
	Location *Location `json:"location,omitempty"`
	Contact  *Card     `json:"contact,omitempty"`
	Contacts []Card    `json:"contacts,omitempty"`
	Reaction *Reaction `json:"reaction,omitempty"`
	Poll     *Poll     `json:"poll,omitempty"`
	Vote     *Vote     `json:"vote,omitempty"`
	Edit     *Edit     `json:"edit,omitempty"`
	Pin      *Pin      `json:"pin,omitempty"`
	// Timer has what is written from now on disappear after so many seconds; 0 is never.
	Timer *int `json:"timer,omitempty"`
	// Revoke is the id of a message of this phone that is to disappear for everyone.
	Revoke string `json:"revoke,omitempty"`
	// ReplyTo is the id of a message of the same chat.
	ReplyTo string `json:"reply_to,omitempty"`
	// Mentions are numbers or JIDs; MentionAll is everybody of the group.
	Mentions   []string `json:"mentions,omitempty"`
	MentionAll bool     `json:"mention_all,omitempty"`
	// Forwarded is how often the message was handed on.
	Forwarded int `json:"forwarded,omitempty"`
	// Expires is after how many seconds the message disappears.
	Expires int `json:"expires,omitempty"`
	// Link is the preview of an address in Text. The sender draws it, so that it need not be true.
	Link *Preview `json:"link,omitempty"`
	// ID is the message's id; empty makes one. A used id sends nothing new: the network drops the double.
	ID string `json:"id,omitempty"`
	// Raw is sent as it is.
	Raw *waE2E.Message `json:"-"`
}

// Media is a file that is encrypted, uploaded and sent.
type Media struct {
	// Type is image, video, audio, voice, document or sticker.
	Type     string `json:"type"`
	MIME     string `json:"mime,omitempty"`
	Data     []byte `json:"data"`
	Caption  string `json:"caption,omitempty"`
	Filename string `json:"filename,omitempty"`
	// GIF is a video that plays over and over, ViewOnce something that is shown once.
	GIF      bool `json:"gif,omitempty"`
	ViewOnce bool `json:"view_once,omitempty"`
	// Seconds and Waveform are what is shown of a sound before it is played.
	Seconds  int    `json:"seconds,omitempty"`
	Waveform []byte `json:"waveform,omitempty"`
}

// Preview is what a text shows of an address.
type Preview struct {
	URL         string `json:"url"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Thumbnail   []byte `json:"thumbnail,omitempty"` // JPEG
}

// Location is a place in degrees.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
	// Live is somebody on the way.
	Live bool `json:"live,omitempty"`
}

// Card is a contact card.
type Card struct {
	Name  string `json:"name"`
	VCard string `json:"vcard"`
}

// Reaction answers a message with an emoji; an empty one takes the reaction back.
type Reaction struct {
	To    string `json:"to"`
	Emoji string `json:"emoji"`
}

// Poll asks a question.
type Poll struct {
	Question   string   `json:"question"`
	Options    []string `json:"options"`
	Selectable int      `json:"selectable,omitempty"`
}

// Edit replaces the text of a message of this phone.
type Edit struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// The kinds of message that a phone tells apart (Message.Type).
const (
	TypeText     = "text"
	TypeImage    = "image"
	TypeVideo    = "video"
	TypeAudio    = "audio"
	TypeVoice    = "voice"
	TypeDocument = "document"
	TypeSticker  = "sticker"
	TypeLocation = "location"
	TypeContact  = "contact"
	TypeReaction = "reaction"
	TypePoll     = "poll"
	TypePollVote = "poll_vote"
	TypeEdit     = "edit"
	TypeRevoke   = "revoke"
	TypeUnknown  = "unknown"
)

// Message statuses. A phone's own message goes sent, delivered, read, played; a
// message of somebody else is received, then read; either may become revoked.
const (
	StatusSent      = "sent"
	StatusDelivered = "delivered"
	StatusRead      = "read"
	StatusPlayed    = "played"
	StatusReceived  = "received"
	StatusRevoked   = "revoked"
)

// Message is one line of a chat as its phone shows it.
type Message struct {
	// Seq grows by one with each message of the phone, whatever its chat. The first is 1.
	Seq int64  `json:"seq"`
	ID  string `json:"id"`
	// Chat and From are phone numbers in digits, or a group's JID.
	Chat   string `json:"chat"`
	From   string `json:"from"`
	FromMe bool   `json:"from_me"`
	// Device is the device of the sender that sent it; 0 is a phone.
	Device int `json:"device"`
	// Type is one of the Type constants.
	Type string `json:"type"`
	// Text is the text, the caption, the emoji, the question, or the name of a place or person.
	// An edited message has the new text.
	Text     string `json:"text"`
	MIME     string `json:"mime,omitempty"`
	Filename string `json:"filename,omitempty"`
	// Size is the file's size in bytes before encryption, as its sender says.
	Size    int64  `json:"size,omitempty"`
	ReplyTo string `json:"reply_to,omitempty"`
	// Target is the id of the message that a reaction, an edit, a revoke or a vote is about.
	Target string `json:"target,omitempty"`
	Edited bool   `json:"edited,omitempty"`
	// Pinned: it is at the top of its chat.
	Pinned bool `json:"pinned,omitempty"`
	// Location, Contacts and Poll are what such a message shows beside Text.
	Location *Location `json:"location,omitempty"`
	Contacts []Card    `json:"contacts,omitempty"`
	Poll     *Poll     `json:"poll,omitempty"`
	// Votes is what a vote chose; nil when it could not be read.
	Votes []string `json:"votes,omitempty"`
	// Forwarded, Expires, ViewOnce and GIF are as in Content and Media.
	Forwarded int  `json:"forwarded,omitempty"`
	Expires   int  `json:"expires,omitempty"`
	ViewOnce  bool `json:"view_once,omitempty"`
	GIF       bool `json:"gif,omitempty"`
	// Seconds and Waveform are what is shown of a sound or a film before it is played.
	Seconds     int    `json:"seconds,omitempty"`
	Waveform    []byte `json:"waveform,omitempty"`
	TimestampMS int64  `json:"timestamp_ms"`
	Status      string `json:"status"`
	// Starred and Labels are what the owner has done to it; Deleted is deleted for this account alone, and never shown.
	Starred bool     `json:"starred,omitempty"`
	Labels  []string `json:"labels,omitempty"`
	Deleted bool     `json:"deleted,omitempty"`
	// MediaKept: it was deleted, and its file stays on the phone.
	MediaKept bool `json:"media_kept,omitempty"`
	// Error is the code with which the network refused an own message; 0 is none.
	Error int `json:"error,omitempty"`
	// Raw is the message as it was encrypted. It is shared: read it, don't change it.
	Raw *waE2E.Message `json:"-"`
}

// Counters is what a phone has counted; every error in it is one that a person
// would have seen as "waiting for this message".
type Counters struct {
	// Frames counts message stanzas delivered to this phone by other devices, IDs the distinct messages decrypted from them.
	Frames int64 `json:"frames"`
	IDs    int64 `json:"ids"`
	// DecryptErrors counts ciphertexts that this phone could not read. Of these,
	// DuplicateCounters used a message key a second time for something new, BadMACs were damaged or of another
	// session, NoSessions had no session to read them with, UnknownPreKeys named a key that this phone hasn't got.
	DecryptErrors     int64 `json:"decrypt_errors"`
	DuplicateCounters int64 `json:"duplicate_counters"`
	BadMACs           int64 `json:"bad_macs"`
	NoSessions        int64 `json:"no_sessions"`
	UnknownPreKeys    int64 `json:"unknown_prekeys"`
	// Replays counts ciphertexts that came a second time byte for byte: the network's doing, not an error.
	Replays int64 `json:"replays"`
	// RetriesAsked and RetriesAnswered count retry receipts sent and answered.
	RetriesAsked    int64 `json:"retries_asked"`
	RetriesAnswered int64 `json:"retries_answered"`
	// IdentityChanges counts devices that came with another identity key than before.
	IdentityChanges int64 `json:"identity_changes"`
	// SendErrors counts own ciphertexts that could not be made: a device without keys.
	SendErrors int64 `json:"send_errors"`
}

// ChatCount is what arrived in one chat.
type ChatCount struct {
	// Frames counts message stanzas, doubles included; IDs the distinct messages that could be read.
	Frames int64 `json:"frames"`
	IDs    int64 `json:"ids"`
}
