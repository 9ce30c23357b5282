import { useNavigate } from "@tanstack/react-router";
import { Check, Download, Languages, LogOut, Monitor, Moon, Store, Sun } from "lucide-react";
import { api } from "@/lib/api/client";
import { live } from "@/lib/live";
import { setTheme, themes, useTheme } from "@/lib/theme";
import { languages, setLanguage, useLanguage, useWords } from "@/lib/words";
import { Avatar } from "@/ui/avatar";
import { DropdownMenu, MenuItem, MenuLabel, MenuLine } from "@/ui/menu";
import { toastFault } from "@/ui/toast";
import { useInstall } from "./install";
import { useMe } from "./me";
import { signedOut } from "./queries";
import { appWords } from "./words";

const themeIcons = { system: Monitor, light: Sun, dark: Moon };

/** Ends the session, here and on the server. */
export function useSignOut(): () => Promise<void> {
	const navigate = useNavigate();
	return async () => {
		try {
			await api.POST("/logout");
		} catch (fault) {
			toastFault(fault);
			return;
		}
		live.stop();
		await navigate({ to: "/login" });
		signedOut();
	};
}

/** Who is signed in, and what is theirs to choose. */
export function AccountItems() {
	const t = useWords(appWords);
	const me = useMe();
	const theme = useTheme();
	const language = useLanguage();
	const signOut = useSignOut();
	const install = useInstall();
	return (
		<>
			<div className="px-2.5 pt-1.5 pb-1">
				<p className="outside max-w-56 font-medium">{me.member?.name}</p>
				<p className="outside max-w-56 text-soft text-sm">
					{me.workspace.name} · {t(me.role)}
				</p>
			</div>
			{me.workspaces.length > 1 && <Workspaces />}
			<MenuLine />
			<MenuLabel>{t("theme")}</MenuLabel>
			{themes.map((one) => {
				const Icon = themeIcons[one];
				return (
					<MenuItem key={one} icon={<Icon aria-hidden />} onSelect={() => setTheme(one)}>
						<Chosen text={t(one)} chosen={one === theme} />
					</MenuItem>
				);
			})}
			<MenuLabel>{t("language")}</MenuLabel>
			{languages.map(({ code, name }) => (
				<MenuItem key={code} icon={<Languages aria-hidden />} onSelect={() => setLanguage(code)}>
					<Chosen text={name} chosen={code === language} />
				</MenuItem>
			))}
			<MenuLine />
			{install && (
				<MenuItem icon={<Download aria-hidden />} onSelect={install}>
					{t("install")}
				</MenuItem>
			)}
			<MenuItem icon={<LogOut aria-hidden />} onSelect={() => void signOut()}>
				{t("signOut")}
			</MenuItem>
		</>
	);
}

/** The workspaces of somebody who works in several. */
function Workspaces() {
	const t = useWords(appWords);
	const me = useMe();
	const go = async (id: string) => {
		try {
			await api.POST("/me/workspace", { body: { workspace_id: id } });
		} catch (fault) {
			toastFault(fault);
			return;
		}
		// Nothing of the other workspace may stay: not what was read, not the live connection.
		location.assign("/");
	};
	return (
		<>
			<MenuLine />
			<MenuLabel>{t("workspaces")}</MenuLabel>
			{me.workspaces.map(({ workspace_id: id, name }) => (
				<MenuItem key={id} icon={<Store aria-hidden />} onSelect={() => id !== me.workspace.id && void go(id)}>
					<Chosen text={name} chosen={id === me.workspace.id} />
				</MenuItem>
			))}
		</>
	);
}

function Chosen({ text, chosen }: { text: string; chosen: boolean }) {
	return (
		<span className="flex items-center gap-2">
			<span className="outside flex-1">{text}</span>
			{chosen && <Check className="text-accent" aria-hidden />}
			{chosen && <span className="sr-only">✓</span>}
		</span>
	);
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
