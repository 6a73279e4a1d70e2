// whetstone feedback delete: what a user said and asked, or single samples. Where a server runs, it
// is told to: what was asked a moment ago, and the training runs, are in its memory.

import type { Command } from "commander";
import { AppError, silentLogger } from "../base/index.ts";
import type { Config } from "../config/index.ts";
import type { Deleted, Learner, Registry, RunningServer } from "../registry/index.ts";
import type { DeletionResponse, UserDeletionResponse } from "../wire/index.ts";
import { wordList } from "./arguments.ts";
import { noteAct } from "./audit.ts";
import { setAction, type Call } from "./command-line.ts";
import { checkArguments, optionParser } from "./failure.ts";
import { withFeedback } from "./feedback-report.ts";
import { ask } from "./running-server.ts";
import { formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface DeleteOptions {
  readonly user?: string;
  readonly id?: readonly string[];
}

/** Adds the command to `feedback`. */
export function addDelete(feedback: Command, terminal: Terminal): void {
  const command = feedback
    .command("delete")
    .description(
      "Deletes all that a user said and asked, or single samples, and names the versions that " +
        "learned from what is gone.",
    )
    .option("--user <key>", "the userKey that the client sent")
    .option("--id <ids>", "ids of samples, separated by commas", optionParser(wordList));
  setAction<DeleteOptions>(command, terminal, async (call) => {
    const { user, id: ids } = call.options;
    checkArguments(() => {
      if ((user === undefined) !== (ids === undefined)) return;
      throw new AppError("usage", "Expected --user KEY or --id ID, one of the two.");
    });
    const { findServer } = await import("../registry/index.ts");
    const server = await findServer(call.config.data.directory);
    const deleted =
      server === undefined ? await deleteHere(call) : await deleteThere(server, call.options);
    call.print({ json: deleted, text: describe(deleted) });
  });
}

async function deleteHere(call: Call<DeleteOptions>): Promise<Deleted> {
  const { user, id: ids = [] } = call.options;
  return withFeedback(call, async ({ registry, desk }) => {
    const deleted =
      user === undefined ? await registry.feedback.deleteSamples(ids) : await desk.deleteUser(user);
    // Not whose: the row stays when the user is gone.
    await noteAct(registry, "feedback.delete", user === undefined ? "samples" : "a user");
    return { ...deleted, runs: await withoutDeleted(registry, call.config, deleted.runs) };
  });
}

/** Frees the files of runs that are stopped of what is gone; gives the other runs. */
async function withoutDeleted(
  registry: Registry,
  config: Config,
  runs: readonly string[],
): Promise<readonly string[]> {
  if (runs.length === 0) return runs;
  const { openTrainingRuns } = await import("../app.ts");
  const { shippedMaterial } = await import("../configured.ts");
  const { SuiteQuestions } = await import("../loop/index.ts");
  const suites = new SuiteQuestions(registry, shippedMaterial());
  const training = openTrainingRuns(registry, config, { logger: silentLogger, suites });
  return training.withoutDeleted(runs);
}

async function deleteThere(
  server: RunningServer,
  { user, id = [] }: DeleteOptions,
): Promise<Deleted> {
  if (user !== undefined) {
    const request = { method: "POST", body: { userKey: user } };
    return (await ask(server, "/api/feedback/delete-user", request)) as UserDeletionResponse;
  }
  const paths = [...new Set(id)].map((each) => `/api/feedback/${encodeURIComponent(each)}`);
  // Nothing is deleted when one of them is unknown.
  for (const path of paths) await ask(server, path);
  let samples = 0;
  const learnedBy = new Map<string, Learner>();
  const runs = new Set<string>();
  for (const path of paths) {
    const request = ask(server, path, { method: "DELETE" }) as Promise<DeletionResponse>;
    const gone = await request.catch((cause: unknown) => {
      const names = [...learnedBy.keys()].join(", ") || "no version";
      const done = `${samples} of ${paths.length} samples had been deleted; ${names} learned from`;
      if (!(cause instanceof AppError)) throw cause;
      throw new AppError(cause.code, `${cause.message} (${done} them.)`, { cause });
    });
    samples += gone.samples;
    for (const each of gone.learnedBy) learnedBy.set(nameOf(each), each);
    for (const run of gone.runs) runs.add(run);
  }
  const counts = { samples, predictions: 0, changed: 0 };
  return { ...counts, learnedBy: [...learnedBy.values()], runs: [...runs] };
}

function describe({ samples, predictions, changed, learnedBy, runs }: Deleted): string {
  const rows = learnedBy.map((each) => [nameOf(each)]);
  const learned =
    rows.length === 0
      ? "No version learned from it."
      : `Versions that learned from it:\n${formatTable([{ title: "" }], rows)}`;
  return (
    `deleted ${samples} samples and ${predictions} predictions; ${changed} samples stay ` +
    `with what others said\n${learned}` +
    (runs.length === 0
      ? ""
      : `\nTraining runs under way have it: ${runs.join(", ")}. The archive of a version ` +
        "that comes of one says how much of what it learned has been deleted.")
  );
}

function nameOf({ model, version }: Learner): string {
  return `${model}@${version}`;
}
