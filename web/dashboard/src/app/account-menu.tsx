import { useNavigate } from "@tanstack/react-router";
import { api } from "@/lib/api/client";
import { lazily } from "@/lib/lazily";
import { live } from "@/lib/live";
import { forgetOwn } from "@/lib/own";
import { useWords } from "@/lib/words";
import { Avatar } from "@/ui/avatar";
import { DropdownMenu } from "@/ui/menu";
import { toastFault } from "@/ui/toast";
import { useMe } from "./me";
import { signedOut } from "./queries";
import { appWords } from "./words";

const loadItems = () => import("./account-items");

/** Who is signed in, and what is theirs to choose: of a menu. */
export const AccountItems = lazily(loadItems);

/** Has the code of AccountItems come while a hand or the focus is on its way, as a menu's own does. */
export const nearItems = () => void loadItems().catch(() => undefined);

/** Ends the session, here and on the server. */
export function useSignOut(): () => Promise<void> {
	const navigate = useNavigate();
	const person = useMe().person?.id;
	return async () => {
		try {
			await api.POST("/logout");
		} catch (fault) {
			toastFault(fault);
			return;
		}
		if (person) forgetOwn(person);
		live.stop();
		await navigate({ to: "/login" });
		signedOut();
	};
}

export function AccountMenu() {
	const t = useWords(appWords);
	const me = useMe();
	const name = me.member?.name ?? me.workspace.name;
	return (
		<DropdownMenu
			side="right"
			align="end"
			trigger={
				<button
					type="button"
					aria-label={t("account")}
					onPointerEnter={nearItems}
					onFocus={nearItems}
					className="flex items-center gap-2.5 rounded-md p-1 text-left hover:bg-sunken xl:w-full xl:p-2"
				>
					<Avatar name={name} id={me.member?.id} className="size-9" />
					<span className="min-w-0 flex-1 max-xl:hidden">
						<span className="block truncate font-medium text-sm">{name}</span>
						<span className="block truncate text-soft text-xs">{me.workspace.name}</span>
					</span>
				</button>
			}
		>
			<AccountItems />
		</DropdownMenu>
	);
}
