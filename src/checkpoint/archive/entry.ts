// What readers of archives have in common: entries one after another, none of them trusted.

/** One thing in an archive, as the archive says of it. */
export interface ArchiveEntry {
  /** As it is written there; may name anything. */
  readonly name: string;
  readonly kind: "file" | "directory" | "link" | "device";
  readonly sizeBytes: number;
  /** To be read once, before the next entry comes; need not be. */
  readonly content: () => AsyncIterable<Uint8Array>;
}

/** Calls `visit` with all entries in order, each once the last is done; throws what it throws. */
export type ReadArchive = (
  file: string,
  visit: (entry: ArchiveEntry) => Promise<void>,
) => Promise<void>;
