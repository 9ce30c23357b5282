import { useMemo } from "react";
import { pathOf, qrCode } from "@/lib/qr";

/** The light margin that a camera needs, in dots. */
const margin = 4;

/** A text as a QR code: black on white also at night, as cameras expect it. */
export function QRPicture({ text, label }: { text: string; label: string }) {
	const dots = useMemo(() => qrCode(text), [text]);
	if (!dots) return null;
	const side = dots.length + 2 * margin;
	return (
		<svg
			role="img"
			aria-label={label}
			viewBox={`0 0 ${side} ${side}`}
			shapeRendering="crispEdges"
			className="block aspect-square w-full rounded-lg bg-white"
		>
			<path d={pathOf(dots, margin)} className="fill-black" />
		</svg>
	);
}
