// What commands that train leave for a server to read, as files of a data directory.

import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { CommandRuns } from "../../src/loop/index.ts";
import { heldRun } from "../../src/loop/settle-run.ts";

let data: string;
let runs: CommandRuns;

beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), "whetstone-command-runs-"));
  runs = new CommandRuns(data);
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const files = (): readonly string[] => readdirSync(path.join(data, "training"));
const named = (run: string) => ({ run, model: "m", base: "1" });

/** A run of this process that ends with an error. */
async function fail(run: string, error: Error): Promise<void> {
  const failing = runs.during(named(run), async () => {
    throw error;
  });
  await expect(failing).rejects.toBe(error);
}

it("a training is no failure while it goes on, and leaves nothing when it ends well", async () => {
  const run = heldRun("command", "a");
  const result = await runs.during(named(run), async () => {
    expect(files()).toEqual([`${run}.command`]);
    expect(await runs.failed()).toEqual([]);
    return 7;
  });
  expect(result).toBe(7);
  expect(files()).toEqual([]);
});

it("one that failed is there with the code of its error until it is forgotten", async () => {
  const [first, second] = [heldRun("command", "a"), heldRun("command", "b")];
  await fail(first, new AppError("io_failed", "the disk is full"));
  await fail(second, new TypeError("a bug"));
  expect(await runs.failed()).toEqual([
    { ...named(first), code: "io_failed" },
    { ...named(second), code: "internal" },
  ]);
  await runs.forget(first);
  expect(await runs.failed()).toMatchObject([{ run: second }]);
});

it("one that a person stopped leaves nothing", async () => {
  await fail(heldRun("command", "a"), new AppError("cancelled", "stopped"));
  expect(files()).toEqual([]);
});

it("one whose process was killed has failed, and what is no such file counts for nothing", async () => {
  await runs.during(named(heldRun("command", "a")), async () => {
    const place = path.join(data, "training");
    const killed = `command-${2 ** 30}.1-b`;
    writeFileSync(path.join(place, `${killed}.command`), JSON.stringify(named(killed)));
    writeFileSync(path.join(place, "broken.command"), "{");
    writeFileSync(path.join(place, "run.json"), "{}");
    expect(await runs.failed()).toEqual([{ ...named(killed), code: "training_failed" }]);
  });
});

it("what failed a day ago goes with the next training", async () => {
  const [old, recent] = [heldRun("command", "a"), heldRun("command", "b")];
  for (const run of [old, recent]) await fail(run, new AppError("io_failed", "the disk is full"));
  utimesSync(path.join(data, "training", `${old}.command`), 0, 0);
  await runs.during(named(heldRun("command", "c")), async () => {});
  expect(files()).toEqual([`${recent}.command`]);
});

it("a training goes on where nothing can be written down", async () => {
  writeFileSync(path.join(data, "training"), "no directory");
  expect(await runs.during(named(heldRun("command", "a")), async () => 7)).toBe(7);
  expect(await runs.failed()).toEqual([]);
});
