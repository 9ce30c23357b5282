/**
 * Puts a text on the clipboard, and says whether it is there. Pages that came over plain http have no clipboard of their
 * own; there a selection is copied, as browsers did before.
 */
export async function copyText(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return copySelected(text);
	}
}

function copySelected(text: string): boolean {
	const focused = document.activeElement;
	const box = document.createElement("textarea");
	box.value = text;
	box.className = "fixed opacity-0";
	// Inside of an open dialog, which would take the focus back from anything beside it.
	(document.querySelector("[role=dialog]") ?? document.body).append(box);
	box.select();
	try {
		return document.execCommand("copy");
	} catch {
		return false;
	} finally {
		box.remove();
		if (focused instanceof HTMLElement) focused.focus();
	}
}
