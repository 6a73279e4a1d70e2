// Which arm of a release answers a request. Nothing is remembered of a caller: the same key comes
// to the same place between 0 and 1, and the canary has the part below its share. So a growing
// share takes users to the canary and brings none of them back.

import { createHash } from "node:crypto";

export type Arm = "stable" | "canary";

/**
 * The arm for `key`, which names a user or, where none is known, the request.
 *
 * @param salt names the release, so that another one chooses its users anew
 * @param share of the canary, 0..1
 */
export function armFor(salt: string, share: number, key: string): Arm {
  return placeOf(salt, key) < share ? "canary" : "stable";
}

/** Where a key stands, uniform in [0, 1). */
function placeOf(salt: string, key: string): number {
  const digest = createHash("sha256").update(salt).update("\0").update(key).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
