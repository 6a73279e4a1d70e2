// The one place that knows which models and versions exist. Where files lie in a data directory is
// in data-directory.ts.

import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { AppError, characterCount, messageOf, NOTE_CHARACTERS_MAX } from "../base/index.ts";
import { verifyFiles } from "../integrity/index.ts";
import { AuditLog } from "./audit-log.ts";
import { markInUse } from "./feedback-runs.ts";
import { FeedbackStore } from "./feedback-store.ts";
import { leftoversIn } from "./clean.ts";
import { STORE, suitesIn, versionsIn } from "./data-directory.ts";
import { bytesFreedWithout, diskUseOf, withSizes, type DiskUse } from "./disk.ts";
import { isDirectory, storeFiles, temporaryIn, type StoredFiles } from "./files.ts";
import { Followed } from "./followed.ts";
import { KeyStore } from "./keys.ts";
import { LearnedStore } from "./learned-store.ts";
import { ProbeStore } from "./probe-store.ts";
import { parseReference, requireModelId } from "./reference.ts";
import { ReleaseStore, requireNoneUnderWay } from "./release-store.ts";
import {
  idIsTaken,
  modelIsAliased,
  modelIsLive,
  nameIsModel,
  noteTooLong,
  requireFree,
  requireOwnBase,
  unknownModel,
  unknownReference,
  versionIsRefused,
} from "./refusals.ts";
import { ScheduleStore } from "./schedule-store.ts";
import { findServer } from "./server-file.ts";
import { dispensable } from "./retention.ts";
import { VersionFiles } from "./version-files.ts";
import { WebhookStore } from "./webhook-store.ts";
import { removeDamagedForms } from "./staged-forms.ts";
import { storeStarters } from "./starters.ts";
import { deleteAlias, upsertAlias } from "./stores/alias-queries.ts";
import { insertEvent, selectEvents } from "./stores/event-queries.ts";
import {
  insertModel,
  insertVersion,
  markCleaned,
  selectModel,
  selectModels,
  setStable,
  type Db,
} from "./stores/queries.ts";
import { deleteModel } from "./stores/removal-queries.ts";
import { openSqliteStore, type Store, type StoreOptions } from "./stores/sqlite.ts";
import type {
  Doer,
  Cleaned,
  Model,
  ModelKind,
  OpenedModel,
  ResolvedVersion,
  Version,
  VersionEvent,
  VersionFacts,
} from "./types.ts";

/** How long a change by another process may go unseen by requests. */
const RECENT_MS = 50;

export interface RegistryOptions extends StoreOptions {
  /** Directory whose sub-directories are the models that ship with this package. */
  readonly starters?: string | undefined;
  /**
   * Writes a model directory that is in another format as `target`, in the one that versions have;
   * false, and nothing written, where there is nothing to convert.
   */
  readonly convert?: ((directory: string, target: string) => Promise<boolean>) | undefined;
  /**
   * Opens a model directory to see whether it works, and how it does beside the version that it was
   * made from where that has files; throws what is wrong with it.
   */
  readonly validate?: ((directory: string, parent?: string) => Promise<OpenedModel>) | undefined;
  /** The content address of the files that a version stands on; undefined for whole weights. */
  readonly baseOf?: ((directory: string) => string | undefined) | undefined;
  /** ISO 8601, UTC. */
  readonly now?: (() => string) | undefined;
}

export interface CleanOrder {
  /** One model; all without. */
  readonly id?: string | undefined;
  /** How many of the newest versions of each model stay. */
  readonly keep: number;
  /** Only versions that are older: ISO 8601, UTC. */
  readonly before?: string | undefined;
  readonly isDryRun?: boolean;
}

export interface Registry extends AsyncDisposable {
  readonly dataDirectory: string;
  /** Predictions of the last day, and the samples that people's corrections come to. */
  readonly feedback: FeedbackStore;
  /** Who may ask a server over this data directory for what. */
  readonly keys: KeyStore;
  /** Who changed what. */
  readonly audit: AuditLog;
  /** Where the releases are. */
  readonly releases: ReleaseStore;
  readonly schedule: ScheduleStore;
  /** What versions made of suites. */
  readonly probes: ProbeStore;
  /** What versions learned from and that stands nowhere else. */
  readonly learned: LearnedStore;
  /** What other programs have yet to be told. */
  readonly webhooks: WebhookStore;
  /** By id. */
  listModels(): Promise<readonly Model[]>;
  /** Throws `unknown_model`. */
  showModel(id: string): Promise<Model>;
  /** For the id of a new model: throws `conflict` where a model or an alias has it. */
  requireFreeId(id: string): Promise<void>;
  /**
   * "id" is its stable version, "id@V" that one, an alias what it stands for; `unknown_model`,
   * `unknown_version`, also for one whose files were cleaned up.
   */
  resolve(reference: string): Promise<ResolvedVersion>;
  /**
   * Copies a model directory as version 1 of a new model, converted where it is in another format,
   * once it has been opened.
   * Throws as `requireFreeId`, whatever is wrong with the directory, and what the signal says;
   * nothing is left of it then.
   */
  addModel(id: string, sourceDirectory: string, signal?: AbortSignal): Promise<Model>;
  /**
   * Copies a model directory, or a patch for a version of the model, as the next version, converted
   * and opened as by `addModel`; the stable version stays what it is.
   * Throws `unknown_model`, `not_found` for a patch whose base is no version of the model, whatever
   * opening it throws, and what the signal says; nothing is left of it then.
   */
  addVersion(
    id: string,
    sourceDirectory: string,
    facts?: VersionFacts,
    signal?: AbortSignal,
  ): Promise<Version>;
  /** What people did to a version "id@V", oldest first; errors as `resolve`. */
  eventsOf(reference: string): Promise<readonly VersionEvent[]>;
  /**
   * Notes what a person says about a version; an empty text takes the last note back.
   * Throws `text_too_long`, and as `resolve`.
   */
  writeNote(reference: string, text: string, by: Doer["by"]): Promise<void>;
  /**
   * Makes a version the one that answers when none is named; gives the one that did until now.
   * Throws `conflict` for one that the gate refused unless `force` says so, and while a release
   * of the model is under way; and as `resolve`.
   */
  makeStable(
    reference: string,
    doer: Doer,
    options?: { readonly force?: boolean | undefined },
  ): Promise<{ readonly from: string }>;
  /**
   * Removes a model with all its versions, its suites and its feedback: a later one of the same
   * name begins with nothing. Throws `conflict` while the running server answers with it, or an
   * alias names it.
   */
  removeModel(id: string): Promise<void>;
  /**
   * Gives "id" or "id@V" another name; one that is there already stands for this from now on.
   * Throws `conflict` for the id of a model, and as `resolve`.
   */
  setAlias(name: string, reference: string): Promise<void>;
  /** Throws `not_found`. */
  removeAlias(name: string): Promise<void>;
  /**
   * Reads all files of a version; throws `damaged_file`, and as `resolve`. Staged forms that are
   * damaged are removed, to be made again.
   */
  verify(reference: string): Promise<ResolvedVersion & { readonly wasStagedWhole: boolean }>;
  /**
   * The same for the staged forms of all versions, where they have not been read since the machine
   * was started; gives those with a damaged one, as "id@V".
   */
  verifyStaged(): Promise<readonly string[]>;
  /**
   * Deletes the files of old versions that nothing needs, of one model or all, but never of the
   * `keep` newest; and what was left behind on the way.
   * Throws `unknown_model`, `damaged_file` for a patch that does not tell its base.
   */
  clean(order: CleanOrder): Promise<Cleaned>;
  /** Reads the sizes of all files. */
  diskUse(): Promise<DiskUse>;
  close(): Promise<void>;
}

/**
 * Opens or creates a data directory; a new one gets the starters, an older one those that are
 * newer. Throws `io_failed` when it cannot be written, `damaged_file` when its database is
 * broken.
 */
export async function openRegistry(
  dataDirectory: string,
  options: RegistryOptions = {},
): Promise<Registry> {
  const root = path.resolve(dataDirectory);
  const versionsRoot = versionsIn(root);
  await mkdir(versionsRoot, { recursive: true }).catch((error: unknown) => {
    throw new AppError(
      "io_failed",
      `The data directory ${root} cannot be used: ${messageOf(error)}. ` +
        "Give one that can be written with --data DIR.",
      { cause: error },
    );
  });
  const store = await openSqliteStore(path.join(root, STORE), options);
  try {
    if (options.starters !== undefined) {
      await storeStarters(options.starters, { store, versionsRoot });
    }
  } catch (error) {
    await store.close();
    throw error;
  }
  return new StoredRegistry(root, store, options);
}

class StoredRegistry implements Registry {
  readonly dataDirectory: string;
  readonly feedback: FeedbackStore;
  readonly keys: KeyStore;
  readonly audit: AuditLog;
  readonly releases: ReleaseStore;
  readonly schedule: ScheduleStore;
  readonly probes: ProbeStore;
  readonly learned: LearnedStore;
  readonly webhooks: WebhookStore;
  readonly #store: Store;
  readonly #files: VersionFiles;
  readonly #options: RegistryOptions;
  readonly #models: Followed<readonly Model[]>;
  #checkedMs = -Infinity;

  constructor(root: string, store: Store, options: RegistryOptions) {
    this.dataDirectory = root;
    this.#store = store;
    this.#options = options;
    this.#files = new VersionFiles(root, (task) => this.#write(task));
    this.#models = new Followed(store, () => selectModels(store.reading));
    this.feedback = new FeedbackStore(store, () => this.#now());
    this.schedule = new ScheduleStore(store);
    this.probes = new ProbeStore(store);
    this.webhooks = new WebhookStore(store);
    this.learned = new LearnedStore(root);
    this.keys = new KeyStore(store, () => this.#now());
    this.audit = new AuditLog(store, () => this.#now());
    this.releases = new ReleaseStore({ db: store.db, write: (task) => this.#write(task) });
  }

  async listModels(): Promise<readonly Model[]> {
    const models = this.#models.value();
    this.#checkedMs = performance.now();
    return models;
  }

  async showModel(id: string): Promise<Model> {
    requireModelId(id);
    const models = await this.listModels();
    return models.find((each) => each.id === id) ?? unknownModel(id, models);
  }

  async requireFreeId(id: string): Promise<void> {
    requireFree(id, await this.listModels());
  }

  /**
   * Every request resolves a model, so what was seen a moment ago is taken for true; what is not
   * found in it is looked for again.
   */
  async resolve(reference: string): Promise<ResolvedVersion> {
    const { id, version } = parseReference(reference);
    const isRecent = performance.now() - this.#checkedMs < RECENT_MS;
    const recent = isRecent ? await this.#models.last : undefined;
    const found = recent === undefined ? undefined : this.#find(recent, id, version);
    if (found !== undefined) return found;
    const models = await this.listModels();
    return this.#find(models, id, version) ?? unknownReference(models, id, version);
  }

  #find(models: readonly Model[], id: string, version?: string): ResolvedVersion | undefined {
    const alias = version === undefined ? aliasIn(models, id) : undefined;
    const model = alias?.model ?? models.find((each) => each.id === id);
    const named = version ?? alias?.version ?? undefined;
    const wanted = named ?? model?.stable;
    const found = model?.versions.find((each) => each.version === wanted);
    if (model === undefined || found === undefined || found.state === "cleaned") return undefined;
    const resolved = {
      id: model.id,
      version: found.version,
      directory: this.#files.directoryOf(found.key),
    };
    return named === undefined ? resolved : { ...resolved, isPinned: true };
  }

  async addModel(id: string, sourceDirectory: string, signal?: AbortSignal): Promise<Model> {
    requireModelId(id);
    await this.requireFreeId(id);
    const { kind, files } = await this.#storeConverted(sourceDirectory, signal);
    // Opened once more, by the name it has from now on, so that whoever is first need not stage it.
    const { metrics } = await this.#validateStored(files.key, { signal });
    const createdAt = this.#now();
    await this.#write(async (db) => {
      if (!(await insertModel(db, { id, kind, createdAt }))) throw idIsTaken(id, "model");
      // A removal of a model of this name may have been killed before it came to them.
      await this.#removeBeside(id);
      await this.#files.requireThere(files.key);
      await insertVersion(db, { model: id, origin: "added", createdAt, metrics, ...files });
    });
    return this.showModel(id);
  }

  async addVersion(
    id: string,
    given: string,
    facts: VersionFacts = {},
    signal?: AbortSignal,
  ): Promise<Version> {
    const model = await this.showModel(id);
    const files = await this.#fromConverted(given, (source) =>
      storeFiles(source, this.#files.root, signal),
    );
    const parent = model.versions.find(({ version }) => version === facts.parent);
    const hasFiles = parent !== undefined && parent.state !== "cleaned";
    // Opened where it is stored: a patch finds its base there, and nowhere else.
    const opened = await this.#validateStored(files.key, {
      parentKey: hasFiles ? parent.key : undefined,
      model,
      signal,
    });
    const metrics = { ...facts.metrics, ...opened.metrics };
    return this.#write(async (db) => {
      await this.#files.requireThere(files.key);
      const [origin, createdAt] = [facts.origin ?? "trained", this.#now()];
      return insertVersion(db, { ...facts, ...files, metrics, model: id, origin, createdAt });
    });
  }

  async eventsOf(reference: string): Promise<readonly VersionEvent[]> {
    return selectEvents(this.#store.db, await this.#named(reference));
  }

  async writeNote(reference: string, text: string, by: Doer["by"]): Promise<void> {
    const named = await this.#named(reference);
    const length = characterCount(text);
    if (length > NOTE_CHARACTERS_MAX) throw noteTooLong(length);
    const note = text.trim();
    await this.#write((db) =>
      insertEvent(db, named, { kind: "note", at: this.#now(), by, text: note }),
    );
  }

  async makeStable(
    reference: string,
    doer: Doer,
    { force = false }: { readonly force?: boolean | undefined } = {},
  ): Promise<{ readonly from: string }> {
    const named = await this.resolve(reference);
    const { id, version } = named;
    return this.#write(async (db) => {
      // Read here, since another process may have changed or removed it a moment ago.
      const model = (await selectModel(db, id)) ?? unknownModel(id, []);
      const { stable: from, versions } = model;
      const found = versions.find((each) => each.version === version);
      const isRefused = found?.state === "refused";
      if (isRefused && !force) throw versionIsRefused(id, version);
      if (from === version) return { from };
      await requireNoneUnderWay(db, id);
      await setStable(db, id, version);
      const at = this.#now();
      await markInUse(db, { version: { model: id, version }, at });
      const event = { kind: "stable", at, ...doer, from, isForced: isRefused } as const;
      await insertEvent(db, named, event);
      return { from };
    });
  }

  async removeModel(id: string): Promise<void> {
    const model = await this.showModel(id);
    const server = await findServer(this.dataDirectory);
    const live = server?.serving.find((name) => name.startsWith(`${id}@`));
    if (live !== undefined) throw modelIsLive(id, live, server?.url ?? "");
    if (model.aliases.length > 0) throw modelIsAliased(model);
    await this.#write((db) => deleteModel(db, id));
    // First what goes by its name, then what takes its time.
    await this.#removeBeside(id);
    await this.#files.removeUnused(model.versions.map(({ key }) => key));
  }

  /** What is kept of a model beside its rows and the files of its versions. */
  async #removeBeside(id: string): Promise<void> {
    await this.learned.removeModel(id);
    const suites = path.join(suitesIn(this.dataDirectory), id);
    await rm(suites, { recursive: true, force: true });
  }

  async setAlias(name: string, reference: string): Promise<void> {
    requireModelId(name);
    const { id: model, version, isPinned = false } = await this.resolve(reference);
    await this.#write(async (db) => {
      if ((await selectModel(db, name)) !== undefined) throw nameIsModel(name);
      await upsertAlias(db, { name, model, version: isPinned ? version : null });
    });
  }

  async removeAlias(name: string): Promise<void> {
    const wasThere = await this.#write((db) => deleteAlias(db, name));
    if (wasThere) return;
    const what = `There is no alias "${name}"; \`whetstone models list\` names all.`;
    throw new AppError("not_found", what);
  }

  async verify(reference: string): ReturnType<Registry["verify"]> {
    const resolved = await this.resolve(reference);
    const key = path.basename(resolved.directory);
    const damaged = await removeDamagedForms(this.#files.stagedRoot, [key], { isFull: true });
    await verifyFiles(resolved.directory, { isFull: true });
    return { ...resolved, wasStagedWhole: damaged.length === 0 };
  }

  async verifyStaged(): Promise<readonly string[]> {
    const versions = (await this.listModels()).flatMap((model) => model.versions);
    const keys = new Set(versions.map(({ key }) => key));
    const damaged = await removeDamagedForms(this.#files.stagedRoot, keys, { isFull: false });
    const named = versions.filter(({ key, state }) => damaged.includes(key) && state !== "cleaned");
    return named.map(({ model, version }) => `${model}@${version}`);
  }

  async clean({ id, keep, before, isDryRun = false }: CleanOrder): Promise<Cleaned> {
    if (id !== undefined) await this.showModel(id);
    const server = await findServer(this.dataDirectory);
    const baseOf = ({ key }: Version): string | undefined =>
      this.#options.baseOf?.(this.#files.directoryOf(key));
    const { ids, versions, cleaned, staying } = await this.#write(async (db) => {
      const models = await selectModels(db);
      const inUse = [...(server?.serving ?? []), ...(await this.releases.inUse(db))];
      const rules = { keep, before, inUse, baseOf };
      const going = dispensable(models, rules).filter(({ model }) => model === (id ?? model));
      if (!isDryRun) for (const version of going) await markCleaned(db, version);
      const all = models.flatMap((model) => model.versions);
      const isGone = (each: Version): boolean => each.state === "cleaned" || going.includes(each);
      const present = all.filter((each) => !isGone(each));
      const keys = new Set(present.map(({ key }) => key));
      const names = models.map((model) => model.id);
      return { ids: new Set(names), versions: going, cleaned: all.filter(isGone), staying: keys };
    });
    const known = new Set([...staying, ...versions.map(({ key }) => key)]);
    const found = await leftoversIn(this.dataDirectory, { known, ids, nowMs: Date.now() });
    const keys = new Set(versions.map(({ key }) => key));
    for (const key of staying) keys.delete(key);
    const places = [...keys].flatMap((key) => this.#files.placesOf(key));
    const freedBytes = await bytesFreedWithout([...places, ...found.map((each) => each.path)]);
    const leftovers = await withSizes(found);
    if (!isDryRun) {
      for (const version of cleaned) await this.learned.remove(version);
      await this.#files.removeUnused(keys);
      for (const each of found) await rm(each.path, { recursive: true, force: true });
    }
    return { versions, leftovers, freedBytes };
  }

  async diskUse(): Promise<DiskUse> {
    return diskUseOf(this.dataDirectory, await this.listModels());
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** As `resolve`, also for a version whose files are gone. */
  async #named(reference: string): Promise<{ readonly id: string; readonly version: string }> {
    const { id, version } = parseReference(reference);
    const found = (await this.listModels())
      .find((model) => model.id === id)
      ?.versions.find((each) => each.version === version);
    return found === undefined ? this.resolve(reference) : { id, version: found.version };
  }

  #now(): string {
    return this.#options.now?.() ?? new Date().toISOString();
  }

  /** Stores the files of a directory that works, as it is or converted. */
  async #storeConverted(
    given: string,
    signal: AbortSignal | undefined,
  ): Promise<{ kind: ModelKind; files: StoredFiles }> {
    return this.#fromConverted(given, async (source) => {
      const { kind } = await this.#validate(source);
      return { kind, files: await storeFiles(source, this.#files.root, signal) };
    });
  }

  /** What `take` makes of a directory, as it is or converted. */
  async #fromConverted<T>(given: string, take: (source: string) => Promise<T>): Promise<T> {
    if (!(await isDirectory(given))) {
      const what = `${given} is not a directory; expected one with a model.`;
      throw new AppError("not_found", what);
    }
    const converted = temporaryIn(this.#files.root);
    try {
      const isConverted = (await this.#options.convert?.(given, converted)) === true;
      return await take(isConverted ? converted : given);
    } finally {
      await rm(converted, { recursive: true, force: true });
    }
  }

  async #validate(directory: string, parent?: string): Promise<OpenedModel> {
    return (await this.#options.validate?.(directory, parent)) ?? { kind: "fill-mask" };
  }

  /** Files that do not work and that no version has are removed again. */
  async #validateStored(
    key: string,
    {
      parentKey,
      model,
      signal,
    }: {
      readonly parentKey?: string | undefined;
      /** Of whose versions one has to be the base of a patch. */
      readonly model?: Model | undefined;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<OpenedModel> {
    const parent = parentKey === undefined ? undefined : this.#files.directoryOf(parentKey);
    try {
      const base = this.#options.baseOf?.(this.#files.directoryOf(key));
      if (model !== undefined && base !== undefined) requireOwnBase(model, base);
      const opened = await this.#validate(this.#files.directoryOf(key), parent);
      signal?.throwIfAborted();
      return opened;
    } catch (error) {
      // What cannot be removed now, `clean` finds; why the files do not work is what matters.
      await this.#files.removeUnused([key]).catch(() => {});
      throw error;
    }
  }

  async #write<T>(task: (db: Db) => Promise<T>): Promise<T> {
    try {
      return await this.#store.transact(task);
    } finally {
      this.#models.forget();
    }
  }
}

function aliasIn(
  models: readonly Model[],
  name: string,
): { readonly model: Model; readonly version: string | null } | undefined {
  for (const model of models) {
    const alias = model.aliases.find((each) => each.name === name);
    if (alias !== undefined) return { model, version: alias.version };
  }
  return undefined;
}
