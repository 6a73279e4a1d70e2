// Clients that fill blanks over HTTP, each sending its next text when the last one is answered.

import { quantile } from "./report.ts";

export interface Load {
  readonly clients: number;
  readonly calls: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly textsPerSecond: number;
}

/** What Hugging Face's fill-mask endpoint answers for a text with one mask. */
export interface FilledToken {
  readonly token: number;
  readonly score: number;
}

/** Both servers speak Hugging Face's form: POST {"inputs": "…[MASK]…"}. */
export async function fillOne(url: string, text: string): Promise<readonly FilledToken[]> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ inputs: text }),
  });
  const body: unknown = await response.json();
  if (response.ok) return body as FilledToken[];
  throw new Error(`${url} answered ${response.status}: ${JSON.stringify(body).slice(0, 200)}`);
}

/** Sends `texts` in turn for `seconds`, after two calls of each client that do not count. */
export async function measureLoad(
  url: string,
  texts: readonly string[],
  { clients, seconds }: { readonly clients: number; readonly seconds: number },
): Promise<Load> {
  let next = 0;
  const take = (): string => texts[next++ % texts.length] ?? "";
  const everyone = (act: () => Promise<void>): Promise<void[]> =>
    Promise.all(Array.from({ length: clients }, act));
  await everyone(async () => {
    for (let call = 0; call < 2; call++) await fillOne(url, take());
  });
  const latenciesMs: number[] = [];
  const started = performance.now();
  const deadline = started + seconds * 1000;
  await everyone(async () => {
    while (performance.now() < deadline) {
      const asked = performance.now();
      await fillOne(url, take());
      latenciesMs.push(performance.now() - asked);
    }
  });
  const elapsed = (performance.now() - started) / 1000;
  return {
    clients,
    calls: latenciesMs.length,
    p50Ms: quantile(latenciesMs, 0.5),
    p95Ms: quantile(latenciesMs, 0.95),
    p99Ms: quantile(latenciesMs, 0.99),
    textsPerSecond: latenciesMs.length / elapsed,
  };
}
