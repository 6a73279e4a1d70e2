// whetstone train --replay-of: a recorded training once more, to see whether it comes to the same
// weights. What comes out is compared and thrown away.

import type { Difference } from "../loop/index.ts";
import type { Call } from "./command-line.ts";
import { formatSeconds } from "./table.ts";
import { say } from "./terminal.ts";
import { watchTraining } from "./training-progress.ts";

/** Runs the training of "id@v" again; errors as `openReplay` and `requireSameData`. */
export async function replay(
  call: Call<{ readonly samples?: string }>,
  reference: string,
): Promise<void> {
  const { config, options, terminal } = call;
  const { gateLimitsOf, openDataDirectory, shippedMaterial, trainingRecordOf } =
    await import("../configured.ts");
  const loop = await import("../loop/index.ts");
  const training = await import("../training/index.ts");
  await using registry = await openDataDirectory(config);
  const { createScrubber } = await import("../feedback/index.ts");
  const scrubber = createScrubber({ terms: config.feedback.scrubTerms });
  using found = await loop.openReplay(registry, reference, {
    samplesFile: options.samples,
    scrubber,
  });
  const { recorded, wish, sha256: recordedSha256 } = found;
  const here = { cacheBytesMax: config.training.cacheBytes, limits: gateLimitsOf(config) };
  const order = await loop.orderTraining(registry, { ...wish, ...here }, shippedMaterial());
  const record = await trainingRecordOf(order);
  loop.requireSameData(recorded, record);
  const environment = loop.environmentDifferences(recorded, record);
  for (const difference of environment) say(terminal, `not as recorded: ${told(difference)}`);
  const finished = await watchTraining(terminal, (onProgress) =>
    training.startTraining(order, onProgress),
  );
  const sha256 = await loop.sha256OfTrained(finished);
  training.discardRun(order.runDirectory);
  const { steps, seconds } = finished;
  const same = sha256 === recordedSha256;
  const version = reference.slice(reference.indexOf("@") + 1);
  const verdict = same
    ? `${reference} again, to the last bit: ${sha256}`
    : `Other weights than those of ${reference}: ${sha256}; recorded ${recordedSha256}`;
  call.print({
    json: { version, same, sha256, recordedSha256, environment, steps, seconds },
    text: `${verdict}\n${steps} steps in ${formatSeconds(seconds)}`,
  });
}

function told({ what, recorded, now }: Difference): string {
  return `${what} ${recorded}, now ${now}`;
}
