// What is asked of the domains that people gave samples: what was held out, which tells what a
// domain gained, and what earlier versions learned of it, which tells what it lost.

import { createRandom, shuffle } from "../../base/index.ts";
import type { Material, TuningSample } from "./material.ts";
import { asQuestion, type KeptRow } from "./rows.ts";

/** A sample with a domain, its first answer hidden whole. */
export interface DomainQuestion extends KeptRow {
  readonly domain: string;
  /** earlier: learned by versions before, and repeated in this training. */
  readonly on: "held-out" | "earlier";
}

/** Those with the most samples; more would be a list that nobody reads. */
const DOMAINS_MAX = 20;
/** Of all domains, held out and earlier each: they cost as much time as probes. */
const QUESTIONS_MAX = 200;
/** Of a domain's name. */
const CHARACTERS_MAX = 64;
const SEED = 1;

/** Domain by domain; none where no sample has one. */
export function domainQuestions({
  heldOut,
  earlier,
}: Pick<Material, "heldOut" | "earlier">): DomainQuestion[] {
  const domains = largest([...heldOut, ...earlier].flatMap((each) => domainOf(each) ?? []));
  const most = Math.ceil(QUESTIONS_MAX / Math.max(1, domains.length));
  const asked = (on: DomainQuestion["on"], samples: readonly TuningSample[]): DomainQuestion[] =>
    domains.flatMap((domain) => {
      const rows = samples.flatMap((each) => {
        const row = each.accepted[0]?.whole;
        return row === undefined || domainOf(each) !== domain ? [] : [asQuestion(row)];
      });
      const drawn = shuffle(rows, createRandom(SEED)).slice(0, most);
      return drawn.map((row) => ({ ...row, domain, on }));
    });
  return [...asked("held-out", heldOut), ...asked("earlier", earlier)];
}

/** One short line: it becomes part of what is known of a version, which holds no texts. */
function domainOf({ sample: { domain = "" } }: TuningSample): string | undefined {
  return domain.trim().replaceAll(/\s+/g, " ").slice(0, CHARACTERS_MAX) || undefined;
}

/** The most frequent names, the most frequent first; equals in the order they came. */
function largest(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  return sorted.slice(0, DOMAINS_MAX).map(([name]) => name);
}
