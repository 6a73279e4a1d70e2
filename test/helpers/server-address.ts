// Where a server that a test has started listens.

import type { ChildProcess } from "node:child_process";

/** Reads `{"url": …}` from what `serve --json` prints when it is ready; ends in a slash. */
export async function addressOf(server: ChildProcess): Promise<string> {
  let printed = "";
  for await (const chunk of server.stdout ?? []) {
    printed += String(chunk);
    const url = /"url":\s*"([^"]+)"/.exec(printed)?.[1];
    if (url !== undefined) return `${url}/`;
  }
  throw new Error(`serve ended before it was ready; it printed ${JSON.stringify(printed)}`);
}
