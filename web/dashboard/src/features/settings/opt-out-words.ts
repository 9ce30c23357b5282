import { words } from "@/lib/words";

export const optOutWords = words("settings/opt-out", {
	id: {
		title: "Berhenti berlangganan",
		hint: "Pelanggan yang menulis salah satu kata ini, tanpa kata lain, tidak dikirimi siaran lagi.",
		wordsOut: "Kata untuk berhenti",
		wordsIn: "Kata untuk ikut lagi",
		wordsHint: "Satu per baris. Besar kecilnya huruf sama saja. Kosongkan untuk memakai kata bawaan.",
		answerOut: "Jawaban saat berhenti",
		answerIn: "Jawaban saat ikut lagi",
		answerHint: "Dikirim sekali. Kosongkan kalau tidak perlu dijawab.",
	},
	en: {
		title: "Opting out",
		hint: "Customers who write one of these words, and nothing else, get no more broadcasts.",
		wordsOut: "Words to stop",
		wordsIn: "Words to begin again",
		wordsHint: "One per line, in capitals or not. Leave it empty for the built-in ones.",
		answerOut: "Answer when they stop",
		answerIn: "Answer when they begin again",
		answerHint: "Sent once. Leave it empty to answer nothing.",
	},
});
