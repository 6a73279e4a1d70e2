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
} from "../checkpoint/index.ts";
import type { SamplerState } from "./data/sampler.ts";
import type { TrainedParameter } from "./parameters.ts";

export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  readonly tokens: number;
  readonly seconds: number;
  readonly sampler: SamplerState;
  readonly maskingRandom: readonly [number, number, number, number];
  /** Hash of what must not change between a run and its continuation. */
  readonly fingerprint: string;
}

const TENSORS = "training.safetensors";
const STATE = "state.json";

/** Replaces the checkpoint as a whole: after a crash the old or the new one is there. */
export function saveCheckpoint(
  directory: string,
  parameters: readonly TrainedParameter[],
  state: TrainingState,
): void {
  writeDirectoryAtomically(directory, (temporary) => {
    const tensors = parameters.flatMap(({ name, shape, weights, moments }) => [
      tensorToWrite(name, { shape, data: weights }, "F32"),
      tensorToWrite(`first:${name}`, { shape, data: moments.first }, "F32"),
      tensorToWrite(`second:${name}`, { shape, data: moments.second }, "F32"),
    ]);
    writeSafetensors(path.join(temporary, TENSORS), tensors);
    writeFileAtomically(path.join(temporary, STATE), (append) => {
      append(new TextEncoder().encode(JSON.stringify(state)));
    });
  });
}

/**
 * Fills `parameters` from a checkpoint; undefined when there is none.
 *
 * @throws AppError `damaged_file` when it is unreadable, `conflict` when it belongs to other
 *   settings than `fingerprint`.
 */
export function loadCheckpoint(
  directory: string,
  parameters: readonly TrainedParameter[],
  fingerprint: string,
): TrainingState | undefined {
  const file = path.join(directory, STATE);
  if (!existsSync(file)) return undefined;
  const state = parseState(file);
  if (state.fingerprint !== fingerprint) {
    throw new AppError(
      "conflict",
      `the checkpoint in ${directory} was made with other settings or data; continue with those, ` +
        "or remove it to start afresh",
    );
  }
  using reader = openSafetensors(path.join(directory, TENSORS));
  for (const { name, weights, moments } of parameters) {
    weights.set(reader.readFloat32(name));
    moments.first.set(reader.readFloat32(`first:${name}`));
    moments.second.set(reader.readFloat32(`second:${name}`));
  }
  return state;
}

function parseState(file: string): TrainingState {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as TrainingState;
  } catch (cause) {
    throw new AppError("damaged_file", `${file}: ${messageOf(cause)}; remove the checkpoint`, {
      cause,
    });
  }
}
