package optout

import (
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/workspace"
)

func TestASentenceThatAsksToBeLeftAlone(t *testing.T) {
	t.Parallel()
	r, words := newReader(), workspace.DefaultOptOut("id")
	for text := range strings.Lines(`
tolong berhenti kirim promo
stop kirimin saya iklan ya kak
please stop sending me messages
jangan kirim promo lagi
hapus nomor saya dari daftar
stop promo
stop promonya dong
brenti kirim
brenti kirim promo plis
jgn kirim lg
jgn kirim lg ya kak
ga mau dikirimin promo
gamau dikirimin promo lg
Kak tolong jangan kirim kirim promo lagi ya, saya sudah pindah kota
tlg stop kirim2 promo
STOOOP kirim iklan!!!
stop spam
tolong stop spam saya
jangan spam saya lagi 😡
stop ya kak
Stop, makasih
ok stop
Halo min, berhenti ya
saya minta stop kirim promo
saya mohon jangan dikirimi promo lagi
mohon hentikan pengiriman? tolong hentikan kirim iklan
bisa tolong stop kirim promo?
bisa jangan kirim iklan lagi gak? please jangan kirim iklan lagi
saya tidak ingin menerima pesan promosi lagi
saya ga mau terima broadcast
aku gak mau dapet iklan lagi
sy tdk mau terima promo lg
tidak mau dihubungi lagi
jangan hubungi saya lagi. saya sudah beli di tempat lain
jangan hubungi saya
jangan chat saya lagi
jgn wa sy lg
stop wa saya
berhenti hubungi saya
jangan ganggu saya lagi
jangan kirimi saya pesan
gausah kirim promo lagi
ga usah kirim iklan
tidak perlu kirim promo lagi
saya mau berhenti menerima promo
saya mau berhenti berlangganan
mau berhenti langganan promo
tolong keluarkan nomor saya dari list broadcast
hapus no wa saya dari daftar promo
hapus nomor ini dari database
tolong hapus nomor saya ya
saya mau keluar dari daftar broadcast
jangan kirim promo dan iklan lagi
stop kirim promo karena mengganggu
jangan hantar promosi lagi
pagi kak, stop promo ya
jangan kirim promo ke nomor ini lagi
stop sending me ads
Stop texting me
please stop messaging me, I already bought one
don't send me any more promotions
Don’t message me again
do not send me messages anymore
no more ads please
I don't want to receive any more messages from you
I no longer wish to receive these messages
I don't want to be contacted anymore
I don't want you to message me again
I want you to stop sending me promos
could you please stop sending me promotions?
remove me from your list
please remove my number from your database
take me off your list
please unsubscribe me
I want to unsubscribe
unsubscribe my number from this list? please unsubscribe me from your newsletter
I would like to opt out
leave me alone
plz stop spamming me
`) {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if got := r.asks(words, text); got != workspace.WishOut {
			t.Errorf("%q asks for %q, want out; read as %s", text, got, r.readAs(text))
		}
	}
}

func TestASentenceThatAsksForSomethingElse(t *testing.T) {
	t.Parallel()
	r, words := newReader(), workspace.DefaultOptOut("id")
	for text := range strings.Lines(`
kapan toko berhenti jualan?
stop kontak ada?
stop kontak
bus stop
jangan lupa kirim barang saya ya
jangan kirim sekarang, besok saja
stok berhenti produksi?
jangan kirim hari ini
jangan kirim barangnya lagi
jangan dikirim lagi ya paketnya
jangan kirim promo sekarang
jangan kirim promo malam
jangan kirim promo dulu
jangan kirim promo lagi, nanti saja
jangan kirim promo lagi kecuali diskon
jangan kirim promo, tapi kirim katalog
kalau tidak ada diskon, stop kirim promo
jangan kirim promo terus
jangan stop kirim promo ya
tolong jangan berhenti kirim promo
don't stop sending me promos
please do not stop messaging me
kenapa saya tidak dikirimi promo lagi?
saya tidak dikirimi promo lagi
why did you stop sending me promos?
did you stop sending promos?
You don't send me promos anymore
I don't receive promos anymore
I do not get any messages
dont get messages anymore
we dont send ads
saya jangan lupa dikirimi promo lagi
kak jangan bosan kirim promo ya
jangan hapus nomor saya
jangan hapus nomor saya dari daftar
tolong jangan keluarkan saya dari daftar
mau stop promo?
mau stop promo, kak?
kapan stop promo dan iklan?
stop promo ga
promo sudah berhenti?
udah stop promo ya
kok stop promonya
nomor saya hapus?
gimana stop broadcast
promo berhenti kapan
saya stop kirim promo ke pelanggan
saya mau berhenti kirim promo
saya berhenti langganan koran
saya mau berhenti langganan katering
berhenti langganan bisa kapan saja?
saya ga mau ketinggalan promo
I don't want to miss any promo
Ga mau promo
ga mau dikirim
ga mau pesan lagi
tidak mau dihubungi kurir
saya ga mau hubungi kalian lagi
stop pesan dulu ya kak
stop pesan ya kak
jangan terima pesan lagi
jangan kirim pesanan saya
jangan kirim ke saya, kirim ke kantor
stop order dulu
stop produksi
pintu berhenti kerja
mesinnya berhenti terus
jangan hubungi saya, telepon istri saya
jangan ganggu saya, lagi rapat
jangan hubungi saya lagi rapat
jangan wa saya sekarang
jangan chat lagi tidur
hapus pesanan saya
hapus nomor saya, ganti dengan 0812
hapus saya dari daftar tunggu
hapus nomor lama saya
keluarkan saya dari grup
saya mau daftar promo
bisa kirim promo lagi?
kirim promo lagi dong
mau promo
minta promo
promo apa saja hari ini
ada promo ga?
no promo code
no more promos?
stop ya?
nonstop
pit stop
full stop
stop loss berapa?
berhenti di depan toko ya
bisa berhenti sebentar?
saya sudah berhenti merokok
how do I unsubscribe?
To stop receiving promotional messages, reply STOP
Tidak mau menerima promo lagi? Balas STOP
Ketik BERHENTI untuk berhenti menerima promo
teman saya bilang stop promo
tolong jangan kirim promo ke suami saya
stop the delivery
please stop the order
don't send it yet
don't send me the red one
cancel my order
remove my order
take my number
get me the list
contact me again
message me again please
tolong kirim lagi
tolong kak
ya
?
`) {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if got := r.asks(words, text); got != workspace.NoWish {
			t.Errorf("%q asks for %q, want nothing; read as %s", text, got, r.readAs(text))
		}
	}
}

// readAs shows the roles in which a text was understood.
func (r *reader) readAs(text string) string {
	var b strings.Builder
	for _, c := range r.clauses(text) {
		b.WriteString(rolesOf(c.plain()))
		if c.asked {
			b.WriteByte('?')
		}
		b.WriteByte(' ')
	}
	return b.String()
}

func TestAWordsCourtesyAndSpelling(t *testing.T) {
	t.Parallel()
	r := newReader()
	own := workspace.OptOut{WordsOut: []string{"cukup sudah", "jangan lagi", "🛑 cukup ya"}, WordsIn: []string{"lanjut"}}
	for text, want := range map[string]workspace.Wish{
		"cukup sudah ya kak": workspace.WishOut, "Tolong, cukup sudah": workspace.WishOut, "jgn lg min": workspace.WishOut, "cukup ya": workspace.WishOut,
		"stop ya kak": "", "cukup": "", "sudah cukup": "", "cukup sudah barangnya": "", "lanjut": workspace.WishIn, "lanjut ya kak": "",
		"saya mau berhenti langganan": "", "hapus nomor saya ya": "", // its words are not this shop's
		"stop kirim promo": workspace.WishOut, "jgn kirim lg ya": "",
	} {
		if got := r.asks(own, text); got != want {
			t.Errorf("%q asks for %q, want %q", text, got, want)
		}
	}
}

// Each form of the vocabulary is one word's only: of two, which counts would depend on their order.
func TestAFormIsOneWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range vocabulary {
		for _, form := range strings.Fields(row.forms) {
			if seen[form] {
				t.Errorf("%q stands twice", form)
			}
			seen[form] = true
			if n := strings.Count(form, "_") + 1; n > longest {
				t.Errorf("%q has %d words, want at most %d", form, n, longest)
			}
		}
	}
}

func FuzzAsks(f *testing.F) {
	r, words := newReader(), workspace.DefaultOptOut("id")
	for _, s := range []string{"stop kirim promo?", "\xff\xfe, dan", "e\u0301 2", "a? b. c", "nya lah"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := r.asks(words, text); got == workspace.WishOut && words.Asks(text) == workspace.NoWish && r.asks(words, text+" kecuali barang saya") != workspace.NoWish {
			t.Errorf("%q asks for %q even with an exception", text, got)
		}
	})
}

func BenchmarkAsks(b *testing.B) {
	r, words := newReader(), workspace.DefaultOptOut("id")
	for name, ask := range map[string]func(string) workspace.Wish{
		"words": words.Asks, "sentences": func(text string) workspace.Wish { return r.asks(words, text) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				ask("Kak, pesanan saya yang kemarin kapan dikirim ya? Jangan lupa bonusnya, makasih")
			}
		})
	}
}
