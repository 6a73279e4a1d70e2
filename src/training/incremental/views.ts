// The question of a sample in other surroundings, so that its word is not learned by heart with all
// of its sentence but from whatever goes with it: spans of the context hidden, and words beside the
// blank exchanged for those of other texts. Beside a blank a model expects what commonly stands
// there, and only a sample with another word there teaches it that something else matters more.

import { createRandom, type Random } from "../../base/index.ts";
import { seedOf, type SampleForms, type TuningRow } from "./rows.ts";

export interface ViewOptions {
  /** Of each word of each sample. */
  readonly viewCount: number;
  readonly maskId: number;
  /** Tokens of samples' contexts that may be exchanged. */
  readonly indifferent: ReadonlySet<number>;
  /** Sentences as tokens, from which the others are taken; none are exchanged without. */
  readonly others: readonly (readonly number[])[];
}

/** Shares of the context that views hide: each draws its own. */
const HIDDEN_MIN = 0.2;
const HIDDEN_MAX = 0.75;
/** Share of views with words exchanged, at most so many on each side of the blank. */
const EXCHANGING_SHARE = 0.9;
const EXCHANGED_MAX = 4;
/** How often a span spares a word that tells answers apart: a view without any can only guess. */
const SPARING_SHARE = 0.3;
/** By how much the share of an answer may rise where an indifferent token stands, 0..1. */
const RISE_MAX = 0.15;

/** The forms with views of their words; the same forms have the same views. */
export function withViews(forms: SampleForms, options: ViewOptions): SampleForms {
  const accepted = forms.accepted.map((word) => {
    return { ...word, views: viewsOf(word.whole, options) };
  });
  return { ...forms, accepted };
}

function viewsOf(
  { ids, targets }: TuningRow,
  { viewCount, maskId, indifferent, others }: ViewOptions,
): TuningRow[] {
  const random = createRandom(seedOf(ids.join(",")));
  const columns = targets.map(({ column }) => column);
  // Without any that does not, none is known to.
  const tellsApart = indifferent.size > 0;
  const [first, last] = [Math.min(...columns), Math.max(...columns)];
  return Array.from({ length: viewCount }, () => {
    const isHidden = spans(random);
    const isExchanging = others.length > 0 && random.next() < EXCHANGING_SHARE;
    const reach = (): number => (isExchanging ? random.integer(EXCHANGED_MAX + 1) : 0);
    const [from, to] = [first - reach(), last + reach()];
    const left = partOf(others, random);
    const right = partOf(others, random);
    const view = ids.map((id, column) => {
      const isMark = column === 0 || column === ids.length - 1;
      if (isMark || (column >= first && column <= last)) return id;
      const hides = isHidden();
      const isIndifferent = indifferent.has(id);
      const isNear = column >= from && column <= to;
      if (isNear && isIndifferent) return (column < first ? left : right)() ?? maskId;
      const isSpared = tellsApart && !isIndifferent && random.next() < SPARING_SHARE;
      return hides && !isSpared ? maskId : id;
    });
    return { ids: view, targets };
  });
}

/** Whether the next token is hidden: spans of two and more, a share of all that is drawn here. */
function spans(random: Random): () => boolean {
  const share = HIDDEN_MIN + (HIDDEN_MAX - HIDDEN_MIN) * random.next();
  const goesOn = (1 + share) / 2;
  const begins = (share * (1 - goesOn)) / (1 - share);
  let isHidden = false;
  return () => (isHidden = random.next() < (isHidden ? goesOn : begins));
}

/** Tokens one after the other from somewhere in one of the sentences. */
function partOf(others: readonly (readonly number[])[], random: Random): () => number | undefined {
  const sentence = others[random.integer(Math.max(1, others.length))] ?? [];
  let at = random.integer(Math.max(1, sentence.length - EXCHANGED_MAX));
  return () => sentence[at++];
}

/**
 * Tokens that stand in sentences with different answers, each about as often as elsewhere: the
 * frame of a sentence rather than what it is about.
 *
 * @param rows samples with their answers hidden
 */
export function indifferentTokens(rows: readonly TuningRow[]): ReadonlySet<number> {
  const all = new Map<string, number>();
  const byToken = new Map<number, Map<string, number>>();
  for (const { ids, targets } of rows) {
    const answer = targets.map(({ label }) => label).join();
    count(all, answer);
    for (const id of new Set(ids)) {
      const answers = byToken.get(id) ?? new Map<string, number>();
      byToken.set(id, answers);
      count(answers, answer);
    }
  }
  const isIndifferent = (answers: ReadonlyMap<string, number>): boolean => {
    const total = [...answers.values()].reduce((sum, each) => sum + each, 0);
    const rises = [...answers].map(([answer, seen]) => {
      return seen / total - (all.get(answer) ?? 0) / rows.length;
    });
    return answers.size > 1 && Math.max(...rises) < RISE_MAX;
  };
  return new Set([...byToken].flatMap(([id, answers]) => (isIndifferent(answers) ? [id] : [])));
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
