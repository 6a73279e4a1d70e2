// Reads the training texts of the starter model, each cleaned and as one document a row.

import { join } from "node:path";
import {
  couplets,
  loadCollections,
  loadFamousLines,
  loadTextbook,
  restorePopularLines,
} from "./poetry.ts";
import { commonIdioms, knownIdioms, loadIdioms, loadWordCounts, type Idiom } from "./idioms.ts";
import { clean, readLines } from "./read-lines.ts";
import { thingSentences } from "./things.ts";

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

const TRANSLATION_LICENCE = "MIT, MIT/Apache-2.0, CC-BY-4.0, CC0-1.0, PSF-2.0, MPL-2.0 (per row)";

/** Sentences of everyday prose, the sources that validation sentences are held out from. */
export function loadProse(dataDirectory: string): Source[] {
  const plain = PLAIN.map(([name, file, licence]) => ({
    name,
    licence,
    documents: readLines(join(dataDirectory, "cloze", `${file}.txt.gz`))
      .map(clean)
      .filter(isMostlyChinese),
  }));
  return [...plain, ...loadTranslations(dataDirectory)];
}

/** The Chinese side of translations: everyday sentences and captions apart from documentation. */
function loadTranslations(dataDirectory: string): Source[] {
  const rows = readLines(join(dataDirectory, "translation", "train.zh-en.tsv.gz")).map((row) => {
    const [chinese = "", , origin = ""] = row.split("\t");
    return { text: clean(chinese), isEveryday: origin === "tatoeba" || origin === "3am" };
  });
  const textsOf = (everyday: boolean): string[] =>
    rows
      .filter(({ text, isEveryday }) => isEveryday === everyday && isMostlyChinese(text))
      .map(({ text }) => text);
  return [
    { name: "everyday-translated", licence: "CC-BY-2.0-FR, MIT", documents: textsOf(true) },
    { name: "translation-zh", licence: TRANSLATION_LICENCE, documents: textsOf(false) },
  ];
}

/** Own sentences on what everyday things are. */
export function loadThings(): Source {
  const documents = thingSentences();
  return { name: "things", licence: "Apache-2.0 (written for this model)", documents };
}

/** Everyday sentences that this project wrote. */
export function loadEveryday(): Source {
  const names = ["everyday-1.txt", "everyday-2.txt", "everyday-3.txt", "everyday-4.txt"];
  const documents = names.flatMap((name) => readLines(join(import.meta.dirname, name)).map(clean));
  return { name: "everyday", licence: "Apache-2.0 (written for this model)", documents };
}

/** Sentences in which an idiom is used, so that its sense is learned and not its wording alone. */
export function loadIdiomSentences(dataDirectory: string, prose: readonly Source[]): Source {
  const idioms = new Set(loadIdioms(dataDirectory).map(({ idiom }) => idiom));
  const hasIdiom = (text: string): boolean => {
    for (let start = 0; start + 4 <= text.length; start++) {
      if (idioms.has(text.slice(start, start + 4))) return true;
    }
    return false;
  };
  const documents = prose.flatMap((source) => source.documents).filter(hasIdiom);
  return { name: "idiom-sentences", licence: "as the sources of prose", documents };
}

/** Sentences that this project wrote, each of which tells the idiom in it. */
export function loadIdiomsUsed(): Source {
  const documents = readLines(join(import.meta.dirname, "idioms-used.txt")).map(clean);
  return { name: "idioms-used", licence: "Apache-2.0 (written for this model)", documents };
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

const WORDS = 12_000;
const TWO_OR_THREE = /^\p{Script=Han}{2,3}$/u;

/** The commonest words of two or three characters, for what goes with what inside a word. */
export function loadWords(dataDirectory: string): Source {
  const counts = [...loadWordCounts(dataDirectory)].filter(([word]) => TWO_OR_THREE.test(word));
  const documents = counts
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, WORDS)
    .map(([word]) => word);
  return { name: "words", licence: "MIT (jieba)", documents };
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
    {
      name: "idiom-known",
      licence,
      documents: knownIdioms(idioms, dataDirectory).map(({ idiom }) => idiom),
    },
    { name: "idiom-all", licence, documents: idioms.map(({ idiom }) => idiom) },
    { name: "idiom-meaning", licence, documents: explained.flatMap(bothOrders) },
  ];
}

function bothOrders({ idiom, meaning }: Idiom): string[] {
  return [`${idiom}：${meaning}`, `${meaning.replace(/[。！？；，]+$/u, "")}：${idiom}`];
}

/**
 * Texts of the development sets with their blanks filled, so that none is trained on; famous lines
 * and idioms are asked to see whether they are known.
 */
export function loadDevelopmentTexts(dataDirectory: string): string[] {
  const filled = ["dev-word", "dev-idiom-choice"].flatMap((name) =>
    readLines(join(dataDirectory, "cloze", `${name}.jsonl.gz`)).map(filledText),
  );
  const everyday = ["famous", "everyday"]
    .flatMap((name) => readLines(join(import.meta.dirname, `../../bench/suites/${name}.jsonl`)))
    .filter((line) => (JSON.parse(line) as { domain?: string }).domain === "everyday")
    .map(filledText);
  const translated = ["dev-tatoeba", "flores-dev"].flatMap((name) =>
    readLines(join(dataDirectory, "translation", `${name}.zh-en.tsv.gz`)).map((line) =>
      clean(line.split("\t")[0] ?? ""),
    ),
  );
  return [...filled, ...everyday, ...translated];
}

/** The text of a question, its blank filled. */
export function filledText(line: string): string {
  const { text, answer } = JSON.parse(line) as { text: string; answer: string };
  return clean(text.replace(/___|\[MASK\]/, answer));
}

const HAN = /\p{Script=Han}/gu;

/** Keeps rows a Chinese model can learn from; lines of code and bare names are the others. */
function isMostlyChinese(text: string): boolean {
  const count = text.match(HAN)?.length ?? 0;
  return count >= 2 && count >= 0.3 * text.replaceAll(" ", "").length;
}
