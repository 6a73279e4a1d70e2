// The sentences about the suites of a model.

export interface SuitesMessages {
  readonly title: string;
  readonly intro: string;
  readonly loading: string;
  /** Nobody added one yet; says what a file looks like. */
  readonly none: string;
  readonly name: string;
  readonly count: string;
  /** In place of a count. */
  readonly unreadableFile: string;
  readonly kind: string;
  readonly acts: string;
  readonly addTitle: string;
  readonly file: string;
  readonly add: string;
  readonly remove: string;
  readonly confirmRemove: string;
  /** An act and which suite it is about, for screen readers. */
  readonly about: (act: string, name: string) => string;
  readonly added: (name: string) => string;
  readonly removed: (name: string) => string;
  readonly unreadable: string;
  readonly failed: (reason: string) => string;
}
