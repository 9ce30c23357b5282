import { Checkbox } from "@/ui";

interface ChooseBoxProps {
	label: string;
	checked: boolean;
	onChange: (on: boolean) => void;
}

/** A box to tick in a row, which a thumb hits. */
export function ChooseBox(props: ChooseBoxProps) {
	return (
		<div className="flex size-11 shrink-0 items-center justify-center">
			<Checkbox
				hideLabel
				className="gap-0 [&_input]:before:absolute [&_input]:before:-inset-3 [&_input]:before:content-['']"
				{...props}
			/>
		</div>
	);
}
