// The part of a sentence that its answer depends on, and the frame around it. Where samples differ
// in such a part alone, each frame was seen with a few of the parts only, and what goes together by
// chance would be learned with the rest. So a part is also shown in frames that it never stood in:
// in those of all parts that share one of its own (Andreas 2020, arXiv 1904.09545).

import type { TuningRow } from "./rows.ts";

/** A row of which the tokens from..to, without the last, say what its answer is. */
export interface FramedRow {
  readonly row: TuningRow;
  readonly from: number;
  readonly to: number;
}

/** Standard deviations by which an answer stands with an indifferent token more often, at most. */
const RISE_MAX = 2;
/** In fewer sentences nothing is told from chance, and one wrong answer would be believed. */
const SEEN_MIN = 4;
/** A part goes on after so many indifferent tokens: a character of a name is often common. */
const GAP_MAX = 1;

/**
 * Tokens that stand in sentences with different answers, with none more often than chance has it:
 * what is said of a thing rather than the thing.
 *
 * @param rows samples with their answers hidden
 */
export function indifferentTokens(rows: readonly TuningRow[]): ReadonlySet<number> {
  const all = new Map<string, number>();
  const byToken = new Map<number, Map<string, number>>();
  for (const row of rows) {
    const answer = answerOf(row);
    count(all, answer);
    for (const id of new Set(row.ids)) {
      const answers = byToken.get(id) ?? new Map<string, number>();
      byToken.set(id, answers);
      count(answers, answer);
    }
  }
  const isIndifferent = (answers: ReadonlyMap<string, number>): boolean => {
    const total = [...answers.values()].reduce((sum, each) => sum + each, 0);
    const rises = [...answers].map(([answer, seen]) => {
      const share = (all.get(answer) ?? 0) / rows.length;
      return (seen - total * share) / Math.sqrt(total * share * (1 - share));
    });
    return answers.size > 1 && total >= SEEN_MIN && Math.max(...rises) < RISE_MAX;
  };
  return new Set([...byToken].flatMap(([id, answers]) => (isIndifferent(answers) ? [id] : [])));
}

/** The row as a part in its frame; none when what tells stands in several places, or nowhere. */
export function framed(row: TuningRow, indifferent: ReadonlySet<number>): FramedRow | undefined {
  const blank = blankOf(row);
  let [from, to] = [0, 0];
  for (const [column, id] of row.ids.entries()) {
    const isMark = column === 0 || column === row.ids.length - 1;
    if (isMark || blank.has(column) || indifferent.has(id)) continue;
    if (to === 0) from = column;
    else if (column - to > GAP_MAX || blank.has(column - 1)) return undefined;
    to = column + 1;
  }
  return to === 0 ? undefined : { row, from, to };
}

/** In whose frames the part of each row may stand: one row of each frame, its own among them. */
export function framesByRow(rows: readonly FramedRow[]): ReadonlyMap<TuningRow, FramedRow[]> {
  const framesOfPart = new Map<string, Map<string, FramedRow>>();
  const partsOfFrame = new Map<string, Set<string>>();
  for (const each of rows) {
    const [part, frame] = [partOf(each), frameOf(each)];
    const frames = framesOfPart.get(part) ?? new Map<string, FramedRow>();
    framesOfPart.set(part, frames);
    if (!frames.has(frame)) frames.set(frame, each);
    const parts = partsOfFrame.get(frame) ?? new Set<string>();
    partsOfFrame.set(frame, parts.add(part));
  }
  const framesBeside = new Map(
    [...partsOfFrame].map(([frame, parts]) => {
      return [frame, new Map([...parts].flatMap((part) => [...(framesOfPart.get(part) ?? [])]))];
    }),
  );
  const reached = new Map(
    [...framesOfPart].map(([part, frames]) => {
      const all = [...frames.keys()].flatMap((frame) => [...(framesBeside.get(frame) ?? [])]);
      return [part, [...new Map(all).values()]];
    }),
  );
  return new Map(rows.map((each) => [each.row, reached.get(partOf(each)) ?? []]));
}

/** A row's part and question in the frame of another. */
export function inFrameOf(frame: FramedRow, { row, from, to }: FramedRow): TuningRow {
  const blank = blankOf(row);
  const frameBlank = blankOf(frame.row);
  const ids: number[] = [];
  let start = 0;
  for (const [column, id] of frame.row.ids.entries()) {
    if (column === frame.from) ids.push(...row.ids.slice(from, to));
    if (column === Math.min(...frameBlank)) {
      start = ids.length;
      ids.push(...row.ids.filter((_, i) => blank.has(i)));
    }
    const isFrame = column < frame.from || column >= frame.to;
    if (isFrame && !frameBlank.has(column)) ids.push(id);
  }
  const shift = start - Math.min(...blank);
  return {
    ids,
    targets: row.targets.map((target) => ({ ...target, column: target.column + shift })),
  };
}

function partOf({ row, from, to }: FramedRow): string {
  return row.ids.slice(from, to).join();
}

function frameOf({ row, from, to }: FramedRow): string {
  const blank = blankOf(row);
  const first = Math.min(...blank);
  const kept = row.ids.map((id, column) => {
    if (column === first) return "blank";
    if (column === from) return "part";
    return blank.has(column) || (column > from && column < to) ? "" : String(id);
  });
  return kept.filter((each) => each !== "").join();
}

function answerOf({ targets }: TuningRow): string {
  return targets.map(({ label }) => label).join();
}

function blankOf({ targets }: TuningRow): ReadonlySet<number> {
  return new Set(targets.map(({ column }) => column));
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
