// Every sentence of the console, as one shape that each language fills. Grouped by room.

import type { FailureKind } from "../api/failure.ts";
import type { ExampleId } from "../fill/examples.ts";
import type { TextProblem } from "../fill/blanks.ts";
import type { Verdict } from "../fill/verdict-store.ts";
import type { RoomId } from "../frame/rooms.ts";
import type { FeedbackMessages } from "./feedback-messages.ts";
import type { TrainingMessages } from "./training-messages.ts";
import type { VersionsMessages } from "./versions-messages.ts";
import type { ProbesMessages } from "./probes-messages.ts";
import type { ReleasesMessages } from "./releases-messages.ts";
import type { ScheduleMessages } from "./schedule-messages.ts";
import type { SuitesMessages } from "./suites-messages.ts";
import type { ServerState } from "../frame/status-store.ts";

export interface Notice {
  readonly title: string;
  /** What to do next. */
  readonly advice: string;
}

export interface FrameMessages {
  readonly motto: string;
  readonly rooms: Readonly<Record<RoomId, string>>;
  readonly roomsLabel: string;
  readonly skipToContent: string;
  /** In place of a room that cannot be shown. */
  readonly roomFailed: Notice;
  readonly reload: string;
  /** The name of the other language, in that language. */
  readonly otherLanguage: string;
  readonly schemes: Readonly<Record<"auto" | "light" | "dark", string>>;
  readonly schemeLabel: (scheme: string) => string;
  readonly version: (version: string) => string;
  readonly model: string;
  readonly status: Readonly<Record<ServerState["reach"], string>>;
  readonly lastAnswer: (ms: number) => string;
  readonly privacy: string;
  readonly httpInterface: string;
  readonly key: {
    readonly missing: Notice;
    readonly refused: Notice;
    readonly weak: Notice;
    readonly label: string;
    readonly enter: string;
    readonly back: string;
    readonly kept: string;
  };
}

export interface FillMessages {
  readonly sentence: string;
  readonly placeholder: string;
  readonly makeBlank: string;
  readonly makeBlankHelp: string;
  readonly clear: string;
  readonly lengthLabel: string;
  readonly lengths: Readonly<Record<"auto" | "1", string>>;
  readonly restrict: string;
  readonly targetsLabel: string;
  readonly targetsPlaceholder: string;
  readonly targetsHelp: string;
  /** The words around `___`, `[MASK]` and `[BLANK]`. */
  readonly hint: readonly [before: string, between: string, or: string, after: string];
  readonly counter: (count: number, limit: number) => string;
  readonly examplesLabel: string;
  readonly examples: Readonly<Record<ExampleId, string>>;
  readonly filled: string;
  readonly candidates: string;
  readonly blank: (position: number) => string;
  readonly copy: string;
  readonly copied: string;
  readonly copyByHand: string;
  readonly writeBack: string;
  readonly writeBackHelp: string;
  /** Keys and what they do; the key of “make a blank” differs between systems. */
  readonly keys: (blankKey: string) => readonly (readonly [key: string, meaning: string])[];
  readonly judge: {
    readonly accept: (word: string) => string;
    readonly reject: (word: string) => string;
    readonly answerLabel: string;
    readonly send: string;
    readonly outcome: (word: string, verdict: Verdict) => string;
  };
  readonly lowConfidence: (percent: string) => string;
  readonly noCandidates: Notice;
  readonly asking: string;
  readonly answered: (word: string, percent: string, count: number) => string;
  readonly problems: Readonly<Record<TextProblem, Notice>>;
  readonly failures: Readonly<Record<FailureKind, Notice>>;
  readonly retry: string;
  readonly changeKey: string;
  readonly retriesIn: (seconds: number) => string;
  readonly serverSaid: (message: string) => string;
  readonly requestId: (id: string) => string;
}

export interface Messages {
  readonly frame: FrameMessages;
  readonly fill: FillMessages;
  readonly feedback: FeedbackMessages;
  readonly training: TrainingMessages;
  readonly versions: VersionsMessages;
  readonly releases: ReleasesMessages;
  readonly probes: ProbesMessages;
  readonly suites: SuitesMessages;
  readonly schedule: ScheduleMessages;
}
