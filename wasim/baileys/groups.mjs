// What the harness does in groups: it calls the client's own functions, and keeps what the client was told of.

const functions = new Set([
  "groupCreate", "groupMetadata", "groupFetchAllParticipating", "groupUpdateSubject", "groupUpdateDescription", "groupSettingUpdate",
  "groupToggleEphemeral", "groupMemberAddMode", "groupJoinApprovalMode", "groupParticipantsUpdate", "groupInviteCode", "groupRevokeInvite",
  "groupGetInviteInfo", "groupAcceptInvite", "groupRequestParticipantsList", "groupRequestParticipantsUpdate", "groupLeave",
]);

/** Keeps every event about groups. */
export function watchGroups(client) {
  for (const name of ["groups.upsert", "groups.update", "group-participants.update", "group.join-request"]) {
    client.socket.ev.on(name, (data) => client.note({ event: name, data }));
  }
}

/** Calls one of the client's functions for groups. */
export async function callGroup(client, name, args) {
  if (!functions.has(name)) throw new Error(`no function ${name} for groups`);
  return { result: (await client.socket[name](...(args ?? []))) ?? null };
}

/** The first event of that name, about that group or person if one is named, whose data has the text in it. */
export async function waitGroup(client, name, text, who = "") {
  const fits = (data) => [text, who].every((part) => JSON.stringify(data).includes(part));
  const found = await client.until(() => client.notices.find((n) => n.event === name && fits(n.data)));
  return { result: found.data };
}
