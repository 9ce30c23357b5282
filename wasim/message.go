package wasim

import (
	"go.mau.fi/whatsmeow/proto/waE2E"
)

// Content is what a phone sends: exactly one of Text, Media, Location, Contact,
// Reaction, Poll, Edit, Revoke and Raw is set. ReplyTo may go with Text and Media.
type Content struct {
	Text     string    `json:"text,omitempty"`
	Media    *Media    `json:"media,omitempty"`
	Location *Location `json:"location,omitempty"`
	Contact  *Card     `json:"contact,omitempty"`
	Reaction *Reaction `json:"reaction,omitempty"`
	Poll     *Poll     `json:"poll,omitempty"`
	Edit     *Edit     `json:"edit,omitempty"`
	// Revoke is the id of a message of this phone that is to disappear for everyone.
	Revoke string `json:"revoke,omitempty"`
	// ReplyTo is the id of a message of the same chat.
	ReplyTo string `json:"reply_to,omitempty"`
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
}

// Location is a place in degrees.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
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
	// Seq grows by one with each message of the phone, whatever its chat.
	Seq int64  `json:"seq"`
	ID  string `json:"id"`
	// Chat and From are phone numbers in digits, or a group's JID.
	Chat   string `json:"chat"`
	From   string `json:"from"`
	FromMe bool   `json:"from_me"`
	// Device is the device of the sender that sent it; 0 is a phone.
	Device int `json:"device"`
	// Type is text, image, video, audio, voice, document, sticker, location,
	// contact, reaction, poll, edit, revoke or unknown.
	Type        string `json:"type"`
	Text        string `json:"text"`
	MIME        string `json:"mime,omitempty"`
	Filename    string `json:"filename,omitempty"`
	Size        int64  `json:"size,omitempty"`
	ReplyTo     string `json:"reply_to,omitempty"`
	TimestampMS int64  `json:"timestamp_ms"`
	Status      string `json:"status"`
	// Raw is the message as it was encrypted.
	Raw *waE2E.Message `json:"-"`
}

// Counters is what a phone has counted; every error in it is one that a person
// would have seen as "waiting for this message".
type Counters struct {
	// Frames counts ciphertexts delivered to this phone, ids the distinct messages among them.
	Frames int64 `json:"frames"`
	IDs    int64 `json:"ids"`
	// DecryptErrors counts ciphertexts that this phone could not read, of which
	// DuplicateCounters had a message key used before and BadMACs were damaged or of another session.
	DecryptErrors     int64 `json:"decrypt_errors"`
	DuplicateCounters int64 `json:"duplicate_counters"`
	BadMACs           int64 `json:"bad_macs"`
	// RetriesAsked and RetriesAnswered count retry receipts sent and answered.
	RetriesAsked    int64 `json:"retries_asked"`
	RetriesAnswered int64 `json:"retries_answered"`
}
