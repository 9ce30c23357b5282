// Every kind of message: what Baileys can send, and everything that it was shown.

import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  BufferJSON, decryptPollVote, downloadMediaMessage, getContentType, jidNormalizedUser, normalizeMessageContent,
} from "@whiskeysockets/baileys";

/** Keeps all messages of the socket, those of the account itself included, because they may be referred to. */
export function watchKinds(client) {
  client.shown ??= new Map();
  client.socket.ev.on("messages.upsert", ({ messages }) => {
    for (const message of messages) if (message.message) client.shown.set(message.key.id, message);
    client.emit("kept");
  });
}

/** Sends a content of Baileys'. {"$bytes": base64} is a file, {"$message": id} and {"$key": id} a message that was shown. */
export async function sendContent(client, to, content, options) {
  const jid = to.includes("@") ? jidNormalizedUser(to) : `${to.replace(/\D/g, "")}@s.whatsapp.net`;
  const sent = await client.socket.sendMessage(jid, resolve(client, content), resolve(client, options ?? {}));
  client.shown.set(sent.key.id, sent);
  return { id: sent.key.id };
}

/** Puts files and messages where a value refers to them. */
export function resolve(client, value) {
  if (Array.isArray(value)) return value.map((v) => resolve(client, v));
  if (value === null || typeof value !== "object") return value;
  if (value.$bytes !== undefined) return Buffer.from(value.$bytes, "base64");
  const id = value.$message ?? value.$key;
  if (id === undefined) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(client, v)]));
  const found = client.shown.get(id);
  if (!found) throw new Error(`no message ${id} was shown`);
  return value.$key ? found.key : found;
}

/** Waits for a message by its id and tells what it is; its file is downloaded and decrypted. */
export async function waitID(client, id) {
  const found = await await_(client, id);
  const content = normalizeMessageContent(found.message);
  const kind = getContentType(content);
  const wrapped = Object.keys(found.message).some((name) => name.startsWith("viewOnceMessage"));
  const answer = { kind, view_once: wrapped, message: JSON.parse(JSON.stringify(content[kind], BufferJSON.replacer)) };
  if (!content[kind]?.mediaKey) return answer;
  const data = await downloadMediaMessage(found, "buffer", {});
  return { ...answer, bytes: data.length, sha256: createHash("sha256").update(data).digest("hex") };
}

/** Decrypts what somebody chose in a poll, as Baileys itself would, in whichever form the addresses are. */
export async function votes(client, id, poll) {
  const vote = await await_(client, id);
  const asked = await await_(client, poll);
  const creation = normalizeMessageContent(asked.message);
  const options = Object.entries(creation).find(([name]) => name.startsWith("pollCreationMessage"))[1].options;
  const secret = creation.messageContextInfo?.messageSecret ?? asked.message.messageContextInfo?.messageSecret;
  const { me } = client.auth.creds;
  const own = [me.id, me.lid].filter(Boolean).map(jidNormalizedUser);
  const theirs = [vote.key.remoteJid, vote.key.remoteJidAlt].filter(Boolean).map(jidNormalizedUser);
  for (const pollCreatorJid of asked.key.fromMe ? own : theirs) {
    for (const voterJid of vote.key.fromMe ? own : theirs) {
      try {
        const read = decryptPollVote(vote.message.pollUpdateMessage.vote, { pollCreatorJid, pollMsgId: poll, pollEncKey: secret, voterJid });
        const chosen = read.selectedOptions.map((o) => Buffer.from(o).toString("hex"));
        return { votes: options.map((o) => o.optionName).filter((o) => chosen.includes(createHash("sha256").update(o).digest("hex"))) };
      } catch {
        // Another form of the addresses was meant.
      }
    }
  }
  throw new Error(`vote ${id} can't be read`);
}

async function await_(client, id) {
  while (!client.shown.has(id)) await once(client, "kept");
  return client.shown.get(id);
}
