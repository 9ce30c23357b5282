import { words } from "@/lib/words";

export const scanWords = words("devices/scan", {
	id: {
		title: "Coba tanpa HP sungguhan",
		hint: "Server ini memakai jaringan WhatsApp simulasi. Biarkan HP simulasi yang memindai kodenya.",
		with: "Dengan HP",
		new: "HP baru milik {{name}}",
		scan: "Pindai dengan HP simulasi",
		type: "Ketik kodenya di HP simulasi",
		noCode: "Kodenya tidak muncul. Coba lagi.",
		write: "Tulis sebagai pelanggan",
		doneHint: "Sekarang jadilah pelanggan: tulis dari HP simulasi, lalu jawab di kotak masuk.",
	},
	en: {
		title: "Try it without a real phone",
		hint: "This server uses a simulated WhatsApp network. Let a simulated phone scan the code.",
		with: "With the phone",
		new: "A new phone for {{name}}",
		scan: "Scan with a simulated phone",
		type: "Type the code on a simulated phone",
		noCode: "The code did not come. Try again.",
		write: "Write as a customer",
		doneHint: "Now be the customer: write from a simulated phone, then answer in the inbox.",
	},
});
