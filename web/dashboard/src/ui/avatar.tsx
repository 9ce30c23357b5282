import { useState } from "react";
import { cn } from "./cn";

/** Grounds for initials; text on them is dark in both schemes. */
const grounds = ["bg-[#f3c6a8]", "bg-[#c9cdf7]", "bg-[#bfe3cf]", "bg-[#f6dc9a]", "bg-[#e9c3df]", "bg-[#b9dff0]"];

/** The first letters of the first two words of a name. */
export function initials(name: string): string {
	const letters = name
		.trim()
		.split(/\s+/)
		.map((word) => [...word].find((c) => /[\p{L}\p{N}]/u.test(c)) ?? "")
		.filter(Boolean);
	return letters.slice(0, 2).join("").toUpperCase() || "?";
}

function hash(text: string): number {
	let h = 7;
	for (const c of text) h = (h * 31 + (c.codePointAt(0) ?? 0)) % 9973;
	return h;
}

interface AvatarProps {
	name: string;
	/** What keeps its colour when the name changes; the name itself where there is none. */
	id?: string;
	src?: string;
	className?: string;
}

/** Somebody's picture, or their initials on a colour that stays theirs. The name stands beside it, so it has none itself. */
export function Avatar({ name, id, src, className }: AvatarProps) {
	const [broken, setBroken] = useState<string>();
	return (
		<span
			aria-hidden
			className={cn(
				"base:size-10 base:text-sm inline-flex shrink-0 select-none items-center justify-center overflow-hidden rounded-full font-semibold text-[#1d1b2e]",
				grounds[hash(id ?? name) % grounds.length],
				className,
			)}
		>
			{src && src !== broken ? (
				<img src={src} alt="" className="size-full object-cover" onError={() => setBroken(src)} />
			) : (
				initials(name)
			)}
		</span>
	);
}
