// What a benchmark takes of the cores itself, so that the rest can be told to be the neighbours'.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ownCpuSeconds } from "../../bench/harness/machine.ts";

const isLinux = existsSync("/proc/self/stat");

const SPENT_SECONDS = 0.3;
/** Of two clocks, one that counts in hundredths of a second. */
const TOLERANCE_SECONDS = 0.05;
const SPEND = `while (process.cpuUsage().user < ${SPENT_SECONDS * 1e6}) {}`;
const WAIT = 'process.stdout.write("spent"); process.stdin.resume();';
const DELEGATE =
  'const { spawn } = require("node:child_process");' +
  'spawn(process.execPath, ["-e", process.argv[1]], { stdio: "inherit" });';

describe.skipIf(!isLinux)("ownCpuSeconds", () => {
  it("counts a child that has ended", () => {
    const before = ownCpuSeconds();
    spawnSync(process.execPath, ["-e", SPEND]);
    expect(ownCpuSeconds() - before).toBeGreaterThan(SPENT_SECONDS - TOLERANCE_SECONDS);
  });

  it("counts a child of a child while it runs, and when it has ended", async () => {
    const before = ownCpuSeconds();
    const child = spawn(process.execPath, ["-e", DELEGATE, `${SPEND} ${WAIT}`], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const running = ownCpuSeconds() - before;
    expect(running).toBeGreaterThan(SPENT_SECONDS - TOLERANCE_SECONDS);
    child.stdin.end();
    await once(child, "exit");
    expect(ownCpuSeconds() - before).toBeGreaterThan(running - TOLERANCE_SECONDS);
  });
});
