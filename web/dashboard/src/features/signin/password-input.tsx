import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { useWords } from "@/lib/words";
import { Input } from "@/ui/input";
import { signInWords } from "./words";

/** A password that can be looked at while it is typed. */
export function PasswordInput(props: ComponentProps<typeof Input>) {
	const t = useWords(signInWords);
	const [shown, setShown] = useState(false);
	const Icon = shown ? EyeOff : Eye;
	return (
		<span className="relative block">
			<Input {...props} type={shown ? "text" : "password"} className="pr-11" />
			<button
				type="button"
				aria-label={t(shown ? "hide" : "show")}
				className="absolute inset-y-0 right-0 flex w-11 items-center justify-center rounded-md text-soft hover:text-ink"
				onClick={() => setShown(!shown)}
			>
				<Icon className="size-5" aria-hidden />
			</button>
		</span>
	);
}
