/** While it is found out who is there: the frame's places, which index.html has. */
export function Splash() {
	return <div className="splash" />;
}
