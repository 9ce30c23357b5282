// Lets another program steer a Baileys client: one JSON request per line on stdin, {"seq", "cmd", …};
// one answer per line on stdout, {"seq", …} or {"seq", "error"}. Requests run side by side.
// The end of stdin ends the program.

import { createInterface } from "node:readline";
import { Client } from "./client.mjs";
import { sendContent, votes, waitID } from "./kinds.mjs";
import { callDeed, waitEvent } from "./deeds.mjs";
import { callGroup, waitGroup } from "./groups.mjs";
import { mark, waitMark } from "./marks.mjs";

let client;

const commands = {
  create: async ({ control, name }) => {
    client = await Client.create(control, name);
    client.on("error", (error) => answer({ event: "error", error: error.message }));
    return { number: client.phone.number };
  },
  link: ({ method }) => client.link(method),
  text: ({ to, text }) => client.sendText(to, text),
  image: ({ to, data, caption }) => client.sendImage(to, data, caption),
  wait: ({ kind, text }) => client.wait(kind, text),
  wait_status: ({ id, status }) => client.waitStatus(id, status),
  read: ({ id }) => client.markRead(id),
  group: ({ name, args }) => callGroup(client, name, args),
  wait_group: ({ name, text, to }) => waitGroup(client, name, text, to),
  content: ({ to, content, options }) => sendContent(client, to, content, options),
  wait_id: ({ id }) => waitID(client, id),
  votes: ({ id, text }) => votes(client, id, text),
  mark: ({ name, to, id }) => mark(client, name, to, id),
  wait_mark: ({ name }) => waitMark(client, name, true),
  deed: ({ name, args }) => callDeed(client, name, args),
  wait_event: ({ name, text }) => waitEvent(client, name, text),
  reconnects: () => client.reconnectAlways(),
  close: () => client.close(),
};

// console.log belongs to the answers: the Signal library of Baileys prints its sessions there.
for (const method of ["log", "info", "warn", "error", "debug"]) console[method] = () => {};

function answer(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function serve(line) {
  const { seq, cmd, ...args } = JSON.parse(line);
  try {
    if (!Object.hasOwn(commands, cmd)) throw new Error(`unknown command ${cmd}`);
    answer({ seq, ...(await commands[cmd](args)) });
  } catch (error) {
    answer({ seq, error: error.stack ?? String(error) });
  }
}

const lines = createInterface({ input: process.stdin });
lines.on("line", serve);
lines.on("close", () => process.exit(0));
