import { Bold, Code, Italic, Strikethrough } from "lucide-react";
import { useWords } from "@/lib/words";
import { IconButton } from "@/ui";
import { moreWords } from "./more-words";
import type { Style } from "./text-style";

const icons = { bold: Bold, italic: Italic, strike: Strikethrough, mono: Code } as const;

/** The styles that a chosen part of a text can be put in. */
export function StyleBar({ onStyle }: { onStyle: (style: Style) => void }) {
	const t = useWords(moreWords);
	return (
		<div role="toolbar" aria-label={t("format")} className="mb-1 flex gap-1">
			{(Object.keys(icons) as Style[]).map((style) => {
				const Icon = icons[style];
				return (
					<IconButton
						key={style}
						label={t(style)}
						// What is chosen must stay chosen.
						onPointerDown={(e) => e.preventDefault()}
						onClick={() => onStyle(style)}
					>
						<Icon />
					</IconButton>
				);
			})}
		</div>
	);
}
