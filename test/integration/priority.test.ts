// Long work lets everything else go before it, and ends with whoever started it.

import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { isAlive, startChild } from "../../src/jobs/index.ts";
import { until } from "../helpers/running-app.ts";

vi.setConfig({ testTimeout: 60_000 });

const HELPERS = path.resolve(import.meta.dirname, "../helpers");
const ENTRY = { file: path.join(HELPERS, "lowered.main.ts"), execArgv: ["--import", "tsx"] };

interface Lowered {
  readonly niceness: number;
}

async function lowered(): Promise<Lowered> {
  let kill = (): void => {};
  const said = new Promise<Lowered>((resolve, reject) => {
    const onExit = (reason: string): void => reject(new Error(reason));
    const child = startChild<object, Lowered>(ENTRY, { onMessage: resolve, onExit });
    ({ kill } = child);
    child.send({});
  });
  return said.finally(() => kill());
}

describe("a process of long work", () => {
  it("comes after all others", async () => {
    expect((await lowered()).niceness).toBeGreaterThanOrEqual(10);
  });

  it("sees its starter killed, and ends", async () => {
    const starter = fork(path.join(HELPERS, "lowered-starter.main.ts"), {
      execArgv: ["--import", "tsx"],
    });
    const [pid] = (await once(starter, "message")) as [number];
    expect(isAlive(pid)).toBe(true);
    starter.kill("SIGKILL");
    await until(() => !isAlive(pid));
  });
});
