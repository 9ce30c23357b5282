// A Baileys account on the simulated network: linked as a companion of a phone of its own.

import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import makeWASocket, {
  DisconnectReason, downloadMediaMessage, initAuthCreds, jidNormalizedUser,
} from "@whiskeysockets/baileys";
import pino from "pino";
import { watchDeeds } from "./deeds.mjs";
import { watchGroups } from "./groups.mjs";
import { watchKinds } from "./kinds.mjs";
import { watchMarks } from "./marks.mjs";
import { assertLoopback, pointAt } from "./redirect.mjs";

/** Keeps keys and sessions for the life of the process; the harness never starts twice on the same account. */
function memoryAuth() {
  const kept = new Map();
  return {
    creds: initAuthCreds(),
    keys: {
      get: async (type, ids) => Object.fromEntries(ids.filter((id) => kept.has(`${type}/${id}`)).map((id) => [id, kept.get(`${type}/${id}`)])),
      set: async (changes) => {
        for (const [type, entries] of Object.entries(changes)) {
          for (const [id, value] of Object.entries(entries ?? {})) {
            if (value) kept.set(`${type}/${id}`, value);
            else kept.delete(`${type}/${id}`);
          }
        }
      },
    },
  };
}

/** The control interface of the network, reached before fetch is redirected. */
function controlAt(base) {
  assertLoopback(base);
  const direct = globalThis.fetch;
  return async (method, path, body) => {
    const answer = await direct(base + path, { method, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
}

export class Client extends EventEmitter {
  /** Makes the client's phone on the network behind the control URL. */
  static async create(controlURL, name) {
    const control = controlAt(controlURL);
    const client = new Client();
    client.control = control;
    client.phone = await control("POST", "/v1/phones", { name });
    client.options = pointAt(await control("GET", "/v1/network"));
    client.auth = memoryAuth();
    client.received = [];
    client.notices = [];
    return client;
  }

  /**
   * Links by QR or by code; ends once the account is logged in and has its history and settings. What is done on the
   * phone before that is part of its first look at them, of which Baileys tells nobody.
   */
  async link(method) {
    this.method = method;
    const ready = Promise.all([once(this, "open"), once(this, "synced")]);
    this.connect();
    await ready;
    return { number: this.phone.number, device: this.auth.creds.me.id, lid: this.auth.creds.me.lid };
  }

  connect() {
    const log = pino({ level: process.env.BAILEYS_LOG ?? "fatal" }, pino.destination(2));
    this.socket = makeWASocket({ ...this.options, auth: this.auth, logger: log, markOnlineOnConnect: true });
    this.socket.ev.on("creds.update", (update) => {
      Object.assign(this.auth.creds, update);
      if (update.accountSyncCounter) this.emit("synced");
    });
    this.socket.ev.on("connection.update", (update) => this.connectionChanged(update).catch((error) => this.emit("error", error)));
    this.socket.ev.on("messages.upsert", ({ messages, type }) => messages.forEach((message) => this.keep(message, type)));
    watchKinds(this);
    this.socket.ev.on("messages.update", (updates) => updates.forEach(({ key, update }) => this.note({ id: key.id, status: update.status })));
    watchMarks(this);
    watchGroups(this);
    watchDeeds(this);
  }

  /** From now on a connection that ends is followed by another one. */
  async reconnectAlways() {
    this.reconnects = true;
    return {};
  }

  async connectionChanged({ connection, qr, lastDisconnect }) {
    if (qr && !this.linking) await this.showTo(qr);
    if (connection === "open") this.emit("open");
    if (connection !== "close") return;
    const code = lastDisconnect?.error?.output?.statusCode;
    if (code === DisconnectReason.restartRequired) this.connect();
    else if (this.reconnects && !this.closing && code !== DisconnectReason.loggedOut) setTimeout(() => this.connect(), 200);
    else if (!this.closing) throw new Error(`connection closed: ${code} ${lastDisconnect?.error?.message}`);
  }

  /** Lets the phone read what this client shows. */
  async showTo(qr) {
    this.linking = true;
    const path = `/v1/phones/${this.phone.number}`;
    if (this.method !== "code") {
      await this.control("POST", `${path}/scan`, { code: qr });
      return;
    }
    const code = await this.socket.requestPairingCode(this.phone.number);
    // Baileys does not wait for the answer to its hello, so the network may not know the code yet.
    for (let left = 50; ; left--) {
      try {
        await this.control("POST", `${path}/enter-code`, { code });
        return;
      } catch (error) {
        if (left === 0 || !/bad_code/.test(error.message)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  keep(message, type) {
    const content = message.message;
    if (!content) return;
    const text = content.conversation ?? content.extendedTextMessage?.text;
    const kind = content.imageMessage ? "image" : text !== undefined ? "text" : undefined;
    if (!kind) return;
    this.received.push({ message, kind, type, text: text ?? content.imageMessage?.caption ?? "" });
    this.emit("kept");
  }

  note(notice) {
    this.notices.push(notice);
    this.emit("kept");
  }

  async sendText(to, text) {
    const sent = await this.socket.sendMessage(address(to), { text });
    return { id: sent.key.id };
  }

  async sendImage(to, data, caption) {
    const sent = await this.socket.sendMessage(address(to), { image: Buffer.from(data, "base64"), caption, mimetype: "image/png", jpegThumbnail: "" });
    return { id: sent.key.id };
  }

  /** The first message of somebody else with that kind and text; images are downloaded and decrypted. */
  async wait(kind, text) {
    const found = await this.until(() => this.received.find((r) => r.kind === kind && r.text === text && !r.message.key.fromMe));
    const { key, message } = found.message;
    const answer = { id: key.id, from: key.remoteJid, from_alt: key.remoteJidAlt, text: found.text };
    if (kind !== "image") return answer;
    const data = await downloadMediaMessage(found.message, "buffer", {});
    return { ...answer, mime: message.imageMessage.mimetype, bytes: data.length, sha256: createHash("sha256").update(data).digest("hex") };
  }

  /** Ends once the message was reported with at least that status: 3 delivered, 4 read. */
  async waitStatus(id, status) {
    return this.until(() => this.notices.find((n) => n.id === id && n.status >= status));
  }

  async markRead(id) {
    const found = this.received.find((r) => r.message.key.id === id);
    if (!found) throw new Error(`no message ${id} was received`);
    await this.socket.readMessages([found.message.key]);
    return {};
  }

  async until(look) {
    for (;;) {
      const found = look();
      if (found) return found;
      await once(this, "kept");
    }
  }

  async close() {
    this.closing = true;
    await this.socket?.end(undefined);
    return {};
  }
}

/** A phone number, or any JID, as the address of a chat. */
function address(to) {
  return to.includes("@") ? jidNormalizedUser(to) : `${to.replace(/\D/g, "")}@s.whatsapp.net`;
}
