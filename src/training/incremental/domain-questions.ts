// What is asked of the domains that people gave samples: what was held out, which tells what a
// domain gained, and what earlier versions learned of it, which tells what it lost.

import { byFrequency, createRandom, shuffle } from "../../base/index.ts";
import { domainLabel, DOMAINS_SHOWN_MAX } from "../../tasks/fill-mask/index.ts";
import type { Material, TuningSample } from "./material.ts";
import { asQuestion, type KeptRow } from "./rows.ts";

/** A sample with a domain, its first answer hidden whole. */
export interface DomainQuestion extends KeptRow {
  readonly domain: string;
  /** earlier: learned by versions before, and repeated in this training. */
  readonly on: "held-out" | "earlier";
}

/** Of all domains, held out and earlier each: they cost as much time as probes. */
const QUESTIONS_MAX = 200;
const SEED = 1;

/** Domain by domain; none where no sample has one. */
export function domainQuestions({
  heldOut,
  earlier,
}: Pick<Material, "heldOut" | "earlier">): DomainQuestion[] {
  // Wrong words alone cannot be asked for.
  const answered = [...heldOut, ...earlier].filter(({ accepted }) => accepted.length > 0);
  const names = answered.flatMap((each) => domainOf(each) ?? []);
  const domains = byFrequency(names)
    .slice(0, DOMAINS_SHOWN_MAX)
    .map(([name]) => name);
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

function domainOf({ sample: { domain = "" } }: TuningSample): string | undefined {
  return domainLabel(domain.trim()) || undefined;
}
