// Term tables (columns term, domain, patterns) → samples: each pattern with the term as its answer.

import { blankBetween, countBlanks, splitAtBlanks } from "../sample-text.ts";
import type { TableRow } from "./delimited.ts";
import { patternsFor } from "./patterns.ts";
import { badRow, checkedSample, requireAgreement, type ImportedSample } from "./rows.ts";
import { piecesOf, type Piece } from "./words.ts";

const COLUMNS = {
  term: ["term", "术语", "词语", "词"],
  domain: ["domain", "领域", "行业"],
  patterns: ["patterns", "pattern", "句式", "例句"],
} as const;
type Column = keyof typeof COLUMNS;

const EXPECTED = "expected the columns term, domain and patterns in the first row";
const TERM_LENGTH_MAX = 24;

/** Whether the first row of a table names the column of terms. */
export function isTermTable([header]: readonly TableRow[]): boolean {
  return header?.cells.some((cell) => columnOf(cell) === "term") ?? false;
}

/**
 * Samples from a table with a header. Patterns of a cell are separated by | ; or lines, and have
 * the term, `{term}` or a blank in them; a term without patterns gets 5–10 fitting ones.
 *
 * @throws AppError `bad_row`
 */
export function parseTermTable(rows: readonly TableRow[]): ImportedSample[] {
  const [header, ...lines] = rows;
  const columns = header?.cells.map(columnOf) ?? [];
  if (!columns.includes("term")) throw badRow(header?.row ?? 1, `no column term; ${EXPECTED}`);
  const unknown = columns.indexOf(undefined);
  if (unknown >= 0) {
    const name = header?.cells[unknown] ?? "";
    throw badRow(header?.row ?? 1, `unknown column "${name}"; ${EXPECTED}`);
  }
  const samples = lines.flatMap((line) => samplesOf(line, columns as Column[]));
  requireAgreement(samples);
  return samples;
}

function columnOf(title: string): Column | undefined {
  const name = title.toLowerCase();
  const columns = Object.entries(COLUMNS) as [Column, readonly string[]][];
  return columns.find(([, names]) => names.includes(name))?.[0];
}

function samplesOf({ row, cells }: TableRow, columns: readonly Column[]): ImportedSample[] {
  if (cells.slice(columns.length).some((cell) => cell !== "")) {
    throw badRow(row, `${cells.length} cells; expected ${columns.length} (quote commas in a cell)`);
  }
  const cellOf = (column: Column): string => cells[columns.indexOf(column)] ?? "";
  const term = cellOf("term").normalize("NFC");
  if (term === "") throw badRow(row, "term is empty");
  if ([...term].length > TERM_LENGTH_MAX || countBlanks(term) > 0) {
    throw badRow(
      row,
      `term is "${term}"; expected a word of at most ${TERM_LENGTH_MAX} characters`,
    );
  }
  const domain = cellOf("domain") || undefined;
  const given = cellOf("patterns")
    .split(/[|;；\n]/)
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== "");
  const patterns = given.length > 0 ? given : patternsFor(term, domain);
  const pieces = piecesOf(term);
  return patterns.map((pattern, i) => {
    const piece = pieces[i % pieces.length];
    if (piece === undefined) throw badRow(row, `term is "${term}"; expected a word`);
    const text = withPiece(placed(pattern, { term, row }), piece);
    return checkedSample({ row, text, answers: [piece.word], rejected: [], domain });
  });
}

/** What stands before and after the term. */
function placed(
  pattern: string,
  { term, row }: { readonly term: string; readonly row: number },
): readonly [string, string] {
  const blanked = pattern.replaceAll(/\{term\}|｛term｝/gi, "[BLANK]");
  const count = countBlanks(blanked);
  if (count === 1) return splitAtBlanks(blanked) as [string, string];
  if (count > 1) throw badRow(row, `the pattern "${pattern}" has ${count} blanks; expected one`);
  const at = blanked.indexOf(term);
  if (at >= 0) return [blanked.slice(0, at), blanked.slice(at + term.length)];
  const what = `the pattern "${pattern}" has neither "${term}" nor a blank`;
  throw badRow(row, `${what}; write {term} or ___ where the term belongs`);
}

function withPiece([before, after]: readonly [string, string], piece: Piece): string {
  return blankBetween(before + piece.before, piece.after + after);
}
