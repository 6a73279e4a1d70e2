// Paths that come out of files (shard names, ONNX external-data locations) are input from
// strangers: they may name something inside their directory and nothing else.

import path from "node:path";

import { AppError } from "../../base/index.ts";

/**
 * The absolute path of `relative` inside the directory `root`.
 * Throws `invalid_input` when it is empty, absolute (also in Windows notation), contains a NUL or a
 * `..` step, or names `root` itself. The check is on the text of the path: symbolic links inside
 * `root` are followed, because hub caches are made of them.
 */
export function resolveInside(root: string, relative: string): string {
  const steps = relative.split(/[\\/]/);
  const reason = refusal(relative, steps);
  if (reason === undefined) return path.join(path.resolve(root), ...steps);
  throw new AppError(
    "invalid_input",
    `The path ${JSON.stringify(relative.slice(0, 200))} ${reason}; expected a relative path that ` +
      "stays inside its directory. Do not use this file unless you trust where it comes from.",
  );
}

function refusal(relative: string, steps: readonly string[]): string | undefined {
  if (relative.includes("\0")) return "contains a NUL character";
  if (path.posix.isAbsolute(relative) || path.win32.isAbsolute(relative)) return "is absolute";
  if (/^[A-Za-z]:/.test(relative)) return "names a drive";
  if (steps.includes("..")) return 'contains a ".." step';
  if (steps.every((step) => step === "" || step === ".")) return "names no file";
  return undefined;
}
