// A process that fills blanks at a fixed rate, whatever comes back and when, and keeps what it saw
// until it is told to stop. Open loop: a server that stalls is asked on, and a request is timed from
// when it was due.

import type { OpenLoopOrder, Seen } from "./open-loop.ts";

const order = JSON.parse(process.argv[2] ?? "{}") as OpenLoopOrder;
const seen: Seen[] = [];
const underWay = new Set<Promise<void>>();
const startMs = performance.now();
let sent = 0;

process.once("disconnect", () => process.exit(0));
process.once("message", () => {
  clearInterval(timer);
  void Promise.all(underWay).then(() => process.send?.(seen));
});
const timer = setInterval(() => {
  const due = Math.floor(((performance.now() - startMs) / 1000) * order.perSecond);
  while (sent < due) {
    const dueMs = startMs + (sent / order.perSecond) * 1000;
    const asked = ask(sent++, dueMs).finally(() => underWay.delete(asked));
    underWay.add(asked);
  }
}, 2);

async function ask(number: number, dueMs: number): Promise<void> {
  const text = order.texts[number % order.texts.length] ?? "";
  const body = JSON.stringify({ text, model: order.model, userKey: `user ${number % 997}` });
  const headers = { "content-type": "application/json" };
  let status = 0;
  let version: string | null = null;
  try {
    const response = await fetch(`${order.url}/api/fill`, { method: "POST", headers, body });
    ({ status } = response);
    version = response.headers.get("x-whetstone-version");
    await response.arrayBuffer();
  } catch {
    // Nobody answered: a failure of status 0.
  }
  const endMs = performance.now();
  seen.push({ status, version, ms: endMs - dueMs, atMs: performance.timeOrigin + endMs });
}
