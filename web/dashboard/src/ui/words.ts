import { words } from "@/lib/words";

export const uiWords = words("ui", {
	id: {
		close: "Tutup",
		cancel: "Batal",
		retry: "Coba lagi",
		loading: "Sedang dimuat…",
		wrong: "Ada yang tidak beres",
		more: "Tampilkan lagi",
		previous: "Sebelumnya",
		next: "Berikutnya",
		search: "Cari",
		none: "Tidak ada yang cocok",
		choose: "Pilih…",
		dismiss: "Tutup pemberitahuan",
		notices: "Pemberitahuan",
	},
	en: {
		close: "Close",
		cancel: "Cancel",
		retry: "Try again",
		loading: "Loading…",
		wrong: "Something went wrong",
		more: "Show more",
		previous: "Previous",
		next: "Next",
		search: "Search",
		none: "Nothing matches",
		choose: "Choose…",
		dismiss: "Dismiss the notice",
		notices: "Notices",
	},
});
