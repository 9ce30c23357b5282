/** The mark of Ping!: a bubble that says "!". */
export function Mark({ className }: { className?: string }) {
	return (
		<svg viewBox="0 0 64 64" className={className} aria-hidden focusable="false">
			<path
				className="fill-accent"
				d="M32 4C16 4 4 14.7 4 28.5c0 7.700 3.700 14.300 9.700 18.800L12.500 58c-.1 1.300 1.300 2.200 2.400 1.500l11.300-7c1.900.3 3.800.5 5.800.5 16 0 28-10.700 28-24.500S48 4 32 4Z"
			/>
			<path className="fill-on-accent" d="M27.600 14.500h8.800l-1.500 18h-5.800z" />
			<circle className="fill-spice" cx="32" cy="40.500" r="4.600" />
		</svg>
	);
}
