// Work on many small things in a process that has to answer others meanwhile.

import { setImmediate as nextTurn } from "node:timers/promises";

/** Nobody notices a wait of this length. */
const TURN_MS = 10;

/** As `items.map(work)`, letting whatever else waits go on every 10 ms. */
export async function mapInTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  let turnMs = performance.now();
  for (const item of items) {
    results.push(work(item));
    if (performance.now() - turnMs < TURN_MS) continue;
    await nextTurn();
    turnMs = performance.now();
  }
  return results;
}
