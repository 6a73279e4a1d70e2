// whetstone config show

import { describeConfig, flagsOfOptions } from "../../config/index.ts";
import type { CommandContext } from "../context.ts";

export function showConfig(context: CommandContext): Promise<void> {
  const settings = describeConfig({ env: context.env, flags: flagsOfOptions(context.options) });
  context.answer({ settings }, () =>
    settings
      .map(({ name, value, source }) => `${name.padEnd(28)} ${String(value).padEnd(24)} ${source}`)
      .join("\n"),
  );
  return Promise.resolve();
}
