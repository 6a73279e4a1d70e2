// Tests that need something not every machine has. They are skipped without it, and their title says
// how to have it: `npm test` repeats that at its end.

import { existsSync } from "node:fs";
import path from "node:path";
import { describe } from "vitest";

interface Need {
  readonly name: string;
  readonly how: string;
  /** A path or address, undefined when it is not here. */
  readonly find: () => string | undefined;
}

const CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const CHROMIUM_FOLDERS = ["/usr/bin", "/usr/local/bin", "/opt/google/chrome"];

const NEEDS = {
  chromium: {
    name: "Chromium",
    how: "`apt-get install chromium`, or CHROMIUM_PATH=/path/to/chrome",
    find: () => process.env["CHROMIUM_PATH"] ?? firstFile(CHROMIUM_FOLDERS, CHROMIUM_NAMES),
  },
} satisfies Record<string, Need>;

/**
 * `describe`, skipped when `need` is not met. `body` gets what was found; it is called with an empty
 * string to list the tests that are skipped.
 */
export function describeNeeding(
  need: keyof typeof NEEDS,
  title: string,
  body: (found: string) => void,
): void {
  const { name, how, find } = NEEDS[need];
  const found = find();
  if (found !== undefined) describe(title, () => body(found));
  else describe.skip(`${title} [needs ${name}: ${how}]`, () => body(""));
}

function firstFile(folders: readonly string[], names: readonly string[]): string | undefined {
  return folders
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find((file) => existsSync(file));
}
