// What an account's devices agree on: archived, pinned, muted, unread, starred, deleted.

import { jidNormalizedUser } from "@whiskeysockets/baileys";

/** Notes what other devices of the account have done. */
export function watchMarks(client) {
  client.marks = [];
  const note = (what, id, value) => {
    client.marks.push({ what, id, value });
    client.emit("kept");
  };
  const { ev } = client.socket;
  ev.on("chats.update", (updates) => {
    for (const { id, archived, pinned, muteEndTime, unreadCount } of updates) {
      if (archived !== undefined) note("archive", id, Boolean(archived));
      if (pinned !== undefined) note("pin", id, Boolean(pinned));
      if (muteEndTime !== undefined) note("mute", id, Boolean(muteEndTime));
      if (unreadCount === -1) note("unread", id, true);
    }
  });
  ev.on("chats.delete", (ids) => ids.forEach((id) => note("delete_chat", id, true)));
  ev.on("messages.update", (updates) => {
    for (const { key, update } of updates) if (update.starred !== undefined) note("star", key.id, Boolean(update.starred));
  });
  ev.on("messages.delete", ({ keys }) => keys?.forEach((key) => note("delete_message", key.id, true)));
}

/** Changes a chat or the message with that id as the account's owner would. */
export async function mark(client, what, to, id) {
  const found = client.received.find((r) => r.message.key.id === id);
  const last = found ? [{ key: found.message.key, messageTimestamp: found.message.messageTimestamp }] : [];
  const changes = {
    archive: { archive: true, lastMessages: last },
    unarchive: { archive: false, lastMessages: last },
    pin: { pin: true },
    mute: { mute: Date.now() + 3600_000 },
    unread: { markRead: false, lastMessages: last },
    star: { star: { messages: [{ id, fromMe: false }], star: true } },
    delete_message: { deleteForMe: { deleteMedia: false, key: found?.message.key, timestamp: Number(found?.message.messageTimestamp) } },
    delete_chat: { delete: true, lastMessages: last },
  };
  if (!Object.hasOwn(changes, what)) throw new Error(`no such change: ${what}`);
  await client.socket.chatModify(changes[what], jidNormalizedUser(to));
  return {};
}

/** Ends once another device has done that to a chat or message. */
export async function waitMark(client, what, value) {
  return client.until(() => client.marks.find((m) => m.what === what && m.value === value));
}
