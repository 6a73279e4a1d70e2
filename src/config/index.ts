// One table of settings → type, checks, environment names, flags, help and docs.

export { describeConfig, flagsOfOptions, type SettingDescription } from "./describe.ts";
export { nearMatches } from "./near-matches.ts";
export { parseConfig, type ConfigInputs, type ConfigSource } from "./parse.ts";
export { type Config, type SettingName } from "./schema.ts";
