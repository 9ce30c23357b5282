package device

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
	KindReaction Kind = "reaction" // Text is the emoji, empty takes it back; Target is the message reacted to
	KindEdit     Kind = "edit"     // Text is the new text of Target
	KindRevoke   Kind = "revoke"   // Target was deleted for everyone
	KindUnknown  Kind = "unknown"
)

// Modifies reports whether a message of this kind changes another one (Target) rather than standing by itself.
func (k Kind) Modifies() bool { return k == KindReaction || k == KindEdit || k == KindRevoke }

// TargetSelf stands for the account of the device itself in Content.TargetSender and Quote.Sender.
const TargetSelf = "self"

// Content is what a message says, the same for every channel, in and out. It is stored as JSON; a field that a
// kind does not use is left out.
type Content struct {
	Kind     Kind      `json:"kind"`
	Text     string    `json:"text,omitempty"` // body, caption, emoji or place's name; UTF-8 without NUL, ≤65,536 bytes
	Media    *Media    `json:"media,omitempty"`
	Location *Location `json:"location,omitempty"`
	Contacts []Card    `json:"contacts,omitempty"`
	Poll     *Poll     `json:"poll,omitempty"`
	Target   string    `json:"target,omitempty"` // network id of the message that this one changes
	// TargetSender is who wrote Target, out only: an address, TargetSelf, or empty for the other side of the chat.
	// An edit or a revoke is always of the account's own message.
	TargetSender string   `json:"target_sender,omitempty"`
	Quote        *Quote   `json:"quote,omitempty"` // the message that this one replies to
	Mentions     []string `json:"mentions,omitempty"`
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
	ViewOnce  bool   `json:"view_once,omitempty"`
}

// Location is a place on the map, in degrees.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
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
}

// Quote points at the message that is replied to.
type Quote struct {
	NetworkID string `json:"network_id"`
	Sender    string `json:"sender,omitempty"` // address of who wrote it, in the network's form
	Text      string `json:"text,omitempty"`   // its text as far as known
}

// Preview is one line for lists: the text, or what kind of thing it is when there is no text.
func (c Content) Preview() string {
	if c.Text != "" {
		return firstLine(c.Text, 120)
	}
	if c.Media != nil && c.Media.Filename != "" {
		return firstLine(c.Media.Filename, 120)
	}
	if c.Poll != nil {
		return firstLine(c.Poll.Name, 120)
	}
	return ""
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
