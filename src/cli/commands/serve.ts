// whetstone serve

import { createApp, createLogger } from "../../app.ts";
import type { CommandContext } from "../context.ts";

/** Serves until the process is asked to end. */
export async function serve(context: CommandContext): Promise<void> {
  const { config } = context;
  const app = await createApp(config, { logger: createLogger(config.log.level) });
  const stopped = new Promise<void>((resolve) => context.onStop(resolve));
  try {
    const { url, port, ready } = await app.listen();
    await ready;
    context.answer({ url, port }, () => `Whetstone is ready at ${url}`);
    await stopped;
  } finally {
    await app.close();
  }
}
