package chat

import (
	"cmp"

	"github.com/pingcrm/pingcrm/internal/device"
)

// kindWords is what a kind of message is called where there is nothing else to show of it. The contract's texts are
// Indonesian.
var kindWords = map[device.Kind]string{
	device.KindImage: "Foto", device.KindVideo: "Video", device.KindAudio: "Audio", device.KindVoice: "Pesan suara",
	device.KindDocument: "Dokumen", device.KindSticker: "Stiker", device.KindLocation: "Lokasi", device.KindContact: "Kontak",
	device.KindPoll: "Polling", device.KindVote: "Memilih di polling", device.KindReaction: "Menarik reaksi", device.KindEdit: "Mengubah pesan",
	device.KindRevoke: "Menarik pesan", device.KindTimer: "Mengatur pesan sementara", device.KindPin: "Menyematkan pesan",
	device.KindUnknown: "Pesan yang belum didukung", device.KindUnreadable: "Menunggu pesan ini", device.KindViewOnce: "Pesan sekali lihat", device.KindCall: "Panggilan", device.KindGroup: "Info grup",
}

// Words is one line in Indonesian for what a message says: its own words, or what kind of message it is.
func Words(kind device.Kind, preview string) string { return cmp.Or(preview, kindWords[kind]) }
