import type { ReactNode } from "react";
import { useWords } from "@/lib/words";
import { linkWords } from "./link-words";
import { CameraDrawing, DevicesDrawing, MenuDrawing, NumberDrawing } from "./phone-drawings";

/** Where to tap on the phone. */
export function LinkSteps({ way }: { way: "qr" | "code" }) {
	const t = useWords(linkWords);
	return (
		<ol className="flex flex-col gap-4">
			<One number={1} drawing={<MenuDrawing />} title={t("step1")} hint={t("step1Hint")} />
			<One number={2} drawing={<DevicesDrawing />} title={t("step2")} hint={t("step2Hint")} />
			{way === "qr" ? (
				<One number={3} drawing={<CameraDrawing />} title={t("step3")} hint={t("step3Hint")} />
			) : (
				<One number={3} drawing={<NumberDrawing />} title={t("step3Code")} hint={t("step3CodeHint")} />
			)}
		</ol>
	);
}

interface OneProps {
	number: number;
	drawing: ReactNode;
	title: string;
	hint: string;
}

function One({ number, drawing, title, hint }: OneProps) {
	return (
		<li className="flex items-center gap-4">
			{drawing}
			<div className="min-w-0">
				<p className="flex items-start gap-2 font-medium">
					<span className="inline-flex size-6 shrink-0 items-center justify-center rounded-full bg-accent-soft text-accent-ink text-sm">
						{number}
					</span>
					{title}
				</p>
				<p className="mt-0.5 pl-8 text-pretty text-soft">{hint}</p>
			</div>
		</li>
	);
}
