// What the suites of a model ask, for those who must know it before anything is trained: by
// questions as they are compared, without an engine. Suites are read when they are first asked for,
// and again when their files have changed.

import { statSync } from "node:fs";
import { bareClauses, bareText, systemClock, type Clock } from "../base/index.ts";
import {
  splitAtBlanks,
  type AskedText,
  type SaidText,
  type SuiteKnowledge,
} from "../feedback/index.ts";
import type { Registry, SuiteKind } from "../registry/index.ts";
import { readSamples, type Sample } from "../tasks/fill-mask/index.ts";
import { suitesOf, type ShippedSuites } from "./suites.ts";

interface Questions {
  /** The file as it was when it was read. */
  readonly stamp: string;
  /** Context of a blank → right words. */
  readonly byContext: ReadonlyMap<string, readonly string[]>;
  /** Whole sentences, with their answer. */
  readonly sentences: ReadonlySet<string>;
  /** Of a context, in characters. */
  readonly longest: number;
}

interface Asking extends Questions {
  readonly name: string;
  readonly kind: SuiteKind;
}

/** Stands for the blank of a context; occurs in no bare text. */
const HOLE = "\n";
/** How long it is believed that no suite came or went. */
const BELIEVED_MS = 1000;

export class SuiteQuestions implements SuiteKnowledge {
  readonly #registry: Pick<Registry, "dataDirectory">;
  readonly #shipped: ShippedSuites;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #read = new Map<string, Questions>();
  readonly #suites = new Map<string, { readonly atMs: number; readonly all: readonly Asking[] }>();

  constructor(
    registry: Pick<Registry, "dataDirectory">,
    shipped: ShippedSuites,
    clock: Pick<Clock, "monotonicMs"> = systemClock,
  ) {
    this.#registry = registry;
    this.#shipped = shipped;
    this.#clock = clock;
  }

  rightWords({ model, text }: AskedText): readonly string[] {
    const suites = this.#suitesOf(model);
    const longest = Math.max(0, ...suites.map((suite) => suite.longest));
    const contexts = contextsIn(text, longest);
    const found = suites.flatMap(({ byContext }) =>
      contexts.flatMap((context) => byContext.get(context) ?? []),
    );
    return [...new Set(found)];
  }

  isGolden(said: SaidText): boolean {
    const suites = this.#suitesOf(said.model);
    return suites.some((suite) => suite.kind === "golden" && isAskedIn(suite, said));
  }

  isAsked(said: SaidText): boolean {
    return this.#suitesOf(said.model).some((suite) => isAskedIn(suite, said));
  }

  /** The names of the suites that ask what this says. */
  askedBy(said: SaidText): readonly string[] {
    const asking = this.#suitesOf(said.model).filter((suite) => isAskedIn(suite, said));
    return asking.map(({ name }) => name);
  }

  #suitesOf(model: string): readonly Asking[] {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#suites.get(model);
    if (known !== undefined && nowMs - known.atMs < BELIEVED_MS) return known.all;
    const all = suitesOf(this.#registry, model, this.#shipped).map(({ name, kind, file }) => {
      return { name, kind, ...this.#questionsIn(file) };
    });
    this.#suites.set(model, { atMs: nowMs, all });
    return all;
  }

  #questionsIn(file: string): Questions {
    const facts = statSync(file, { throwIfNoEntry: false });
    const stamp = `${facts?.mtimeMs} ${facts?.size}`;
    const known = this.#read.get(file);
    if (known?.stamp === stamp) return known;
    const questions = { stamp, ...readQuestions(file) };
    this.#read.set(file, questions);
    return questions;
  }
}

function isAskedIn({ byContext, sentences }: Questions, { text, answers }: SaidText): boolean {
  const pieces = splitAtBlanks(text);
  if (byContext.has(contextOf(pieces))) return true;
  return answers.some((answer) => sentences.has(bareText(pieces.join(answer))));
}

function readQuestions(file: string): Omit<Questions, "stamp"> {
  const byContext = new Map<string, string[]>();
  const sentences = new Set<string>();
  for (const { text, answers } of samplesIn(file)) {
    const pieces = splitAtBlanks(text);
    // What stands beside several blanks is no context of one.
    if (pieces.length !== 2) continue;
    const context = contextOf(pieces);
    byContext.set(context, [...(byContext.get(context) ?? []), ...answers]);
    for (const answer of answers) sentences.add(bareText(pieces.join(answer)));
  }
  const longest = Math.max(0, ...[...byContext.keys()].map((context) => context.length));
  return { byContext, sentences, longest };
}

/** A suite that cannot be read asks nothing. */
function samplesIn(file: string): readonly Sample[] {
  try {
    return readSamples(file);
  } catch {
    return [];
  }
}

function contextOf(pieces: readonly string[]): string {
  return pieces.map(bareText).join(HOLE);
}

/** The whole context of the blank, and that of the clauses around it: those up to `longest`. */
function contextsIn(text: string, longest: number): string[] {
  const pieces = splitAtBlanks(text);
  const [before = "", after = ""] = pieces;
  if (pieces.length !== 2) return [];
  const left = bareClauses(before).toReversed();
  const right = bareClauses(after);
  const lefts = left.map((_, i) =>
    left
      .slice(0, i + 1)
      .toReversed()
      .join(""),
  );
  const rights = right.map((_, i) => right.slice(0, i + 1).join(""));
  const contexts = lefts
    .filter((each) => each.length < longest)
    .flatMap((each) => rights.map((other) => each + HOLE + other))
    .filter((context) => context.length <= longest && context !== HOLE);
  return [...new Set(contexts)];
}
