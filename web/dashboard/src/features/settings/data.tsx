import { Closing } from "./closing";
import { Takeouts } from "./takeouts";

/** Taking everything out, and deleting it all. For owners. */
export function Data() {
	return (
		<>
			<Takeouts />
			<Closing />
		</>
	);
}
