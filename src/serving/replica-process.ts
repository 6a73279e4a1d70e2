// The child's side: opens a model, then answers batches, several side by side, until its channel
// closes. It knows nothing of processes; the channel is handed in by the entry file.

import { AppError } from "../base/index.ts";
import {
  TYPICAL_INPUTS,
  type Filler,
  type FillerOptions,
  type FillInput,
} from "../tasks/fill-mask/index.ts";
import {
  toWireError,
  type FillResult,
  type FromReplica,
  type OpenMessage,
  type Opening,
  type ToReplica,
} from "./protocol.ts";

type OpenFiller = (directory: string, options: FillerOptions) => Promise<Filler>;

export interface ReplicaProcessOptions {
  readonly open: OpenMessage;
  readonly openFiller: OpenFiller;
  readonly send: (message: FromReplica) => void;
  readonly memoryBytes: () => number;
}

/**
 * Opens the model, says "ready" or "refused", and gives the function that takes every further
 * message. Messages that come before the model is open wait for it.
 */
export function serveReplica(options: ReplicaProcessOptions): (message: ToReplica) => void {
  const { open, openFiller, send, memoryBytes } = options;
  const opened = openFiller(open.directory, open.options).then(
    (filler) => {
      const { precision, agreement } = filler;
      send({ kind: "ready", precision, agreement });
      return filler;
    },
    (error: unknown) => {
      send({ kind: "refused", error: toWireError(error) });
      return undefined;
    },
  );
  const running = new Map<number, AbortController>();
  const answer = async (id: number, inputs: readonly FillInput[]): Promise<void> => {
    const wanted = new AbortController();
    running.set(id, wanted);
    const filler = await opened;
    if (filler === undefined) return;
    const results = await fillEach(filler, inputs, wanted.signal);
    running.delete(id);
    send({ kind: "filled", id, results });
  };
  return (message) => {
    if (message.kind === "ping") {
      send({ kind: "pong", id: message.id, memoryBytes: memoryBytes() });
    } else if (message.kind === "fill") {
      void answer(message.id, message.inputs);
    } else if (message.kind === "cancel") {
      running.get(message.id)?.abort();
    }
  };
}

/**
 * Opens a model, lets it answer once and closes it: Node has then compiled what opening takes, and
 * the engine is up. What is wrong with the model is for whoever opens it to say.
 */
export async function rehearse(
  { directory, options }: Opening,
  openFiller: OpenFiller,
): Promise<void> {
  try {
    using filler = await openFiller(directory, options);
    await filler.fill(TYPICAL_INPUTS.slice(0, 1));
  } catch {
    // It opens the next one as well as without.
  }
}

/**
 * Answers every input, or says what is wrong with it. A filler refuses a batch as a whole and names
 * the text that is to blame; the others are asked again without it, or each alone if none is named.
 * Once nobody waits, what has no answer yet gets an error.
 */
export async function fillEach(
  filler: Filler,
  inputs: readonly FillInput[],
  signal?: AbortSignal,
): Promise<readonly FillResult[]> {
  const results = new Map<number, FillResult>();
  let remaining = [...inputs.keys()];
  while (remaining.length > 0) {
    const outcome = await tryFill(
      filler,
      remaining.map((i) => inputs[i] as FillInput),
      signal,
    );
    if ("results" in outcome) {
      for (const [k, i] of remaining.entries()) results.set(i, outcome.results[k] as FillResult);
      break;
    }
    const { error, culprit } = outcome;
    if (signal?.aborted === true) {
      for (const i of remaining) results.set(i, { error });
      break;
    }
    if (culprit === undefined) {
      for (const i of remaining) {
        const [result] = await fillEach(filler, [inputs[i] as FillInput], signal);
        results.set(i, result as FillResult);
      }
      break;
    }
    results.set(remaining[culprit] ?? 0, { error });
    remaining = remaining.toSpliced(culprit, 1);
  }
  return inputs.map((_, i) => results.get(i) as FillResult);
}

type Outcome =
  | { readonly results: readonly FillResult[] }
  | { readonly error: ReturnType<typeof toWireError>; readonly culprit: number | undefined };

async function tryFill(
  filler: Filler,
  inputs: readonly FillInput[],
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  try {
    return { results: (await filler.fill(inputs, signal)).map((output) => ({ output })) };
  } catch (error) {
    const { text, ...details } = (error instanceof AppError ? error.details : undefined) ?? {};
    const isNamed = Number.isInteger(text) && Number(text) < inputs.length;
    const culprit = isNamed ? Number(text) : inputs.length === 1 ? 0 : undefined;
    const hasDetails = Object.keys(details).length > 0;
    const wire = { ...toWireError(error), details: hasDetails ? details : undefined };
    return { error: wire, culprit };
  }
}
