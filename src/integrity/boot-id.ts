// Which run of the machine this is.

import { readFile } from "node:fs/promises";
import { uptime } from "node:os";

const LINUX_FILE = "/proc/sys/kernel/random/boot_id";
/** Clocks are set now and then; a minute too many only means that files are read once more. */
const ROUNDED_MS = 600_000;

/** A text that is another after each start of the machine. */
export async function bootId(): Promise<string> {
  const told = await readFile(LINUX_FILE, "utf8").catch(() => undefined);
  if (told !== undefined) return told.trim();
  const startedMs = Date.now() - uptime() * 1000;
  return `about ${Math.round(startedMs / ROUNDED_MS)}`;
}
