// Names of models on a hub: "hf:google-bert/bert-base-chinese", "modelscope:owner/name@revision".

import { AppError } from "../../base/index.ts";

const HUBS = {
  hf: { revision: "main", fileUrl: (repo: string) => repo },
  modelscope: { revision: "master", fileUrl: (repo: string) => `models/${repo}` },
} as const;

export type Hub = keyof typeof HUBS;

export interface HubSource {
  readonly hub: Hub;
  /** "owner/name", on Hugging Face also "name". */
  readonly repo: string;
  readonly revision: string;
}

const STEP = /^[A-Za-z0-9](?:[\w.-]{0,94}[\w])?$/;
const REVISION = /^[A-Za-z0-9][\w./-]{0,99}$/;

/**
 * The model that a text such as "hf:owner/name" or "hf:owner/name@revision" names; undefined when
 * it does not begin with the name of a hub.
 *
 * @throws AppError `invalid_input` when what follows cannot be a model.
 */
export function parseHubSource(text: string): HubSource | undefined {
  const [, hub, rest] = /^(hf|modelscope):(.*)$/s.exec(text) ?? [];
  if (hub === undefined || rest === undefined) return undefined;
  const [repo = "", revision = HUBS[hub as Hub].revision, ...more] = rest.split("@");
  const steps = repo.split("/");
  const counts = hub === "hf" ? [1, 2] : [2];
  const isRepo = counts.includes(steps.length) && steps.every(isStep);
  if (isRepo && isRevision(revision) && more.length === 0) {
    return { hub: hub as Hub, repo, revision };
  }
  throw new AppError(
    "invalid_input",
    `The source is ${JSON.stringify(text.slice(0, 200))}; expected ${hub}:OWNER/NAME, as in ` +
      "hf:google-bert/bert-base-chinese, and @REVISION where it is not the newest.",
  );
}

/** The address of a file of a model on the hub's mirror. */
export function fileUrl({ hub, repo, revision }: HubSource, mirror: string, file: string): URL {
  const root = mirror.replace(/\/+$/, "");
  return new URL(
    `${root}/${HUBS[hub].fileUrl(repo)}/resolve/${encodeURIComponent(revision)}/${file}`,
  );
}

function isStep(step: string): boolean {
  return STEP.test(step) && !step.includes("..");
}

function isRevision(revision: string): boolean {
  return REVISION.test(revision) && !revision.includes("..");
}
