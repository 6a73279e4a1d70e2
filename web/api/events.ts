// What the server tells by itself. Read through fetch, since an EventSource cannot send a key.

import type {
  Deployment,
  DEPLOYMENT_EVENT,
  TrainingRun,
  TRAINING_RUN_EVENT,
} from "../../src/wire/index.ts";
import { ask } from "./request.ts";

export interface EventListener<T> {
  /** Something has changed, and is like this now. */
  readonly onChange: (what: T) => void;
  /** Events come, or have ceased to come. */
  readonly onReach: (isReached: boolean) => void;
}

const RETRY_MS = 2000;
const RUN_EVENT: typeof TRAINING_RUN_EVENT = "training-run";
const RELEASE_EVENT: typeof DEPLOYMENT_EVENT = "deployment";

/** Tells of every training run that changes, until what it gives is called. */
export function followRuns(listener: EventListener<TrainingRun>): () => void {
  return followEvents(RUN_EVENT, listener);
}

/** Tells of every deployment that changes, and each second of one under way; until the end. */
export function followDeployments(listener: EventListener<Deployment>): () => void {
  return followEvents(RELEASE_EVENT, listener);
}

function followEvents<T>(event: string, { onChange, onReach }: EventListener<T>): () => void {
  const abort = new AbortController();
  const push = createEventReader((name, data) => {
    if (name === event) onChange(JSON.parse(data) as T);
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
  const { body } = await ask("/api/events", { signal });
  if (body === null) return;
  onOpen();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
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
