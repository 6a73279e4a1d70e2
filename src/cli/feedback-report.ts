// What the feedback commands share: the open desk, and samples as people read them.

import type { FeedbackDesk } from "../feedback/index.ts";
import type { FeedbackSample, Registry, SampleCounts } from "../registry/index.ts";
import type { Call } from "./command-line.ts";
import { formatTable } from "./table.ts";

const TEXT_COLUMNS = 48;

/** Opens the data directory, runs, closes. */
export async function withFeedback(
  { config }: Call<object>,
  task: (open: { readonly registry: Registry; readonly desk: FeedbackDesk }) => Promise<void>,
): Promise<void> {
  const { openDataDirectory, openDesk } = await import("../app.ts");
  await using registry = await openDataDirectory(config);
  const desk = await openDesk(registry, config);
  try {
    await task({ registry, desk });
  } finally {
    await desk.close();
  }
}

export function sampleTable(samples: readonly FeedbackSample[]): string {
  const titles = ["id", "state", "text", "right", "wrong", "source", "users"];
  const rows = samples.map((sample) => [
    sample.id,
    sample.hold === null ? sample.state : `${sample.state} (${sample.hold})`,
    shortened(sample.text),
    sample.answers.join(" ") || "–",
    sample.rejected.join(" ") || "–",
    sample.source,
    String(sample.userCount),
  ]);
  return formatTable(
    titles.map((title) => ({ title })),
    rows,
  );
}

/** "3 queued, 1 held" */
export function countsLine(counts: SampleCounts): string {
  return Object.entries(counts)
    .map(([state, count]) => `${count} ${state}`)
    .join(", ");
}

/** The blank stays in sight. */
function shortened(text: string): string {
  const characters = [...text];
  if (characters.length <= TEXT_COLUMNS) return text;
  const blank = Math.max(0, text.search(/___|\[BLANK\]/));
  const start = Math.max(0, Math.min(blank - TEXT_COLUMNS / 2, characters.length - TEXT_COLUMNS));
  const end = start + TEXT_COLUMNS;
  const part = characters.slice(start, end).join("");
  return `${start > 0 ? "…" : ""}${part}${end < characters.length ? "…" : ""}`;
}
