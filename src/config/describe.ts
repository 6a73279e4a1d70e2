// The settings as rows for people: `config show`, help and docs/config.md.

import { resolveSettings, type ConfigInputs, type ConfigSource } from "./parse.ts";
import {
  envNameOf,
  expectationOf,
  flagOf,
  SETTINGS,
  type Setting,
  type SettingName,
} from "./schema.ts";

export interface SettingDescription {
  readonly name: SettingName;
  readonly value: number | string | readonly string[];
  readonly source: ConfigSource;
  readonly default: number | string | readonly string[];
  /** Empty where the value has no unit. */
  readonly unit: string;
  /** What a value must be: "a whole number from 0 to 65535". */
  readonly expected: string;
  readonly env: string;
  readonly flag: string;
  readonly text: string;
}

/** One row per setting, with its value under `inputs`; throws as `parseConfig` does. */
export function describeConfig(inputs: ConfigInputs = {}): readonly SettingDescription[] {
  return resolveSettings(inputs).map(({ setting, value, source }) => ({
    name: setting.name,
    value: isSecret(setting) && value !== "" ? "(secret)" : value,
    source,
    default: setting.default,
    unit: setting.type === "integer" ? setting.unit : "",
    expected: expectationOf(setting),
    env: envNameOf(setting),
    flag: flagOf(setting),
    text: setting.text,
  }));
}

function isSecret(setting: Setting): boolean {
  return "isSecret" in setting && setting.isSecret;
}

/**
 * The settings among parsed command-line options, for `parseConfig({flags})`. Keys of `options` are
 * flags in camelCase, as commander makes them:
 * `{port: "9090", json: true}` → `{"server.port": "9090"}`.
 */
export function flagsOfOptions(
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const flags: Record<string, unknown> = {};
  for (const setting of SETTINGS) {
    const value = options[optionKey(flagOf(setting))];
    if (value !== undefined) flags[setting.name] = value;
  }
  return flags;
}

function optionKey(flag: string): string {
  return flag.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
