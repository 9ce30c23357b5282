import { Link } from "@tanstack/react-router";
import { ArrowLeft, BatteryFull, Signal, Wifi, X } from "lucide-react";
import { useEffect, useState } from "react";
import { phoneNumber, useFormat } from "@/lib/format";
import { at, onNetwork, type Phone, phonePicture } from "@/lib/phones/network";
import { usePhoneState } from "@/lib/phones/queries";
import { useWords } from "@/lib/words";
import { Avatar, Button, ErrorState, IconButton, SkeletonRows } from "@/ui";
import { ChatScreen } from "./chat-screen";
import { ListScreen } from "./list-screen";
import { chatsOf, firstChat } from "./model";
import { useShops } from "./shops";
import { phonesWords } from "./words";

interface PhoneViewProps {
	phone: Phone;
	phones: Phone[];
	/** It is the only one that is shown. */
	only: boolean;
	onClose: () => void;
}

/** One phone: who has it, and its screen. On a small screen it is the screen. */
export function PhoneView({ phone, phones, only, onClose }: PhoneViewProps) {
	const t = useWords(phonesWords);
	return (
		<section
			aria-label={t("phoneOf", { name: phone.name })}
			className="mx-auto flex h-full min-h-0 w-full flex-col md:mx-0 md:w-90 md:items-stretch"
		>
			<header className="flex items-center gap-2 border-line bg-surface py-1.5 pr-3 pl-1 max-md:border-b md:bg-transparent md:px-1 md:pb-2">
				<Button asChild kind="quiet" size="icon" className="md:hidden">
					<Link to="/phones" aria-label={t("backToPhones")}>
						<ArrowLeft aria-hidden />
					</Link>
				</Button>
				<Avatar name={phone.name} id={phone.number} src={phonePicture(phone)} className="size-9" />
				<div className="min-w-0 flex-1">
					<h2 className="outside truncate text-base leading-tight">{t("phoneOf", { name: phone.name })}</h2>
					<p className="text-soft text-sm tabular-nums leading-tight">{phoneNumber(phone.number)}</p>
				</div>
				{!only && (
					<IconButton label={t("closePhone", { name: phone.name })} onClick={onClose} className="max-md:hidden">
						<X />
					</IconButton>
				)}
			</header>
			<div className="flex min-h-0 flex-1 flex-col overflow-hidden bg-surface md:max-h-180 md:rounded-[2.25rem] md:border-[7px] md:border-line-strong md:shadow-float">
				<Top />
				<Screen phone={phone} phones={phones} />
			</div>
		</section>
	);
}

/** What stands at the top of a phone's screen. */
function Top() {
	const format = useFormat();
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now()), 10_000);
		return () => clearInterval(timer);
	}, []);
	return (
		<div
			aria-hidden
			className="flex h-7 shrink-0 items-center gap-1.5 px-6 pt-1 font-medium text-xs tabular-nums max-md:hidden [&_svg]:size-3.5"
		>
			<span className="flex-1">{format.time(now)}</span>
			<Signal />
			<Wifi />
			<BatteryFull />
		</div>
	);
}

function Screen({ phone, phones }: { phone: Phone; phones: Phone[] }) {
	const state = usePhoneState(phone.number);
	const shops = useShops();
	// undefined is the chat that the phone opens with, an empty one the list.
	const [chosen, setChosen] = useState<string>();
	useOnline(phone.number);
	if (!state.data && state.error) return <ErrorState error={state.error} onRetry={() => void state.refetch()} />;
	if (!state.data || !shops) return <SkeletonRows rows={4} />;
	const chats = chatsOf(state.data.messages);
	const numbers = shops.map((one) => one.number).filter((one) => one !== phone.number);
	const chat = chosen ?? firstChat(phone, chats, numbers) ?? "";
	if (!chat)
		return (
			<ListScreen phone={phone} phones={phones} state={state.data} chats={chats} shops={numbers} onOpen={setChosen} />
		);
	return (
		<ChatScreen key={chat} phone={phone} phones={phones} state={state.data} chat={chat} onBack={() => setChosen("")} />
	);
}

/** Who has a phone on the screen is seen to be online by the others. */
function useOnline(number: string) {
	useEffect(() => {
		const tell = (online: boolean) =>
			void onNetwork("POST", at(number, "/presence"), { online }).catch(() => undefined);
		tell(true);
		return () => tell(false);
	}, [number]);
}
