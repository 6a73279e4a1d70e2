// whetstone status

import { AppError } from "../../base/index.ts";
import { findServer } from "../../registry/index.ts";
import type { CommandContext } from "../context.ts";

export async function status(context: CommandContext): Promise<void> {
  const { directory } = context.config.data;
  const server = await findServer(directory);
  if (server === undefined) {
    throw new AppError(
      "unavailable",
      `no server uses ${directory}; start one with: whetstone serve --data ${directory}`,
    );
  }
  const deployments = server.serving.map((name) => {
    const [model, stable] = name.split("@");
    return { model, stable, canary: null, share: 0, state: "promoted" };
  });
  context.answer({ ...server, deployments }, () =>
    [`${server.url}  (process ${server.pid})`, ...server.serving.map((name) => `  ${name}`)].join(
      "\n",
    ),
  );
}
