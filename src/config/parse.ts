// From what a file, the environment and the command line say to one checked configuration.
// Knows nothing of files or of process.env: the caller reads those and hands over what they hold.

import { AppError, type ErrorCode } from "../base/index.ts";
import { nearMatches } from "./near-matches.ts";
import {
  envNameOf,
  expectationOf,
  flagOf,
  SETTINGS,
  type Config,
  type ItemKind,
  type Setting,
  type SettingName,
} from "./schema.ts";

export interface ConfigInputs {
  /** The parsed configuration file: `{"server": {"port": 8080}}`. */
  readonly file?: unknown;
  /** The environment; an unknown name that begins with WHETSTONE_ is an error. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Command-line values by name of the setting: `{"server.port": "8080"}`. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

export type ConfigSource = "default" | "file" | "environment" | "flag";

interface Given {
  readonly value: unknown;
  readonly source: Exclude<ConfigSource, "default">;
  /** The name that the person used: "--port", "WHETSTONE_SERVER_PORT", "server.port". */
  readonly label: string;
}

/** Values and where they come from, in the order of the table. */
export interface ResolvedSetting {
  readonly setting: Setting & { readonly name: SettingName };
  readonly value: number | string | readonly string[];
  readonly source: ConfigSource;
}

const NAMES: readonly string[] = SETTINGS.map((setting) => setting.name);
const ENV_PREFIX = "WHETSTONE_";
/** Names that belong to the tests and not to the program. */
const FOREIGN_ENV_PREFIX = "WHETSTONE_TEST_";

/**
 * The configuration, deeply frozen; flags win over the environment, which wins over the file.
 * Throws `usage` for a wrong flag, `unknown_field` for a name that no setting has (naming near
 * ones), `invalid_input` for a value of the wrong type or out of range.
 */
export function parseConfig(inputs: ConfigInputs): Config {
  const config: Record<string, Record<string, unknown>> = {};
  for (const { setting, value } of resolveSettings(inputs)) {
    const [group = "", key = ""] = setting.name.split(".");
    (config[group] ??= {})[key] = typeof value === "object" ? Object.freeze(value) : value;
  }
  for (const group of Object.values(config)) Object.freeze(group);
  return Object.freeze(config) as unknown as Config;
}

/** As {@link parseConfig}, as a list that also says where each value comes from. */
export function resolveSettings(inputs: ConfigInputs): readonly ResolvedSetting[] {
  const given = new Map<string, Given>([
    ...fromFile(inputs.file ?? {}),
    ...fromEnvironment(inputs.env ?? {}),
    ...fromFlags(inputs.flags ?? {}),
  ]);
  return SETTINGS.map((setting) => {
    const found = given.get(setting.name);
    if (found === undefined) return { setting, value: setting.default, source: "default" };
    return { setting, value: checked(setting, found), source: found.source };
  });
}

function* fromFile(file: unknown): Generator<[string, Given]> {
  for (const [group, keys] of Object.entries(asGroup(file, "The configuration file"))) {
    for (const [key, value] of Object.entries(asGroup(keys, `"${group}"`))) {
      const name = `${group}.${key}`;
      if (!NAMES.includes(name)) throw unknownSetting(name, nearMatches(name, NAMES));
      yield [name, { value, source: "file", label: name }];
    }
  }
}

function* fromEnvironment(env: NonNullable<ConfigInputs["env"]>): Generator<[string, Given]> {
  const nameOf = new Map(SETTINGS.map((setting) => [envNameOf(setting), setting.name]));
  for (const [label, value] of Object.entries(env)) {
    if (value === undefined) continue;
    const name = nameOf.get(label);
    const isOurs = label.startsWith(ENV_PREFIX) && !label.startsWith(FOREIGN_ENV_PREFIX);
    if (name !== undefined) yield [name, { value, source: "environment", label }];
    else if (isOurs) throw unknownSetting(label, nearEnvNames(label, nameOf.keys()));
  }
}

function nearEnvNames(label: string, known: Iterable<string>): string[] {
  const withoutPrefix = (name: string): string => name.slice(ENV_PREFIX.length);
  const ours = [...known].filter((name) => name.startsWith(ENV_PREFIX)).map(withoutPrefix);
  return nearMatches(withoutPrefix(label), ours).map((name) => ENV_PREFIX + name);
}

function* fromFlags(flags: NonNullable<ConfigInputs["flags"]>): Generator<[string, Given]> {
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const setting = SETTINGS.find((each) => each.name === name);
    if (setting === undefined) throw unknownSetting(name, nearMatches(name, NAMES), "usage");
    yield [name, { value, source: "flag", label: flagOf(setting) }];
  }
}

function asGroup(value: unknown, what: string): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new AppError(
    "invalid_input",
    `${what} holds ${JSON.stringify(value)}; expected settings in groups, ` +
      `such as {"server": {"port": 8080}}.`,
  );
}

function unknownSetting(
  label: string,
  near: readonly string[],
  code: ErrorCode = "unknown_field",
): AppError {
  const hint = near.length > 0 ? `Did you mean ${near.join(" or ")}?` : "";
  const list = "`whetstone config show` lists all settings.";
  return new AppError(code, `There is no setting ${label}. ${hint || list}`, { details: { near } });
}

function checked(setting: Setting, given: Given): number | string | readonly string[] {
  const value = converted(setting, given);
  if (value !== undefined) return value;
  throw new AppError(
    given.source === "flag" ? "usage" : "invalid_input",
    `${given.label} is ${JSON.stringify(given.value)}; expected ${expectationOf(setting)}.`,
    { details: { name: setting.name, source: given.source } },
  );
}

/** The value in the setting's type, undefined when it is not one. Only a file has typed values. */
function converted(
  setting: Setting,
  { value, source }: Given,
): number | string | readonly string[] | undefined {
  const isText = typeof value === "string";
  // Environments say so that nothing is set.
  if (value === "" && setting.default === "") return value;
  switch (setting.type) {
    case "integer": {
      const isNumeral = isText && source !== "file" && /^\d+$/.test(value.trim());
      const number = isNumeral ? Number(value) : value;
      const [least, most] = setting.range;
      const isInside =
        Number.isInteger(number) && least <= Number(number) && Number(number) <= most;
      return isInside ? Number(number) : undefined;
    }
    case "list": {
      const items = itemsOf(setting.items, isText && source !== "file" ? value.split(",") : value);
      return items !== undefined && ITEMS[setting.items](items) ? items : undefined;
    }
    case "choice":
      return isText && setting.choices.includes(value) ? value : undefined;
    case "url":
      return isText && isUrl(value) ? value : undefined;
    case "text":
      return isText && value.trim() !== "" ? value : undefined;
  }
}

/** Whether the items of a list are what they should be, by kind. */
const ITEMS: Readonly<Record<ItemKind, (items: readonly string[]) => boolean>> = {
  name: () => true,
  percent: (items) => {
    const percents = items.map((item) => (/^\d+(\.\d+)?$/.test(item) ? Number(item) : NaN));
    const isAscending = percents.every((percent, i) => percent > (percents[i - 1] ?? 0));
    return percents.length > 0 && isAscending && (percents.at(-1) ?? 0) <= 100;
  },
  origin: (items) => items.every(isOrigin),
  url: (items) => items.every(isUrl),
};

/** The items without blanks around them; a file may hold percents as numbers. */
function itemsOf(kind: ItemKind, value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value.map((item: unknown) => {
    return kind === "percent" && typeof item === "number" ? String(item) : item;
  });
  if (!items.every((item) => typeof item === "string")) return undefined;
  return items.map((item) => item.trim()).filter((item) => item !== "");
}

function isUrl(text: string): boolean {
  return /^https?:\/\/[^\s/]+\S*$/.test(text);
}

/** As browsers name one: scheme, host and port, nothing behind them. */
function isOrigin(text: string): boolean {
  return isUrl(text) && URL.canParse(text) && new URL(text).origin === text;
}
