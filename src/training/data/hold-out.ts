// Sets a fifth aside to measure with. What says the same stays on one side, so that nothing that is
// measured has been learned by heart.

import { AppError, createRandom, shuffle } from "../../base/index.ts";

export interface HeldOut<T> {
  readonly training: readonly T[];
  readonly heldOut: readonly T[];
}

/** More would only make measuring slow. */
const HELD_OUT_MAX = 1000;
const ITEMS_MIN = 5;

/** Whether there are enough different keys for `holdOut`. */
export function canHoldOut<T>(items: readonly T[], keyOf: (item: T) => string): boolean {
  return new Set(items.map(keyOf)).size >= ITEMS_MIN;
}

/**
 * Splits items by a seed; those with an equal key stay together. Order is kept on both sides.
 *
 * @param what names the items in the plural, for messages
 * @throws AppError `invalid_input` with fewer than five different keys.
 */
export function holdOut<T>(
  items: readonly T[],
  { keyOf, seed, what }: { keyOf: (item: T) => string; seed: number; what: string },
): HeldOut<T> {
  const sizes = new Map<string, number>();
  for (const item of items) sizes.set(keyOf(item), (sizes.get(keyOf(item)) ?? 0) + 1);
  if (sizes.size < ITEMS_MIN) {
    throw new AppError(
      "invalid_input",
      `there are ${sizes.size} different ${what}; at least ${ITEMS_MIN} are needed, ` +
        "since a fifth is held out to measure with",
    );
  }
  const wanted = Math.min(HELD_OUT_MAX, Math.max(1, Math.round(items.length / 5)));
  const chosen = new Set<string>();
  let count = 0;
  for (const key of shuffle([...sizes.keys()], createRandom(seed))) {
    const size = sizes.get(key) ?? 0;
    // A group that overshoots stays in training, unless nothing is held out yet.
    if (count > 0 && count + size > wanted) continue;
    // The last group cannot be held out: training needs one.
    if (chosen.size === sizes.size - 1) break;
    chosen.add(key);
    count += size;
    if (count >= wanted) break;
  }
  return {
    training: items.filter((item) => !chosen.has(keyOf(item))),
    heldOut: items.filter((item) => chosen.has(keyOf(item))),
  };
}
