package chat

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of what somebody wants to write.
var (
	ErrOneSource = fault.New(fault.Invalid, "media_sources", fault.Text{
		ID: "Pilih satu sumber berkas saja: file_id, url atau media_of.", EN: "Give one source of the file only: file_id, url or media_of.",
	}).WithField("file_id")
	ErrNoSource = fault.New(fault.Invalid, "media_missing", fault.Text{
		ID: "Jenis pesan ini butuh berkas: isi file_id, url atau media_of.", EN: "This kind of message needs a file: give file_id, url or media_of.",
	}).WithField("file_id")
	ErrViewOnceKind = fault.New(fault.Invalid, "view_once_kind", fault.Text{
		ID: "Hanya gambar, video dan pesan suara yang bisa dikirim sekali lihat.", EN: "Only pictures, videos and voice notes can be sent to be viewed once.",
	}).WithField("view_once")
	ErrReplyTo = fault.New(fault.Invalid, "reply_to_unknown", fault.Text{
		ID: "Pesan yang dibalas tidak ada di percakapan ini.", EN: "The message that this one replies to is not in this chat.",
	}).WithField("reply_to")
	ErrPollOptions = fault.New(fault.Invalid, "poll_options", fault.Text{
		ID: "Pilihan polling harus terisi, berbeda satu sama lain, dan yang boleh dipilih tidak lebih dari jumlahnya.",
		EN: "The options of a poll must not be empty or alike, and no more may be chosen than there are.",
	}).WithField("poll")
	ErrMention = fault.New(fault.Invalid, "mention_invalid", fault.Text{
		ID: "Yang disebut harus nomor telepon atau alamat WhatsApp.", EN: "A mention must be a phone number or an address of WhatsApp.",
	}).WithField("mentions")
)

// SaidKind is a kind of message as the API names it: device.Kind and two that are videos of a special sort.
type SaidKind string

// The kinds that only the API knows.
const (
	SaidGIF       SaidKind = "gif"        // a video without sound that plays over and over
	SaidVideoNote SaidKind = "video_note" // a video that is shown round
	SaidInvite    SaidKind = "invite"     // a text with an invitation to a group
)

// Said is what somebody wants to write: a kind with the fields that it needs. Text goes with every kind that can show it.
type Said struct {
	Kind SaidKind `json:"kind,omitempty" enum:"text,image,video,gif,video_note,audio,voice,document,sticker,location,contact,poll,invite" doc:"text without a file; with one, chosen by what the file is"`
	Text string   `json:"text,omitempty" maxLength:"65536" doc:"The text, or the caption of a file"`

	FileID   string `json:"file_id,omitempty" maxLength:"64" doc:"An uploaded file. Pictures, sounds and stickers to 16 MiB, videos and documents to 100 MiB"`
	URL      string `json:"url,omitempty" maxLength:"2048" doc:"Where the file is fetched from; its type is found by looking at it"`
	MediaOf  string `json:"media_of,omitempty" maxLength:"64" doc:"The id of an earlier message whose file is sent"`
	Filename string `json:"filename,omitempty" maxLength:"200" doc:"How a document is called"`
	Seconds  int    `json:"seconds,omitempty" minimum:"0" maximum:"86400" doc:"How long a sound or video plays, as it is shown before it is opened"`
	Waveform []int  `json:"waveform,omitempty" maxItems:"64" doc:"What is drawn for a voice note: loudnesses of 0 to 100"`
	ViewOnce bool   `json:"view_once,omitempty" doc:"A picture, video or voice note that can be opened once"`

	Location *Place   `json:"location,omitempty"`
	Contacts []Card   `json:"contacts,omitempty" maxItems:"20"`
	Poll     *PollOut `json:"poll,omitempty"`
	Invite   *Invited `json:"invite,omitempty"`

	ReplyTo     string   `json:"reply_to,omitempty" maxLength:"256" doc:"id or network_id of the message of this chat that this one replies to"`
	Mentions    []string `json:"mentions,omitempty" maxItems:"1024" doc:"Phone numbers or addresses; the text has each as @number"`
	MentionAll  bool     `json:"mention_all,omitempty" doc:"Mention every member of the group"`
	Link        *LinkOut `json:"link,omitempty" doc:"A link preview with words of one's own; nothing is fetched"`
	LinkPreview bool     `json:"link_preview,omitempty" doc:"Fetch the first address of the text and show what its page says of itself"`
}

// Place is a location to send.
type Place struct {
	Latitude  float64 `json:"latitude" minimum:"-90" maximum:"90"`
	Longitude float64 `json:"longitude" minimum:"-180" maximum:"180"`
	Name      string  `json:"name,omitempty" maxLength:"200"`
	Address   string  `json:"address,omitempty" maxLength:"500"`
}

// Invited is an invitation to a group to send: what the network has given out for the one person who gets it.
type Invited struct {
	Group     string `json:"group" minLength:"1" maxLength:"64" doc:"The group's id" example:"120363303315871698"`
	Name      string `json:"name" minLength:"1" maxLength:"200" doc:"The group's name"`
	Code      string `json:"code" minLength:"1" maxLength:"200"`
	ExpiresAt int64  `json:"expires_at,omitempty" minimum:"0" maximum:"9999999999999" doc:"Unix milliseconds"`
}

// Card is a contact to send: its name with a number, or a whole vCard.
type Card struct {
	Name  string `json:"name" minLength:"1" maxLength:"200"`
	Phone string `json:"phone,omitempty" maxLength:"64"`
	VCard string `json:"vcard,omitempty" maxLength:"32768"`
}

// PollOut is a poll to send.
type PollOut struct {
	Name       string   `json:"name" minLength:"1" maxLength:"255"`
	Options    []string `json:"options" minItems:"2" maxItems:"12" doc:"Each at most 100 characters"`
	Selectable int      `json:"selectable,omitempty" minimum:"0" maximum:"12" doc:"How many may be chosen; 0 is any number"`
}

// content makes the content of what somebody says. Whatever has to be fetched is fetched here, before anything is stored.
func (a api) content(ctx context.Context, what Said) (c device.Content, err error) {
	switch kind := device.Kind(what.Kind); {
	case kind == device.KindLocation:
		c, err = what.place()
	case kind == device.KindContact:
		c, err = what.cards()
	case kind == device.KindPoll:
		c, err = what.poll()
	case what.Kind == SaidInvite:
		c, err = what.invite()
	case kind == device.KindText || kind == "" && what.sources() == 0:
		c = device.Content{Kind: device.KindText, Text: what.Text}
		if what.sources() > 0 {
			return c, ErrContent.WithField("kind")
		}
		if c.Link, err = what.link(); err != nil {
			return c, err
		}
		if c.Link == nil && what.LinkPreview && a.s.conf.Preview != nil {
			c.Link = a.s.conf.Preview(ctx, what.Text)
		}
	default:
		c, err = a.file(ctx, what)
	}
	if err != nil {
		return c, err
	}
	if what.ViewOnce && (c.Media == nil || !viewable(c.Kind)) {
		return c, ErrViewOnceKind
	}
	c.MentionAll = what.MentionAll
	c.Mentions, err = mentions(what.Mentions)
	return c, err
}

// groupID is what a group's id may look like.
//
//arch:global compiled once, never written
var groupID = regexp.MustCompile(`^[0-9]{5,24}(-[0-9]{5,24})?$`)

// invite is an invitation to a group, which is a text to all who can't follow it.
func (s Said) invite() (device.Content, error) {
	if s.Invite == nil || s.sources() > 0 {
		return device.Content{}, ErrContent.WithField("invite")
	}
	i := device.Invite{
		Group: strings.TrimSuffix(s.Invite.Group, "@g.us"), Name: strings.TrimSpace(db.Text(s.Invite.Name)),
		Code: s.Invite.Code, ExpiresAt: s.Invite.ExpiresAt,
	}
	if !groupID.MatchString(i.Group) || i.Name == "" || i.Code != db.Text(i.Code) {
		return device.Content{}, ErrContent.WithField("invite")
	}
	return device.Content{Kind: device.KindText, Text: cmp.Or(s.Text, i.Name), Invite: &i}, nil
}

func viewable(k device.Kind) bool {
	return k == device.KindImage || k == device.KindVideo || k == device.KindVoice || k == device.KindAudio
}

// sources counts what names a file.
func (s Said) sources() (n int) {
	for _, from := range []string{s.FileID, s.URL, s.MediaOf} {
		if from != "" {
			n++
		}
	}
	return n
}

// file makes a content of a file from wherever it comes.
func (a api) file(ctx context.Context, what Said) (c device.Content, err error) {
	switch n := what.sources(); {
	case n == 0:
		return c, ErrNoSource
	case n > 1:
		return c, ErrOneSource
	case a.s.conf.Files == nil:
		return c, ErrContent.WithField("file_id")
	}
	id, workspaceID := what.FileID, caller(ctx)
	switch {
	case what.MediaOf != "":
		if id, err = a.s.Media(ctx, workspaceID, what.MediaOf); err != nil {
			return c, err
		}
	case what.URL != "" && a.s.conf.Fetch == nil:
		return c, ErrContent.WithField("url")
	case what.URL != "":
		if id, err = a.s.conf.Fetch(ctx, workspaceID, what.URL); err != nil {
			return c, err
		}
	}
	kind := device.Kind(what.Kind)
	if what.Kind == SaidGIF || what.Kind == SaidVideoNote {
		kind = device.KindVideo
	}
	if c, err = a.s.conf.Files(ctx, workspaceID, id, kind, what.Text); err != nil {
		return c, err
	}
	return what.dress(c), nil
}

// dress adds to a file what its kind shows of it.
func (s Said) dress(c device.Content) device.Content {
	m := *c.Media
	m.GIF, m.Note, m.ViewOnce, m.Seconds = s.Kind == SaidGIF, s.Kind == SaidVideoNote, s.ViewOnce, s.Seconds
	if name := s.Filename; name != "" {
		if i := strings.LastIndexAny(name, `/\`); i >= 0 {
			name = name[i+1:]
		}
		m.Filename = name
	}
	for _, n := range s.Waveform {
		m.Waveform = append(m.Waveform, byte(min(max(n, 0), 100)))
	}
	c.Media = &m
	return c
}

func (s Said) place() (device.Content, error) {
	if s.Location == nil {
		return device.Content{}, ErrContent.WithField("location")
	}
	return device.Content{Kind: device.KindLocation, Text: s.Text, Location: &device.Location{
		Latitude: s.Location.Latitude, Longitude: s.Location.Longitude, Name: s.Location.Name, Address: s.Location.Address,
	}}, nil
}

func (s Said) cards() (device.Content, error) {
	c := device.Content{Kind: device.KindContact}
	for _, card := range s.Contacts {
		v := card.VCard
		switch {
		case v != "" && !strings.HasPrefix(strings.TrimSpace(v), "BEGIN:VCARD"):
			return c, ErrContent.WithField("contacts")
		case v == "":
			digits, err := contact.ParsePhone(card.Phone, "")
			if err != nil {
				return c, contact.ErrPhone.WithField("contacts")
			}
			v = vcard(card.Name, digits)
		}
		c.Contacts = append(c.Contacts, device.Card{Name: card.Name, VCard: v})
	}
	if len(c.Contacts) == 0 {
		return c, ErrContent.WithField("contacts")
	}
	return c, nil
}

// vcard is a card of a name and a number, as RFC 2426 has it; waid lets WhatsApp open the chat with it.
func vcard(name, digits string) string {
	name = strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\r", "", "\n", "\\n").Replace(name)
	return "BEGIN:VCARD\nVERSION:3.0\nN:;" + name + ";;;\nFN:" + name + "\nTEL;type=CELL;waid=" + digits + ":+" + digits + "\nEND:VCARD"
}

func (s Said) poll() (device.Content, error) {
	if s.Poll == nil {
		return device.Content{}, ErrContent.WithField("poll")
	}
	p := device.Poll{Name: s.Poll.Name, Options: s.Poll.Options, Selectable: s.Poll.Selectable}
	for i, o := range p.Options {
		if strings.TrimSpace(o) == "" || utf8.RuneCountInString(o) > 100 || slices.Contains(p.Options[:i], o) {
			return device.Content{}, ErrPollOptions
		}
	}
	if strings.TrimSpace(p.Name) == "" || p.Selectable > len(p.Options) {
		return device.Content{}, ErrPollOptions
	}
	return device.Content{Kind: device.KindPoll, Poll: &p}, nil
}

// mentions are the addresses of who is mentioned: digits, or an address as the network writes it.
func mentions(list []string) (out []string, err error) {
	for _, m := range list {
		m = strings.TrimPrefix(strings.TrimSpace(m), "@")
		if user, server, ok := strings.Cut(m, "@"); ok {
			if user == "" || strings.Trim(user, "0123456789") != "" || server != "lid" && server != "s.whatsapp.net" {
				return nil, ErrMention
			}
			out = append(out, m)
			continue
		}
		digits, err := contact.ParsePhone(m, "")
		if err != nil {
			return nil, ErrMention
		}
		out = append(out, digits)
	}
	return out, nil
}

// quote points at the message of the chat that is replied to, by either of its ids. What was taken back is not said again.
func (s *Service) quote(ctx context.Context, d device.Device, item Item, of string) (*device.Quote, error) {
	t, err := s.inChat(ctx, item, of)
	if errors.Is(err, ErrMessageNotFound) {
		return nil, ErrReplyTo
	}
	if err != nil {
		return nil, err
	}
	q := &device.Quote{NetworkID: t.NetworkID}
	if t.RevokedAt == 0 {
		q.Text = t.Content.Text
	}
	q.Sender, err = s.author(ctx, d, item, t)
	return q, err
}

// inChat finds a message of a chat by our id or the network's; the network knows no message of a call.
func (s *Service) inChat(ctx context.Context, item Item, id string) (Message, error) {
	m, err := s.store.message(ctx, item.WorkspaceID, id)
	if err == nil && m.ChatID == item.Chat.ID && !m.Content.Kind.Modifies() && !m.Content.Kind.Noted() {
		return m, nil
	}
	list, err := s.store.byNetworkID(ctx, item.WorkspaceID, item.DeviceID, id)
	for _, m := range list {
		if m.ChatID == item.Chat.ID && !m.Content.Kind.Modifies() && !m.Content.Kind.Noted() {
			return m, nil
		}
	}
	return Message{}, errors.Join(err, ErrMessageNotFound)
}

// author says who wrote a message, as Content.TargetSender and Quote.Sender have it.
func (s *Service) author(ctx context.Context, d device.Device, item Item, m Message) (string, error) {
	switch {
	case m.FromMe:
		return device.TargetSelf, nil
	case !item.Group:
		return "", nil
	}
	p, err := s.contacts.Peer(ctx, m.WorkspaceID, d.Channel, m.SenderID)
	if errors.Is(err, contact.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	for _, kind := range []device.AddressKind{device.AddressLID, device.AddressPhone} {
		if v := p.Address(kind); v != "" {
			return string(kind) + ":" + v, nil
		}
	}
	return "", nil
}
