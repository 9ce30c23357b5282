package demo

import (
	"fmt"
	"io"
)

// Tell writes what to try next, in Indonesian and English, with lines that work when pasted.
func Tell(w io.Writer, f Facts) {
	d, customer := f.Devices[0], f.Phones[0]
	fmt.Fprintf(w, `
  Ping! demo — %[1]s
  ────────────────────────────────────────────────────────────
  Jaringan WhatsApp-nya SIMULASI: tidak ada pesan yang keluar dari komputer ini.
  The WhatsApp network is SIMULATED: no message leaves this machine.

  Masuk / sign in     %[2]s   kata sandi / password: %[3]s
  API                 %[1]s/docs
  Semua nilai / all values in demo.json

  1. Kirim pesan lewat API / send through the API:

curl '%[1]s/api-app/whatsapp/send-message' --data '{"api_key":"%[4]s","device_key":"%[5]s","phone":"%[6]s","method":"text","text":"Halo dari Ping!"}'

  2. Lihat di HP %[7]s / see it on the customer's phone:

curl '%[8]s/v1/phones/%[6]s/messages'

  3. Pelanggan menulis, aturan menjawab / the customer writes, a rule answers:

curl '%[8]s/v1/phones/%[6]s/messages' --data '{"to":"%[9]s","text":"Halo"}'

  4. Percakapannya / the chat:

curl '%[1]s/api-app/whatsapp/chats/detail/%[5]s/%[6]s?api_key=%[4]s'

`, f.URL, f.Email, f.Password, f.APIKey, d.ID, customer.Number, customer.Name, f.NetworkURL, d.Number)
}
