import { Link } from "@tanstack/react-router";
import { ChevronRight, Paperclip } from "lucide-react";
import { useWords } from "@/lib/words";
import { Badge } from "@/ui";
import type { Template } from "./model";
import { templatesWords } from "./words";

export function TemplateRow({ template }: { template: Template }) {
	const t = useWords(templatesWords);
	return (
		<li className="border-line not-last:border-b">
			<Link
				to="/templates/$template"
				params={{ template: template.id }}
				className="flex items-center gap-3 px-4 py-3 hover:bg-sunken"
			>
				<span className="min-w-0 flex-1">
					<span className="flex flex-wrap items-center gap-x-2 gap-y-1">
						<span className="outside font-medium">{template.name}</span>
						{template.shortcut && <Badge kind="accent">/{template.shortcut}</Badge>}
						{template.category && (
							<Badge className="min-w-0 max-w-48">
								<span className="outside min-w-0 truncate">{template.category}</span>
							</Badge>
						)}
						{template.file_id && (
							<Badge>
								<Paperclip className="size-3" aria-hidden />
								{t("fileOnly")}
							</Badge>
						)}
					</span>
					{template.body && <span className="outside mt-0.5 line-clamp-2 text-soft text-sm">{template.body}</span>}
				</span>
				<ChevronRight className="size-5 shrink-0 text-soft" aria-hidden />
			</Link>
		</li>
	);
}
