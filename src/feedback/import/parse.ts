// A file to import → samples, by what it looks like. Knows lines, not files.

import { AppError } from "../../base/index.ts";
import type { SampleSource } from "../../wire/index.ts";
import { parseTable } from "./delimited.ts";
import type { ImportedSample } from "./rows.ts";
import { parseSampleLines } from "./sample-lines.ts";
import { parseStylePairs } from "./style.ts";
import { isTermTable, parseTermTable } from "./terms.ts";

export type ImportKind = "samples" | "terms" | "style";

export interface ParsedImport {
  readonly kind: ImportKind;
  readonly source: SampleSource;
  readonly samples: readonly ImportedSample[];
}

/**
 * Reads the lines of a file. Without `kind` its name tells: .jsonl (and .jsonl.gz) has samples,
 * .csv and .tsv a term table when the first row has a column term, else style pairs.
 *
 * @throws AppError `bad_row`; `invalid_input` for a name that tells nothing.
 */
export function parseImport(
  { name, lines }: { readonly name: string; readonly lines: readonly string[] },
  kind?: ImportKind,
): ParsedImport {
  const isTable = /\.(csv|tsv)(\.gz)?$/i.test(name);
  if (kind === undefined && !isTable && !/\.jsonl(\.gz)?$/i.test(name)) {
    throw new AppError(
      "invalid_input",
      `${name} is neither .jsonl nor .csv or .tsv; give it such a name, or say of ` +
        "what kind it is: samples, terms or style.",
    );
  }
  if (kind === "samples" || (kind === undefined && !isTable)) {
    return imported({ kind: "samples", source: "import", samples: parseSampleLines(lines) }, name);
  }
  const rows = parseTable(lines.join("\n"));
  return kind === "terms" || (kind === undefined && isTermTable(rows))
    ? imported({ kind: "terms", source: "terms", samples: parseTermTable(rows) }, name)
    : imported({ kind: "style", source: "style", samples: parseStylePairs(rows) }, name);
}

const CONTENT: Readonly<Record<ImportKind, string>> = {
  samples: 'samples; expected lines like {"text": "订单一直没___", "answer": "生效"}',
  terms: "terms; expected rows below a header with the column term",
  style: "pair whose formal sentence has a word that the informal one lacks",
};

function imported(parsed: ParsedImport, name: string): ParsedImport {
  if (parsed.samples.length > 0) return parsed;
  throw new AppError("bad_row", `${name} has no ${CONTENT[parsed.kind]}`);
}
