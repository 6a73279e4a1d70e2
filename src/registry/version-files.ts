// The files of versions on the disk, under the keys that their content gives them. Several versions
// may have the same, and other processes add and remove some at any time.

import { rm } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../base/index.ts";
import { moveAside } from "./clean.ts";
import { stagedIn, versionsIn } from "./data-directory.ts";
import { isDirectory } from "./files.ts";
import { isKeyUsed, type Db } from "./stores/queries.ts";

export class VersionFiles {
  /** Where they lie. */
  readonly root: string;
  /** Where they lie in the form that opens fastest. */
  readonly stagedRoot: string;
  readonly #write: <T>(task: (db: Db) => Promise<T>) => Promise<T>;

  /** @param write holds the store's write lock while a task runs */
  constructor(dataDirectory: string, write: <T>(task: (db: Db) => Promise<T>) => Promise<T>) {
    this.root = versionsIn(dataDirectory);
    this.stagedRoot = stagedIn(dataDirectory);
    this.#write = write;
  }

  directoryOf(key: string): string {
    return path.join(this.root, key);
  }

  /** All directories that hold something of a version. */
  placesOf(key: string): readonly string[] {
    return [this.root, this.stagedRoot].map((root) => path.join(root, key));
  }

  /** Another process may have removed a model with the same files since they were stored. */
  async requireThere(key: string): Promise<void> {
    if (await isDirectory(this.directoryOf(key))) return;
    throw new AppError(
      "conflict",
      "The files of the model were removed while it was added; try again.",
    );
  }

  /**
   * Deletes files that no version has. They go out of sight under the write lock, since another
   * process may be adding the same ones, and from the disk after it, since everybody waits for it.
   */
  async removeUnused(keys: Iterable<string>): Promise<void> {
    const aside = await this.#write(async (db) => {
      const moved: string[] = [];
      for (const key of keys) {
        if (!(await isKeyUsed(db, key))) moved.push(...(await moveAside(this.placesOf(key))));
      }
      return moved;
    });
    for (const place of aside) await rm(place, { recursive: true, force: true });
  }
}
