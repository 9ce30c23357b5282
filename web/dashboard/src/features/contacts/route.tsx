import { useNavigate, useParams } from "@tanstack/react-router";
import { Upload, UserPlus } from "lucide-react";
import { Suspense, useState } from "react";
import { useCan } from "@/app/me";
import { useFormat } from "@/lib/format";
import { lazily } from "@/lib/lazily";
import { useShortcut } from "@/lib/shortcuts";
import { useStore } from "@/lib/store";
import { useWords } from "@/lib/words";
import { Button, SkeletonRows } from "@/ui";
import { FilterBar } from "./filter-bar";
import { List } from "./list";
import { clean, filterStore } from "./model";
import { type Opened, PageMenu } from "./page-menu";
import { useContactCount } from "./queries";
import { contactsWords } from "./words";

const ContactSheet = lazily(() => import("./contact-sheet"));
const ImportPage = lazily(() => import("./import-page"));
const NewDialog = lazily(() => import("./new-dialog"));
const TagsDialog = lazily(() => import("./tags-dialog"));
const FieldsDialog = lazily(() => import("./fields-dialog"));
const DuplicatesDialog = lazily(() => import("./duplicates-dialog"));
const SegmentsDialog = lazily(() => import("./segments-dialog"));

/** Below the page's address is a contact, or "import" for the import. */
export function Page() {
	const { contact } = useParams({ strict: false }) as { contact?: string };
	if (contact === "import")
		return (
			<Suspense fallback={<SkeletonRows />}>
				<ImportPage />
			</Suspense>
		);
	return <Contacts open={contact} />;
}

function Contacts({ open }: { open?: string }) {
	const t = useWords(contactsWords);
	const format = useFormat();
	const can = useCan();
	const navigate = useNavigate();
	const [opened, setOpened] = useState<Opened>();
	const { data: count } = useContactCount(clean(useStore(filterStore)));
	useShortcut("/", t("search"), t("title"), () => document.getElementById("contacts-search")?.focus());
	const close = () => setOpened(undefined);
	const importButton = can("contacts.manage") && (
		<Button onClick={() => void navigate({ to: "/contacts/$contact", params: { contact: "import" } })}>
			<Upload />
			{t("import")}
		</Button>
	);
	return (
		<div className="flex h-full min-h-0 flex-col">
			<div className="flex shrink-0 flex-col gap-3 px-4 pt-4 pb-3 md:px-6 md:pt-6">
				<header className="flex items-center gap-2">
					<div className="min-w-0 flex-1">
						<h1 className="text-2xl">{t("title")}</h1>
						<p className="text-soft tabular-nums">
							{count
								? t(count.more ? "over" : count.count === 1 ? "one" : "many", { n: format.number(count.count) })
								: "\u00a0"}
						</p>
					</div>
					<PageMenu onOpen={setOpened} />
					<span className="max-md:hidden">{importButton}</span>
					{can("contacts.write") && (
						<Button kind="main" onClick={() => setOpened("new")} aria-label={t("add")}>
							<UserPlus />
							<span className="max-md:hidden">{t("add")}</span>
						</Button>
					)}
				</header>
				<FilterBar />
			</div>
			<section aria-label={t("list")} className="flex min-h-0 flex-1 flex-col border-line border-t bg-surface">
				<List open={open} empty={importButton} />
			</section>
			<Suspense>
				{open && <ContactSheet key={open} id={open} onClose={() => void navigate({ to: "/contacts" })} />}
				{opened === "new" && <NewDialog onClose={close} />}
				{opened === "duplicates" && <DuplicatesDialog onClose={close} />}
				{opened === "tags" && <TagsDialog onClose={close} />}
				{opened === "fields" && <FieldsDialog onClose={close} />}
				{opened === "segments" && <SegmentsDialog onClose={close} />}
				{opened === "segment" && <SegmentsDialog fromFilter onClose={close} />}
			</Suspense>
		</div>
	);
}
