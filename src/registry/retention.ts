// Which versions may lose their files. A pure function over what the registry has.

import type { Model, Version } from "./types.ts";

export interface RetentionRules {
  /** How many of the newest versions of each model stay whatever happens; 1 and more. */
  readonly keep: number;
  /** Only versions that are older can go: ISO 8601, UTC. */
  readonly before?: string | undefined;
  /** Versions that somebody answers with or may go back to, as "id@V". */
  readonly inUse: readonly string[];
  /** The content address of what a version's files stand on; undefined for whole weights. */
  readonly baseOf: (version: Version) => string | undefined;
}

/**
 * The versions whose files nothing needs: not stable, not in use, no alias, not among the newest;
 * not what one that stays was trained from, so that its training can be run again; and not the base
 * of one that stays.
 */
export function dispensable(models: readonly Model[], rules: RetentionRules): readonly Version[] {
  const candidates = models.flatMap((model) => candidatesOf(model, rules));
  const isCandidate = new Set(candidates);
  const staying = models
    .flatMap(({ versions }) => versions)
    .filter((version) => version.state !== "cleaned" && !isCandidate.has(version));
  const parents = new Set(staying.map(({ model, parent }) => `${model}@${parent}`));
  const isParent = ({ model, version }: Version): boolean => parents.has(`${model}@${version}`);
  const bases = new Set([...staying, ...candidates.filter(isParent)].map(rules.baseOf));
  return candidates.filter((version) => !isParent(version) && !bases.has(version.key));
}

function candidatesOf(model: Model, { keep, before, inUse }: RetentionRules): readonly Version[] {
  const present = model.versions.filter(({ state }) => state !== "cleaned");
  const newest = new Set(present.slice(-keep));
  const aliased = model.aliases.map(({ version }) => version);
  return present.filter(
    (version) =>
      version.version !== model.stable &&
      !newest.has(version) &&
      (before === undefined || version.createdAt < before) &&
      !aliased.includes(version.version) &&
      !inUse.includes(`${model.id}@${version.version}`),
  );
}
