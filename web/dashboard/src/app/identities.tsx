import type { Schema } from "@/lib/api/client";
import { phoneNumber } from "@/lib/format";
import { useWords } from "@/lib/words";
import { identitiesWords } from "./identities-words";

type Identity = Schema["ContactIdentityView"];

/** The addresses of a contact, each beside the channel that knows it. */
export function Identities({ list }: { list: Identity[] }) {
	const t = useWords(identitiesWords);
	const channel = (name: string) => (name === "whatsapp" || name === "cloudapi" || name === "webchat" ? t(name) : name);
	return (
		<ul aria-label={t("title")} className="flex flex-col gap-2 text-sm">
			{list.map((one) => (
				<li key={`${one.channel} ${one.kind} ${one.value}`}>
					<span className="block text-soft">
						{channel(one.channel)}
						{(one.kind === "lid" || one.kind === "group") && ` · ${t(one.kind)}`}
					</span>
					<span className="outside tabular-nums">{one.kind === "phone" ? phoneNumber(one.value) : one.value}</span>
				</li>
			))}
		</ul>
	);
}
