// Which versions may lose their files. A pure function over what the registry has.

import type { Model, Version } from "./types.ts";

export interface RetentionRules {
  /** How many of the newest versions of each model stay whatever happens; 1 and more. */
  readonly keep: number;
  /** Versions that somebody answers with or may go back to, as "id@V". */
  readonly inUse: readonly string[];
  /** The content address of what a version's files stand on; undefined for whole weights. */
  readonly baseOf: (version: Version) => string | undefined;
}

/**
 * The versions whose files nothing needs: not stable, not in use, no alias, not among the newest,
 * and not the base of one that stays.
 */
export function dispensable(models: readonly Model[], rules: RetentionRules): readonly Version[] {
  const all = models.flatMap((model) => candidatesOf(model, rules));
  const gone = new Set(all);
  const staying = models
    .flatMap(({ versions }) => versions)
    .filter((version) => version.state !== "cleaned" && !gone.has(version));
  const bases = new Set(staying.map(rules.baseOf));
  return all.filter(({ key }) => !bases.has(key));
}

function candidatesOf(model: Model, { keep, inUse }: RetentionRules): readonly Version[] {
  const present = model.versions.filter(({ state }) => state !== "cleaned");
  const newest = new Set(present.slice(-keep));
  const aliased = model.aliases.map(({ version }) => version);
  return present.filter(
    (version) =>
      version.version !== model.stable &&
      !newest.has(version) &&
      !aliased.includes(version.version) &&
      !inUse.includes(`${model.id}@${version.version}`),
  );
}
