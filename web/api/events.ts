// What the server tells by itself. Read through fetch, since an EventSource cannot send a key.

import type { TrainingRun, TRAINING_RUN_EVENT } from "../../src/wire/index.ts";
import { keyStore, withKey } from "./key.ts";

export interface RunListener {
  readonly onRun: (run: TrainingRun) => void;
  /** Events come, or have ceased to come. */
  readonly onReach: (isReached: boolean) => void;
}

const RETRY_MS = 2000;
const RUN_EVENT: typeof TRAINING_RUN_EVENT = "training-run";

/** Tells of every training run that changes, until what it gives is called. */
export function followRuns({ onRun, onReach }: RunListener): () => void {
  const abort = new AbortController();
  const push = createEventReader((name, data) => {
    if (name === RUN_EVENT) onRun(JSON.parse(data) as TrainingRun);
  });
  void (async () => {
    while (!abort.signal.aborted) {
      await readEvents(abort.signal, { onOpen: () => onReach(true), push }).catch(() => {});
      if (abort.signal.aborted) return;
      onReach(false);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  })();
  return () => abort.abort();
}

/** Returns when the server ends the stream; rejects when the connection breaks. */
async function readEvents(
  signal: AbortSignal,
  { onOpen, push }: { readonly onOpen: () => void; readonly push: (text: string) => void },
): Promise<void> {
  const response = await fetch("/api/events", withKey({ signal }, keyStore.state().key));
  if (!response.ok || response.body === null) return;
  onOpen();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  // A new stream begins with a new event, whatever an earlier one broke off in.
  push("\n\n");
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    push(value);
  }
}

/**
 * Takes a stream of server-sent events in pieces of any size
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html, line feeds only).
 */
export function createEventReader(
  onEvent: (name: string, data: string) => void,
): (text: string) => void {
  let rest = "";
  return (text) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const fieldOf = (name: string): string | undefined => {
        const line = block.split("\n").find((each) => each.startsWith(`${name}: `));
        return line?.slice(name.length + 2);
      };
      const data = fieldOf("data");
      if (data !== undefined) onEvent(fieldOf("event") ?? "message", data);
    }
  };
}
