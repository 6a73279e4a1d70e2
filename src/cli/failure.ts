// From whatever was thrown to an exit code and words for people and programs.

import { CommanderError, InvalidArgumentError } from "commander";
import { AppError, messageOf, type ErrorCode } from "../base/index.ts";

export const EXIT_CODES = { done: 0, failed: 1, usage: 2 } as const;

/** Something wrong that the arguments alone show, whatever its code. */
export class ArgumentError extends AppError {}

/** Runs a check of arguments: what it throws is wrong usage. */
export function checkArguments<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, details, cause } = error;
    throw new ArgumentError(code, message, {
      cause,
      ...(details === undefined ? {} : { details }),
    });
  }
}

/**
 * A parser of one option's value for commander; its AppErrors become complaints about the option.
 */
export function optionParser<T>(parse: (value: string) => T): (value: string) => T {
  return (value) => {
    try {
      return parse(value);
    } catch (error) {
      if (error instanceof AppError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

/** A failure as a command reports it. */
export interface Failure {
  readonly exitCode: number;
  readonly code: ErrorCode | "internal";
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

/** What was thrown as a failure; undefined when commander only ended after help or version. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof CommanderError) {
    if (error.exitCode === EXIT_CODES.done) return undefined;
    const isBare = error.code === "commander.help";
    const told = error.message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
    const message = isBare ? "expected a command" : told;
    return { exitCode: EXIT_CODES.usage, code: "usage", message, details: undefined };
  }
  if (error instanceof AppError) {
    const isUsage = error instanceof ArgumentError || error.code === "usage";
    const exitCode = isUsage ? EXIT_CODES.usage : EXIT_CODES.failed;
    return { exitCode, code: error.code, message: error.message, details: error.details };
  }
  const message = `This is a fault of the program itself: ${messageOf(error)}`;
  return { exitCode: EXIT_CODES.failed, code: "internal", message, details: undefined };
}

/** The document that stands on stdout with --json when a command fails. */
export function failureDocument({ code, message, details }: Failure): object {
  return { error: { code, message, ...(details === undefined ? {} : { details }) } };
}
