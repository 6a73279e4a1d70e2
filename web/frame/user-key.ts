// Who this browser is to the server: a random name without a person behind it, so that the last of
// several words counts and one person is not taken for two. The server keeps only a hash of it.

import { remember, remembered } from "./memory.ts";

const MEMORY_KEY = "whetstone-user";
let known: string | undefined;

export function userKey(): string {
  known ??= remembered(MEMORY_KEY) ?? undefined;
  if (known === undefined) {
    // randomUUID exists only where the page came over https or from this machine.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    known = `console-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    remember(MEMORY_KEY, known);
  }
  return known;
}
