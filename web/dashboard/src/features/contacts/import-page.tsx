import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { ErrorState, IconButton, PageBody, PageHead, SkeletonRows } from "@/ui";
import { ImportFile } from "./import-file";
import { ImportMap } from "./import-map";
import { ImportRun } from "./import-run";
import { importWords } from "./import-words";
import { contactsKeys } from "./keys";

/** An import from the file to the report. Its id is in the address, so that it is found again. */
export default function ImportPage() {
	const t = useWords(importWords);
	const navigate = useNavigate();
	const { import: id } = useSearch({ strict: false }) as { import?: string };
	const one = useQuery({
		queryKey: contactsKeys.import(id ?? ""),
		queryFn: () => ask(api.GET("/imports/{id}", { params: { path: { id: id ?? "" } } })),
		enabled: Boolean(id),
		// Events tell of it too; this is for when they don't come.
		refetchInterval: (query) => (["queued", "running"].includes(query.state.data?.state ?? "") ? 2_000 : false),
	});
	const show = (next?: string) =>
		void navigate({
			to: "/contacts/$contact",
			params: { contact: "import" },
			search: (next ? { import: next } : {}) as never,
		});
	const job = id ? one.data : undefined;
	return (
		<PageBody>
			<PageHead
				title={t("title")}
				description={job?.filename ? <span className="outside">{job.filename}</span> : t("hint")}
				back={
					<IconButton label={t("back")} onClick={() => void navigate({ to: "/contacts" })}>
						<ArrowLeft />
					</IconButton>
				}
			/>
			{!id && <ImportFile onImport={show} />}
			{id && one.isPending && <SkeletonRows />}
			{id && one.error && !one.data && <ErrorState error={one.error} onRetry={() => void one.refetch()} />}
			{job?.state === "draft" && <ImportMap key={job.id} job={job} onGone={() => show()} />}
			{job && job.state !== "draft" && <ImportRun job={job} onAnother={() => show()} />}
			<Link to="/contacts" className="w-fit text-accent-ink underline underline-offset-4 md:hidden">
				{t("back")}
			</Link>
		</PageBody>
	);
}
