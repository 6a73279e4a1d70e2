// whetstone keys: who may ask the server, and for what.

import { Option, type Command } from "commander";
import { KEY_ROLES, requireKeyName, type ApiKey, type KeyRole } from "../registry/index.ts";
import { noteAct } from "./audit.ts";
import { setAction, type Call } from "./command-line.ts";
import { checkArguments } from "./failure.ts";
import { formatMinute, formatTable } from "./table.ts";
import { say, type Terminal } from "./terminal.ts";

interface AddOptions {
  readonly role: KeyRole;
}

const HELP = `
Roles, each with all that the ones before it may do:
  use       fill blanks, list models, read versions and their archives, read metrics
  feedback  say which answers are right and wrong
  operate   everything: review, train, release, read the audit log

From the first key on the server asks everybody for one, also on this machine; commands that use
the data directory need none. Keys travel as they are: beyond this machine, put a proxy with TLS
before the server.

Examples:
  whetstone keys add web-shop --role feedback
  curl -H "Authorization: Bearer $KEY" http://127.0.0.1:8080/api/models
  whetstone keys revoke web-shop`;

/** Adds the commands to `program`. */
export function addKeys(program: Command, terminal: Terminal): void {
  const keys = program
    .command("keys")
    .summary("add, list and revoke the keys of the HTTP interface")
    .description("Keys of the HTTP interface. A running server follows changes at once.")
    .addHelpText("after", HELP);
  const add = keys
    .command("add")
    .description("Makes a key and prints it, this once.")
    .argument("<name>", "a name for it, which the audit log uses")
    .addOption(
      new Option("--role <role>", "what it may do").choices(KEY_ROLES).makeOptionMandatory(),
    );
  setAction<AddOptions>(add, terminal, addKey);
  const list = keys.command("list").description("Lists all keys, also the revoked ones.");
  setAction(list, terminal, listKeys);
  const revoke = keys
    .command("revoke")
    .description("Lets nobody in with a key any more.")
    .argument("<name>", "the name of a key");
  setAction(revoke, terminal, revokeKey);
}

async function addKey(call: Call<AddOptions>, name = ""): Promise<void> {
  checkArguments(() => requireKeyName(name));
  const { openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  const { role } = call.options;
  const { key, text } = await registry.keys.add(name, role);
  await noteAct(registry, "key.add", `${name} (${role})`);
  say(call.terminal, `key "${name}" with the role ${role}; it is shown this once, so keep it:`);
  call.print({ json: { key, text }, text });
}

async function listKeys(call: Call<object>): Promise<void> {
  const { openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  const keys = await registry.keys.list();
  const none = "There are no keys: the server listens on this machine only and asks for none.";
  call.print({ json: { keys }, text: keys.length === 0 ? none : keyTable(keys) });
}

async function revokeKey(call: Call<object>, name = ""): Promise<void> {
  checkArguments(() => requireKeyName(name));
  const { openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  const key = await registry.keys.revoke(name);
  await noteAct(registry, "key.revoke", name);
  call.print({ json: { key }, text: `revoked ${name}` });
}

function keyTable(keys: readonly ApiKey[]): string {
  const titles = ["name", "role", "made (UTC)", "revoked (UTC)"].map((title) => ({ title }));
  const minute = (at: string | null): string => (at === null ? "–" : formatMinute(at));
  const rows = keys.map(({ name, role, createdAt, revokedAt }) => {
    return [name, role, minute(createdAt), minute(revokedAt)];
  });
  return formatTable(titles, rows);
}
