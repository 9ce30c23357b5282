import { useWords } from "@/lib/words";
import { Dialog } from "@/ui";
import EmojiPicker from "./emoji-picker";
import { useReact } from "./message-actions";
import type { Message } from "./model";
import { threadWords } from "./thread-words";

/** Any emoji as a reaction. */
export default function EmojiDialog({ message, onClose }: { message: Message; onClose: () => void }) {
	const t = useWords(threadWords);
	const react = useReact();
	return (
		<Dialog open onOpenChange={onClose} title={t("otherReaction")}>
			<EmojiPicker
				onPick={(emoji) => {
					void react(message, emoji);
					onClose();
				}}
			/>
		</Dialog>
	);
}
