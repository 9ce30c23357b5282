import { Ellipsis, Link2, LogOut, Pencil, ShieldOff, UserMinus } from "lucide-react";
import { useMe } from "@/app/me";
import { useWords } from "@/lib/words";
import { DropdownMenu, IconButton, MenuItem, MenuLine } from "@/ui";
import type { MemberDeed } from "./member-dialogs";
import type { Member } from "./members";
import { membersWords } from "./members-words";
import { settingsWords } from "./words";

/** What can be done to a member. What only owners may is shown to them alone. */
export function MemberMenu({ member, onDeed }: { member: Member; onDeed: (deed: MemberDeed) => void }) {
	const t = useWords(membersWords);
	const s = useWords(settingsWords);
	const me = useMe();
	const owner = me.role === "owner";
	if (member.role === "owner" && !owner) return null;
	return (
		<DropdownMenu
			trigger={
				<IconButton label={s("more", { name: member.name })}>
					<Ellipsis />
				</IconButton>
			}
		>
			<MenuItem icon={<Pencil aria-hidden />} onSelect={() => onDeed("edit")}>
				{s("edit")}
			</MenuItem>
			{owner && member.id !== me.member?.id && (
				<MenuItem icon={<Link2 aria-hidden />} onSelect={() => onDeed("resetLink")}>
					{t("resetLink")}
				</MenuItem>
			)}
			{owner && member.second_factor && member.id !== me.member?.id && (
				<MenuItem icon={<ShieldOff aria-hidden />} onSelect={() => onDeed("resetSecond")}>
					{t("resetSecond")}
				</MenuItem>
			)}
			{member.id !== me.member?.id && (
				<>
					<MenuItem icon={<LogOut aria-hidden />} onSelect={() => onDeed("signOut")}>
						{t("signOut")}
					</MenuItem>
					<MenuLine />
					<MenuItem danger icon={<UserMinus aria-hidden />} onSelect={() => onDeed("remove")}>
						{t("remove")}
					</MenuItem>
				</>
			)}
		</DropdownMenu>
	);
}
