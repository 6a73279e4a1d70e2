// What goes wrong with samples that somebody names.

import { AppError } from "../base/index.ts";
import type { Deleted } from "./feedback-types.ts";

export function unknownSample(id: string): AppError {
  return new AppError(
    "not_found",
    `There is no sample ${JSON.stringify(id.slice(0, 80))}; ` +
      "`whetstone feedback list` has them all.",
    { details: { id } },
  );
}

export function deletedSample(id: string, traces: Pick<Deleted, "learnedBy" | "runs">): AppError {
  const { learnedBy, runs } = traces;
  const versions = learnedBy.map(({ model, version }) => `${model}@${version}`);
  return new AppError(
    "not_found",
    `Sample ${id} has been deleted.` +
      (versions.length === 0 ? "" : ` Versions that learned from it: ${versions.join(", ")}.`) +
      (runs.length === 0 ? "" : ` Training runs under way that have it: ${runs.join(", ")}.`),
    { details: { id, ...traces } },
  );
}

export function textIsTaken(id: string, other: string): AppError {
  return new AppError(
    "conflict",
    `Sample ${id} cannot get this text: sample ${other} has it. Edit that one, and reject this.`,
    { details: { id, other } },
  );
}
