import { useNavigate, useParams } from "@tanstack/react-router";
import { TabletSmartphone, UserPlus } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { Fault } from "@/lib/api/fault";
import { useFollowNetwork } from "@/lib/phones/follow";
import type { Phone } from "@/lib/phones/network";
import { useAddPhone, usePhones } from "@/lib/phones/queries";
import { useWords } from "@/lib/words";
import { Button, cn, EmptyState, ErrorState, SkeletonRows, toastFault } from "@/ui";
import { newName } from "./model";
import { putAway, takePhone, useUsedPhones } from "./open-phones";
import { PhoneView } from "./phone";
import { Shelf } from "./shelf";
import { phonesWords } from "./words";

/** A phone's width on a desk with the room beside it, in pixels. */
const perPhone = 384;

/** The simulated customers' phones: a shelf of all, and those in use beside each other. */
export function Page() {
	const t = useWords(phonesWords);
	const navigate = useNavigate();
	const { phone: chosen } = useParams({ strict: false }) as { phone?: string };
	const phones = usePhones();
	const add = useAddPhone();
	useFollowNetwork();
	useEffect(() => {
		if (chosen) takePhone(chosen);
	}, [chosen]);
	const go = (number: string | undefined) =>
		void navigate({ to: number ? `/phones/${number}` : "/phones", replace: Boolean(chosen) });
	const make = () =>
		add.mutate(newName(phones.data?.map((one) => one.name) ?? []), {
			onSuccess: (made) => go(made.number),
			onError: toastFault,
		});
	if (phones.isPending) return <SkeletonRows />;
	if (phones.error && !phones.data)
		return (
			<ErrorState error={phones.error} onRetry={() => void phones.refetch()} className="min-h-full justify-center" />
		);
	const addButton = (
		<Button kind="main" busy={add.isPending} onClick={make}>
			<UserPlus aria-hidden />
			{t("add")}
		</Button>
	);
	if (phones.data?.length === 0)
		return (
			<EmptyState page icon={TabletSmartphone} title={t("empty")} action={addButton} className="pt-24">
				{t("emptyHint")}
			</EmptyState>
		);
	return (
		<div className="flex h-full min-h-0">
			<div className={cn("h-full min-w-0 max-md:w-full md:w-72 md:shrink-0", chosen && "max-md:hidden")}>
				<Shelf phones={phones.data ?? []} action={addButton} />
			</div>
			<Desk
				phones={phones.data ?? []}
				chosen={chosen}
				stale={phones.error instanceof Fault}
				onClose={(number, next) => {
					putAway(number);
					go(next);
				}}
			/>
		</div>
	);
}

interface DeskProps {
	phones: Phone[];
	chosen?: string;
	/** The list could not be read again. */
	stale: boolean;
	onClose: (number: string, next?: string) => void;
}

/** The phones in use, as many as there is room for; on a small screen the chosen one. */
function Desk({ phones, chosen, stale, onClose }: DeskProps) {
	const t = useWords(phonesWords);
	const used = useUsedPhones();
	const box = useRef<HTMLDivElement>(null);
	const [room, setRoom] = useState(1);
	useLayoutEffect(() => {
		const it = box.current;
		if (!it) return;
		const measure = () => setRoom(Math.max(1, Math.floor(it.clientWidth / perPhone)));
		measure();
		const watch = new ResizeObserver(measure);
		watch.observe(it);
		return () => watch.disconnect();
	}, []);
	const here = (number: string | undefined) => phones.find((one) => one.number === number);
	const wanted = [...new Set([chosen, ...used])].filter((number) => number && here(number)).slice(0, room);
	// As long as nobody has chosen, a customer's phone is there.
	if (wanted.length === 0 && !chosen) wanted.push((phones.find((one) => !one.companions.length) ?? phones[0])?.number);
	const shown = phones.filter((one) => wanted.includes(one.number));
	return (
		<div
			ref={box}
			className={cn(
				"flex h-full min-w-0 flex-1 justify-center gap-6 overflow-hidden bg-ground md:p-6",
				!chosen && "max-md:hidden",
			)}
		>
			{/* On a small screen the shelf, which has the page's name, is away. */}
			<h1 className="sr-only md:hidden">{t("title")}</h1>
			{chosen && !here(chosen) && !stale ? (
				<EmptyState
					icon={TabletSmartphone}
					title={t("gone")}
					action={<Button onClick={() => onClose(chosen)}>{t("backToPhones")}</Button>}
				>
					{t("goneHint")}
				</EmptyState>
			) : (
				shown.map((phone) => (
					<PhoneView
						key={phone.number}
						phone={phone}
						phones={phones}
						only={shown.length === 1}
						onClose={() =>
							onClose(
								phone.number,
								wanted.find((one) => one !== phone.number),
							)
						}
					/>
				))
			)}
		</div>
	);
}
