// Deployments: which version of a model answers, and the release that may change that.

import { Type, type Static } from "typebox";
import { CHECKS, ReleaseReason } from "./release-reason.ts";

const When = Type.String({ description: "ISO 8601, UTC." });
/** Names are for whoever may ask; what a key is stands nowhere. */
export const KeyName = Type.String({ description: "The name of that person's key." });
const Percent = Type.Number({ description: "Of the requests." });

/**
 * The door that a person came through, or the part of the server that decided: `server` that it is
 * ready, `gate` after a look at both arms, `breaker` in an emergency, `auto` after a training.
 */
export const RELEASE_ACTORS = ["command", "http", "server", "gate", "breaker", "auto"] as const;
export type ReleaseActor = (typeof RELEASE_ACTORS)[number];

/**
 * loading: its processes start. warm: they are run in. canary: it answers its share of the
 * requests. paused: so it does, and the share stays. promoted: it is the stable version.
 * rolled-back, failed: it answers nothing; failed means that it never did.
 */
export const RELEASE_STATES = [
  "loading",
  "warm",
  "canary",
  "paused",
  "promoted",
  "rolled-back",
  "failed",
] as const;
export type ReleaseState = (typeof RELEASE_STATES)[number];

export const DeploymentRequest = Type.Object(
  {
    model: Type.String({ maxLength: 64 }),
    version: Type.String({ maxLength: 9, description: 'A whole number: "1", "2", …' }),
    steps: Type.Optional(
      Type.Array(Type.Number({ exclusiveMinimum: 0, maximum: 100 }), {
        minItems: 1,
        maxItems: 100,
        description: "Shares in percent, ascending; 100 follows by itself.",
      }),
    ),
    intervalSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 604_800 })),
    shadow: Type.Optional(
      Type.Boolean({ description: "It is asked beside the stable version and never answers." }),
    ),
    force: Type.Optional(
      Type.Boolean({ description: "Also a version that the gate refused; written down." }),
    ),
  },
  { additionalProperties: false, examples: [{ model: "starter-cloze", version: "2" }] },
);
export type DeploymentRequest = Static<typeof DeploymentRequest>;

export const ForecastQuery = Type.Object(
  {
    steps: Type.Optional(
      Type.String({
        pattern: "^[0-9.]{1,20}(,[0-9.]{1,20}){0,99}$",
        description: 'Percents, as in "5,20,50"; those of the settings when absent.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const PromoteQuery = Type.Object(
  {
    share: Type.Optional(
      Type.String({
        pattern: "^[0-9]{1,2}(\\.[0-9]+)?$|^100$",
        description: "To this share in percent; to the end when absent.",
      }),
    ),
  },
  { additionalProperties: false },
);

const ReleaseArm = Type.Object({
  requests: Type.Integer(),
  errors: Type.Integer(),
  p95Ms: Type.Union([Type.Number(), Type.Null()], { description: "Of answers; null: none." }),
});

const ExpectedSeconds = Type.Array(
  Type.Object({
    share: Percent,
    sample: Type.Union([Type.Number(), Type.Null()], {
      description: "Until the sample is there by traffic alone; null: never.",
    }),
    errors: Type.Union([Type.Number(), Type.Null()], {
      description: "Until 1 % of errors are proven, on average.",
    }),
  }),
  { description: "At each step, with the present traffic." },
);

const ReleaseDetail = Type.Object({
  id: Type.String(),
  version: Type.String({ description: "The new version." }),
  from: Type.String({ description: "What answered before, and what a switch-back goes to." }),
  steps: Type.Array(Percent),
  intervalSeconds: Type.Number(),
  shadow: Type.Boolean({ description: "It never answers, until it is given a share." }),
  forced: Type.Boolean({ description: "Although the gate had refused the version." }),
  createdAt: When,
  since: Type.String({ description: "Of this state and share. ISO 8601, UTC." }),
  by: Type.Enum([...RELEASE_ACTORS], { description: "Who moved it last." }),
  key: Type.Optional(KeyName),
  reason: Type.String({ description: "Why it was moved last, in English." }),
  why: Type.Optional(ReleaseReason),
  canGoBack: Type.Boolean({ description: "Whether a switch-back would change anything." }),
  warmUntil: Type.Union([Type.String(), Type.Null()], {
    description: "After a promotion: until when the way back loads nothing.",
  }),
  secondsLeft: Type.Union([Type.Number(), Type.Null()], { description: "Of the step, at least." }),
  sample: Type.Object({
    count: Type.Integer({ description: "Requests of the new version in this step." }),
    needed: Type.Integer(),
  }),
  requestsPerSecond: Type.Number({ description: "Of both arms, over the last minute." }),
  expectedSeconds: ExpectedSeconds,
  checks: Type.Array(
    Type.Object({
      name: Type.Enum([...CHECKS]),
      state: Type.Enum(["ok", "doubt", "failed"]),
      value: Type.Union([Type.Number(), Type.Null()]),
      limit: Type.Number(),
    }),
  ),
  agreement: Type.Object(
    {
      compared: Type.Integer({ description: "Blanks that both versions filled." }),
      sameFirst: Type.Integer(),
      firstInThree: Type.Integer(),
      meanScoreDifference: Type.Number(),
    },
    { description: "What a shadow would have answered." },
  ),
  curve: Type.Array(Type.Object({ at: When, stable: ReleaseArm, canary: ReleaseArm }), {
    description: "Points of ten seconds over the last quarter of an hour.",
  }),
});

export const ReleaseForecast = Type.Object({
  model: Type.String(),
  requestsPerSecond: Type.Number({ description: "Over the last minute." }),
  needed: Type.Integer({ description: "Requests of the new version in each step." }),
  expectedSeconds: ExpectedSeconds,
});
export type ReleaseForecast = Static<typeof ReleaseForecast>;

export const Deployment = Type.Object({
  model: Type.String(),
  stable: Type.String({ description: "The version that answers when none is named." }),
  canary: Type.Union([Type.String(), Type.Null()]),
  share: Type.Number({ description: "Of the canary, in percent." }),
  state: Type.Enum([...RELEASE_STATES]),
  release: Type.Union([ReleaseDetail, Type.Null()], {
    description: "The newest release of the model; null when it never had one.",
  }),
});
export type Deployment = Static<typeof Deployment>;

export const DeploymentsResponse = Type.Object({ deployments: Type.Array(Deployment) });
export type DeploymentsResponse = Static<typeof DeploymentsResponse>;

/** The name of the events of GET /api/events that carry a Deployment. */
export const DEPLOYMENT_EVENT = "deployment";
