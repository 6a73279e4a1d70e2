// Reads the training texts of the starter model, each cleaned and as one document a row.

import { join } from "node:path";
import {
  couplets,
  loadCollections,
  loadFamousLines,
  loadTextbook,
  restorePopularLines,
} from "./poetry.ts";
import { commonIdioms, loadIdioms, type Idiom } from "./idioms.ts";
import { clean, readLines } from "./read-lines.ts";

export interface Source {
  readonly name: string;
  readonly licence: string;
  /** Documents, possibly with repetitions. */
  readonly documents: readonly string[];
}

const PLAIN = [
  ["wiki", "train-wiki-cc0", "CC0-1.0"],
  ["dialogue", "train-dialogue-apache", "Apache-2.0"],
  ["medical", "train-medical-mit", "MIT"],
  ["computing", "train-computing-cc-apache", "CC-BY-SA-4.0, Apache-2.0"],
  ["recipes", "train-recipes-unlicense", "Unlicense"],
  ["statutes", "train-statutes-public", "public (law of the PRC)"],
  ["histories", "train-modern-histories-mit", "MIT"],
] as const;

const TRANSLATION_LICENCE =
  "CC-BY-2.0-FR, MIT, MIT/Apache-2.0, CC-BY-4.0, CC0-1.0, PSF-2.0, MPL-2.0 (per row)";

/** Sentences of everyday prose, the sources that validation sentences are held out from. */
export function loadProse(dataDirectory: string): Source[] {
  const plain = PLAIN.map(([name, file, licence]) => ({
    name,
    licence,
    documents: readLines(join(dataDirectory, "cloze", `${file}.txt.gz`))
      .map(clean)
      .filter(isMostlyChinese),
  }));
  const rows = readLines(join(dataDirectory, "translation", "train.zh-en.tsv.gz"));
  const chinese = rows.map((row) => clean(row.split("\t")[0] ?? "")).filter(isMostlyChinese);
  return [...plain, { name: "translation-zh", licence: TRANSLATION_LICENCE, documents: chinese }];
}

/** Poems whole and as single couplets, in simplified script. */
export function loadPoetry(dataDirectory: string): Source[] {
  const textbook = loadTextbook(dataDirectory);
  const restore = restorePopularLines(textbook);
  const collections = loadCollections(dataDirectory).map((poem) => ({
    ...poem,
    text: restore(poem.text),
  }));
  const famous = collections.filter((poem) => poem.famous);
  const mit = "MIT (chinese-poetry)";
  const titled = famous.filter((poem) => poem.collection === "tang300" && poem.title !== "");
  return [
    {
      name: "poetry",
      licence: mit,
      documents: [
        ...collections.map((poem) => poem.text),
        ...titled.map((poem) => `${poem.author}《${poem.title}》：${poem.text}`),
      ],
    },
    {
      name: "poetry-couplets",
      licence: mit,
      documents: famous.flatMap((poem) => couplets(poem.text)),
    },
    {
      name: "tang300-couplets",
      licence: mit,
      documents: collections
        .filter(({ collection }) => collection === "tang300")
        .flatMap((poem) => couplets(poem.text)),
    },
    {
      name: "famous-lines",
      licence: "public domain",
      documents: loadFamousLines().flatMap((line) => [line, ...couplets(line)]),
    },
    { name: "poetry-textbook", licence: "public domain", documents: textbook },
    {
      name: "textbook-couplets",
      licence: "public domain",
      documents: textbook.flatMap((text) => {
        const lines = couplets(text);
        return [...lines, ...lines.slice(1).map((line, index) => (lines[index] ?? "") + line)];
      }),
    },
  ];
}

/** Idioms bare and with their meaning; `prose` tells which ones are in use. */
export function loadIdiomSources(dataDirectory: string, prose: readonly Source[]): Source[] {
  const idioms = loadIdioms(dataDirectory);
  const licence = "MIT";
  const explained = idioms.filter(({ meaning }) => meaning !== "");
  return [
    {
      name: "idiom-common",
      licence,
      documents: commonIdioms(idioms, dataDirectory, prose).map(({ idiom }) => idiom),
    },
    { name: "idiom-all", licence, documents: idioms.map(({ idiom }) => idiom) },
    { name: "idiom-meaning", licence, documents: explained.flatMap(bothOrders) },
  ];
}

function bothOrders({ idiom, meaning }: Idiom): string[] {
  return [`${idiom}：${meaning}`, `${meaning.replace(/[。！？；，]+$/u, "")}：${idiom}`];
}

/** Texts of the development sets with their blanks filled, so that none is trained on. */
export function loadDevelopmentTexts(dataDirectory: string): Set<string> {
  const filled = ["dev-word", "dev-idiom-choice"].flatMap((name) =>
    readLines(join(dataDirectory, "cloze", `${name}.jsonl.gz`)).map((line) => {
      const { text, answer } = JSON.parse(line) as { text: string; answer: string };
      return clean(text.replace("___", answer));
    }),
  );
  const translated = ["dev-tatoeba", "flores-dev"].flatMap((name) =>
    readLines(join(dataDirectory, "translation", `${name}.zh-en.tsv.gz`)).map((line) =>
      clean(line.split("\t")[0] ?? ""),
    ),
  );
  return new Set([...filled, ...translated]);
}

const HAN = /\p{Script=Han}/gu;

/** Keeps rows a Chinese model can learn from; lines of code and bare names are the others. */
function isMostlyChinese(text: string): boolean {
  const count = text.match(HAN)?.length ?? 0;
  return count >= 2 && count >= 0.3 * text.replaceAll(" ", "").length;
}
