package broadcast

import (
	"fmt"

	"github.com/pingcrm/pingcrm/internal/governor"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// explain says in words why a broadcast is in its state, where that is not plain.
func (b Broadcast) explain() fault.Text {
	switch {
	case b.Why == "":
		return fault.Text{}
	case b.Why == "by_member" && b.State == Cancelled:
		return fault.Text{ID: "Dibatalkan oleh tim kamu.", EN: "Cancelled by your team."}
	case b.Why == "by_member":
		return fault.Text{ID: "Dijeda oleh tim kamu. Tekan Lanjutkan kalau sudah siap.", EN: "Paused by your team. Press Resume when you are ready."}
	case b.Why == "no_recipients":
		return fault.Text{
			ID: "Tidak ada penerima yang bisa dikirimi. Perbaiki daftarnya; alasannya tertulis di tiap penerima.",
			EN: "There is nobody to send to. Mend the list; each recipient says why.",
		}
	case b.Why == ErrRepeatOver.Code:
		return fault.Text{ID: "Semua waktu pengulangannya sudah lewat. Duplikat siaran ini dan beri waktu yang baru.", EN: "All times of its repetition have passed. Duplicate it and give it a new time."}
	case b.Why == "nobody_reached":
		return fault.Text{
			ID: "Selesai, tetapi tidak ada yang menerimanya. Alasannya tertulis di tiap penerima.",
			EN: "It is over, and nobody got it. Each recipient says why.",
		}
	case b.Why == "segment_not_found", b.Why == "tag_not_found":
		return fault.Text{ID: "Segmen atau tag penerimanya sudah tidak ada. Pilih penerima lagi.", EN: "The segment or tag of its recipients is gone. Choose the recipients again."}
	case b.Why == "internal", b.Why == "file_not_found":
		return failureOf(b.Why).text
	}
	return fault.Text{ID: "Siaran tidak bisa dilanjutkan (" + b.Why + "). Perbaiki, lalu mulai lagi.", EN: "The broadcast can't go on (" + b.Why + "). Mend it, then start it again."}
}

// explain says in words why a recipient got nothing, or waits.
func (r Recipient) explain() fault.Text {
	w := Explain(r.Code)
	switch {
	case r.Code == "" || w != (fault.Text{}):
		return w
	case r.Status == FailedTo:
		return failureOf(r.Code).text
	}
	return fault.Text{
		ID: "Belum diterima WhatsApp (" + r.Code + "); dicoba lagi sendiri.", EN: "WhatsApp has not taken it yet (" + r.Code + "); it is tried again by itself.",
	}
}

// Explain says in words why a recipient was left out or waits, or what holds a broadcast. Of codes that are a network's
// own it says nothing.
func Explain(code string) fault.Text {
	switch code {
	case "opted_out":
		return fault.Text{ID: "Tidak mau dikirimi siaran.", EN: "Wants no broadcasts."}
	case "blocked":
		return fault.Text{ID: "Diblokir oleh salah satu nomor kamu.", EN: "Blocked by one of your numbers."}
	case "duplicate":
		return fault.Text{ID: "Orang yang sama sudah ada di siaran ini.", EN: "The same person is in this broadcast already."}
	case "reached_lately":
		return fault.Text{ID: "Baru saja menerima siaran lain.", EN: "Got another broadcast lately."}
	case "not_on_network":
		return nobodyThere
	case "stranger":
		return fault.Text{ID: "Belum pernah menulis ke kamu, dan siaran ini hanya untuk yang pernah.", EN: "Never wrote to you, and this broadcast is for those who did."}
	case "excluded_tag":
		return fault.Text{ID: "Punya tag yang dikecualikan.", EN: "Carries a tag that is left out."}
	case "own_number":
		return fault.Text{ID: "Ini nomor kamu sendiri.", EN: "This is a number of your own."}
	case "no_number":
		return fault.Text{ID: "Tidak ada nomor.", EN: "There is no number."}
	case "not_a_phone":
		return fault.Text{ID: "Ini bukan nomor telepon yang benar.", EN: "This is no valid phone number."}
	case "lost_digits":
		return fault.Text{ID: "Excel membulatkan nomor ini dan digitnya hilang.", EN: "A spreadsheet has rounded this number and its digits are lost."}
	case "landline":
		return fault.Text{ID: "Ini nomor telepon rumah atau kantor.", EN: "This is the number of a fixed line."}
	case "number_hidden":
		return fault.Text{ID: "WhatsApp menyembunyikan nomor anggota ini.", EN: "WhatsApp hides the number of this member."}
	case "contact_not_found", "contact_deleted":
		return fault.Text{ID: "Kontak ini sudah tidak ada.", EN: "This contact is no more."}
	case "group":
		return fault.Text{ID: "Ini grup, bukan orang.", EN: "This is a group, not a person."}
	case "no_address":
		return noAddress
	case "variable_missing":
		return fault.Text{ID: "Teks memakai variabel yang tidak punya nilai untuk orang ini. Beri cadangan: {kota=kotamu}.", EN: "The text uses a variable that has no value for this person. Give a fallback: {city=your city}."}
	case "text_empty":
		return fault.Text{ID: "Untuk orang ini teksnya kosong.", EN: "For this person the text is empty."}
	}
	return explainHold(code)
}

// explainWarmUp says why a new number takes its time.
func explainWarmUp(w governor.WarmUp) fault.Text {
	return fault.Text{
		ID: fmt.Sprintf("Nomor ini baru hari ke-%d di sini. Ke orang yang belum pernah menulis, atau sudah 28 hari diam, hari ini paling banyak %d pesan; naik bertahap sampai %d sehari mulai hari ke-%d, supaya nomor baru tidak diblokir.", w.Day, w.Today, w.Full, w.FullDay),
		EN: fmt.Sprintf("This number is new: today is its day %d here. To people who never wrote to it, or not for 28 days, it sends at most %d messages today; that grows to %d a day from day %d on, which keeps a new number from being banned.", w.Day, w.Today, w.Full, w.FullDay),
	}
}

func explainHold(code string) fault.Text {
	switch code {
	case heldPaused:
		return fault.Text{ID: "Siaran dijeda.", EN: "The broadcast is paused."}
	case takenBack:
		return fault.Text{ID: "Siaran dibatalkan.", EN: "The broadcast was cancelled."}
	case heldHours:
		return fault.Text{ID: "Di luar jam kirim siaran ini.", EN: "Outside this broadcast's hours."}
	case "scheduled":
		return fault.Text{ID: "Menunggu waktu mulai siaran.", EN: "Waits for the broadcast's time."}
	case deviceShared:
		return fault.Text{ID: "Bergantian dengan siaran lain di perangkat ini, dengan jeda di antara pesan.", EN: "Takes turns with another broadcast of this device, with pauses between the messages."}
	case deviceDeleted:
		return fault.Text{ID: "Perangkatnya sudah dihapus.", EN: "Its device was deleted."}
	case "device_paused", "paused":
		return fault.Text{ID: "Perangkat dijeda. Lanjutkan di halaman perangkat.", EN: "The device is paused. Resume it on its page."}
	case "device_logged_out":
		return fault.Text{ID: "Perangkat keluar dari akunnya. Tautkan lagi.", EN: "The device is off its account. Link it again."}
	case "device_banned":
		return fault.Text{ID: "WhatsApp memblokir nomor ini.", EN: "WhatsApp has banned this number."}
	case "device_restricted", "restricted":
		return fault.Text{ID: "WhatsApp membatasi nomor ini; hanya yang pernah menulis yang dikirimi.", EN: "WhatsApp restricts this number; only those who wrote are sent to."}
	case "device_offline", "device_connecting":
		return fault.Text{ID: "Perangkat sedang tidak terhubung. Siaran lanjut sendiri begitu terhubung.", EN: "The device is not connected. It goes on by itself once it is."}
	case "device_new", "device_linking":
		return fault.Text{ID: "Perangkat belum ditautkan.", EN: "The device is not linked yet."}
	}
	return governor.Explain(code)
}
