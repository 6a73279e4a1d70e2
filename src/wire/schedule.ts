// What is done regularly, and when next.

import { Type, type Static } from "typebox";

const When = Type.String({ description: "ISO 8601, UTC." });

export const ScheduledTask = Type.Object({
  name: Type.String({
    description:
      "training: of what waits in feedback · probes: of suites · cleaning: of old files.",
  }),
  every: Type.Enum(["off", "daily", "weekly"]),
  weekday: Type.String({ description: 'Of "weekly", as "sunday".' }),
  hour: Type.Integer({ description: "0 to 23, in the local time of the server." }),
  nextAt: Type.Union([When, Type.Null()], { description: "Null: it is off." }),
  isRunning: Type.Boolean(),
  last: Type.Union([Type.Object({ at: When, outcome: Type.String() }), Type.Null()], {
    description: "When it ended last and what came of it; null before the first time.",
  }),
});
export type ScheduledTask = Static<typeof ScheduledTask>;

export const ScheduleResponse = Type.Object({
  tasks: Type.Array(ScheduledTask),
  minSamples: Type.Integer({
    description:
      "With fewer new samples with a right word that wait, a scheduled training does not start.",
  }),
});
export type ScheduleResponse = Static<typeof ScheduleResponse>;
