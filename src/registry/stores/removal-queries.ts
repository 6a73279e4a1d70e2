// What goes with a model: the rows that mean nothing without it. Version numbers begin at 1 again,
// so whatever stayed would be taken for that of a later model of the same name.

import type { Db } from "./queries.ts";
import { deleteProbeRuns } from "./probe-queries.ts";
import { deleteReleases } from "./release-queries.ts";

/** Deletes a model with its versions, and with what people did to it and said of it. */
export async function deleteModel(db: Db, id: string): Promise<void> {
  await deleteFeedbackOn(db, id);
  await deleteProbeRuns(db, id);
  await db.deleteFrom("version_events").where("model", "=", id).execute();
  await deleteReleases(db, id);
  await db.deleteFrom("versions").where("model", "=", id).execute();
  await db.deleteFrom("models").where("id", "=", id).execute();
}

/** Samples with all that is known of them, and answers that could still be judged. */
async function deleteFeedbackOn(db: Db, model: string): Promise<void> {
  const samples = db.selectFrom("samples").select("id").where("model", "=", model);
  // What versions learned from samples that have been deleted since.
  const learned = db.selectFrom("sample_versions").select("sample").where("model", "=", model);
  await db.deleteFrom("run_samples").where("sample", "in", samples).execute();
  await db.deleteFrom("run_samples").where("sample", "in", learned).execute();
  await db.deleteFrom("sample_versions").where("model", "=", model).execute();
  await db.deleteFrom("sample_events").where("sample", "in", samples).execute();
  await db.deleteFrom("opinions").where("sample", "in", samples).execute();
  await db.deleteFrom("samples").where("model", "=", model).execute();
  await db.deleteFrom("predictions").where("model", "=", model).execute();
}
