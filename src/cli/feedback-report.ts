// What the feedback commands share: the open desk, and samples as people read them.

import type { FeedbackDesk, PiiCounts } from "../feedback/index.ts";
import type { FeedbackSample, Registry, SampleCounts } from "../registry/index.ts";
import type { Call } from "./command-line.ts";
import { formatTable } from "./table.ts";

const TEXT_COLUMNS = 48;
const SHEET_COLUMNS = 400;

/** Opens the data directory, runs, closes. */
export async function withFeedback<T>(
  { config }: Call<object>,
  task: (open: { readonly registry: Registry; readonly desk: FeedbackDesk }) => Promise<T>,
): Promise<T> {
  const { openDataDirectory, openDesk } = await import("../configured.ts");
  await using registry = await openDataDirectory(config);
  const desk = await openDesk(registry, config);
  try {
    return await task({ registry, desk });
  } finally {
    await desk.close();
  }
}

export function sampleTable(samples: readonly FeedbackSample[]): string {
  const titles = ["id", "state", "text", "right", "wrong", "source", "users"];
  const rows = samples.map((sample) => [
    sample.id,
    stateOf(sample),
    shortened(sample.text, TEXT_COLUMNS),
    wordsOf(sample.answers),
    wordsOf(sample.rejected),
    sample.source,
    String(sample.userCount),
  ]);
  return formatTable(
    titles.map((title) => ({ title })),
    rows,
  );
}

/** Samples one below the other, with enough of each to decide on it. */
export function sampleSheet(samples: readonly FeedbackSample[]): string {
  return samples
    .map((sample) => {
      const { domain, source, userCount } = sample;
      const users = userCount === 1 ? "1 user" : `${userCount} users`;
      const facts = [stateOf(sample), source, users, ...(domain === undefined ? [] : [domain])];
      return [
        `${sample.id}  ${facts.join(" · ")}`,
        `  ${shortened(sample.text, SHEET_COLUMNS)}`,
        `  right: ${wordsOf(sample.answers)}   wrong: ${wordsOf(sample.rejected)}`,
      ].join("\n");
    })
    .join("\n\n");
}

/** "3 queued (1 of them without a right word), 1 held" */
export function countsLine(counts: SampleCounts, unanswered: number): string {
  return Object.entries(counts)
    .map(([state, count]) => {
      const isPart = state === "queued" && unanswered > 0;
      return `${count} ${state}${isPart ? ` (${unanswered} of them without a right word)` : ""}`;
    })
    .join(", ");
}

/** "replaced personal data: 2 mobile, 1 name" */
export function replacedLine(replaced: PiiCounts): string {
  const found = Object.entries(replaced).filter(([, count]) => count > 0);
  const named = found.map(([kind, count]) => `${count} ${kind}`);
  return `replaced personal data: ${named.join(", ") || "none"}`;
}

/** "held (suspect; others say 发货, −1.3)" */
function stateOf({ state, hold, doubt }: FeedbackSample): string {
  const others = doubt && `others say ${doubt.rival}, −${Math.abs(doubt.margin).toFixed(1)}`;
  const facts = [hold, others].filter((fact) => fact !== null && fact !== undefined);
  return facts.length === 0 ? state : `${state} (${facts.join("; ")})`;
}

function wordsOf(words: readonly string[]): string {
  return words.join(" ") || "–";
}

/** The blank stays in sight. */
function shortened(text: string, columns: number): string {
  const characters = [...text];
  if (characters.length <= columns) return text;
  const blank = Math.max(0, text.search(/___|\[BLANK\]/));
  const start = Math.max(0, Math.min(blank - columns / 2, characters.length - columns));
  const end = start + columns;
  const part = characters.slice(start, end).join("");
  return `${start > 0 ? "…" : ""}${part}${end < characters.length ? "…" : ""}`;
}
