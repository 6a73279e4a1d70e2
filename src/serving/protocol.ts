// What the gateway and a replica process say to each other, over the channel that fork() makes.

import { AppError, fromErrorData, toErrorData, type ErrorData } from "../base/index.ts";
import type { Filler, FillerOptions, FillInput, FillOutput } from "../tasks/fill-mask/index.ts";

/** The first message: what to open. */
export interface OpenMessage extends Opening {
  readonly kind: "open";
}

export interface Opening {
  readonly directory: string;
  readonly options: FillerOptions;
}

export type ToReplica =
  | OpenMessage
  /** May come before `open`: to open it, answer once and close it, so that the next is faster. */
  | ({ readonly kind: "rehearse" } & Opening)
  | { readonly kind: "fill"; readonly id: number; readonly inputs: readonly FillInput[] }
  /** Nobody waits for that batch any more: it is answered at once, with errors. */
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "ping"; readonly id: number };

export type FromReplica =
  | ({ readonly kind: "ready" } & Pick<Filler, "precision" | "agreement">)
  | { readonly kind: "refused"; readonly error: WireError }
  | { readonly kind: "filled"; readonly id: number; readonly results: readonly FillResult[] }
  | { readonly kind: "pong"; readonly id: number; readonly memoryBytes: number };

export interface WireError extends ErrorData {
  /** Of a bug, for the gateway's log. */
  readonly stack?: string | undefined;
}

/** One text's answer; a bad text does not take the others of its batch with it. */
export type FillResult = { readonly output: FillOutput } | { readonly error: WireError };

export function toWireError(error: unknown): WireError {
  const isBug = error instanceof Error && !(error instanceof AppError);
  return { ...toErrorData(error), ...(isBug && { stack: error.stack }) };
}

/** What the replica threw, as the gateway throws it on. */
export function fromWireError(error: WireError): AppError {
  return fromErrorData(error, (message) => {
    return new AppError("replica_failed", `The model process failed: ${message}`);
  });
}

/** What became of one text, as the gateway hands it on. */
export function fromWireResult(result: FillResult): FillOutput | AppError {
  if ("error" in result) return fromWireError(result.error);
  return hasNumbers(result.output) ? result.output : noNumbers();
}

/** A broken model multiplies to NaN, which would be answered as if it were a score. */
function hasNumbers({ blanks }: FillOutput): boolean {
  return blanks.every(({ candidates }) => candidates.every(({ score }) => Number.isFinite(score)));
}

function noNumbers(): AppError {
  return new AppError(
    "replica_failed",
    "The model answered with scores that are no numbers (NaN); its weights are damaged.",
  );
}
