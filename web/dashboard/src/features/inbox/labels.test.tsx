// @vitest-environment jsdom
import { QueryClient } from "@tanstack/react-query";
import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, it } from "vitest";
import { ChatLabels } from "./chat-labels";
import { learn } from "./labels";
import { take } from "./live";

const client = new QueryClient();
const hears = (type: string, data: unknown) => take(client, { type, data }, () => false);

it("names two labels of a chat and counts the others; all of them are in the row's name", async () => {
	(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
	const box = document.createElement("div");
	const root = createRoot(box);
	const seen = () => [...box.querySelectorAll("[aria-hidden]")].map((one) => one.textContent);
	const heard = () => box.querySelector(".sr-only")?.textContent;
	const ids = ["a", "b", "c", "unknown"];
	await act(() => root.render(<ChatLabels ids={ids} />));
	expect(box.childElementCount, "a label whose name is not known is not shown").toBe(0);
	await act(() =>
		learn([
			{ id: "a", name: "Lunas", color: 1 },
			{ id: "b", name: "Baru", color: 2 },
			{ id: "c", name: "", color: 3 },
		]),
	);
	expect(seen()).toEqual(["Lunas", "Baru"]);
	await act(() => hears("chat.marked", { mark: "label_chat", on: true, label: { id: "c", name: "Grosir", color: 3 } }));
	expect(seen()).toEqual(["Lunas", "Baru", "+1"]);
	expect(heard()).toMatch(/: Lunas, Baru, Grosir$/);
	await act(() => hears("label.changed", { id: "a", name: "Sudah bayar", color: 1 }));
	expect(seen()).toEqual(["Sudah bayar", "Baru", "+1"]);
	await act(() => hears("label.changed", { id: "b", name: "Baru", color: 2, deleted: true }));
	expect(seen()).toEqual(["Sudah bayar", "Grosir"]);
	await act(() => root.unmount());
});
