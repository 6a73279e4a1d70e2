// whetstone models archive: what is known of a version, and a person's word on it.

import { formatEstimate, formatPercent, type Interval } from "../base/index.ts";
import type { Command } from "commander";
import type { ArchivedDrift, VersionArchive } from "../wire/index.ts";
import { noteAct } from "./audit.ts";
import { setAction, type Call } from "./command-line.ts";
import { checkArguments } from "./failure.ts";
import { formatBytes, formatMinute, formatTable, type Column } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface ArchiveOptions {
  readonly markdown?: boolean;
  readonly note?: string;
}

const HELP = `
The archive holds hashes and counts of what a version learned from, never the texts.

Examples:
  whetstone models archive starter-cloze@2
  whetstone models archive starter-cloze@2 --markdown > starter-cloze-2.md
  whetstone models archive starter-cloze@2 --note "Weak in classical poems; fine for contracts."`;

/** Adds the command to `models`. */
export function addArchive(models: Command, terminal: Terminal): void {
  const command = models
    .command("archive")
    .summary("show the health archive of a version")
    .description(
      "Shows where a version comes from, what it gained and lost, what it is weak in, and what " +
        "making it again needs.",
    )
    .argument("<id@v>", "a version")
    .option("--markdown", "as a page of Markdown")
    .option("--note <text>", "known limits in your words; an empty text takes the note back")
    .addHelpText("after", HELP);
  setAction(command, terminal, showArchive);
}

async function showArchive(call: Call<ArchiveOptions>, argument = ""): Promise<void> {
  const { archiveMarkdown, readArchive, requireVersion } = await import("../loop/index.ts");
  const reference = checkArguments(() => requireVersion(argument));
  const { note, markdown = false } = call.options;
  const { openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  if (note !== undefined) {
    await registry.writeNote(reference, note, "command");
    await noteAct(registry, "version.note", reference);
  }
  const archive = await readArchive(registry, reference);
  const page = markdown ? archiveMarkdown(archive).trimEnd() : undefined;
  call.print({
    json: page === undefined ? archive : { ...archive, markdown: `${page}\n` },
    text: page ?? describe(archive),
  });
}

/** The archive at a glance; the whole of it is in the other two forms. */
function describe(archive: VersionArchive): string {
  const { model, version, state, isStable, origin, parent, createdAt, sizeBytes } = archive;
  const made = parent === null ? origin : `${origin} from ${parent}`;
  const title =
    `${model}@${version}${isStable ? " (stable)" : ""}: ${state}, ${made}, ` +
    `${formatMinute(createdAt)} UTC, ${formatBytes(sizeBytes)}`;
  const { proposed, note } = archive.limits;
  const limits = proposed.map(({ text }) => `- ${text}`);
  const noted = note === null ? [] : [`Noted ${note.at.slice(0, 10)}: ${note.text}`];
  const known = [
    ...metrics(archive),
    ...latency(archive),
    ...agreement(archive),
    ...drift(archive),
    ...since(archive),
  ];
  return [title, ...known, limits.join("\n"), ...noted].filter((part) => part !== "").join("\n\n");
}

function metrics({ metrics: measured }: VersionArchive): string[] {
  if (measured === null) return [];
  const rows = measured.rows.map(({ name, before, after, difference, ...intervals }) => {
    const sign = difference > 0 ? "+" : "";
    return [
      name,
      shown(before, intervals.beforeInterval),
      shown(after, intervals.afterInterval),
      sign + shown(difference),
    ];
  });
  const title = measured.on === "held-out" ? "held out" : "as learned";
  return [formatTable([{ title }, ...numbers("before", "after", "change")], rows)];
}

function latency({ latencyMs }: VersionArchive): string[] {
  if (latencyMs === null) return [];
  const { p50, p95, before, threads, precision } = latencyMs;
  const parent =
    before === null ? "" : `; the version before it ${before.p50} and ${before.p95} ms`;
  const on = `${threads} ${threads === 1 ? "thread" : "threads"}, ${precision}`;
  return [`fill of 18 tokens: p50 ${p50} ms, p95 ${p95} ms${parent}; ${on}`];
}

function agreement({ int8 }: VersionArchive): string[] {
  if (int8 === null) return [];
  const { questions, sameTop1 } = int8;
  const share = formatPercent(sameTop1);
  return [`int8: the same first token as float32 in ${share} of ${questions} questions`];
}

function drift({ drift: measured }: VersionArchive): string[] {
  if (measured === null) return [];
  const row = (name: string, each: Omit<ArchivedDrift, "suite">): string[] => [
    name,
    String(each.count),
    formatPercent(each.before),
    formatPercent(each.after),
    formatPercent(each.flipRate),
    each.divergence?.toFixed(3) ?? "–",
    each.pValue.toPrecision(2),
  ];
  const columns = numbers("questions", "before", "after", "flipped", "KL", "p");
  const suites = [...measured.suites, measured.all].map((each) => row(each.suite ?? "all", each));
  const domains = measured.domains.map((each) => row(`${each.domain} (${each.on})`, each));
  return [
    formatTable([{ title: "suite" }, ...columns], suites),
    ...(domains.length === 0 ? [] : [formatTable([{ title: "domain" }, ...columns], domains)]),
  ];
}

/** What was measured later; where nothing ever was, how to do so. */
function since({ probes, drift: made, accuracy, state, ...archive }: VersionArchive): string[] {
  if (probes === null) {
    const isUnknown = made === null && accuracy === null && state !== "cleaned";
    const name = `${archive.model}@${archive.version}`;
    return isUnknown ? [`\`whetstone probes run ${name}\` measures it.`] : [];
  }
  const rows = probes.results.map(({ suite, count, top1, top3, ece, eceInterval }) => [
    suite,
    String(count),
    formatPercent(top1),
    formatPercent(top3),
    formatEstimate(ece, eceInterval),
  ]);
  const columns = numbers("questions", "top-1", "top-3", "ECE");
  const table = formatTable([{ title: "suite" }, ...columns], rows);
  return [`measured since, ${formatMinute(probes.at)} UTC:\n${table}`];
}

function numbers(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ title, align: "right" }));
}

function shown(value: number, interval: Interval | null = null): string {
  if (interval !== null) return formatEstimate(value, interval);
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
