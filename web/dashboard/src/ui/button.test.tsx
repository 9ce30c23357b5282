import { act, useState } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { IconButton, LateIconButton } from "./button";

const root = { current: undefined as ReturnType<typeof createRoot> | undefined };

beforeEach(() => vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true));
afterEach(async () => {
	await act(async () => root.current?.unmount());
	document.body.replaceChildren();
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
});

function Bar({ record }: { record: () => void }) {
	const [text, setText] = useState("halo");
	return text ? (
		<IconButton label="Send" onClick={() => setText("")}>
			s
		</IconButton>
	) : (
		<LateIconButton label="Record" onClick={record}>
			r
		</LateIconButton>
	);
}

it("a second tap on what is gone doesn't press what has come in its place", async () => {
	const now = vi.spyOn(performance, "now").mockReturnValue(1_000);
	const record = vi.fn();
	const host = document.body.appendChild(document.createElement("div"));
	root.current = createRoot(host);
	await act(async () => root.current?.render(<Bar record={record} />));
	const tap = () => act(async () => host.querySelector("button")?.click());
	await tap();
	now.mockReturnValue(1_200);
	expect(host.querySelector("button")?.getAttribute("aria-label")).toBe("Record");
	await tap();
	expect(record, "the second tap of two").not.toHaveBeenCalled();
	now.mockReturnValue(2_000);
	await tap();
	expect(record, "a tap of its own").toHaveBeenCalledOnce();
});
