// An archive as a page of Markdown (GFM), for a wiki, a ticket or a mail.

import { formatEstimate, formatPercent, formatPoints, type Interval } from "../base/index.ts";
import type {
  ArchivedDomainDrift,
  ArchivedDrift,
  ArchivedMetric,
  SampleOrigin,
  VersionArchive,
} from "../wire/index.ts";

const METRIC_NAMES: Readonly<Record<ArchivedMetric["name"], string>> = {
  top1: "top-1",
  top3: "top-3",
  top5: "top-5",
  mrr: "MRR",
  ece: "ECE",
  brier: "Brier score",
  overconfidentErrors: "overconfident errors",
};
const SHARES: readonly ArchivedMetric["name"][] = ["top1", "top3", "top5"];
const ON_NAMES: Readonly<Record<ArchivedDomainDrift["on"], string>> = {
  "held-out": "held out",
  earlier: "learned earlier",
};
const NONE = "–";
const ORIGINS: Readonly<Record<SampleOrigin, string>> = {
  feedback: "feedback on answers",
  import: "imported samples",
  terms: "term tables",
  style: "style pairs",
  upload: "sent with the request",
  file: "a file",
};

type Latency = VersionArchive["latencyMs"];

/** Ends in a line break. */
export function archiveMarkdown(archive: VersionArchive): string {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ["Known limits", limits(archive)],
    ["Gate", gate(archive)],
    ["Metrics", metrics(archive)],
    ["Drift", [...drift(archive), ...since(archive)]],
    ["Data", data(archive)],
    ["Lineage", lineage(archive)],
    ["Training", training(archive)],
    ["Release history", releases(archive)],
    ["To repeat it", record(archive)],
  ];
  return [
    `# ${archive.model}@${archive.version}`,
    facts(archive).join("\n"),
    ...sections.flatMap(([title, lines]) => [`## ${title}`, lines.join("\n")]),
    "",
  ].join("\n\n");
}

function facts({ state, isStable, origin, createdAt, sizeBytes, sha256, ...rest }: VersionArchive) {
  const { latencyMs, int8 } = rest;
  return [
    `- state: ${state}${isStable ? ", the stable version" : ""}`,
    `- made: ${createdAt} (${origin})`,
    `- size: ${(sizeBytes / 1e6).toFixed(2)} MB`,
    `- SHA-256 of the weights: \`${sha256}\``,
    latencyMs === null
      ? "- latency: not measured"
      : `- latency of a fill of 18 tokens: ${latency(latencyMs)}`,
    ...(int8 === null ? [] : [`- int8 against float32: ${agreement(int8)}`]),
  ];
}

function latency({ p50, p95, before, threads, precision }: NonNullable<Latency>): string {
  const parent = before === null ? "" : `; the version before ${before.p50} and ${before.p95} ms`;
  const on = `${threads} ${threads === 1 ? "thread" : "threads"}, ${precision}`;
  return `${p50} ms (p50), ${p95} ms (p95)${parent}; ${on}`;
}

function agreement(int8: NonNullable<VersionArchive["int8"]>): string {
  const { questions, sameTop1, meanDifference, maxDifference } = int8;
  const [mean, most] = [meanDifference, maxDifference].map((nats) => nats?.toFixed(2) ?? NONE);
  return (
    `the same first token in ${formatPercent(sameTop1)} of ${questions} questions; its ` +
    `log-probability differs by ${mean} nats in the mean, ${most} at most`
  );
}

function limits({ limits: { note, earlierNotes, proposed } }: VersionArchive): string[] {
  const proposal = proposed.map(({ text }) => `- ${escaped(text)}`);
  const earlier = earlierNotes.map(({ at, text }) => `- ${at}: ${oneLine(text)}`);
  return [
    ...(note === null ? [] : [...quote(note.text), "", `Noted ${note.at}.`, ""]),
    ...(proposal.length === 0 ? ["Nothing stands out."] : ["From the measurements:", ""]),
    ...proposal,
    ...(earlier.length === 0 ? [] : ["", "Earlier notes:", "", ...earlier]),
  ];
}

function gate({ gate: verdict }: VersionArchive): string[] {
  if (verdict === null) return ["No gate judged it."];
  if (verdict.passed) return ["Passed."];
  return ["Refused:", "", ...verdict.reasons.map((reason) => `- ${escaped(reason)}`)];
}

function metrics({ metrics: measured, parent }: VersionArchive): string[] {
  if (measured === null) return ["Not measured."];
  const which = measured.on === "held-out" ? "held-out samples" : "samples that it learned";
  const title = `On ${measured.count} ${which}, against version ${parent ?? NONE}.`;
  const rows = measured.rows.map(({ name, before, after, difference, ...intervals }) => {
    const isShare = SHARES.includes(name);
    const shown = (value: number, interval: Interval | null): string =>
      interval !== null
        ? formatEstimate(value, interval)
        : (isShare ? formatPercent : plain)(value);
    return [
      METRIC_NAMES[name],
      shown(before, intervals.beforeInterval),
      shown(after, intervals.afterInterval),
      isShare ? points(difference) : signed(difference, plain),
    ];
  });
  const known = measured.rows.some(({ afterInterval }) => afterInterval !== null);
  const about = known ? ["", "In brackets the 95 % bootstrap interval."] : [];
  return [title, "", ...table(["", "before", "after", "difference"], rows), ...about];
}

function drift(archive: VersionArchive): string[] {
  const { drift: measured, parent } = archive;
  if (measured === null) return answers(archive);
  const { suites, all, domains } = measured;
  return [
    `Fixed questions that are not in the samples, against version ${parent ?? NONE}.`,
    "",
    ...driftTable(
      "suite",
      [...suites, all].map((each) => [each.suite ?? "all", each]),
    ),
    ...(domains.length === 0
      ? []
      : [
          "",
          "Samples with a domain: held out, or learned by versions before and repeated.",
          "",
          ...driftTable(
            "domain",
            domains.map((each) => [`${each.domain}, ${ON_NAMES[each.on]}`, each]),
          ),
        ]),
  ];
}

function driftTable(
  title: string,
  rows: readonly (readonly [string, Omit<ArchivedDrift, "suite">])[],
): string[] {
  const titles = [title, "questions", "before", "after", "difference", "answers changed"];
  return table(
    [...titles, "loss, nats a token", "KL, nats a token", "p"],
    rows.map(([name, each]) => [
      name,
      String(each.count),
      formatPercent(each.before),
      formatPercent(each.after),
      points(each.difference),
      formatPercent(each.flipRate),
      signed(each.lossRise, (value) => value.toFixed(3)),
      each.divergence?.toFixed(3) ?? NONE,
      each.pValue.toPrecision(2),
    ]),
  );
}

/** Of a version that began without weights, or was not made here. */
function answers({ accuracy, probes, ...archive }: VersionArchive): string[] {
  if (accuracy === null) {
    if (probes !== null) return ["Not measured when it was made."];
    const { model, version, state } = archive;
    if (state === "cleaned") return ["Not measured."];
    return [`Not measured. \`whetstone probes run ${model}@${version}\` measures it.`];
  }
  const rows = [...accuracy.suites, accuracy.all].map(({ suite, count, accuracy: share }) => {
    return [suite ?? "all", String(count), formatPercent(share)];
  });
  const title = "It began without weights: it could forget nothing, and no gate judged this.";
  return [title, "", ...table(["suite", "questions", "right"], rows)];
}

/** What a schedule or a person had measured later. */
function since({ probes }: VersionArchive): string[] {
  if (probes === null) return [];
  const rows = probes.results.map(({ suite, count, top1, top3, mrr, ece, eceInterval }) => [
    suite,
    String(count),
    formatPercent(top1),
    formatPercent(top3),
    mrr?.toFixed(3) ?? NONE,
    formatEstimate(ece, eceInterval),
  ]);
  const titles = ["suite", "questions", "top-1", "top-3", "MRR", "ECE"];
  return ["", `Measured since, ${probes.at}:`, "", ...table(titles, rows)];
}

function data({ data: sources, origins }: VersionArchive): string[] {
  if (sources.length === 0) return ["Not recorded."];
  const rows = sources.map(({ kind, suite, count, sha256 }) => [
    suite === null ? kind : `${kind}: ${suite}`,
    count === null ? NONE : String(count),
    sha256 === null ? NONE : `\`${sha256}\``,
  ]);
  return [...table(["source", "count", "SHA-256"], rows), ...originLines(origins)];
}

/** By where the samples came from, and by domain. */
function originLines(origins: VersionArchive["origins"]): string[] {
  if (origins === null) return [];
  const { sources, reviewed, domains, otherDomains } = origins;
  const bySource = sources.map(({ origin, count }) => `${ORIGINS[origin]} ${count}`);
  const byDomain = domains.map(({ domain, count }) => `${escaped(domain ?? NONE)} ${count}`);
  if (otherDomains > 0) byDomain.push(`others ${otherDomains}`);
  return [
    "",
    `- samples given, by origin: ${bySource.join(", ")}`,
    ...(reviewed === 0 ? [] : [`- of these as a reviewer decided: ${reviewed}`]),
    `- by domain: ${byDomain.join(", ")}`,
  ];
}

function lineage(archive: VersionArchive): string[] {
  const versions = [archive, ...archive.lineage];
  return versions.map(({ version, origin, createdAt, sha256 }, i) => {
    return `${i + 1}. version ${version}, ${origin}, ${createdAt}, \`${sha256.slice(0, 12)}\``;
  });
}

function training({ training: run }: VersionArchive): string[] {
  if (run === null) return ["It was not trained here."];
  const phases = Object.entries(run.secondsByPhase).map(
    ([phase, seconds]) => `${phase} ${seconds.toFixed(1)} s`,
  );
  const { lora } = run;
  const factors =
    lora === null ? "" : ` (rank ${lora.rank}, alpha ${lora.alpha}; ${lora.targets.join(", ")})`;
  const epochs = run.epochs ?? "of the recipe";
  return [
    `- recipe: ${run.recipe}${factors}, seed ${run.seed ?? NONE}, epochs ${epochs}`,
    `- ${run.steps ?? NONE} steps in ${run.seconds?.toFixed(1) ?? NONE} s`,
    ...(phases.length === 0 ? [] : [`- by phase: ${phases.join(", ")}`]),
    ...(run.alpha === null ? [] : [`- α ${run.alpha}, temperature ${run.temperature ?? NONE}`]),
  ];
}

function releases({ releases: history, moves }: VersionArchive): string[] {
  const stable = history.map(({ at, from, isForced, ...doer }) => {
    const force = isForced ? ", although the gate had refused it" : "";
    return `- ${at}: stable in place of version ${from} (by ${nameOf(doer)}${force})`;
  });
  const steps = moves.map(({ at, to, share, reason, ...doer }) => {
    return `- ${at}: ${to} at ${formatPercent(share)} (by ${nameOf(doer)}: ${oneLine(reason)})`;
  });
  if (stable.length + steps.length === 0) return ["It has not been released by anybody here."];
  return [...stable, ...steps].toSorted();
}

function nameOf({ by, key }: Pick<VersionArchive["moves"][number], "by" | "key">): string {
  return key === undefined ? by : `${by}, key ${oneLine(key)}`;
}

function record({ record: found }: VersionArchive): string[] {
  if (found === null) return ["Not recorded."];
  const { program, engine, node, platform, processor, threads } = found;
  return [
    `- Whetstone ${program.version}, commit ${program.commit ?? "unknown"}`,
    `- ONNX Runtime ${engine}, Node.js ${node}, ${platform}`,
    `- processor: ${processor.join(" ")}`,
    `- threads: ${threads}`,
  ];
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;
  return [line(titles), `|${"---|".repeat(titles.length)}`, ...rows.map(line)];
}

/** What a person wrote stays text: no HTML, no row of a table, no heading of this page. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("|", "\\|");
}

function oneLine(text: string): string {
  return escaped(text.replaceAll(/\s+/g, " "));
}

function quote(text: string): string[] {
  return text.split(/\r?\n/).map((line) => `> ${escaped(line)}`.trimEnd());
}

function points(difference: number): string {
  return `${signed(difference, formatPoints)} points`;
}

function plain(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}

function signed(value: number, format: (value: number) => string): string {
  return `${value > 0 ? "+" : value < 0 ? "−" : "±"}${format(Math.abs(value))}`;
}
