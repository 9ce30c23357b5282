import { describe, expect, it } from "vitest";
import { say, setLanguage } from "@/lib/words";
import { type GroupLine, lineOf, namedIn } from "./group-line";
import { groupWords } from "./group-words";

const names: Record<string, string> = { s: "Sari", b: "Budi", a: "Ani", d: "Dewi" };

function said(language: "id" | "en", line: Partial<GroupLine>): string {
	setLanguage(language);
	return lineOf(line as GroupLine, (id) => names[id] ?? "", say(groupWords));
}

describe("lineOf", () => {
	it.each<[Partial<GroupLine>, string, string]>([
		[{ deed: "created", by: "s" }, "Sari memasukkanmu ke grup ini", "Sari put you into this group"],
		[{ deed: "created", by: "self" }, "kamu masuk ke grup ini", "you came into this group"],
		[{ deed: "joined", by: "b", members: ["b"] }, "Budi bergabung", "Budi joined"],
		[{ deed: "joined", by: "self", members: ["b", "a"] }, "kamu menambahkan Budi dan Ani", "you added Budi and Ani"],
		[{ deed: "left", members: ["self"] }, "kamu keluar", "you left"],
		[{ deed: "left", by: "s", members: ["self"] }, "Sari mengeluarkan kamu", "Sari removed you"],
		[
			{ deed: "joined", by: "s", members: ["b", "a", "d", "x"], more: 6 },
			"Sari menambahkan Budi, Ani, Dewi dan 7 orang lagi",
			"Sari added Budi, Ani, Dewi and 7 others",
		],
		[
			{ deed: "name", by: "x", text: "Arisan" },
			"seseorang mengganti nama grup menjadi “Arisan”",
			"somebody renamed the group “Arisan”",
		],
		[{ deed: "picture", by: "s" }, "Sari menghapus foto grup", "Sari removed the group's picture"],
		[
			{ deed: "announce", by: "s", on: true },
			"Sari mengatur: hanya admin yang bisa kirim pesan",
			"Sari decided: only admins write here",
		],
		[
			{ deed: "disappearing", by: "s", seconds: 604800 },
			"Sari menyalakan pesan sementara: 7 hari",
			"Sari turned disappearing messages on: 7 days",
		],
		[
			{ deed: "disappearing", by: "s", seconds: 86400 },
			"Sari menyalakan pesan sementara: 24 jam",
			"Sari turned disappearing messages on: 24 hours",
		],
		[{ deed: "new" as GroupLine["deed"] }, "ada yang berubah di grup ini", "something about this group changed"],
	])("%j", (line, id, en) => {
		expect(said("id", line)).toBe(id);
		expect(said("en", line)).toBe(en);
	});
	it("needs the names that it says", () => {
		expect(namedIn({ deed: "joined", by: "s", members: ["b", "self", "s", "d"] })).toEqual(["s", "b"]);
	});
});
