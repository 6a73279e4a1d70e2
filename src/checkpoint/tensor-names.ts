// The names under which checkpoints store the same tensor, brought to one: the names of today's
// transformers library for the model with its language-modelling head. Pure text, no files.

import { AppError } from "../base/index.ts";

interface NamingFamily {
  /** Put before the names of `body` when a checkpoint was saved without its head. */
  readonly prefix: string;
  /** First steps of names inside the body, e.g. `embeddings` in `embeddings.norm.weight`. */
  readonly body: readonly string[];
  /** With tied word embeddings, the left name stands for the values of the right one. */
  readonly tied: readonly (readonly [alias: string, source: string])[];
  /** Two names of one tensor; files hold the right one, the left one, or both. */
  readonly twins: readonly (readonly [alias: string, source: string])[];
  /** Parts that a masked language model does not use. */
  readonly ignored: RegExp;
}

const FAMILIES: Readonly<Record<string, NamingFamily>> = {
  bert: {
    prefix: "bert.",
    body: ["embeddings", "encoder", "pooler"],
    tied: [["cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"]],
    twins: [["cls.predictions.decoder.bias", "cls.predictions.bias"]],
    ignored:
      /^(bert\.pooler\.|cls\.seq_relationship\.|bert\.embeddings\.(position|token_type)_ids$)/,
  },
  modernbert: {
    prefix: "model.",
    body: ["embeddings", "layers", "final_norm"],
    tied: [["decoder.weight", "model.embeddings.tok_embeddings.weight"]],
    twins: [],
    ignored: /\.rotary_emb\.inv_freq$/,
  },
};

export interface NormalisedNames {
  /** Today's name → the name in the file; several names may lead to the same tensor. */
  readonly stored: ReadonlyMap<string, string>;
  /** Names that share another tensor's values → that tensor's name. */
  readonly tied: ReadonlyMap<string, string>;
  /** Names in the file that a masked language model does not use. */
  readonly ignored: readonly string[];
}

/**
 * Maps today's tensor names to those of a file: `gamma`/`beta` become `weight`/`bias`, a missing
 * prefix is added, and tied tensors appear under both names. Names of unknown model types only get
 * the first of these.
 * Throws `damaged_file` when two tensors of the file come to the same name.
 */
export function normaliseNames(
  fileNames: Iterable<string>,
  modelType: string,
  tieWordEmbeddings: boolean,
): NormalisedNames {
  const family = Object.hasOwn(FAMILIES, modelType) ? FAMILIES[modelType] : undefined;
  const stored = new Map<string, string>();
  const tied = new Map<string, string>();
  const ignored: string[] = [];
  for (const fileName of fileNames) {
    const name = todaysName(fileName, family);
    if (family?.ignored.test(name) === true) {
      ignored.push(fileName);
      continue;
    }
    const rival = stored.get(name);
    if (rival !== undefined) {
      throw new AppError(
        "damaged_file",
        `The tensors ${rival} and ${fileName} both stand for ${name}; expected one of them. ` +
          "Remove the one that is not meant.",
      );
    }
    stored.set(name, fileName);
  }
  const tie = (alias: string, source: string): void => {
    const fileName = stored.get(source);
    if (fileName === undefined) return;
    stored.set(alias, fileName);
    tied.set(alias, source);
  };
  if (tieWordEmbeddings) family?.tied.forEach(([alias, source]) => tie(alias, source));
  for (const [alias, source] of family?.twins ?? []) {
    if (stored.has(source)) tie(alias, source);
    else tie(source, alias);
  }
  return { stored, tied, ignored };
}

/**
 * The names that need not be written because another tensor carries their values.
 * `has` tells which names exist.
 */
export function redundantNames(
  modelType: string,
  tieWordEmbeddings: boolean,
  has: (name: string) => boolean,
): ReadonlySet<string> {
  const family = Object.hasOwn(FAMILIES, modelType) ? FAMILIES[modelType] : undefined;
  const pairs = [...(tieWordEmbeddings ? (family?.tied ?? []) : []), ...(family?.twins ?? [])];
  return new Set(pairs.filter(([, source]) => has(source)).map(([alias]) => alias));
}

function todaysName(fileName: string, family: NamingFamily | undefined): string {
  const name = fileName.replace(/\.gamma$/, ".weight").replace(/\.beta$/, ".bias");
  const isBody = family?.body.some((step) => name.startsWith(`${step}.`));
  return family !== undefined && isBody === true ? family.prefix + name : name;
}
