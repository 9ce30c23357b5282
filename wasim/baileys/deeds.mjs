// Everything else that an account does: the client's own functions are called, and what it was told of is kept.

import { BufferJSON } from "@whiskeysockets/baileys";
import { resolve } from "./kinds.mjs";

const functions = new Set([
  "sendPresenceUpdate", "presenceSubscribe", "profilePictureUrl", "fetchStatus", "updateProfileStatus", "updateProfileName", "onWhatsApp",
  "fetchMessageHistory", "addLabel", "addChatLabel", "removeChatLabel", "updateBlockStatus", "fetchBlocklist", "getBusinessProfile",
  "newsletterCreate", "newsletterMetadata", "newsletterFollow", "newsletterUnfollow", "newsletterFetchMessages", "newsletterReactMessage",
  "chatModify", "rejectCall", "updateProfilePicture", "removeProfilePicture", "sendReceipt",
]);

const events = [
  "presence.update", "messaging-history.set", "labels.edit", "labels.association", "chats.update", "contacts.update", "messages.update", "call",
  "blocklist.update", "newsletter.reaction", "messages.upsert",
];

/** Keeps what the client is told of. */
export function watchDeeds(client) {
  for (const name of events) client.socket.ev.on(name, (data) => client.note({ event: name, data }));
}

/** Calls one of the client's functions. */
export async function callDeed(client, name, args) {
  if (!functions.has(name)) throw new Error(`no function ${name}`);
  const result = (await client.socket[name](...resolve(client, args ?? []))) ?? null;
  return { result: JSON.parse(JSON.stringify(result, BufferJSON.replacer)) };
}

/** The first event of that name whose data has the text in it. */
export async function waitEvent(client, name, text) {
  const found = await client.until(() => client.notices.find((n) => n.event === name && JSON.stringify(n.data).includes(text)));
  return { result: JSON.parse(JSON.stringify(found.data, BufferJSON.replacer)) };
}
