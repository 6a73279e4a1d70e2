// What modules may say to a log. The implementation (pino) is chosen in configured.ts.

type Fields = Readonly<Record<string, unknown>>;

/** Structured logging; `fields` must not contain user text or secrets. */
export interface Logger {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
}

const nothing = (): void => {};

/** A logger that drops everything; the default in tests and libraries. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
