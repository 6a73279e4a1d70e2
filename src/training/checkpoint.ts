// What a run writes to be able to go on: weights, moments, and every counter and random state.

import { readFileSync, existsSync } from "node:fs";
import path from "node:path";
import { AppError, messageOf } from "../base/index.ts";
import {
  openSafetensors,
  tensorToWrite,
  writeDirectoryAtomically,
  writeFileAtomically,
  writeSafetensors,
  type Weights,
} from "../checkpoint/index.ts";
import type { TrainedParameter } from "./parameters.ts";
import type { TrainingProgress } from "./trainer.ts";

/** What the state of every kind of run has; each kind adds what it needs to go on. */
export interface SavedState extends TrainingProgress {
  /** Hash of what must not change between a run and its continuation. */
  readonly fingerprint: string;
}

/** Further tensors of the shapes of the parameters, such as the best weights so far. */
export interface KeptWeights {
  readonly prefix: string;
  readonly weights: Weights;
}

/** A checkpoint that a run cannot go on from: of other settings or data, or damaged. */
export class UnusableCheckpoint extends AppError {}

const TENSORS = "training.safetensors";
const STATE = "state.json";

/** Replaces the checkpoint as a whole: after a crash the old or the new one is there. */
export function saveCheckpoint(
  directory: string,
  parameters: readonly TrainedParameter[],
  state: SavedState,
  kept?: KeptWeights,
): void {
  writeDirectoryAtomically(directory, (temporary) => {
    const tensors = parameters.flatMap(({ name, shape, weights, moments }) => [
      tensorToWrite(name, { shape, data: weights }, "F32"),
      tensorToWrite(`first:${name}`, { shape, data: moments.first }, "F32"),
      tensorToWrite(`second:${name}`, { shape, data: moments.second }, "F32"),
    ]);
    for (const [name, tensor] of kept?.weights ?? []) {
      tensors.push(tensorToWrite(`${kept?.prefix}${name}`, tensor, "F32"));
    }
    writeSafetensors(path.join(temporary, TENSORS), tensors);
    writeFileAtomically(path.join(temporary, STATE), (append) => {
      append(new TextEncoder().encode(JSON.stringify(state)));
    });
  });
}

/**
 * Fills `parameters`, and `kept` where the run keeps further tensors, from a checkpoint; undefined
 * when there is none.
 *
 * @throws UnusableCheckpoint `damaged_file` when it is unreadable, with part of it filled in;
 *   `conflict` when it belongs to other settings than `fingerprint`. AppError `io_failed`.
 */
export function loadCheckpoint(
  directory: string,
  parameters: readonly TrainedParameter[],
  fingerprint: string,
  kept?: KeptWeights,
): SavedState | undefined {
  const file = path.join(directory, STATE);
  if (!existsSync(file)) return undefined;
  const state = parseState(file);
  if (state.fingerprint !== fingerprint) {
    throw new UnusableCheckpoint(
      "conflict",
      `the checkpoint in ${directory} was made with other settings or data; continue with those, ` +
        "or remove it to start afresh",
    );
  }
  const tensors = path.join(directory, TENSORS);
  try {
    using reader = openSafetensors(tensors);
    for (const { name, weights, moments } of parameters) {
      weights.set(reader.readFloat32(name));
      moments.first.set(reader.readFloat32(`first:${name}`));
      moments.second.set(reader.readFloat32(`second:${name}`));
    }
    for (const [name, { data }] of kept?.weights ?? []) {
      data.set(reader.readFloat32(`${kept?.prefix}${name}`));
    }
  } catch (cause) {
    // What a disk does not give now it may give later.
    if (cause instanceof AppError && cause.code === "io_failed") throw cause;
    throw damaged(tensors, cause);
  }
  return state;
}

function parseState(file: string): SavedState {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as SavedState;
  } catch (cause) {
    throw damaged(file, cause);
  }
}

function damaged(file: string, cause: unknown): UnusableCheckpoint {
  const message = `${file}: ${messageOf(cause)}; remove the checkpoint`;
  return new UnusableCheckpoint("damaged_file", message, { cause });
}
