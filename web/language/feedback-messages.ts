// The sentences of the Feedback room.

import type {
  ImportResponse,
  SampleDetails,
  SampleSummary,
  UserDeletionResponse,
} from "../../src/wire/index.ts";
import type { ImportKind } from "../feedback/intake-session.ts";
import type { Done, Filter } from "../feedback/review-session.ts";
import type { Notice } from "./messages.ts";

export interface FeedbackMessages {
  readonly intro: string;
  readonly filterLabel: string;
  readonly filters: Readonly<Record<Filter, string>>;
  readonly holds: Readonly<Record<NonNullable<SampleSummary["hold"]>, string>>;
  readonly sources: Readonly<Record<SampleSummary["source"], string>>;
  /** What the other samples would say, and how far from what this one says. */
  readonly doubt: (rival: string, deviation: string) => string;
  readonly users: (count: number) => string;
  readonly right: string;
  readonly wrong: string;
  readonly none: string;
  readonly list: string;
  readonly pick: (text: string) => string;
  readonly pickAll: (count: number) => string;
  readonly pickedCount: (count: number) => string;
  readonly accept: string;
  readonly reject: string;
  readonly edit: string;
  readonly remove: string;
  readonly confirmRemove: string;
  /** The name of a button for screen readers: what it does, to which sentence. */
  readonly about: (action: string, text: string) => string;
  readonly life: string;
  readonly lifeFailed: string;
  readonly lifeStates: Readonly<Record<SampleDetails["events"][number]["state"], string>>;
  /** Of deleted samples that a run has taken. */
  readonly inRun: string;
  readonly learnedBy: (version: string) => string;
  /** Where a person helps the model to decide. */
  readonly questions: {
    readonly title: string;
    readonly intro: string;
    readonly choose: string;
    readonly none: string;
    readonly skip: string;
    readonly noMore: string;
    readonly answered: (count: number) => string;
  };
  /** Files that come in, and users who go. */
  readonly intake: {
    readonly title: string;
    readonly addTitle: string;
    readonly addHelp: string;
    readonly file: string;
    readonly kind: string;
    readonly byName: string;
    readonly kinds: Readonly<Record<ImportKind, string>>;
    readonly add: string;
    readonly unreadable: string;
    readonly imported: (result: ImportResponse) => string;
    readonly blockedTitle: string;
    readonly blocked: (row: number, reason: string) => string;
    readonly moreBlocked: (count: number) => string;
    readonly deleteTitle: string;
    readonly deleteHelp: string;
    readonly userKey: string;
    /** Before the key of this browser, and the button that copies it. */
    readonly ownKey: string;
    readonly copyKey: string;
    readonly deleteAct: string;
    readonly deleted: (result: UserDeletionResponse) => string;
    readonly learnedFrom: (versions: readonly string[]) => string;
  };
  readonly aboutUnanswered: string;
  /** A field for the right word of a sample that has none. */
  readonly missing: string;
  readonly give: string;
  readonly sentence: string;
  readonly answersLabel: string;
  readonly rejectedLabel: string;
  readonly wordsHelp: string;
  readonly save: string;
  readonly cancel: string;
  readonly more: (count: number) => string;
  readonly loading: string;
  readonly done: (done: Done) => string;
  readonly failed: (reason: string) => string;
  readonly empty: Notice;
  readonly emptyFilter: Notice;
  readonly goFill: string;
  readonly showAll: string;
}
