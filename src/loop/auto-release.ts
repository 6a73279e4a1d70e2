// From a training that the gate passed to a release, where the settings say so.

import { messageOf, type Logger } from "../base/index.ts";
import type { Registry } from "../registry/index.ts";
import type { Releases } from "../serving/index.ts";

export interface AutoRelease {
  readonly registry: Pick<Registry, "listModels">;
  readonly releases: Pick<Releases, "deploy" | "onLook">;
  /** canary: its first step, then a person decides; full: all steps. */
  readonly auto: "off" | "canary" | "full";
  readonly logger: Logger;
}

/**
 * Begins a release of every trained version that was not refused and comes from now on. It is the
 * registry that is looked at, so that it does not matter who trained: this server, or a command
 * beside it.
 */
export async function followTraining(options: AutoRelease): Promise<void> {
  const { registry, releases, auto, logger } = options;
  if (auto === "off") return;
  const known = new Set((await trainedVersions(registry)).map(nameOf));
  const look = async (): Promise<void> => {
    for (const trained of await trainedVersions(registry)) {
      if (known.has(nameOf(trained))) continue;
      known.add(nameOf(trained));
      const { model, version } = trained;
      const wish = { model, version, waits: auto === "canary" };
      releases.deploy(wish, { by: "auto" }).catch((error: unknown) => {
        logger.warn({ ...wish, error: messageOf(error) }, "a trained version is not released");
      });
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
}

/** Those that the gate passed. */
async function trainedVersions(registry: AutoRelease["registry"]): Promise<Trained[]> {
  const models = await registry.listModels();
  return models.flatMap(({ id, versions }) =>
    versions
      .filter(({ origin, state }) => origin === "trained" && state === "ready")
      .map(({ version }) => ({ model: id, version })),
  );
}

function nameOf({ model, version }: Trained): string {
  return `${model}@${version}`;
}
