import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useCan, useMe } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Avatar, Badge, Button, ErrorState, SkeletonRows } from "@/ui";
import { Invitations } from "./invitations";
import { InviteDialog } from "./invite-dialog";
import { memberKeys } from "./keys";
import { type MemberDeed, MemberDialogs } from "./member-dialogs";
import { MemberMenu } from "./member-menu";
import { membersWords } from "./members-words";
import { Row, Rows, Section } from "./parts";
import { settingsWords } from "./words";

export type Member = Schema["MemberView"];

/** Who works here, and who is invited to. */
export function Members() {
	const t = useWords(membersWords);
	const can = useCan()("members.write");
	const [inviting, setInviting] = useState(false);
	const [chosen, setChosen] = useState<{ member: Member; deed: MemberDeed }>();
	const members = useQuery({ queryKey: memberKeys.list, queryFn: () => ask(api.GET("/members")) });
	const invite = can && (
		<Button kind="main" onClick={() => setInviting(true)}>
			<UserPlus aria-hidden />
			{t("invite")}
		</Button>
	);
	return (
		<>
			<Section title={t("title")} hint={t("hint")} actions={invite}>
				{members.isPending && <SkeletonRows rows={3} />}
				{members.error && <ErrorState error={members.error} onRetry={() => void members.refetch()} />}
				{members.data && (
					<Rows label={t("list")}>
						{members.data.items.map((member) => (
							<MemberRow
								key={member.id}
								member={member}
								onDeed={can ? (deed) => setChosen({ member, deed }) : undefined}
							/>
						))}
					</Rows>
				)}
				{can && members.data?.items.length === 1 && <p className="text-pretty text-soft">{t("alone")}</p>}
			</Section>
			{can && <Invitations />}
			{inviting && <InviteDialog onClose={() => setInviting(false)} />}
			{chosen && <MemberDialogs {...chosen} onClose={() => setChosen(undefined)} />}
		</>
	);
}

function MemberRow({ member, onDeed }: { member: Member; onDeed?: (deed: MemberDeed) => void }) {
	const t = useWords(membersWords);
	const s = useWords(settingsWords);
	const me = useMe();
	return (
		<Row
			icon={<Avatar name={member.name} id={member.id} className="size-10" />}
			title={
				<>
					{member.name}
					{member.id === me.member?.id && <span className="font-normal text-soft">({t("you")})</span>}
					<Badge kind={member.role === "agent" ? "plain" : "accent"}>{s(member.role)}</Badge>
					{member.second_factor && <Badge kind="good">{t("second")}</Badge>}
				</>
			}
			actions={onDeed && <MemberMenu member={member} onDeed={onDeed} />}
		>
			<span className="outside">{member.email}</span>
		</Row>
	);
}
