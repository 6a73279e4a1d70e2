// Tables as text: CSV with quotes (RFC 4180) or tab-separated. Pure.

import { AppError } from "../../base/index.ts";

export interface TableRow {
  /** The line of the file that it begins in, from 1. */
  readonly row: number;
  readonly cells: readonly string[];
}

/**
 * The rows of a table that are not empty. A tab in the first line makes it tab-separated, where
 * quotes mean nothing.
 *
 * @throws AppError `bad_row` for a quote that is never closed.
 */
export function parseTable(text: string): TableRow[] {
  const plain = text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  const firstLine = plain.slice(0, Math.max(0, plain.indexOf("\n")) || undefined);
  const rows = firstLine.includes("\t") ? parseTabs(plain) : parseCommas(plain);
  return rows
    .map(({ row, cells }) => ({ row, cells: cells.map((cell) => cell.trim()) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""));
}

function parseTabs(text: string): TableRow[] {
  return text.split("\n").map((line, i) => ({ row: i + 1, cells: line.split("\t") }));
}

function parseCommas(text: string): TableRow[] {
  const rows: TableRow[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const row = line;
    const cells: string[] = [];
    for (;;) {
      const cell = text[at] === '"' ? quotedCell(text, at, row) : plainCell(text, at);
      cells.push(cell.value);
      line += text.slice(at, cell.end).split("\n").length - 1;
      at = cell.end + 1;
      if (text[cell.end] !== ",") break;
    }
    line++;
    rows.push({ row, cells });
  }
  return rows;
}

interface Cell {
  readonly value: string;
  /** Where the separator or the line end is. */
  readonly end: number;
}

function plainCell(text: string, start: number): Cell {
  let end = start;
  while (end < text.length && text[end] !== "," && text[end] !== "\n") end++;
  return { value: text.slice(start, end), end };
}

/** A quote inside is written twice; what follows the closing one is kept. */
function quotedCell(text: string, start: number, row: number): Cell {
  let value = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) {
      throw new AppError("bad_row", `row ${row}: a quote is opened and never closed`, {
        details: { row },
      });
    }
    value += text.slice(at, quote);
    at = quote + 1;
    if (text[at] !== '"') break;
    value += '"';
    at++;
  }
  const rest = plainCell(text, at);
  return { value: value + rest.value, end: rest.end };
}
