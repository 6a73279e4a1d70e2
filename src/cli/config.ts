// whetstone config show: the settings in force and where each comes from.

import type { Command } from "commander";
import { describeConfig, type SettingDescription } from "../config/index.ts";
import { addSettings, setAction } from "./command-line.ts";
import { formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Settings whose flags every command has already. */
const GLOBAL = ["data.directory"];

/** Adds the commands to `program`. */
export function addConfig(program: Command, terminal: Terminal): void {
  const config = program
    .command("config")
    .summary("show the settings")
    .description("Shows the settings.");
  const show = config
    .command("show")
    .summary("show all settings in force")
    .description(
      "Shows every setting: its value, where that comes from, and how to set it. A " +
        "flag wins over " +
        "the environment, the environment over the file of --config.",
    );
  const names = describeConfig().map(({ name }) => name);
  addSettings(
    show,
    names.filter((name) => !GLOBAL.includes(name)),
  );
  setAction(show, terminal, async (call) => {
    const settings = describeConfig(call.configInputs);
    call.print({ json: { settings }, text: describe(settings) });
    return Promise.resolve();
  });
}

function describe(settings: readonly SettingDescription[]): string {
  const rows = settings.map(({ name, value, unit, source, env }) => {
    const text = typeof value === "object" ? value.join(",") : String(value);
    return [name, unit === "" ? text : `${text} ${unit}`, source, env];
  });
  const titles = ["setting", "value", "from", "environment"].map((title) => ({ title }));
  return formatTable(titles, rows);
}
