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
  await latenciesOf(url, texts, { clients, isOver: createCountdown(2 * clients) });
  const started = performance.now();
  const deadline = started + seconds * 1000;
  const isOver = (): boolean => performance.now() >= deadline;
  const latenciesMs = await latenciesOf(url, texts, { clients, isOver });
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

/** Over once it was asked so many times. */
function createCountdown(count: number): () => boolean {
  let left = count;
  return () => left-- <= 0;
}

/** How long each answer took, in milliseconds; every client asks before each call whether it is over. */
export async function latenciesOf(
  url: string,
  texts: readonly string[],
  {
    clients,
    isOver,
    onAnswer = () => {},
  }: {
    readonly clients: number;
    readonly isOver: () => boolean;
    readonly onAnswer?: (ms: number) => void;
  },
): Promise<number[]> {
  let next = 0;
  const latenciesMs: number[] = [];
  const ask = async (): Promise<void> => {
    while (!isOver()) {
      const asked = performance.now();
      await fillOne(url, texts[next++ % texts.length] ?? "");
      const ms = performance.now() - asked;
      latenciesMs.push(ms);
      onAnswer(ms);
    }
  };
  await Promise.all(Array.from({ length: clients }, ask));
  return latenciesMs;
}
