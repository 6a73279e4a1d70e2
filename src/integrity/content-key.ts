// The name of a directory by what is in it.

import { createHash } from "node:crypto";

export interface HashedFile {
  /** Inside the directory, with forward slashes. */
  readonly name: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** 32 hexadecimal digits that are the same for the same files in the same order. */
export function contentKey(files: readonly HashedFile[]): string {
  const hash = createHash("sha256");
  for (const { name, sha256 } of files) hash.update(`${name}\0${sha256}\n`);
  return hash.digest("hex").slice(0, 32);
}
