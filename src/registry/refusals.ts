// What the registry refuses, in words.

import { AppError, NOTE_CHARACTERS_MAX } from "../base/index.ts";
import type { Model } from "./types.ts";

export function unknownReference(models: readonly Model[], id: string, version?: string): never {
  const model = models.find((each) => each.id === id) ?? unknownModel(id, models);
  const present = model.versions.filter(({ state }) => state !== "cleaned");
  const known = present.map((each) => each.version);
  const wanted = version ?? model.stable;
  const isCleaned = model.versions.some((each) => each.version === wanted);
  const reason = isCleaned
    ? `The files of ${id}@${wanted} were cleaned up`
    : `Model "${id}" has no version ${wanted}`;
  throw new AppError("unknown_version", `${reason}; it has ${known.join(", ")}.`, {
    details: { model: id, version, known },
  });
}

export function unknownModel(id: string, models: readonly Model[]): never {
  const known = models.map((each) => each.id);
  const there = known.length > 0 ? `there is ${known.join(", ")}.` : "there is none yet.";
  throw new AppError(
    "unknown_model",
    `There is no model "${id}"; ${there} Add one with \`whetstone models add\`.`,
    { details: { model: id, known } },
  );
}

export function modelIsAliased({ id, aliases }: Model): AppError {
  const names = aliases.map(({ name }) => name);
  return new AppError(
    "conflict",
    `Model "${id}" cannot be removed: ${names.join(", ")} stands for it. ` +
      "Take that name away first with `whetstone models alias NAME --remove`.",
    { details: { aliases: names } },
  );
}

/**
 * A patch needs its base, and would lose with other models what only those have.
 * Throws `not_found`.
 */
export function requireOwnBase({ id, versions }: Model, base: string): void {
  if (versions.some(({ key, state }) => key === base && state !== "cleaned")) return;
  throw new AppError(
    "not_found",
    `The patch is for the base ${base}, which is no version of "${id}". Add it to the model that ` +
      "it was trained from, or first that base as a version of this one.",
    { details: { model: id, base } },
  );
}

export function versionIsRefused(id: string, version: string): AppError {
  return new AppError(
    "conflict",
    `The gate refused ${id}@${version}, so it was not made the stable version. ` +
      "Its archive says why; force does it nevertheless, and is written down.",
    { details: { model: id, version } },
  );
}

export function noteTooLong(length: number): AppError {
  return new AppError(
    "text_too_long",
    `The note has ${length} characters; at most ${NOTE_CHARACTERS_MAX} are kept. Shorten it.`,
    { details: { length, limit: NOTE_CHARACTERS_MAX } },
  );
}

/** Models and aliases share their names. Throws `conflict` for a new model's id that one has. */
export function requireFree(id: string, models: readonly Model[]): void {
  if (models.some((model) => model.id === id)) throw idIsTaken(id, "model");
  const aliases = models.flatMap((model) => model.aliases);
  if (aliases.some(({ name }) => name === id)) throw idIsTaken(id, "alias");
}

export function idIsTaken(id: string, by: "model" | "alias"): AppError {
  const [what, remedy] =
    by === "model"
      ? ["a model", "remove that one first"]
      : ["an alias", `take that name away first with \`whetstone models alias ${id} --remove\``];
  return new AppError(
    "conflict",
    `There is ${what} "${id}" already. Choose another id with --id, or ${remedy}.`,
    { details: { [by]: id } },
  );
}

export function nameIsModel(name: string): AppError {
  return new AppError(
    "conflict",
    `There is a model "${name}" already, so that it cannot be an alias too. Choose another name.`,
    { details: { model: name } },
  );
}

export function modelIsLive(id: string, live: string, url: string): AppError {
  return new AppError(
    "conflict",
    `Model "${id}" cannot be removed: the server at ${url} answers with ${live}. ` +
      "Stop the server first.",
    { details: { live } },
  );
}
