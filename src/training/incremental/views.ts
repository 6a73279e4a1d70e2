// The question of a sample in other surroundings, so that its word is not learned by heart with all
// of its sentence but from whatever goes with it: spans of the context hidden, and words beside the
// blank exchanged for those of other texts. Beside a blank a model expects what commonly stands
// there, and only a sample with another word there teaches it that something else matters more.

import { createRandom, type Random } from "../../base/index.ts";
import { seedOf, type SampleForms, type TuningRow } from "./rows.ts";
import type { Templates } from "./templates.ts";

export interface ViewOptions {
  /** Of each word of each sample. */
  readonly viewCount: number;
  readonly maskId: number;
  /** Tokens of samples' contexts that may be exchanged. */
  readonly indifferent: ReadonlySet<number>;
  /** Sentences as tokens, from which the others are taken; none are exchanged without. */
  readonly others: readonly (readonly number[])[];
  readonly templates: Pick<Templates, "moved">;
}

/** Shares of the context that views hide: each draws its own. */
const HIDDEN_MIN = 0.2;
const HIDDEN_MAX = 0.75;
/** Share of views with words exchanged, at most so many on each side of the blank. */
const EXCHANGING_SHARE = 0.9;
const EXCHANGED_MAX = 4;
/** How often a span spares a word that tells answers apart: a view without any can only guess. */
const SPARING_SHARE = 0.4;
/** Share of views in the template of another sample, where there is one. */
const MOVED_SHARE = 0.5;

/** The forms with views of their words; the same forms have the same views. */
export function withViews(forms: SampleForms, options: ViewOptions): SampleForms {
  const accepted = forms.accepted.map((word) => {
    return { ...word, views: viewsOf(word.whole, options) };
  });
  return { ...forms, accepted };
}

function viewsOf(row: TuningRow, options: ViewOptions): TuningRow[] {
  const { viewCount, maskId, indifferent, others, templates } = options;
  const random = createRandom(seedOf(row.ids.join(",")));
  // Without any that does not, none is known to.
  const tellsApart = indifferent.size > 0;
  return Array.from({ length: viewCount }, () => {
    const isMoved = random.next() < MOVED_SHARE;
    const { ids, targets } = (isMoved ? templates.moved(row, random) : undefined) ?? row;
    const columns = targets.map(({ column }) => column);
    const [first, last] = [Math.min(...columns), Math.max(...columns)];
    const isHidden = spans(random);
    const isExchanging = others.length > 0 && random.next() < EXCHANGING_SHARE;
    const reach = (): number => (isExchanging ? random.integer(EXCHANGED_MAX + 1) : 0);
    const [from, to] = [first - reach(), last + reach()];
    const left = runOf(others, random);
    const right = runOf(others, random);
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
function runOf(others: readonly (readonly number[])[], random: Random): () => number | undefined {
  const sentence = others[random.integer(Math.max(1, others.length))] ?? [];
  let at = random.integer(Math.max(1, sentence.length - EXCHANGED_MAX));
  return () => sentence[at++];
}
