// From a training that the gate passed to a release, where the settings say so.

import { codeOf, messageOf, type Logger } from "../base/index.ts";
import type { Registry } from "../registry/index.ts";
import { isUnderWay, type Releases } from "../serving/index.ts";

export interface AutoRelease {
  readonly registry: Pick<Registry, "listModels">;
  readonly releases: Pick<Releases, "deploy" | "find" | "onLook">;
  /** canary: its first step, then a person decides; full: all steps. */
  readonly auto: "off" | "canary" | "full";
  readonly logger: Logger;
}

/** Another release that is not known here is under way, or the disk refuses: for now. */
const PASSING: readonly string[] = ["conflict", "io_failed", "unavailable"];

/**
 * Begins a release of every trained version that was not refused and comes from now on; while
 * another release of the model is under way it waits, and of several that wait the newest is
 * released. It is the registry that is looked at, so that it does not matter who trained: this
 * server, or a command beside it.
 */
export async function followTraining(options: AutoRelease): Promise<void> {
  const { registry, releases, auto, logger } = options;
  if (auto === "off") return;
  // There before, released, or passed over for a newer one.
  const settled = new Set((await trainedVersions(registry)).flat().map(nameOf));
  const waiting = new Set<string>();
  const begin = async ({ model, version }: Trained): Promise<void> => {
    const name = nameOf({ model, version });
    const wish = { model, version, waits: auto === "canary" };
    try {
      await releases.deploy(wish, { by: "auto" });
    } catch (error) {
      // A later look tries again.
      const isLater = PASSING.includes(codeOf(error));
      if (isLater) settled.delete(name);
      if (isLater && waiting.has(name)) return;
      waiting.add(name);
      logger.warn({ ...wish, error: messageOf(error) }, "a trained version is not released");
    }
  };
  const look = async (): Promise<void> => {
    const known = await trainedVersions(registry);
    // What came of a model that is gone says nothing of a later one of its name.
    const names = new Set(known.flat().map(nameOf));
    for (const name of settled) if (!names.has(name)) settled.delete(name);
    for (const name of waiting) if (!names.has(name)) waiting.delete(name);
    for (const trained of known) {
      const release = releases.find(trained[0]?.model ?? "")?.release;
      // A person may have been quicker: what is older than their choice is not released after it.
      const chosen = trained.findIndex(({ version }) => version === release?.canary.version);
      for (const each of trained.slice(0, chosen + 1)) settled.add(nameOf(each));
      const come = trained.filter((each) => !settled.has(nameOf(each)));
      const newest = come.at(-1);
      if (newest === undefined || (release !== undefined && isUnderWay(release))) continue;
      for (const each of come) settled.add(nameOf(each));
      if (!newest.isStable) void begin(newest);
    }
  };
  releases.onLook(() => {
    look().catch((error: unknown) => {
      logger.warn({ error: messageOf(error) }, "trained versions cannot be looked for");
    });
  });
}

interface Trained {
  readonly model: string;
  readonly version: string;
  readonly isStable: boolean;
}

/** Those of each model that the gate passed, the oldest first. */
async function trainedVersions(registry: AutoRelease["registry"]): Promise<Trained[][]> {
  const models = await registry.listModels();
  return models.map(({ id, versions, stable }) =>
    versions
      .filter(({ origin, state }) => origin === "trained" && state === "ready")
      .map(({ version }) => ({ model: id, version, isStable: version === stable })),
  );
}

function nameOf({ model, version }: Pick<Trained, "model" | "version">): string {
  return `${model}@${version}`;
}
