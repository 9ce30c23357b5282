// Leads everything that Baileys would send to WhatsApp to the simulated network, and nothing anywhere else.

import https from "node:https";
import net from "node:net";
import { WA_CERT_DETAILS } from "@whiskeysockets/baileys";

const loopback = new Set(["127.0.0.1", "localhost", "[::1]", "::1"]);

/** Refuses an address that is not this machine: a client that reaches the real service must never be started. */
export function assertLoopback(address) {
  const { hostname } = new URL(address.includes("://") ? address : `tcp://${address}`);
  if (!loopback.has(hostname)) throw new Error(`${address} is not a loopback address; the simulated network has to run on this machine`);
}

/** An agent whose "https" connections are plain TCP to the network: uploads go through node:https. */
class PlainAgent extends https.Agent {
  constructor(dial) {
    super({ keepAlive: false });
    this.target = hostAndPort(dial);
  }

  createConnection(_options, connected) {
    const socket = net.connect(this.target, () => connected(null, socket));
    socket.once("error", connected);
  }
}

function hostAndPort(dial) {
  const { hostname, port } = new URL(`tcp://${dial}`);
  return { host: hostname.replace(/[[\]]/g, ""), port: Number(port) };
}

/**
 * Points this process at a network: its root key, its address for websockets, uploads and downloads.
 * Downloads go through the global fetch to a host that Baileys takes from the message.
 * @param {{root_key: string, dial: string}} network what GET /v1/network answered
 * @returns {object} options for makeWASocket
 */
export function pointAt(network) {
  assertLoopback(network.dial);
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(network.root_key, "base64");
  const plainFetch = globalThis.fetch;
  globalThis.fetch = (resource, options) => {
    const { pathname, search } = new URL(resource.url ?? resource);
    return plainFetch(`http://${network.dial}${pathname}${search}`, options);
  };
  return {
    waWebSocketUrl: `ws://${network.dial}/ws/chat`,
    fetchAgent: new PlainAgent(network.dial),
    appStateMacVerification: { patch: true, snapshot: true },
  };
}
