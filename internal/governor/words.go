package governor

import (
	"strings"

	"github.com/pingcrm/pingcrm/internal/governor/health"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// Text is what a person reads, in both languages.
type Text struct {
	ID string `json:"id"`
	EN string `json:"en"`
}

// codePrefix is what the codes begin with that the governor gives to sends.
const codePrefix = "pace_"

// Explain says in words what a send's code means; nothing of one that is not the governor's.
func Explain(code string) fault.Text {
	if why, ours := strings.CutPrefix(code, codePrefix); ours {
		return words(pace.Why(why))
	}
	return fault.Text{}
}

// words say why a message waits.
func words(why pace.Why) fault.Text {
	switch why {
	case pace.WhyHuman, pace.WhyGap, pace.WhyRest:
		return fault.Text{ID: "Jeda antarpesan", EN: "The pause between two messages"}
	case pace.WhyHours:
		return fault.Text{ID: "Di luar jam kirim di tempat penerima", EN: "Outside the sending hours where the recipient is"}
	case pace.WhyDayOff:
		return fault.Text{ID: "Hari ini tidak ada pengiriman", EN: "Nothing is sent on this day of the week"}
	case pace.WhyHoliday:
		return fault.Text{ID: "Hari libur", EN: "A holiday"}
	case pace.WhyHistory:
		return fault.Text{ID: "Menunggu riwayat dari ponsel", EN: "The phone's history is not there yet"}
	case pace.WhyStopped:
		return fault.Text{ID: "Pengiriman sedang dihentikan, lihat kesehatan perangkat", EN: "Sending is stopped, see the device's health"}
	case pace.WhyColdMinute, pace.WhyColdHour, pace.WhyColdDay:
		return fault.Text{ID: "Jatah pesan pertama sudah habis", EN: "The budget for first messages is used up"}
	case pace.WhyWarmMinute, pace.WhyWarmHour, pace.WhyWarmDay:
		return fault.Text{ID: "Jatah kirim sudah habis", EN: "The sending budget is used up"}
	}
	return fault.Text{}
}

// explain says what a standing means and what to do.
func explain(c health.Concern) (what, todo Text) {
	if c.Level == health.Healthy {
		return Text{"Semua baik.", "All is well."}, Text{}
	}
	e := explanations[c.Why]
	if c.Level == health.Caution {
		return e[0], Text{"Kirim diperlambat jadi setengahnya. Kalau tidak membaik, siaran dijeda.", "Sending goes at half its pace. If it gets no better, broadcasts pause."}
	}
	return e[0], e[1]
}

//arch:global a table, never written
var explanations = map[health.Why][2]Text{
	health.WhyTimelock: {
		{"WhatsApp mengunci chat baru untuk nomor ini.", "WhatsApp has locked new chats for this number."},
		{"Chat yang sudah ada tetap jalan. Pesan pertama menunggu sampai kuncinya berakhir; jangan coba dari ponsel.", "Existing chats go on. First messages wait until the lock ends; don't try them from the phone."},
	},
	health.Why463: {
		{"WhatsApp menolak pesan pertama dari nomor ini.", "WhatsApp refuses first messages from this number."},
		{"Tunggu, lalu kurangi pesan ke orang yang belum pernah menghubungi kamu.", "Wait, then write less to people who never wrote to you."},
	},
	health.Why475: {
		{"Jatah chat baru dari WhatsApp hari ini habis.", "WhatsApp's new chats for today are used up."},
		{"Pesan pertama dilanjutkan setelah 24 jam. Chat yang sudah ada tetap jalan.", "First messages go on after 24 hours. Existing chats go on."},
	},
	health.Why429: {
		{"WhatsApp bilang terlalu banyak pesan.", "WhatsApp says that these are too many messages."},
		{"Semua berhenti sebentar, lalu mulai pelan-pelan. Pilih tempo yang lebih hati-hati.", "Everything stops for a while and begins slowly then. Choose a more cautious pace."},
	},
	health.WhyBan: {
		{"WhatsApp memblokir nomor ini.", "WhatsApp has banned this number."},
		{"Tidak ada yang terkirim sampai blokirnya berakhir. Ajukan peninjauan dari aplikasi WhatsApp di ponsel.", "Nothing goes out until the ban ends. Ask for a review in WhatsApp on the phone."},
	},
	health.WhyMember: {
		{"Dijeda oleh tim kamu.", "Paused by your team."},
		{"Tekan Lanjutkan kalau sudah siap.", "Press Resume when you are ready."},
	},
	health.WhyFailures: {
		{"Terlalu banyak pesan yang ditolak.", "Too many messages are refused."},
		{"Periksa daftar penerima, lalu lanjutkan.", "Look through the recipients, then resume."},
	},
	health.WhyUnknown: {
		{"Terlalu banyak nomor yang tidak ada di WhatsApp.", "Too many numbers are not on WhatsApp."},
		{"Bersihkan daftar nomornya dulu, lalu lanjutkan.", "Clean the list of numbers first, then resume."},
	},
	health.WhyOptOuts: {
		{"Terlalu banyak orang yang berhenti berlangganan.", "Too many people opt out."},
		{"Kirim hanya ke yang memang mau, dan lebih jarang. Lalu lanjutkan.", "Write only to those who want it, and less often. Then resume."},
	},
	health.WhyReplies: {
		{"Hampir tidak ada yang membalas siaran.", "Hardly anybody answers the broadcasts."},
		{"Buat isinya lebih pribadi dan ajak membalas. Lalu lanjutkan.", "Make them more personal and invite an answer. Then resume."},
	},
}
