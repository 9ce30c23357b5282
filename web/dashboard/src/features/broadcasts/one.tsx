import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, SearchX } from "lucide-react";
import { useCan } from "@/app/me";
import { Fault } from "@/lib/api/fault";
import { useWords } from "@/lib/words";
import { Button, Card, EmptyState, ErrorState, IconButton, PageBody, PageHead, SkeletonRows } from "@/ui";
import { Deeds } from "./deeds";
import { Failures } from "./failures";
import { Funnel } from "./funnel";
import { Holds } from "./holds";
import { type Broadcast, toCome } from "./model";
import { useBroadcast } from "./queries";
import { Recipients } from "./recipients";
import { Results } from "./results";
import { Counting, Reasons, Review } from "./review";
import { StateBadge } from "./row";
import { Said } from "./said";
import { Series } from "./series";
import { WarmUps } from "./warm-ups";
import { broadcastsWords } from "./words";

/** One broadcast: how far it is, what holds it, and what became of everybody. */
export default function One({ id }: { id: string }) {
	const t = useWords(broadcastsWords);
	const navigate = useNavigate();
	const one = useBroadcast(id);
	const gone = one.error instanceof Fault && one.error.status === 404;
	return (
		<PageBody>
			<PageHead
				title={one.data?.name ?? t("title")}
				description={one.data && <StateBadge one={one.data} />}
				back={
					<IconButton label={t("back")} onClick={() => void navigate({ to: "/broadcasts" })}>
						<ArrowLeft />
					</IconButton>
				}
				actions={one.data && <Deeds one={one.data} />}
			/>
			{one.isPending && (
				<Card className="p-0">
					<SkeletonRows rows={4} />
				</Card>
			)}
			{gone && (
				<Card>
					<EmptyState
						icon={SearchX}
						title={t("gone")}
						action={
							<Button asChild>
								<Link to="/broadcasts">{t("back")}</Link>
							</Button>
						}
					>
						{t("goneHint")}
					</EmptyState>
				</Card>
			)}
			{one.error && !gone && !one.data && (
				<Card>
					<ErrorState error={one.error} onRetry={() => void one.refetch()} />
				</Card>
			)}
			{one.data && !gone && <Sides one={one.data} />}
		</PageBody>
	);
}

function Sides({ one }: { one: Broadcast }) {
	const may = useCan()("broadcasts.write");
	const before = one.state === "draft" || one.state === "planning" || one.state === "ready" || one.state === "failed";
	return (
		<>
			{before && one.state === "planning" && <Counting looked={one.looked} />}
			{before && one.state !== "planning" && one.state !== "draft" && (
				<Review one={one} readOnly={!may} onStarted={() => undefined} />
			)}
			{toCome(one) && <Holds one={one} />}
			<Series one={one} />
			{!before && !toCome(one) && (
				<>
					<Holds one={one} />
					<WarmUps one={one} />
					<Funnel one={one} />
					<Failures one={one} />
					<Results one={one} />
					{one.left_out > 0 ? (
						<Card>
							<Reasons one={one} linked />
						</Card>
					) : null}
				</>
			)}
			<Said one={one} />
			{one.state !== "draft" && one.state !== "planning" && !toCome(one) && one.total > 0 && <Recipients one={one} />}
		</>
	);
}
