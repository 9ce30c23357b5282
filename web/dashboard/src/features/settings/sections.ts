import {
	Bell,
	CircleUser,
	Database,
	KeyRound,
	type LucideIcon,
	ScrollText,
	ShieldCheck,
	Store,
	Tags,
	Users,
	UsersRound,
	Webhook,
} from "lucide-react";
import type { ComponentType } from "react";
import { lazily } from "@/lib/lazily";
import type { settingsWords } from "./words";

type Key = NonNullable<(typeof settingsWords)["key"]>;

/** A section of the settings; its address is /settings/<name>. */
export interface Section {
	name: Key;
	icon: LucideIcon;
	/** An operation's x-need, without which it is not shown. */
	need?: string;
	View: ComponentType;
}

/** The sections, in order. The first that one may see opens by itself. */
export const sections: Section[] = [
	{ name: "account", icon: CircleUser, View: lazily(() => import("./account").then((m) => ({ default: m.Account }))) },
	{
		name: "notifications",
		icon: Bell,
		View: lazily(() => import("./notifications").then((m) => ({ default: m.Notifications }))),
	},
	{
		name: "security",
		icon: ShieldCheck,
		View: lazily(() => import("./security").then((m) => ({ default: m.Security }))),
	},
	{
		name: "workspace",
		icon: Store,
		need: "workspace.write",
		View: lazily(() => import("./workspace").then((m) => ({ default: m.Workspace }))),
	},
	{
		name: "members",
		icon: Users,
		need: "members.read",
		View: lazily(() => import("./members").then((m) => ({ default: m.Members }))),
	},
	{
		name: "teams",
		icon: UsersRound,
		need: "members.read",
		View: lazily(() => import("./teams").then((m) => ({ default: m.Teams }))),
	},
	{
		name: "labels",
		icon: Tags,
		need: "chats.read",
		View: lazily(() => import("./labels").then((m) => ({ default: m.Labels }))),
	},
	{
		name: "keys",
		icon: KeyRound,
		need: "keys.read",
		View: lazily(() => import("./api-keys").then((m) => ({ default: m.APIKeys }))),
	},
	{
		name: "webhooks",
		icon: Webhook,
		need: "webhooks.read",
		View: lazily(() => import("./webhooks").then((m) => ({ default: m.Webhooks }))),
	},
	{
		name: "audit",
		icon: ScrollText,
		need: "audit.read",
		View: lazily(() => import("./audit").then((m) => ({ default: m.Audit }))),
	},
	{
		name: "data",
		icon: Database,
		need: "workspace.own",
		View: lazily(() => import("./data").then((m) => ({ default: m.Data }))),
	},
];
