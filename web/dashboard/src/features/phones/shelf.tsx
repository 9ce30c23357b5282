import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { phoneNumber, useFormat } from "@/lib/format";
import { type Phone, phonePicture } from "@/lib/phones/network";
import { useWords } from "@/lib/words";
import { Avatar, Badge } from "@/ui";
import { NoShop } from "./no-shop";
import { phonesWords } from "./words";

interface ShelfProps {
	phones: Phone[];
	action: ReactNode;
}

/** All phones of the network. */
export function Shelf({ phones, action }: ShelfProps) {
	const t = useWords(phonesWords);
	return (
		<div className="flex h-full flex-col border-line bg-surface md:border-r">
			<header className="flex flex-col gap-3 border-line border-b p-4">
				<div>
					<h1 className="text-xl">{t("title")}</h1>
					<p className="mt-0.5 text-pretty text-soft text-sm">{t("hint")}</p>
				</div>
				{action}
				<NoShop />
			</header>
			<nav aria-label={t("phones")} className="min-h-0 flex-1 overflow-y-auto p-2">
				<ul className="flex flex-col gap-0.5">
					{phones.map((phone) => (
						<Row key={phone.number} phone={phone} />
					))}
				</ul>
			</nav>
		</div>
	);
}

function Row({ phone }: { phone: Phone }) {
	const t = useWords(phonesWords);
	const format = useFormat();
	return (
		<li>
			<Link
				to={`/phones/${phone.number}`}
				className="flex min-h-14 items-center gap-3 rounded-md px-2 py-1.5 hover:bg-sunken aria-[current=page]:bg-accent-soft"
			>
				<Avatar name={phone.name} id={phone.number} src={phonePicture(phone)} />
				<span className="min-w-0 flex-1">
					<span className="flex items-baseline gap-2">
						<span className="outside min-w-0 flex-1 truncate font-medium">{phone.name}</span>
						{phone.companions.length > 0 ? (
							<Badge>{t("shop")}</Badge>
						) : (
							phone.newest_ms > 0 && (
								<span className="shrink-0 text-soft text-xs tabular-nums">{format.brief(phone.newest_ms)}</span>
							)
						)}
					</span>
					<span className="flex items-center gap-2">
						<span className="min-w-0 flex-1 truncate text-soft text-sm tabular-nums">{phoneNumber(phone.number)}</span>
						{phone.unread > 0 && phone.companions.length === 0 && (
							<Badge kind="count">
								<span aria-hidden>{phone.unread}</span>
								<span className="sr-only">{t("unread", { count: phone.unread })}</span>
							</Badge>
						)}
					</span>
				</span>
			</Link>
		</li>
	);
}
