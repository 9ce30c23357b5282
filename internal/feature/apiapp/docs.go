package apiapp

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

//go:embed docs.html
var docsHTML string

//go:embed own.js
var ownJS []byte

// OwnScript is where the script is that puts a workspace's own values into the examples of the API's pages.
const OwnScript = "/docs/own.js"

func ownScript(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = w.Write(ownJS)
}

// entry is one call of the contract as its page shows it.
type entry struct{ ID, Method, Path, Title, About, Curl, Answer string }

// entries are the contract's calls, for people who read.
func entries() []entry {
	return []entry{
		{
			"contacts", "GET", base + "chats/contacts/{device}", "Kontak · Contacts", "Orang yang pernah bercakap lewat perangkat ini.",
			`curl "$PING_URL` + base + `chats/contacts/$DEVICE?api_key=$PING_KEY"`,
			`{"message", "list": [{"id", "photo", "phone", "name", "getpict"}], "total_chat", "status": true}`,
		},
		{
			"chats", "GET", base + "chats/{device}", "Daftar percakapan · Chats",
			"is_group=true memilih grup. last_chat (unix, detik): hanya yang lebih baru; pakai last_chat dari jawaban untuk bertanya lagi.",
			`curl "$PING_URL` + base + `chats/$DEVICE?api_key=$PING_KEY&last_chat=0"`,
			`{"list": [{"id", "type", "sender", "uid", "message", "phone", "photo", "name", "unread", "time", "timedate", "timestamp"}], "total_chat", "last_chat", "status": true}`,
		},
		{
			"detail", "GET", base + "chats/detail/{device}/{chat}", "Isi percakapan · Chat detail",
			"list berkunci \"1\", \"2\", … menurut waktu. status: PENDING, SENT, DELIVERED, READ, UNREAD, FAILED.",
			`curl "$PING_URL` + base + `chats/detail/$DEVICE/6281290641111-s-whatsapp-net?api_key=$PING_KEY"`,
			`{"autoread", "chatid", "list": {"1": {"id", "message", "time", "timestamp", "sender", "details", "for_read", "status"}}}`,
		},
		{
			"send", "POST", base + "send-message", "Kirim pesan · Send a message",
			"Dijawab begitu pesan masuk antrean yang tahan mati listrik. method: text (paling banyak 4.096 karakter) atau template + variables. device_key wajib untuk grup.",
			`curl "$PING_URL` + base + `send-message" --data '{"api_key": "'$PING_KEY'", "device_key": "'$DEVICE'", "phone": "6281290641111", "method": "text", "text": "Halo"}'`,
			`{"status": true, "message": "Berhasil mengirimkan pesan", "data": {"message_id", "id", "device_key", "status"}}`,
		},
		{
			"read-messages", "POST", base + "misc/read-messages/{device}", "Tandai pesan dibaca · Read messages",
			"Pengirim melihat centang biru. messages: paling banyak 200, dari percakapan chatid; for_read dari detail bisa dipakai langsung.",
			`curl "$PING_URL` + base + `misc/read-messages/$DEVICE" --data '{"api_key": "'$PING_KEY'", "chatid": "6281290641111@s.whatsapp.net", "messages": [{"id": "3A55A8FFB9E69158FA61", "remoteJid": "6281290641111@s.whatsapp.net"}]}'`,
			`{"status": true, "message": "Berhasil menandai status"}`,
		},
		{
			"delete-message", "POST", base + "misc/delete-message/{device}", "Hapus untuk saya · Delete for me",
			"Pesan hilang dari semua perangkat nomor ini; di HP pelanggan tetap ada. Dengan deleteMedia false berkasnya tetap tersimpan di HP nomor ini. Bila perangkat sedang luring, HP mengikuti begitu tersambung.",
			`curl "$PING_URL` + base + `misc/delete-message/$DEVICE" --data '{"api_key": "'$PING_KEY'", "chatid": "6281290641111@s.whatsapp.net", "message": {"key": {"remoteJid": "6281290641111@s.whatsapp.net", "fromMe": false, "id": "3EB024F1DAF187923D00F9"}, "deleteMedia": true, "timestamp": "1730660176"}}'`,
			`{"status": true, "message": "Berhasil menghapus pesan"}`,
		},
		{
			"delete-everyone", "POST", base + "misc/delete-everyone/{device}", "Hapus untuk semua · Delete for everyone",
			"Hanya pesan sendiri. Pesan yang belum terkirim dibatalkan.",
			`curl "$PING_URL` + base + `misc/delete-everyone/$DEVICE" --data '{"api_key": "'$PING_KEY'", "chatid": "6281290641111@s.whatsapp.net", "message": {"remoteJid": "6281290641111@s.whatsapp.net", "fromMe": true, "id": "3EB02744312E25C4C11201"}}'`,
			`{"status": true, "message": "Berhasil menghapus pesan"}`,
		},
		{
			"download-media", "POST", base + "misc/download-media/{device}", "Unduh media · Download media",
			"message adalah objek pesan utuh, misalnya details dari isi percakapan. url di dalamnya tidak pernah dibuka; berkas diambil dari WhatsApp dan diperiksa hash-nya. Tautan terbuka tanpa kunci selama sehari.",
			`curl "$PING_URL` + base + `misc/download-media/$DEVICE" --data '{"api_key": "'$PING_KEY'", "chatid": "6281290641111@s.whatsapp.net", "type": "jpeg", "medianame": "3EB0C60B34C7F2F7A7B274", "message": {"message": {"imageMessage": {"directPath": "…", "mediaKey": "…", "fileSha256": "…", "fileEncSha256": "…"}}}}'`,
			`{"success": true, "message": "Berhasil mengunduh media", "data": {"downloadPath"}}`,
		},
		{
			"get-profile", "POST", base + "misc/get-profile/{device}", "Foto profil · Profile picture",
			"Tautan terbuka tanpa kunci selama sehari. 404 picture_not_set bila tidak ada foto atau disembunyikan; nomor yang belum dikenal dihitung dalam batas 250 nomor per jam.",
			`curl "$PING_URL` + base + `misc/get-profile/$DEVICE" --data '{"api_key": "'$PING_KEY'", "phone": "6281290641111@s.whatsapp.net"}'`,
			`{"success": true, "message": "Berhasil mengambil photo profile", "data": {"url", "phone"}}`,
		},
		{
			"mark-message", "POST", base + "misc/mark-message/{device}", "Tandai percakapan · Mark a chat",
			"status true: semua pesan dibaca, di HP juga; false: percakapan ditandai belum dibaca.",
			`curl "$PING_URL` + base + `misc/mark-message/$DEVICE" --data '{"api_key": "'$PING_KEY'", "chatid": "6281290641111@s.whatsapp.net", "status": true}'`,
			`{"success": true, "message": "Pesan berhasil di baca", "data": {}}`,
		},
		{
			"delete-chat", "POST", base + "misc/delete-chat/{device}", "Hapus percakapan · Delete a chat",
			"Percakapan dan isinya hilang dari semua perangkat nomor ini; kontaknya tetap ada.",
			`curl "$PING_URL` + base + `misc/delete-chat/$DEVICE" --data '{"api_key": "'$PING_KEY'", "chatid": "6281290641111@s.whatsapp.net"}'`,
			`{"success": true, "message": "Chat berhasil di hapus", "data": {}}`,
		},
		{
			"callback", "POST", base + "callback/device_{device}", "Coba balasan otomatis · Try the automatic reply",
			"Menjawab apa yang akan dibalas bila pesan ini masuk; tidak ada yang dikirim. Tanpa kunci, kecuali pengaturan memintanya.",
			`curl "$PING_URL` + base + `callback/device_$DEVICE" --data '{"from": "6281290641111@s.whatsapp.net", "message_id": "1", "message": "Halo", "from_name": "Sari", "type": "single"}'`,
			`{"message": {"text"}, "receiver", "session_id", "autoread", "reply"}`,
		},
		{
			"webhook", "POST", "webhook_url", "Webhook",
			"Dikirim untuk setiap pesan masuk bila perangkat punya webhook_url (PATCH /api/v1/devices/{id}). Ditandatangani menurut Standard Webhooks, dicoba ulang selama 24 jam; webhook-id sama di setiap percobaan.",
			`curl -X PATCH "$PING_URL/api/v1/devices/$DEVICE" -H "Authorization: Bearer $PING_KEY" -H 'Content-Type: application/json' -d '{"webhook_url": "https://toko.example/hook"}'`,
			`{"device_key", "name", "message", "type": "single" | "group", "event", "message_id", "network_id", "chat_id", "contact_id", "from", "timestamp", "late", "content"}`,
		},
	}
}

// docs is the contract's page.
func docs(w http.ResponseWriter, r *http.Request) {
	t, err := template.New("docs").Parse(docsHTML)
	var b bytes.Buffer
	if err == nil {
		err = t.Execute(&b, entries())
	}
	if err != nil {
		httpx.WriteFault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes())
}
