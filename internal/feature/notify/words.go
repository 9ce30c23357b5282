package notify

import (
	"strconv"
	"strings"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
)

// words are the texts of notices in one language.
type words struct {
	lang                                              string
	newMessage, given, mentioned, somebody, loggedOut string
	manyTitle, manyBody, testTitle, testBody          string
	kinds                                             map[device.Kind]string
}

var inIndonesian = words{ //arch:global a table, never written
	lang: "id", newMessage: "Pesan baru", given: "Percakapan ini sekarang tugasmu.", mentioned: "{} menyebutmu", somebody: "Rekanmu",
	loggedOut: "Keluar dari akunnya. Tautkan lagi supaya pesan tetap masuk.",
	manyTitle: "{} percakapan menunggu", manyBody: "Buka kotak masuk untuk membalasnya.",
	testTitle: "Pemberitahuan sudah menyala", testBody: "Begini kami akan memberi tahumu.",
	kinds: map[device.Kind]string{
		device.KindImage: "📷 Foto", device.KindVideo: "🎥 Video", device.KindAudio: "🎵 Audio", device.KindVoice: "🎤 Pesan suara",
		device.KindDocument: "📄 Dokumen", device.KindSticker: "Stiker", device.KindLocation: "📍 Lokasi", device.KindContact: "👤 Kontak",
		device.KindPoll: "📊 Polling", device.KindUnreadable: "⏳ Menunggu pesan ini", device.KindViewOnce: "👁 Pesan sekali lihat, buka di HP", device.KindCall: "📞 Panggilan",
	},
}

var inEnglish = words{ //arch:global a table, never written
	lang: "en", newMessage: "New message", given: "This chat is yours now.", mentioned: "{} mentioned you", somebody: "A colleague",
	loggedOut: "Off its account. Link it again so that messages keep coming.",
	manyTitle: "{} chats wait", manyBody: "Open the inbox to answer them.",
	testTitle: "Notifications are on", testBody: "This is how we will tell you.",
	kinds: map[device.Kind]string{
		device.KindImage: "📷 Photo", device.KindVideo: "🎥 Video", device.KindAudio: "🎵 Audio", device.KindVoice: "🎤 Voice note",
		device.KindDocument: "📄 Document", device.KindSticker: "Sticker", device.KindLocation: "📍 Location", device.KindContact: "👤 Contact",
		device.KindPoll: "📊 Poll", device.KindUnreadable: "⏳ Waiting for this message", device.KindViewOnce: "👁 View-once message, open it on the phone", device.KindCall: "📞 Call",
	},
}

func wordsOf(language string) words {
	if language == "en" {
		return inEnglish
	}
	return inIndonesian
}

// maxName is how much of a name a notice shows, in bytes.
const maxName = 120

func title(c chat.Item) string { return cut(short(c.Contact.Display()), maxName) }

func (w words) chat(n Notice, c chat.Item) *payload {
	p := payload{Kind: n.Kind, Title: title(c), Tag: n.Tag, Path: "/inbox/" + c.ID, Lang: w.lang, At: n.At}
	if p.Title == "" {
		p.Title = w.newMessage
	}
	return &p
}

// message tells of the newest message of a chat, and how many nobody has read.
func (w words) message(n Notice, c chat.Item, preview bool) *payload {
	p := w.chat(n, c)
	if c.Unread > 1 {
		p.Title += " (" + strconv.Itoa(c.Unread) + ")"
	}
	p.Body = w.newMessage
	if !preview {
		return p
	}
	label := w.kinds[n.Said.Kind]
	switch {
	case n.Said.Text != "" && label != "":
		p.Body = label + " · " + n.Said.Text
	case n.Said.Text != "":
		p.Body = n.Said.Text
	case label != "":
		p.Body = label
	}
	if n.Said.Who != "" {
		p.Body = cut(n.Said.Who, maxName) + ": " + p.Body
	}
	return p
}

func (w words) assigned(n Notice, c chat.Item) *payload {
	p := w.chat(n, c)
	p.Body = w.given
	return p
}

// mention tells who asks the member to read a note, and of whose chat.
func (w words) mention(n Notice, c chat.Item, who string, preview bool) *payload {
	p := w.chat(n, c)
	if who == "" {
		who = w.somebody
	}
	p.Title = strings.ReplaceAll(w.mentioned, "{}", cut(short(who), maxName)) + " · " + p.Title
	if preview {
		p.Body = n.Said.Text
	}
	return p
}

func (w words) device(n Notice) *payload {
	return &payload{Kind: n.Kind, Title: cut(n.Said.Who, maxName), Body: w.loggedOut, Tag: n.Tag, Path: "/devices/" + n.Subject, Lang: w.lang, At: n.At}
}

// many stands for several chats.
func (w words) many(count int) payload {
	return payload{
		Kind: Unassigned, Title: strings.ReplaceAll(w.manyTitle, "{}", strconv.Itoa(count)), Body: w.manyBody, Tag: "chats", Path: "/inbox", Lang: w.lang,
	}
}

func (w words) test(now int64) payload {
	return payload{Kind: "test", Title: w.testTitle, Body: w.testBody, Tag: "test", Path: "/settings/notifications", Lang: w.lang, At: now}
}
