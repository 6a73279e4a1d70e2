// From "id@V" to the archive of that version.

import { AppError, required } from "../base/index.ts";
import {
  parseReference,
  type FeedbackStore,
  type ProbeStore,
  type Registry,
} from "../registry/index.ts";
import type { VersionArchive } from "../wire/index.ts";
import { archiveOf, withProbes } from "./archive.ts";

type ArchiveRegistry = Pick<Registry, "showModel" | "eventsOf"> & {
  readonly feedback: Pick<FeedbackStore, "deletedSince">;
  readonly probes: Pick<ProbeStore, "list">;
};

/**
 * Reads the archive of "id@V".
 *
 * @throws AppError `invalid_input` without a version, `unknown_model`, `unknown_version`.
 */
export async function readArchive(
  registry: ArchiveRegistry,
  reference: string,
): Promise<VersionArchive> {
  const { id, version } = parseReference(requireVersion(reference));
  const events = await registry.eventsOf(reference);
  const model = await registry.showModel(id);
  const found = model.versions.find((each) => each.version === version);
  const made = archiveOf(model, required(found, reference), events);
  const [newest] = await registry.probes.list(id, 1, made.version);
  const archive = newest === undefined ? made : withProbes(made, newest);
  const count = await registry.feedback.deletedSince({ model: id, version: archive.version });
  if (count === 0) return archive;
  const deleted = { kind: "deleted", suite: null, count, sha256: null } as const;
  return { ...archive, data: [...archive.data, deleted] };
}

/** "id@V", unchanged; throws `invalid_input` for anything else. */
export function requireVersion(reference: string): string {
  const { id, version } = parseReference(reference);
  if (version !== undefined) return reference;
  throw new AppError(
    "invalid_input",
    `"${id}" names no version; expected one as in "${id}@1". ` +
      `\`whetstone models show ${id}\` lists them.`,
  );
}
