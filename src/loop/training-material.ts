// What the train command trains on, as files: samples of a file or of feedback, and those that it
// repeats. It knows nothing of training.

import { randomUUID } from "node:crypto";
import type { Scrubber } from "../feedback/index.ts";
import type { Registry, Version } from "../registry/index.ts";
import type { Suspect } from "../training/index.ts";
import { notesOnBlocked } from "./clean-rows.ts";
import { notesOnWaiting, takeEarlier, takeSamples, type Taking } from "./feedback-samples.ts";
import { KEPT_MAX } from "./kept-samples.ts";
import { RunFiles } from "./run-files.ts";
import { feedbackOrigins, sampleOrigins, type SampleOrigins } from "./sample-origins.ts";
import { scrubFile } from "./scrubbed-file.ts";
import { endLeftRun, heldRun, isHolderAlive, settleRun } from "./settle-run.ts";

export interface TrainingMaterial extends AsyncDisposable {
  readonly samplesFile: string;
  /** What earlier versions learned, to be repeated. */
  readonly earlierFile: string | undefined;
  readonly run: string;
  /** Where the samples came from; undefined for running text. */
  readonly origins: SampleOrigins | undefined;
  /** What a person should know of what is left out. */
  readonly notes: readonly string[];
  /** Rows of the named file that are not learned: they cannot be freed of personal data. */
  readonly blocked: readonly number[];
  /**
   * A version has learned from it, less what it left out of the suspects; what came from a file is
   * kept with it. Returns how many samples wait again since the gate refused the version.
   */
  learned(version: Version, suspects: readonly Suspect[]): Promise<number>;
}

export interface MaterialWish {
  readonly model: string;
  /** What a person named; undefined: what waits in feedback. */
  readonly samplesFile: string | undefined;
  /** Running text is not made of samples: it is learned as it is, for its own sake. */
  readonly isText: boolean;
  /** The most samples that stand on one user's word. */
  readonly perUser: number;
  readonly suites: Taking["suites"];
  readonly scrubber: Scrubber;
}

/**
 * The samples of a command and those that it repeats, as files without personal data. What it takes
 * from feedback waits again when it is disposed of and no version was stored; so does what a
 * command took that was killed, and the same samples give the same run, which is then continued.
 * Errors as `takeSamples` and `scrubFile`.
 */
export async function openTrainingMaterial(
  registry: Pick<Registry, "dataDirectory" | "feedback" | "learned" | "listModels" | "showModel">,
  { model, samplesFile: given, isText, scrubber, ...taking }: MaterialWish,
): Promise<TrainingMaterial> {
  const { dataDirectory, feedback } = registry;
  const files = new RunFiles(dataDirectory);
  await endKilled(registry, files);
  const run = heldRun("command", randomUUID());
  const giveBack = async (): Promise<void> => {
    try {
      await endLeftRun(registry, run, files);
    } catch {
      // The next command or server ends it; what went wrong before is what a person should see.
    }
  };
  try {
    const from = given === undefined || isText ? undefined : await scrubFile(given, scrubber);
    const lines =
      given === undefined ? await takeSamples(feedback, model, { run, ...taking }) : from?.lines;
    if (lines !== undefined) files.writeSamples(run, lines);
    if (!isText) files.writeEarlier(run, await takeEarlier(registry, model, run));
    const samplesFile =
      lines === undefined && given !== undefined ? given : files.samplesFileOf(run);
    // What came from feedback stays where people can delete it.
    const scrubbed = from !== undefined && from.count <= KEPT_MAX ? samplesFile : undefined;
    const originsOf = async (): Promise<SampleOrigins | undefined> => {
      if (given === undefined) return feedbackOrigins(feedback, run, samplesFile);
      return isText ? undefined : sampleOrigins(samplesFile, { from: "file" });
    };
    return {
      samplesFile,
      earlierFile: files.earlierFileOf(run),
      run,
      origins: await originsOf(),
      notes:
        given === undefined
          ? await notesOnWaiting(feedback, model, taking.perUser)
          : notesOnBlocked(from?.blocked ?? []),
      blocked: from?.blocked ?? [],
      learned: (version, suspects) => {
        const file = files.samplesFileOf(run);
        const kept = { samplesFile: scrubbed, keptFile: files.keptFileOf(run) };
        return settleRun(registry, { run, version, file, kept, suspects });
      },
      [Symbol.asyncDispose]: giveBack,
    };
  } catch (error) {
    await giveBack();
    throw error;
  }
}

/** Ends the runs of commands that were killed, and what they were running again. */
async function endKilled(
  registry: Pick<Registry, "feedback" | "learned" | "listModels">,
  files: RunFiles,
): Promise<void> {
  const runs = new Set([...files.withSamples(), ...(await registry.feedback.runsUnderWay())]);
  for (const run of runs) {
    if (isHolderAlive(run) === false) await endLeftRun(registry, run, files);
  }
}
