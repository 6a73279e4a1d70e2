// The health archive of a version, as JSON.

import { Type, type Static } from "typebox";
import { KeyName, RELEASE_ACTORS, RELEASE_STATES } from "./deployments.ts";
import { GateFinding, GateVerdict } from "./gate.ts";
import { Interval } from "./interval.ts";
import { orNull } from "./or-null.ts";
import { ProbeResult } from "./probes.ts";
import { ReleaseReason } from "./release-reason.ts";
import { LoraSettings } from "./training.ts";

const Sha256 = Type.String({ description: "SHA-256, hexadecimal." });
const Share = Type.Number({ description: "0..1" });
const Difference = Type.Number({ description: "After minus before; a share." });
const When = Type.String({ description: "ISO 8601, UTC." });
const Named = Type.String({ description: 'A version: "1", "2", …' });

export const ArchivedAncestor = Type.Object({
  version: Named,
  origin: Type.Enum(["shipped", "added", "trained"]),
  createdAt: When,
  sha256: Sha256,
});

export const ArchivedSource = Type.Object({
  kind: Type.Enum(["training", "held-out", "earlier", "deleted", "replay", "probes"], {
    description:
      "training: learned from · held-out: kept aside to measure with · earlier: samples that " +
      "versions before it had learned, repeated · deleted: samples among these that people have " +
      "deleted since · replay: sentences that shall stay as they " +
      "are · probes: questions that tell what was forgotten.",
  }),
  suite: orNull(Type.String(), "Of probes."),
  count: orNull(Type.Integer(), "Null when it was not recorded."),
  sha256: orNull(Sha256, "Of the file; training and held-out come from one. Null: not recorded."),
});
export type ArchivedSource = Static<typeof ArchivedSource>;

/** feedback to style: how the sample came into feedback. */
export const SAMPLE_ORIGINS = ["feedback", "import", "terms", "style", "upload", "file"] as const;
export type SampleOrigin = (typeof SAMPLE_ORIGINS)[number];

const ArchivedOrigins = Type.Object({
  sources: Type.Array(
    Type.Object({
      origin: Type.Enum([...SAMPLE_ORIGINS], {
        description:
          "What waited in feedback: feedback, said on live answers · import, terms, style, from " +
          "imported samples, term tables, style pairs. What did not: upload, came with the " +
          "request · file, named with --samples.",
      }),
      count: Type.Integer(),
    }),
  ),
  reviewed: Type.Integer({ description: "Of those, samples that stand as a reviewer decided." }),
  domains: Type.Array(
    Type.Object({ domain: orNull(Type.String(), "Null: none was named."), count: Type.Integer() }),
    { description: "The most frequent first." },
  ),
  otherDomains: Type.Integer({ description: "Samples of domains that are too many to name." }),
});

const Latency = { p50: Type.Number(), p95: Type.Number() };
const IntervalOrNull = orNull(Interval, "Of ece alone. Null: not recorded.");

export const ArchivedMetric = Type.Object({
  name: Type.Enum(["top1", "top3", "top5", "mrr", "ece", "brier", "overconfidentErrors"]),
  before: Type.Number(),
  after: Type.Number(),
  beforeInterval: IntervalOrNull,
  afterInterval: IntervalOrNull,
  difference: Type.Number({ description: "After minus before." }),
});
export type ArchivedMetric = Static<typeof ArchivedMetric>;

const DriftFigures = {
  count: Type.Integer({ description: "Questions." }),
  before: Share,
  after: Share,
  difference: Difference,
  flipRate: Type.Number({ description: "Share of questions whose first answer changed, 0..1." }),
  lossRise: Type.Number({ description: "Of the right answers, nats a token." }),
  divergence: orNull(
    Type.Number(),
    "Mean KL(before ‖ after) over the vocabulary where the right answers stand, nats a token. " +
      "Null: not recorded.",
  ),
  pValue: Type.Number({ description: "McNemar's exact test, two-sided." }),
};

export const ArchivedDrift = Type.Object({
  suite: orNull(Type.String(), "Null: all of them together."),
  ...DriftFigures,
});
export type ArchivedDrift = Static<typeof ArchivedDrift>;

export const ArchivedDomainDrift = Type.Object({
  domain: Type.String({ description: "As people gave it to samples." }),
  on: Type.Enum(["held-out", "earlier"], {
    description: "earlier: samples that versions before had learned, and this one repeated.",
  }),
  ...DriftFigures,
});
export type ArchivedDomainDrift = Static<typeof ArchivedDomainDrift>;

const ArchivedAccuracy = Type.Object({
  suite: orNull(Type.String(), "Null: all probes together."),
  count: Type.Integer({ description: "Questions." }),
  accuracy: Type.Number({ description: "Share of questions answered rightly, 0..1." }),
});
export type ArchivedAccuracy = Static<typeof ArchivedAccuracy>;

const LIMIT_KINDS = [
  "gate",
  "fell",
  "weakest",
  "overconfident",
  "calibration",
  "few",
  "unmeasured",
] as const;

export const ArchivedLimit = Type.Object({
  kind: Type.Enum(LIMIT_KINDS, {
    description:
      "gate: a reason of the gate · fell: a suite that fell, p at most 0.05 · weakest: the suite " +
      "with the fewest right answers · overconfident: wrong answers given at 0.95 and more · " +
      "calibration: confidence and accuracy lie far apart · few: too few samples to hold any " +
      "out · unmeasured: nothing was measured.",
  }),
  text: Type.String({ description: "As a sentence, in English." }),
  suite: orNull(Type.String(), "Which suite it is about."),
  value: orNull(Type.Number(), "The figure it is about: a share, or a number of answers."),
  finding: Type.Optional(GateFinding),
});
export type ArchivedLimit = Static<typeof ArchivedLimit>;

const ArchivedTraining = Type.Object({
  recipe: Type.String(),
  lora: orNull(LoraSettings, "Null: another recipe."),
  seed: orNull(Type.Integer(), "Null: not recorded."),
  epochs: orNull(Type.Integer(), "Null: the recipe's own number."),
  steps: orNull(Type.Integer(), "Null: not recorded."),
  seconds: orNull(Type.Number(), "Training and measuring. Null: not recorded."),
  secondsByPhase: Type.Record(Type.String(), Type.Number()),
  alpha: orNull(Type.Number(), "How far it went to what was trained, 0..1; patches only."),
  temperature: orNull(Type.Number(), "What confidence is divided by; patches only."),
});

export const ArchivedRecord = Type.Object({
  program: Type.Object({ version: Type.String(), commit: orNull(Type.String(), "Of git.") }),
  engine: Type.String({ description: "Version of ONNX Runtime." }),
  node: Type.String(),
  platform: Type.String(),
  processor: Type.Array(Type.String(), { description: "Features that kernels depend on." }),
  threads: Type.Integer(),
});

const By = Type.Enum([...RELEASE_ACTORS], {
  description: "A person through a door, or the part of the server that decided.",
});

const ArchivedRelease = Type.Object({
  at: When,
  from: Type.String({ description: "The version that answered until then." }),
  by: By,
  key: Type.Optional(KeyName),
  isForced: Type.Boolean({ description: "Although the gate had refused it." }),
});

const ArchivedMove = Type.Object({
  at: When,
  by: By,
  key: Type.Optional(KeyName),
  to: Type.Enum([...RELEASE_STATES]),
  share: Share,
  reason: Type.String({ description: "In English." }),
  why: Type.Optional(ReleaseReason),
});

const ArchivedNote = Type.Object({ text: Type.String(), at: When });

export const VersionArchive = Type.Object({
  model: Type.String(),
  kind: Type.Enum(["fill-mask"]),
  version: Named,
  state: Type.Enum(["ready", "refused", "cleaned"], {
    description: "refused: the gate said no · cleaned: its files are gone.",
  }),
  isStable: Type.Boolean({ description: "It answers when no version is named." }),
  origin: Type.Enum(["shipped", "added", "trained"]),
  createdAt: When,
  sha256: Sha256,
  sizeBytes: Type.Integer({ description: "Of its own files; a patch shares those of its base." }),
  parent: orNull(Type.String(), "The version it was made from."),
  lineage: Type.Array(ArchivedAncestor, {
    description: "From its parent back to the version that everything began with.",
  }),
  data: Type.Array(ArchivedSource, { description: "What it was made of; never the texts." }),
  origins: orNull(
    ArchivedOrigins,
    "Of the samples it was given, learned, held out and left out together. Null: not recorded.",
  ),
  training: orNull(ArchivedTraining, "Null: it was not trained here."),
  metrics: orNull(
    Type.Object({
      on: Type.Enum(["held-out", "training"], {
        description: "training: it learned those very samples, too few to hold any out.",
      }),
      count: Type.Integer({ description: "Samples." }),
      rows: Type.Array(ArchivedMetric),
    }),
    "Of samples, against the parent.",
  ),
  drift: orNull(
    Type.Object({
      all: ArchivedDrift,
      suites: Type.Array(ArchivedDrift),
      domains: Type.Array(ArchivedDomainDrift, {
        description: "Of samples with a domain; empty where none had one, or it was not recorded.",
      }),
    }),
    "On fixed questions, against the parent.",
  ),
  accuracy: orNull(
    Type.Object({ all: ArchivedAccuracy, suites: Type.Array(ArchivedAccuracy) }),
    "On the same questions, of a version that began without weights: it could forget nothing, " +
      "and no gate judged this.",
  ),
  probes: orNull(
    Type.Object({
      at: When,
      results: Type.Array(ProbeResult, { description: "By the names of the suites." }),
    }),
    "Its newest measurement since it was made, by a schedule or a person, of suites that are in " +
      "neither drift nor accuracy. Null: there is none.",
  ),
  gate: orNull(GateVerdict, "Null: no gate judged it."),
  limits: Type.Object({
    proposed: Type.Array(ArchivedLimit),
    note: orNull(ArchivedNote, "What a person says, in place of the proposal."),
    earlierNotes: Type.Array(ArchivedNote, { description: "Newest first." }),
  }),
  latencyMs: orNull(
    Type.Object({
      ...Latency,
      before: orNull(
        Type.Object(Latency),
        "Of the parent, asked in turns with it. Null: there was none that could be opened.",
      ),
      threads: Type.Integer(),
      precision: Type.String(),
    }),
    "Of a fill of 18 tokens with nothing else to wait for, when it was made. Null: not measured.",
  ),
  int8: orNull(
    Type.Object({
      questions: Type.Integer({ description: "Masked tokens of built-in texts." }),
      sameTop1: Type.Number({ description: "Share with the same first token as float32, 0..1." }),
      meanDifference: orNull(
        Type.Number(),
        "Of the log-probabilities of float32's first tokens, in nats. Null: no finite number.",
      ),
      maxDifference: orNull(Type.Number(), "The same."),
    }),
    "How near its int8 form is to float32. Null: not compared, as where int8 is not set.",
  ),
  releases: Type.Array(ArchivedRelease, { description: "When it became stable; oldest first." }),
  moves: Type.Array(ArchivedMove, {
    description: "Every step of its releases, also of a switch-back; oldest first.",
  }),
  record: orNull(ArchivedRecord, "What a repetition needs. Null: not recorded."),
});
export type VersionArchive = Static<typeof VersionArchive>;
