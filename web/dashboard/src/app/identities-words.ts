import { words } from "@/lib/words";

export const identitiesWords = words("identities", {
	id: {
		title: "Alamat",
		whatsapp: "WhatsApp",
		cloudapi: "WhatsApp Cloud API",
		webchat: "Chat di situs",
		lid: "ID tersembunyi",
		group: "ID grup",
	},
	en: {
		title: "Addresses",
		whatsapp: "WhatsApp",
		cloudapi: "WhatsApp Cloud API",
		webchat: "Chat on the web site",
		lid: "Hidden id",
		group: "Group's id",
	},
});
