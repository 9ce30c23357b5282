import { words } from "@/lib/words";

export const playerWords = words("ui/player", {
	id: {
		play: "Putar",
		pause: "Jeda",
		seek: "Posisi",
		speed: "Kecepatan {{speed}}×",
		noFile: "Berkasnya tidak bisa dimuat.",
	},
	en: {
		play: "Play",
		pause: "Pause",
		seek: "Position",
		speed: "Speed {{speed}}×",
		noFile: "The file can't be loaded.",
	},
});
