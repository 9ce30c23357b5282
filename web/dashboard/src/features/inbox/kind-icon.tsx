import {
	BarChart3,
	CircleHelp,
	Contact,
	Eye,
	FileText,
	Hourglass,
	Image,
	MapPin,
	Mic,
	Music,
	PhoneIncoming,
	Sticker,
	Users,
	Video,
} from "lucide-react";

const icons: Record<string, typeof Image> = {
	image: Image,
	video: Video,
	audio: Music,
	voice: Mic,
	document: FileText,
	sticker: Sticker,
	location: MapPin,
	contact: Contact,
	poll: BarChart3,
	unreadable: Hourglass,
	view_once: Eye,
	call: PhoneIncoming,
	group: Users,
	unknown: CircleHelp,
};

/** What sort of thing a message is; nothing for texts. */
export function KindIcon({ kind, className }: { kind: string; className?: string }) {
	const Icon = icons[kind];
	return Icon ? <Icon className={className} aria-hidden /> : null;
}
