// What the registry knows: models, their versions, and which one answers when none is named.

import type { ReleaseActor, ReleaseReason, ReleaseState } from "../wire/index.ts";
import type { LeftoverPlace } from "./clean.ts";

export type ModelKind = "fill-mask";

/**
 * refused: the gate said no; it is kept, and released only by force · cleaned: its files are gone,
 * what is known of it stays.
 */
export type VersionState = "ready" | "refused" | "cleaned";

/** Where a version came from: this package, a directory somebody named, or a training run. */
export type VersionOrigin = "shipped" | "added" | "trained";

export interface Version {
  readonly model: string;
  /** A whole number as a string: "1", "2", … */
  readonly version: string;
  readonly state: VersionState;
  readonly origin: VersionOrigin;
  /** Content address of its files: 32 hexadecimal digits, the same for the same files. */
  readonly key: string;
  /** SHA-256 of the weights. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** The version it was made from, of the same model. */
  readonly parent: string | null;
  readonly metrics: Readonly<Record<string, unknown>>;
}

export interface Model {
  readonly id: string;
  readonly kind: ModelKind;
  readonly createdAt: string;
  /** The version that answers when none is named. */
  readonly stable: string;
  /** By name. */
  readonly aliases: readonly Alias[];
  /** Oldest first. */
  readonly versions: readonly Version[];
}

/** Another name, in the same space as the ids of models. */
export interface Alias {
  readonly name: string;
  /** null: whatever is stable. */
  readonly version: string | null;
}

/** A version that can be opened. */
export interface ResolvedVersion {
  readonly id: string;
  readonly version: string;
  /** Absolute path of its files, which never change. */
  readonly directory: string;
  /** The name said which version, by number or as an alias of one. */
  readonly isPinned?: true;
}

/** Versions whose files have gone, or would go. */
export interface Cleaned {
  readonly versions: readonly Pick<Version, "model" | "version" | "sizeBytes">[];
  /** What killed processes, broken fetches and versions that are gone left behind. */
  readonly leftovers: readonly {
    readonly place: LeftoverPlace;
    readonly name: string;
    readonly sizeBytes: number;
  }[];
  /** Of all of it, staged forms too; files that others share are not counted. */
  readonly freedBytes: number;
}

/** What came of opening a model directory. */
export interface OpenedModel {
  readonly kind: ModelKind;
  /** What was found out by the way; they join the version's metrics. */
  readonly metrics?: Readonly<Record<string, unknown>> | undefined;
}

/** What is said of a version when it is added. */
export interface VersionFacts {
  readonly state?: VersionState | undefined;
  readonly origin?: VersionOrigin | undefined;
  readonly parent?: string | undefined;
  readonly metrics?: Readonly<Record<string, unknown>> | undefined;
}

/** Who does something. */
export interface Doer {
  readonly by: ReleaseActor;
  /** The name of the person's key; absent where none was asked for. */
  readonly key?: string | undefined;
}

/** Something that was done to a version. It is never changed, only followed by another. */
export type VersionEvent = NoteWritten | MadeStable | ReleaseMoved;

interface CommonEvent extends Doer {
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What a person says about a version. The last note counts; an empty one takes it back. */
export interface NoteWritten extends CommonEvent {
  readonly kind: "note";
  readonly text: string;
}

export interface MadeStable extends CommonEvent {
  readonly kind: "stable";
  /** The version that answered until then. */
  readonly from: string;
  /** Although the gate had refused it. */
  readonly isForced: boolean;
}

/** A step of a release of this version. */
export interface ReleaseMoved extends CommonEvent {
  readonly kind: "release";
  /** Its id. */
  readonly release: string;
  /** Null: it began. */
  readonly from: ReleaseState | null;
  readonly to: ReleaseState;
  /** Of the requests, 0..1. */
  readonly share: number;
  readonly reason: string;
  readonly why?: ReleaseReason | undefined;
  readonly isForced: boolean;
}
