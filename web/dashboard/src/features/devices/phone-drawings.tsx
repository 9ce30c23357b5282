import type { ReactNode } from "react";

/*
 * Where to tap on the phone: three small drawings. They show places, not WhatsApp's own pictures, and say nothing that the
 * words beside them don't say too.
 */

function Phone({ children }: { children: ReactNode }) {
	return (
		<svg viewBox="0 0 64 96" className="h-24 w-16 shrink-0" aria-hidden focusable="false">
			<rect x="2" y="1" width="60" height="94" rx="9" className="fill-raised stroke-line-strong" strokeWidth="2" />
			<rect x="26" y="5" width="12" height="2.5" rx="1.25" className="fill-line-strong" />
			{children}
		</svg>
	);
}

/** A line of text, as far as one sees it from afar. */
function Line({ x, y, width }: { x: number; y: number; width: number }) {
	return <rect x={x} y={y} width={width} height="3.5" rx="1.75" className="fill-line" />;
}

/** Here. */
function Tap({ x, y }: { x: number; y: number }) {
	return (
		<>
			<circle cx={x} cy={y} r="9" className="fill-spice opacity-40" />
			<circle cx={x} cy={y} r="5" className="fill-none stroke-spice" strokeWidth="2" />
		</>
	);
}

/** The chats, with the three dots at the top. */
export function MenuDrawing() {
	return (
		<Phone>
			<Line x={9} y={15} width={22} />
			<Tap x={52} y={17} />
			{[13, 17, 21].map((y) => (
				<circle key={y} cx="52" cy={y} r="1.4" className="fill-ink" />
			))}
			{[32, 47, 62, 77].map((y) => (
				<g key={y}>
					<circle cx="14" cy={y + 3} r="5" className="fill-sunken" />
					<Line x={23} y={y - 1} width={24} />
					<Line x={23} y={y + 5} width={32} />
				</g>
			))}
		</Phone>
	);
}

/** The menu, with one line of it. */
export function DevicesDrawing() {
	return (
		<Phone>
			<Line x={9} y={15} width={22} />
			<rect x="16" y="22" width="42" height="58" rx="4" className="fill-sunken" />
			{[29, 40, 62, 72].map((y) => (
				<Line key={y} x={22} y={y} width={y === 40 ? 20 : 26} />
			))}
			<rect x="18" y="47" width="38" height="11" rx="3" className="fill-accent-soft" />
			<rect x="22" y="50.5" width="28" height="4" rx="2" className="fill-accent" />
			<Tap x={46} y={53} />
		</Phone>
	);
}

/** The camera, with a code in its frame. */
export function CameraDrawing() {
	return (
		<Phone>
			<rect x="7" y="13" width="50" height="70" rx="5" className="fill-sunken" />
			<path d="M15 30v-7h7M42 23h7v7M49 62v7h-7M22 69h-7v-7" className="fill-none stroke-accent" strokeWidth="2.5" />
			<path
				d="M22 33h8v8h-8zM34 33h8v8h-8zM22 51h8v8h-8zM34 45h4v4h-4zM40 51h4v4h-4zM34 55h4v4h-4zM24 44h4v3h-4z"
				className="fill-ink"
			/>
		</Phone>
	);
}

/** The foot of the camera's screen, where the way with a number is. */
export function NumberDrawing() {
	return (
		<Phone>
			<rect x="7" y="13" width="50" height="46" rx="5" className="fill-sunken" />
			<path d="M19 27v-5h5M40 22h5v5M45 45v5h-5M24 50h-5v-5" className="fill-none stroke-line-strong" strokeWidth="2" />
			<rect x="9" y="68" width="46" height="13" rx="6.5" className="fill-accent-soft" />
			<rect x="15" y="72.5" width="34" height="4" rx="2" className="fill-accent" />
			<Tap x={46} y={75} />
		</Phone>
	);
}
