// The fragment of a sentence that its answer depends on, and the template around it. Where 手机 and
// 会员 were both corrected in "{}还没[MASK]", with different answers, each is also shown in the other
// templates of the other, with its own answer (Andreas 2020, arXiv 1904.09545). Every template came
// with a few fragments, and whatever went with one answer there by chance would be learned too.

import type { Random } from "../../base/index.ts";
import type { TuningRow } from "./rows.ts";

/** A row of which the tokens from..to, without the last, say what its answer is. */
interface TemplatedRow {
  readonly row: TuningRow;
  readonly from: number;
  readonly to: number;
  /** Rows with the same fragment, and with the same template, have the same keys. */
  readonly fragment: string;
  readonly template: string;
}

export interface TemplatesOptions {
  readonly indifferent: ReadonlySet<number>;
  /** Tokens of no known meaning, which are no part of a fragment. */
  readonly unfit: ReadonlySet<number>;
  /** Questions, as `questionOf` has them, that are asked elsewhere and not to be made here. */
  readonly known: ReadonlySet<string>;
  /** No row is longer. */
  readonly tokensMax: number;
}

/** An answer may stand with an indifferent token more often than elsewhere by so much, 0..1 … */
const RISE_MAX = 0.15;
/** … or by so many standard deviations: what few samples show may be chance. */
const DEVIATIONS_MAX = 2;
/** With fewer samples one or two wrong answers would make a token indifferent. */
const SAMPLES_MIN = 6;
/** So many indifferent tokens in a row may stand within a fragment, as in many a name. */
const GAP_MAX = 1;
/** Fewer tokens around a fragment say nothing of how it was used. */
const TEMPLATE_TOKENS_MIN = 2;
/** How often a template is drawn until the question is a new one. */
const DRAWS_MAX = 4;

/**
 * Tokens that stand in samples with different answers, with none of them more often than chance has
 * it: what is said of a thing rather than the thing.
 *
 * @param rows samples with their answers hidden; several of one question are one sample
 * @param unfit tokens that are never indifferent
 */
export function indifferentTokens(
  rows: readonly TuningRow[],
  unfit: ReadonlySet<number>,
): ReadonlySet<number> {
  const samples = new Map<string, { ids: readonly number[]; answers: Set<string> }>();
  for (const row of rows) {
    const create = () => ({ ids: row.ids, answers: new Set<string>() });
    entryOf(samples, questionOf(row), create).answers.add(answerOf(row));
  }
  const all = new Map<string, number>();
  const byToken = new Map<number, Map<string, number>>();
  for (const { ids, answers } of samples.values()) {
    const answer = [...answers].toSorted().join(";");
    count(all, answer);
    for (const id of new Set(ids)) {
      const counts = entryOf(byToken, id, () => new Map<string, number>());
      count(counts, answer);
    }
  }
  const isIndifferent = (answers: ReadonlyMap<string, number>): boolean => {
    const total = [...answers.values()].reduce((sum, each) => sum + each, 0);
    const tells = [...answers].some(([answer, seen]) => {
      const share = (all.get(answer) ?? 0) / samples.size;
      const rise = seen / total - share;
      return rise > RISE_MAX && rise > DEVIATIONS_MAX * Math.sqrt((share * (1 - share)) / total);
    });
    return answers.size > 1 && total >= SAMPLES_MIN && !tells;
  };
  const found = [...byToken].filter(([id, answers]) => !unfit.has(id) && isIndifferent(answers));
  return new Set(found.map(([id]) => id));
}

/** The templates of some rows, and which fragments stood in each. */
export class Templates {
  readonly #byRow = new Map<TuningRow, TemplatedRow>();
  readonly #byFragment = new Map<string, TemplatedRow[]>();
  readonly #byTemplate = new Map<string, TemplatedRow[]>();
  readonly #options: TemplatesOptions;

  constructor(rows: readonly TuningRow[], options: TemplatesOptions) {
    this.#options = options;
    for (const row of rows) {
      const each = templated(row, options);
      if (each === undefined) continue;
      this.#byRow.set(row, each);
      entryOf(this.#byFragment, each.fragment, () => []).push(each);
      entryOf(this.#byTemplate, each.template, () => []).push(each);
    }
  }

  /**
   * The row's fragment and answer in a template of a fragment that shares one with it; undefined
   * for a row without a fragment, and when only known questions or too long rows were drawn.
   */
  moved(row: TuningRow, random: Random): TuningRow | undefined {
    const own = this.#byRow.get(row);
    if (own === undefined) return undefined;
    const drawn = (of: ReadonlyMap<string, readonly TemplatedRow[]>, key: string): TemplatedRow => {
      const rows = of.get(key) ?? [own];
      return rows[random.integer(rows.length)] ?? own;
    };
    const { known, tokensMax } = this.#options;
    for (let i = 0; i < DRAWS_MAX; i++) {
      const shared = drawn(this.#byFragment, own.fragment).template;
      const beside = drawn(this.#byTemplate, shared).fragment;
      const view = inTemplateOf(drawn(this.#byFragment, beside), own);
      if (view.ids.length <= tokensMax && !known.has(questionOf(view))) return view;
    }
    return undefined;
  }
}

/** What a row asks, whatever the answer's length. */
export function questionOf(row: TuningRow): string {
  const [start, end] = blankOf(row);
  return [...row.ids.slice(0, start), "blank", ...row.ids.slice(end)].join();
}

/** None when what tells stands in several places, or nowhere, or has no template around it. */
function templated(
  row: TuningRow,
  { indifferent, unfit }: Pick<TemplatesOptions, "indifferent" | "unfit">,
): TemplatedRow | undefined {
  const { ids } = row;
  const [start, end] = blankOf(row);
  let [from, to] = [0, 0];
  for (let column = 1; column < ids.length - 1; column++) {
    const id = ids[column] as number;
    if ((column >= start && column < end) || indifferent.has(id)) continue;
    const isBeyondBlank = to > 0 && to <= start && column >= end;
    if (isBeyondBlank || (to > 0 && column - to > GAP_MAX)) return undefined;
    if (to === 0) from = column;
    to = column + 1;
  }
  const fragment = ids.slice(from, to);
  const around = ids.length - 2 - fragment.length - (end - start);
  if (to === 0 || around < TEMPLATE_TOKENS_MIN || fragment.some((id) => unfit.has(id))) {
    return undefined;
  }
  const template = inTemplateOf({ row, from, to }, { row: NOTHING, from: 0, to: 1 });
  return { row, from, to, fragment: fragment.join(), template: questionOf(template) };
}

/** A fragment of no token that there is. */
const NOTHING: TuningRow = {
  ids: [-1, -1],
  targets: [{ column: 1, label: -1, wanted: 0, unwanted: 0 }],
};

type Span = Pick<TemplatedRow, "row" | "from" | "to">;

/** The fragment and the question of the second row in the template of the first. */
function inTemplateOf(template: Span, { row, from, to }: Span): TuningRow {
  const { ids } = template.row;
  const fragment = row.ids.slice(from, to);
  const [start, end] = blankOf(row);
  const blank = row.ids.slice(start, end);
  const [gapStart, gapEnd] = blankOf(template.row);
  const isBefore = template.from < gapStart;
  const between = isBefore ? ids.slice(template.to, gapStart) : ids.slice(gapEnd, template.from);
  const before = ids.slice(0, isBefore ? template.from : gapStart);
  const after = ids.slice(isBefore ? gapEnd : template.to);
  const inner = isBefore
    ? [...fragment, ...between, ...blank]
    : [...blank, ...between, ...fragment];
  const at = before.length + (isBefore ? fragment.length + between.length : 0);
  const targets = row.targets.map((target) => ({ ...target, column: target.column - start + at }));
  return { ids: [...before, ...inner, ...after], targets };
}

function answerOf({ targets }: TuningRow): string {
  return targets.map(({ label }) => label).join();
}

/** Columns from..to of what is asked, without the last. */
function blankOf({ targets }: TuningRow): [start: number, end: number] {
  const start = targets[0]?.column ?? 0;
  return [start, start + targets.length];
}

function entryOf<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const entry = map.get(key) ?? create();
  map.set(key, entry);
  return entry;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
