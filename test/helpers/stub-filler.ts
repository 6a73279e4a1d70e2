// A filler without a model: it answers from the text alone, and does on request what models may do
// wrong. The text "gate[MASK]" waits until the test opens the gate, "hang[MASK]" for ever,
// "block[MASK]" keeps its process from hearing anything for a while, "crash[MASK]" kills it, "crash
// once[MASK]" only the first one, "bug[MASK]" throws. A model whose config.json has a StubBehaviour
// does wrong whatever it is asked.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError, createRandom } from "../../src/base/index.ts";
import type {
  Filler,
  FillerOptions,
  FillInput,
  FillOutput,
} from "../../src/tasks/fill-mask/index.ts";

const WORDS = ["岸", "月", "花", "山", "水", "风", "云", "天"];
/** A file in the model's directory that lets texts through. */
export const GATE = "gate-is-open";
const BLOCKED_MS = 300;
const BLANK = /\[MASK\]|\[BLANK\]|___/g;

/** What a version does wrong, in its config.json. */
export interface StubBehaviour {
  /** It throws from this text on, so that it gets through its running in. */
  readonly failsFrom?: number;
  /** The share of the texts from there on that it throws at, 0..1; all of them by default. */
  readonly errorShare?: number;
  /** Which of them these are: the same with the same seed while each text is asked alone. */
  readonly seed?: number;
  readonly isNaN?: boolean;
  readonly crashes?: boolean;
}

/** Opens anything but a directory whose config.json is missing; `options` are not looked at. */
export async function openStubFiller(directory: string, _options: FillerOptions): Promise<Filler> {
  if (!existsSync(path.join(directory, "config.json"))) {
    throw new AppError("damaged_file", `${directory} has no config.json.`);
  }
  const text = readFileSync(path.join(directory, "config.json"), "utf8");
  return createStubFiller(directory, JSON.parse(text) as StubBehaviour);
}

export function createStubFiller(directory = ".", behaviour: StubBehaviour = {}): Filler {
  const { failsFrom = Infinity, errorShare = 1, seed = 0 } = behaviour;
  const random = createRandom(seed);
  let count = 0;
  return {
    precision: "fp32",
    asRead: (word) => word,
    fill: async (inputs) => {
      for (const [text, input] of inputs.entries()) requireBlank(input.text, text);
      for (const { text } of inputs) await misbehave(text, directory);
      for (const _ of inputs) {
        count += 1;
        if (behaviour.crashes === true) process.kill(process.pid, "SIGKILL");
        if (count >= failsFrom && random.next() < errorShare)
          throw new TypeError("a bug in this version");
      }
      const outputs = inputs.map(answer);
      return behaviour.isNaN === true ? outputs.map(withoutNumbers) : outputs;
    },
    [Symbol.dispose]: () => {},
  };
}

function requireBlank(text: string, index: number): void {
  if (text.search(BLANK) >= 0) return;
  throw new AppError("no_blank", "the text has no blank", { details: { text: index } });
}

async function misbehave(text: string, directory: string): Promise<void> {
  const isShut = (): boolean => !existsSync(path.join(directory, GATE));
  while (text.startsWith("gate") && isShut()) await sleep(5);
  if (text.startsWith("hang")) await new Promise(() => {});
  if (text.startsWith("block")) {
    const untilMs = performance.now() + BLOCKED_MS;
    while (performance.now() < untilMs);
  }
  if (text.startsWith("bug")) throw new TypeError("a bug in the model code");
  if (text.startsWith("crash once")) {
    const marker = path.join(directory, "crashed");
    if (existsSync(marker)) return;
    writeFileSync(marker, "");
    process.kill(process.pid, "SIGKILL");
  }
  if (text.startsWith("crash")) process.kill(process.pid, "SIGKILL");
}

function answer({ text, topK, targets }: FillInput): FillOutput {
  const texts = new Set<string>();
  const words = (targets ?? WORDS).filter((word) => texts.add(asPiece(word).text).size <= topK);
  const pieces = text.split(BLANK);
  return {
    blanks: pieces.slice(1).map((_, blank) => ({
      candidates: words.map((word, rank) => ({
        ...asPiece(word),
        score: 0.5 / (rank + 1),
        sequence: sequenceOf(pieces, blank, asPiece(word).text),
        tokenId: 100 + rank,
      })),
    })),
  };
}

/** A target like "##e" stands for a piece that continues a word. */
function asPiece(word: string): { text: string; token?: string } {
  return word.startsWith("##") ? { text: word.slice(2), token: word } : { text: word };
}

function sequenceOf(pieces: readonly string[], blank: number, word: string): string {
  const filled = pieces.slice(1).map((piece, i) => (i === blank ? word : "岸") + piece);
  return [pieces[0], ...filled].join("");
}

function withoutNumbers({ blanks }: FillOutput): FillOutput {
  return {
    blanks: blanks.map(({ candidates }) => ({
      candidates: candidates.map((candidate) => ({ ...candidate, score: NaN })),
    })),
  };
}
