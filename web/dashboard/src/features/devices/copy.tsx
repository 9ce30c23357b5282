import { Copy } from "lucide-react";
import { copyText } from "@/lib/copy";
import { useWords } from "@/lib/words";
import { Button, toast } from "@/ui";
import { linkWords } from "./link-words";

/** Puts a text on the clipboard, and says so. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
	const t = useWords(linkWords);
	const copy = async () => {
		if (await copyText(text)) toast(t("copied"), { kind: "good" });
		else toast(t("copyFailed"), { kind: "bad" });
	};
	return (
		<Button onClick={() => void copy()}>
			<Copy aria-hidden />
			{label ?? t("copy")}
		</Button>
	);
}
