import { Check, Download, Languages, LogOut, Monitor, Moon, Store, Sun } from "lucide-react";
import { api } from "@/lib/api/client";
import { setTheme, themes, useTheme } from "@/lib/theme";
import { languages, setLanguage, useLanguage, useWords } from "@/lib/words";
import { MenuItem, MenuLabel, MenuLine } from "@/ui/menu";
import { toastFault } from "@/ui/toast";
import { useSignOut } from "./account-menu";
import { useInstall } from "./install";
import { useMe } from "./me";
import { appWords } from "./words";

const themeIcons = { system: Monitor, light: Sun, dark: Moon };

/** Who is signed in, and what is theirs to choose. */
export default function AccountItems() {
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
