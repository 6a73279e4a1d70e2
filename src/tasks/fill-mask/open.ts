// Opens a model directory as a filler.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { AppError } from "../../base/index.ts";
import {
  baseDirectoryOf,
  openHuggingFaceDirectory,
  readJsonFile,
  readModelConfig,
  readTokenizerFiles,
} from "../../checkpoint/index.ts";
import type { TokenizerFiles, Weights } from "../../checkpoint/index.ts";
import { verifyFiles } from "../../integrity/index.ts";
import type { Scorer, ServingScorer, StagedModel } from "../../models/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import {
  createTokenizer,
  tokenizerFromVocabulary,
  withKnownWidths,
} from "../../tokenizer/index.ts";
import { compareForms } from "./agreement.ts";
import { createFiller, type FillerParts } from "./filler.ts";
import { UNFITTED_LENGTHS } from "./length-model.ts";
import { createLexicon, wordTokens, type Lexicon } from "./lexicon.ts";
import { parseFillMaskSettings, type FillMaskSettings } from "./settings.ts";
import type { Filler, FillerOptions } from "./types.ts";
import { WINDOW_TOKENS } from "./work.ts";

const SETTINGS_FILE = "fill-mask.json";
/** Words of modern Chinese, one a line; see models/lexicon-zh.md. */
const LEXICON_FILE = new URL("../../../models/lexicon-zh.txt.gz", import.meta.url);
const SETTINGS_BYTES_MAX = 1_000_000;

/**
 * A filler over a Hugging Face model directory.
 *
 * @throws AppError `not_found`, `damaged_file` or `unsupported_model` saying what is wrong with it.
 */
export async function openFiller(directory: string, options: FillerOptions): Promise<Filler> {
  return createFiller(await openFillerParts(directory, options));
}

/** What {@link openFiller} makes a filler of; the caller owns the scorer. */
export async function openFillerParts(
  directory: string,
  options: FillerOptions,
): Promise<FillerParts> {
  const isStored = await verifyFiles(directory);
  const base = baseDirectoryOf(directory);
  if (base !== directory) await verifyFiles(base);
  const model = modelIn(directory);
  // Those that only read samples never load the engine.
  const { createScorer, maskedLanguageModel } = await import("../../models/index.ts");
  // Told before any weights are read: those of another kind of model make no sense here.
  maskedLanguageModel(model.config);
  const { stagedDirectory } = options;
  const scorer =
    isStored && stagedDirectory !== undefined
      ? await openStaged(stagedDirectory, directory, options)
      : await createScorer(model.config, model.readWeights(), options);
  return fillerPartsOver(directory, scorer);
}

/** Through its staged form; from its own files where that cannot be made, as on a full disk. */
async function openStaged(
  stagedDirectory: string,
  directory: string,
  options: FillerOptions,
): Promise<ServingScorer> {
  const stagedOf = (stored: string): StagedModel => {
    const standsOn = baseDirectoryOf(stored);
    const { config, readWeights } = modelIn(stored);
    return {
      config,
      readWeights: async () => {
        for (const each of new Set([stored, standsOn])) await verifyFiles(each, { isFull: true });
        return readWeights();
      },
      // A stored directory is named by its content, and so is what is made of it.
      directory: path.join(stagedDirectory, path.basename(stored)),
      base: standsOn === stored ? undefined : stagedOf(standsOn),
      compare: (form, float32) =>
        compareForms(form, float32, openTokenizer(readTokenizerFiles(stored))),
    };
  };
  const model = stagedOf(directory);
  const { createScorer, openStagedScorer } = await import("../../models/index.ts");
  try {
    return await openStagedScorer(model, options);
  } catch {
    // What is wrong with the model itself is said here. How near int8 would be, nothing tells.
    const precision = (options.agreementMin ?? 0) > 0 ? "fp32" : options.precision;
    return createScorer(model.config, await model.readWeights(), { ...options, precision });
  }
}

/** The model of a directory, whose weights are read when they are wanted. */
function modelIn(directory: string): {
  readonly config: StagedModel["config"];
  readonly readWeights: () => Weights;
} {
  return {
    config: readModelConfig(directory),
    readWeights: () => {
      using opened = openHuggingFaceDirectory(directory);
      return opened.readWeights();
    },
  };
}

/** The parts of a filler around a scorer of the model in `directory`. */
export function fillerPartsOver(
  directory: string,
  scorer: Scorer,
  settings: FillMaskSettings = readSettings(directory),
): FillerParts {
  const tokenizer = openTokenizer(readTokenizerFiles(directory));
  if (tokenizer.vocabularySize > scorer.vocabularySize) {
    throw new AppError(
      "unsupported_model",
      `the tokenizer of ${directory} has ${tokenizer.vocabularySize} tokens, the model scores ` +
        `${scorer.vocabularySize}; they do not belong together`,
    );
  }
  let lexicon: Lexicon | undefined;
  return {
    scorer,
    tokenizer,
    lexicon: () =>
      (lexicon ??= createLexicon([...shippedWords(), ...(settings.words ?? [])], tokenizer)),
    lengths: settings.lengths,
    windowTokens: Math.min(settings.windowTokens, scorer.sequenceMax),
    choiceWindows: (settings.choiceWindows ?? [settings.windowTokens]).map((tokens) => {
      return Math.min(tokens, scorer.sequenceMax);
    }),
    temperature: settings.temperature ?? 1,
  };
}

/**
 * The tokenizer of a model directory: tokenizer.json, or vocab.txt alone. Full-width letters and
 * digits that its vocabulary lacks are read as ASCII, as in the text that models learned from.
 */
export function openTokenizer(files: TokenizerFiles): Tokenizer {
  const digest = createHash("sha256").update(JSON.stringify(files)).digest("hex");
  if (newest?.digest !== digest) {
    newest = { digest, tokenizer: withKnownWidths(tokenizerAsItIs(files)) };
  }
  return newest.tokenizer;
}

/**
 * The tokenizer made last, by its files. Versions of a model mostly have the same, and making one
 * is half of what a process that has opened another version needs to open the next.
 */
let newest: { readonly digest: string; readonly tokenizer: Tokenizer } | undefined;

function tokenizerAsItIs(files: TokenizerFiles): Tokenizer {
  const { tokenizerJson, tokenizerConfig, vocabulary } = files;
  if (tokenizerJson !== undefined) return createTokenizer(tokenizerJson, tokenizerConfig);
  if (vocabulary !== undefined) return tokenizerFromVocabulary(vocabulary, tokenizerConfig);
  throw new AppError("not_found", "the model has neither tokenizer.json nor vocab.txt");
}

/** The settings of a version that has learned `words`, so that a blank may become them. */
export function withWords(
  settings: FillMaskSettings,
  words: readonly string[],
  tokenizer: Tokenizer,
): FillMaskSettings {
  const shipped = new Set(shippedWords());
  const learned = [...(settings.words ?? []), ...words].filter((word) => !shipped.has(word));
  const offered = learned.filter((word) => {
    const [first, ...others] = wordTokens(word, tokenizer) ?? [];
    // A word that is a token is offered anyway, but in the vocabulary's writing.
    return first !== undefined && (others.length > 0 || tokenizer.tokenOf(first) !== word);
  });
  return offered.length === 0 ? settings : { ...settings, words: [...new Set(offered)].sort() };
}

/** Settings as the file that `readSettings` reads, by its name. */
export function settingsFileOf(settings: FillMaskSettings): Map<string, string> {
  return new Map([[SETTINGS_FILE, `${JSON.stringify(settings, null, 2)}\n`]]);
}

function shippedWords(): string[] {
  return gunzipSync(readFileSync(LEXICON_FILE)).toString("utf8").split("\n");
}

/** The longest row that a model is shown. What is wrong with its settings is said when it opens. */
export function windowOf(directory: string): number {
  try {
    return readSettings(directory).windowTokens;
  } catch {
    return WINDOW_TOKENS;
  }
}

/** Settings of a model directory, or those that fit any model. */
export function readSettings(directory: string): FillMaskSettings {
  const file = path.join(directory, SETTINGS_FILE);
  if (!existsSync(file)) return { lengths: UNFITTED_LENGTHS, windowTokens: WINDOW_TOKENS };
  return parseFillMaskSettings(readJsonFile(file, SETTINGS_BYTES_MAX), file);
}
