// How a program of bench/ reports: a file under bench/results and one JSON line on stdout.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describeMachine } from "./machine.ts";

const RESULTS = path.join(import.meta.dirname, "..", "results");

export interface Report {
  /** The figures of the JSON line, null where a peer is missing. */
  readonly result: Readonly<Record<string, number | null>>;
  /** Shapes, threads, repetitions: what another run must repeat. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Everything measured on the way. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Writes results/NAME.json when `save`, then prints `result` as the last line. */
export function report(name: string, { result, settings, details }: Report, save: boolean): void {
  if (save) {
    const date = new Date().toISOString().slice(0, 10);
    const document = { name, date, result, settings, details, machine: describeMachine() };
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(path.join(RESULTS, `${name}.json`), `${JSON.stringify(document, null, 2)}\n`);
  }
  console.log(JSON.stringify(result));
}

/** Progress and tables go to stderr: stdout carries the JSON line alone. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which `share` of the values lie, 0..1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** Three significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
