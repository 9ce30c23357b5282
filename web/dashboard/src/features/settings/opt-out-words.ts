import { words } from "@/lib/words";

export const optOutWords = words("settings/opt-out", {
	id: {
		title: "Berhenti berlangganan",
		hint: "Pelanggan yang menulis salah satu kata ini, atau kalimat yang jelas seperti “tolong jangan kirim promo lagi”, tidak dikirimi siaran lagi. Kalau maksudnya tidak jelas, tidak ada yang berubah; kamu bisa mencatatnya di kartu kontak.",
		wordsOut: "Kata untuk berhenti",
		wordsIn: "Kata untuk ikut lagi",
		wordsOutHint:
			"Satu per baris. Dihitung kalau pesannya hanya berisi kata itu, boleh dengan “ya kak”. Kosongkan untuk memakai kata bawaan.",
		wordsHint: "Satu per baris. Besar kecilnya huruf sama saja. Kosongkan untuk memakai kata bawaan.",
		answerOut: "Jawaban saat berhenti",
		answerIn: "Jawaban saat ikut lagi",
		answerHint: "Dikirim sekali. Kosongkan kalau tidak perlu dijawab.",
	},
	en: {
		title: "Opting out",
		hint: "Customers who write one of these words, or a clear sentence such as “please stop sending me promos”, get no more broadcasts. Where it is not clear, nothing changes; you can note it on the contact's card.",
		wordsOut: "Words to stop",
		wordsIn: "Words to begin again",
		wordsOutHint:
			"One per line. It counts when a message says nothing else, except for a “please”. Leave it empty for the built-in ones.",
		wordsHint: "One per line, in capitals or not. Leave it empty for the built-in ones.",
		answerOut: "Answer when they stop",
		answerIn: "Answer when they begin again",
		answerHint: "Sent once. Leave it empty to answer nothing.",
	},
});
