// whetstone serve: the HTTP interface and the console, until it is told to end.

import type { Command } from "commander";
import { messageOf } from "../base/index.ts";
import type { SettingName } from "../config/index.ts";
import { addSettings, setAction, type Call } from "./command-line.ts";
import { say, type Terminal } from "./terminal.ts";

/** Groups of settings that a server does not look at; where its data lies, every command takes. */
const OTHER_GROUPS = ["data", "models"];

/** Adds the command to `program`; `settings` are the names of all settings. */
export function addServe(
  program: Command,
  terminal: Terminal,
  settings: readonly SettingName[],
): void {
  const command = program
    .command("serve")
    .summary("serve the models over HTTP, with the console")
    .description(
      "Serves the models of the data directory over HTTP, with the console, and prints " +
        "the address " +
        "when it is ready. Ctrl-C ends it after the requests that are in.",
    );
  addSettings(
    command,
    settings.filter((name) => !OTHER_GROUPS.includes(name.split(".")[0] ?? "")),
  );
  setAction(command, terminal, serve);
}

async function serve(call: Call<object>): Promise<void> {
  const { config, terminal } = call;
  const { createApp } = await import("../app.ts");
  const { createLogger } = await import("../configured.ts");
  const app = await createApp(config, { logger: createLogger(config.log.level) });
  const interrupted = new Promise<void>((resolve) => {
    // Whoever asks a second time does not want to wait.
    const forget = terminal.onInterrupt(() => {
      forget();
      resolve();
    });
  });
  try {
    const { url, port, ready } = await app.listen();
    const outcome = await Promise.race([ready.then(() => "ready", messageOf), interrupted]);
    if (outcome !== undefined) {
      if (outcome !== "ready")
        say(terminal, `whetstone: not every request is answered: ${outcome}`);
      call.print({ json: { url, port }, text: `Whetstone serves on ${url}` });
      await interrupted;
    }
    say(terminal, "whetstone: ending, with 5 s for requests that are in");
  } finally {
    await app.close();
  }
}
