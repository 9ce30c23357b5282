import { Check } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { languages, setLanguage, useLanguage, useWords } from "@/lib/words";
import { Mark } from "@/ui/mark";
import { signInWords } from "./words";

/** What stands around the sign-in and the first run. */
export function Door({ title, hint, children }: { title: string; hint: string; children?: ReactNode }) {
	const t = useWords(signInWords);
	useEffect(() => {
		document.title = `${title} · Ping!`;
	}, [title]);
	return (
		<div className="grid min-h-dvh lg:grid-cols-2">
			<main className="flex flex-col px-5 py-6 md:px-10">
				<div className="flex items-center gap-2.5">
					<Mark className="size-9" />
					<span className="flex-1 font-bold text-xl tracking-tight">Ping!</span>
					<LanguageSwitch />
				</div>
				<div className="mx-auto flex w-full max-w-sm flex-1 flex-col justify-center gap-6 py-8">
					<div>
						<h1 className="outside text-2xl">{title}</h1>
						<p className="outside mt-1 text-pretty text-soft">{hint}</p>
					</div>
					{children}
				</div>
			</main>
			<aside className="relative flex flex-col justify-center gap-6 overflow-hidden bg-[#2d3180] px-14 text-white max-lg:hidden">
				<Pattern />
				<p className="relative max-w-md text-balance font-semibold text-3xl tracking-tight">{t("slogan")}</p>
				<ul className="relative flex flex-col gap-3">
					{(["point1", "point2", "point3"] as const).map((point) => (
						<li key={point} className="flex items-start gap-3">
							<Check className="mt-0.5 size-5 shrink-0 text-[#f5b94d]" aria-hidden />
							{t(point)}
						</li>
					))}
				</ul>
			</aside>
		</div>
	);
}

/** Kawung, a batik pattern of four petals. */
function Pattern() {
	return (
		<svg className="absolute inset-0 size-full opacity-12" aria-hidden focusable="false">
			<defs>
				<pattern id="kawung" width="72" height="72" patternUnits="userSpaceOnUse">
					<g fill="none" stroke="#fff" strokeWidth="2">
						<ellipse cx="18" cy="18" rx="9" ry="20" transform="rotate(-45 18 18)" />
						<ellipse cx="54" cy="18" rx="9" ry="20" transform="rotate(45 54 18)" />
						<ellipse cx="18" cy="54" rx="9" ry="20" transform="rotate(45 18 54)" />
						<ellipse cx="54" cy="54" rx="9" ry="20" transform="rotate(-45 54 54)" />
					</g>
				</pattern>
			</defs>
			<rect width="100%" height="100%" fill="url(#kawung)" />
		</svg>
	);
}

function LanguageSwitch() {
	const now = useLanguage();
	return (
		<span className="flex gap-1">
			{languages.map(({ code, name }) => (
				<button
					key={code}
					type="button"
					lang={code}
					aria-label={`${code.toUpperCase()}: ${name}`}
					aria-pressed={code === now}
					onClick={() => setLanguage(code)}
					className="min-h-9 min-w-10 rounded-md text-soft text-sm uppercase hover:bg-sunken aria-pressed:font-semibold aria-pressed:text-ink"
				>
					{code}
				</button>
			))}
		</span>
	);
}
