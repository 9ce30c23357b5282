import type { QueryClient } from "@tanstack/react-query";
import {
	BookText,
	Contact,
	House,
	type LucideIcon,
	Megaphone,
	MessagesSquare,
	Settings,
	Smartphone,
	TabletSmartphone,
	Zap,
} from "lucide-react";
import type { ComponentType } from "react";

/** Reads what a page shows first, so that it is drawn once, with it. */
type Ahead = (client: QueryClient) => Promise<unknown>;

/** A page of the dashboard. Its folder is features/<name>; its route.tsx exports Page. */
export interface Page {
	/** Its name in words.ts of the app, and its folder. */
	name: "home" | "inbox" | "contacts" | "broadcasts" | "devices" | "rules" | "templates" | "settings" | "phones";
	path: string;
	/** Addresses below path that the page shows itself; it reads their parameters with useParams({ strict: false }). */
	below?: string[];
	icon: LucideIcon;
	load: () => Promise<{ Page: ComponentType; ahead?: Ahead }>;
	/** What somebody must be allowed to do to see it: an operation's x-need. */
	need?: string;
	/** It is there only where messages go to a simulated network. */
	simulated?: boolean;
	/** On a phone, whether it is in the bar at the bottom or behind "more". */
	bar?: boolean;
	/** Keys that lead there. */
	keys: string;
}

/** All pages, in the order of the rail. */
export const pages: Page[] = [
	{ name: "home", path: "/", icon: House, load: () => import("@/features/home/route"), bar: true, keys: "g h" },
	{
		name: "inbox",
		path: "/inbox",
		below: ["$chat"],
		icon: MessagesSquare,
		load: () => import("@/features/inbox/route"),
		need: "chats.read",
		bar: true,
		keys: "g i",
	},
	{
		name: "contacts",
		path: "/contacts",
		below: ["$contact"],
		icon: Contact,
		load: () => import("@/features/contacts/route"),
		need: "contacts.read",
		bar: true,
		keys: "g c",
	},
	{
		name: "broadcasts",
		path: "/broadcasts",
		below: ["$broadcast"],
		icon: Megaphone,
		load: () => import("@/features/broadcasts/route"),
		need: "broadcasts.read",
		keys: "g b",
	},
	{
		name: "devices",
		path: "/devices",
		below: ["$device"],
		icon: Smartphone,
		load: () => import("@/features/devices/route"),
		need: "devices.read",
		bar: true,
		keys: "g d",
	},
	{
		name: "rules",
		path: "/rules",
		below: ["$rule"],
		icon: Zap,
		load: () => import("@/features/rules/route"),
		need: "rules.read",
		keys: "g r",
	},
	{
		name: "templates",
		path: "/templates",
		below: ["$template"],
		icon: BookText,
		load: () => import("@/features/templates/route"),
		need: "templates.read",
		keys: "g t",
	},
	{
		name: "phones",
		path: "/phones",
		below: ["$phone"],
		icon: TabletSmartphone,
		load: () => import("@/features/phones/route"),
		need: "chats.read",
		simulated: true,
		keys: "g p",
	},
	{
		name: "settings",
		path: "/settings",
		below: ["$"],
		icon: Settings,
		load: () => import("@/features/settings/route"),
		keys: "g s",
	},
];
