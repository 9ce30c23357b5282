package optout

// role is what a word does in a sentence about being written to.
type role byte

// The roles. The letters are what the forms are made of.
const (
	unknown  role = '?'
	courtesy role = '-' // says nothing: kak, ya, the
	please   role = '+' // the same, and makes a question a wish
	ask      role = '*' // the same, of what one says oneself: saya minta
	greeting role = '^' // says nothing where it opens a clause: "pagi kak", but "jangan kirim pagi"
	joint    role = '&' // parts two clauses
	limit    role = '!' // makes a wish unclear

	stop    role = 'S'
	dont    role = 'D'
	not     role = '0'
	want    role = 'W'
	wantNot role = 'N'
	need    role = '1'

	send      role = 'V'
	receive   role = 'R'
	sentTo    role = 'G' // dikirimi
	reach     role = 'C' // hubungi
	contacted role = 'H' // dihubungi
	write     role = 'X' // a deed or a thing: wa, chat, message

	promo    role = 'P'
	spam     role = 'A' // a deed or a thing
	message  role = 'M' // a message, or to order: it needs a word beside it that says which
	messages role = 'E'

	me     role = 'I'
	this   role = '='
	to     role = '>'
	from   role = 'F'
	again  role = 'L'
	always role = 'T'

	number role = 'O'
	list   role = 'J'
	remove role = 'Z'
	leave  role = 'K'

	subscription role = 'U'
	cancel       role = 'B'
	unsubscribe  role = 'Q'
	leaveAlone   role = 'Y'
)

// vocabulary is the words that sentences of opting out are made of, in Indonesian, Malay and English. A row's first form
// is how it is spelt, the others are how it is written; a low line is a blank.
var vocabulary = []struct {
	role  role
	forms string
}{
	{stop, "stop stopin distop setop"},
	{stop, "berhenti brenti brhenti berenti brnti berhentiin brentiin berhentikan"},
	{stop, "hentikan hentiin stopkan"},
	{stop, "stopping quit cease"},
	{dont, "jangan jgn jngan jangn jng jagan jgan jangan_pernah gausah gakusah gasah nggausah gaperlu no_more dont do_not donot"},
	{not, "tidak tdk tak gak ga gk g nggak ngga ngak enggak engga ndak kagak kaga not no_longer"},
	{want, "mau mo ingin pengen pengin pingin pgn nak want wanna wish would_like id_like"},
	{wantNot, "gamau gakmau gamo gmau nggamau taknak ogah"},
	{need, "usah perlu need"},

	{send, "kirim kirimin kirimi kirimkan krim krm krimin kirimn ngirim ngirimin ngirimi mengirim mengirimi mengirimkan kirim_kirim hantar"},
	{send, "send sending"},
	{receive, "terima menerima nerima trima dapat dapet mendapat mendapatkan dapetin receive recieve receiving recieving get getting"},
	{sentTo, "dikirim dikirimi dikirimin dikirimkan dikrim dikirimn di_kirim di_kirimi di_kirimin dihantar"},
	{reach, "hubungi menghubungi hubungin ganggu mengganggu gangguin contact contacting messaging texting bothering disturbing disturb bother"},
	{contacted, "dihubungi di_hubungi dichat di_chat diwa di_wa disms di_sms diganggu di_ganggu dispam di_spam be_contacted be_messaged be_texted"},
	{write, "wa whatsapp whatsap watsap"},
	{write, "chat chatt cet ngechat chatting sms message msg text dm"},

	{promo, "promo promosi promos promotion promotions promotional prmo"},
	{promo, "iklan ikln ads ad advert adverts advertisement advertisements advertising"},
	{promo, "broadcast broadcasts brodcast broadcasting bc siaran blast newsletter newsletters marketing penawaran"},
	{spam, "spam spamming spaming nyepam spamin sepam"},
	{message, "pesan mesej"},
	{messages, "messages texts msgs mesages"},

	{me, "saya sy sya syaa aku ak aq ku gue gua gw gwe me my us our kami i we"},
	{this, "ini this"},
	{to, "ke kepada kpd to"},
	{from, "dari dr from off of"},
	{again, "lagi lg lgi again anymore any_more more ever"},
	{always, "terus trus mulu melulu"},

	{number, "nomor nomer nomr nmr no nohp nope hp number phone kontak"},
	{list, "daftar list database"},
	{remove, "hapus apus hapusin hapuskan keluarkan keluarin coret delete remove"},
	{leave, "keluar take"},
	{subscription, "langganan berlangganan langgan subscription subscribing"},
	{cancel, "batal batalkan cancel"},
	{unsubscribe, "unsubscribe unsub unsubs unsubcribe unsuscribe unreg optout opt_out opt_me_out"},
	{leaveAlone, "leave_me_alone"},

	{please, "tolong tolongin tlg tlong tolonk tolg please pls plz plis pliss minta_tolong harap"},
	{ask, "mohon mhn minta mnta request"},
	{please, "bisa bs bisakah boleh bolehkah can_you can_u could_you could_u would_you will_you"},
	{courtesy, "ya y iya yah ok oke okay baik kak kakak ka kk min mimin admin pak bapak bu ibu mas mba mbak bang abang bg gan agan sis bro om tante bos bosku sir mam team tim dear"},
	{courtesy, "dong donk dongs deh dech sih lah nih loh lho maaf maap mohon_maaf sorry makasih makasi mksh tks thx thanks trims trimakasih terimakasih terima_kasih terima_kasi thank_you"},
	{courtesy, "the a an any all semua segala segera just kindly immediately these those such like_this seperti_ini kayak_gini kaya_gini"},
	{courtesy, "your ur you anda kamu kalian from_you dari_anda dari_kamu dari_kalian dari_kakak"},
	{unknown, "you_dont you_do_not u_dont"}, // tells, and asks nothing
	{greeting, "halo hallo hai hi hello hey permisi assalamualaikum pagi siang sore malam selamat_pagi selamat_siang selamat_sore selamat_malam good_morning"},
	{joint, "dan and karena karna krn soalnya because"},
	{limit, "kecuali selain tapi tp tetapi namun but except unless until kalau kalo klo kl jika bila if cuma hanya only"},
	{limit, "nanti nnti besok bsk dulu dlu dl sementara sekarang skrg skrng later tomorrow for_now today"},
	{limit, "balas reply ketik type"},
}
