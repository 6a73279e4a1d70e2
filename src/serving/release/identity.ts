// What a version is by its files, to be compared with what it was when a release began.

import { AppError } from "../../base/index.ts";
import { storedWeightsHash, type ArmSnapshot, type ResolvedVersion } from "../../registry/index.ts";
import { readSettings } from "../../tasks/fill-mask/index.ts";

export interface Identity {
  /** SHA-256 of its weights; undefined where no hashes were kept. */
  readonly sha256: string | undefined;
  /** What its confidence is divided by; null where nothing was fitted. */
  readonly temperature: number | null;
}

/**
 * Reads what is known of the files, and their content only when they were touched since they were
 * last found whole.
 *
 * @throws AppError `damaged_file`
 */
export async function identityOf({ directory }: ResolvedVersion): Promise<Identity> {
  const sha256 = await storedWeightsHash(directory);
  return { sha256, temperature: readSettings(directory).temperature ?? null };
}

/** Throws `conflict` unless a version is what it was, as far as that was written down. */
export function requireUnchanged(
  { id, version }: ResolvedVersion,
  was: ArmSnapshot,
  is: Identity,
): void {
  const name = `${id}@${version}`;
  if (was.sha256 !== "" && is.sha256 !== undefined && is.sha256 !== was.sha256) {
    throw changed(name, "the SHA-256 of its weights", [was.sha256, is.sha256]);
  }
  if (was.temperature !== null && is.temperature !== was.temperature) {
    throw changed(name, "its temperature", [was.temperature, is.temperature ?? "none"]);
  }
}

function changed(name: string, what: string, [was, is]: readonly (string | number)[]): AppError {
  return new AppError(
    "conflict",
    `${name} is not what it was when its release began: ${what} was ${was} and is ${is}. ` +
      "Restore the data directory from a backup, or make another version stable.",
    { details: { version: name, was, is } },
  );
}
