// Training runs of a server over a real store and real files; the process that trains is played by
// the test, which says what it would say.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp, type App } from "../../src/app.ts";
import { parseConfig } from "../../src/config/index.ts";
import { judge } from "../../src/feedback/index.ts";
import { ownMark } from "../../src/jobs/index.ts";
import type { RunningJob, StartJob } from "../../src/loop/index.ts";
import { RunFiles } from "../../src/loop/run-files.ts";
import type { TrainingRun } from "../../src/wire/index.ts";
import { callCli, documentOf, writeTinyModel } from "../helpers/run-cli.ts";
import { STUB_ENTRY, until, writeStubModel } from "../helpers/running-app.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

type Outcome = Awaited<RunningJob["outcome"]>;

interface StartedJob {
  readonly order: Parameters<StartJob>[0];
  readonly report: Parameters<StartJob>[1];
  readonly end: (outcome: Outcome) => void;
  readonly isStopped: () => boolean;
}

let folder: string;
let app: App;
let jobs: StartedJob[];

/** A server that does not listen, over the same data each time. */
async function open(): Promise<void> {
  jobs = [];
  const startJob: StartJob = (order, report) => {
    let isStopped = false;
    let end = (_outcome: Outcome): void => {};
    const outcome = new Promise<Outcome>((resolve) => (end = resolve));
    jobs.push({ order, report, end, isStopped: () => isStopped });
    const stop = (): void => {
      isStopped = true;
      end({ kind: "stopped" });
    };
    return { outcome, stop, kill: () => end({ kind: "died", reason: "signal SIGKILL" }) };
  };
  const starters = path.join(folder, "starters");
  const flags = { "data.directory": path.join(folder, "data"), "server.port": "0" };
  app = await createApp(parseConfig({ flags }), { starters, startJob, replicaEntry: STUB_ENTRY });
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-runs-"));
  writeStubModel(path.join(folder, "starters/starter-cloze"));
  await open();
});
afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

async function call(method: "GET" | "POST", url: string, body?: object) {
  const response = await app.server.inject({ method, url, ...(body && { payload: body }) });
  return { status: response.statusCode, body: response.json<TrainingRun & { error: object }>() };
}

const start = (body: object = {}) => call("POST", "/api/training-runs", body);
const show = async (id: string) => (await call("GET", `/api/training-runs/${id}`)).body;
const sample = (i: number) => ({ text: `第${i}个订单一直没___`, answer: "生效" });
const samples = (count: number) => Array.from({ length: count }, (_, i) => sample(i));

/** Lets as many samples wait as a reviewer's import would. */
async function queue(count: number): Promise<void> {
  const at = "2026-01-01T00:00:00.000Z";
  const statements = samples(count).map(({ text, answer }, i) => ({
    model: "starter-cloze",
    text,
    source: "import" as const,
    opinion: {
      origin: `import:${i}`,
      blank: 0,
      candidate: answer,
      user: "import",
      verdict: "accept" as const,
      answer: null,
      best: null,
      bestScore: null,
      at,
    },
  }));
  await app.registry.feedback.file(statements, () => {
    return { answers: ["生效"], rejected: [], hold: null };
  });
}

const METRICS = { count: 2, top1: 0, top3: 0.5, ece: 0.1 };
const STORED: Outcome = {
  kind: "stored",
  result: {
    version: "2",
    counts: { training: 4, heldOut: 2 },
    before: METRICS,
    after: { ...METRICS, top1: 1 },
    gate: { passed: true, reasons: [] },
    patchBytes: 100,
    seconds: 3,
    steps: 20,
  },
};

describe("a training run", () => {
  it("takes what waits in feedback, tells its progress, and ends with a version", async () => {
    await queue(6);
    const { status, body } = await start();
    expect(status).toBe(202);
    expect(body).toMatchObject({
      model: "starter-cloze",
      base: "1",
      state: "running",
      source: "feedback",
      sampleCount: 6,
      progress: { phase: "starting" },
    });
    const { order, report, end } = jobs[0]!;
    expect(readFileSync(order.samplesFile, "utf8").trim().split("\n")).toHaveLength(6);
    expect(await app.registry.feedback.count()).toMatchObject({ queued: 0, "in-run": 6 });
    const step = { phase: "training", total: 20, secondsLeft: 9 } as const;
    for (const done of [1, 2]) {
      const progress = { ...step, done, loss: 3 - done, heldOutLoss: 2.5 };
      report({ kind: "progress", progress });
    }
    expect(await show(body.id)).toMatchObject({
      progress: { phase: "training", done: 2, total: 20, secondsLeft: 9 },
      curve: [
        { step: 1, loss: 2, heldOutLoss: 2.5 },
        { step: 2, loss: 1, heldOutLoss: 2.5 },
      ],
    });
    end(STORED);
    await until(() => app.training.show(body.id).state === "finished");
    expect(await show(body.id)).toMatchObject({ result: { version: "2", after: { top1: 1 } } });
    expect(readdirSync(path.join(folder, "data/training"))).toEqual([`${body.id}.json`]);
  });

  it("takes samples of the request, without personal data, and its epochs and seed", async () => {
    const planted = { text: "请打13812345678找我___", answer: "生效" };
    const sent = { samples: [...samples(5), planted], epochs: 3, seed: 7 };
    const { body } = await start(sent);
    expect(body).toMatchObject({ source: "upload", sampleCount: 6, epochs: 3, seed: 7 });
    expect(jobs[0]?.order).toMatchObject({ epochs: 3, seed: 7, base: "1" });
    const text = readFileSync(jobs[0]!.order.samplesFile, "utf8");
    expect(text).toContain("第4个订单一直没___");
    expect(text).not.toContain("13812345678");
    expect(body.replaced).toMatchObject({ mobile: 1, email: 0 });
    const metrics = await app.server.inject("/metrics");
    expect(metrics.body).toContain('whetstone_scrub_replaced_total{kind="mobile"} 1');
  });

  it("takes samples of the request that only say what is wrong, beside others", async () => {
    const wrong = { text: "快递一直没___", rejected: ["生效"] };
    const { body } = await start({ samples: [...samples(5), wrong] });
    expect(body).toMatchObject({ source: "upload", sampleCount: 6 });
    const lines = readFileSync(jobs[0]!.order.samplesFile, "utf8").trim().split("\n");
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ ...wrong, answers: [] });
  });

  it("names the rows of the request that it leaves out, as they cannot be cleaned", async () => {
    const lines = samples(5).map((each) => JSON.stringify(each));
    expect(await app.training.start({ lines, blocked: [3, 6] })).toMatchObject({
      sampleCount: 5,
      notes: ["2 samples are left out for personal data that cannot be replaced: rows 3, 6"],
    });
  });

  it("says what it leaves for the next run, so that nobody's word outweighs the others'", async () => {
    const statement = (text: string, i: number) => ({
      model: "starter-cloze",
      text,
      source: "feedback" as const,
      opinion: {
        origin: `p${i}`,
        blank: 0,
        candidate: "生效",
        user: "ann",
        verdict: "accept" as const,
        answer: null,
        best: null,
        bestScore: null,
        at: "2026-01-01T00:00:00.000Z",
      },
    });
    const statements = samples(53).map(({ text }, i) => statement(text, i));
    await app.registry.feedback.file(statements, (opinions) => judge(opinions));
    const { body } = await start();
    expect(body).toMatchObject({
      sampleCount: 50,
      notes: [expect.stringMatching(/^3 samples are left for the next run: .* at most 50 /)],
    });
  });

  it("repeats what an earlier version learned, from a file that goes when it has ended", async () => {
    await queue(6);
    const first = await start();
    expect(jobs[0]!.order.earlierFile).toBeUndefined();
    // What the process does before it says that the version is stored.
    const learner = { model: "starter-cloze", version: "1" };
    await app.registry.feedback.markUsed(first.body.id, learner);
    jobs[0]!.end(STORED);
    await until(() => app.training.show(first.body.id).state === "finished");

    const { body } = await start({ samples: samples(8).slice(6) });
    const { order, end } = jobs[1]!;
    expect(body.sampleCount).toBe(2);
    expect(readFileSync(order.earlierFile!, "utf8").trim().split("\n")).toHaveLength(6);
    end(STORED);
    await until(() => app.training.show(body.id).state === "finished");
    const left = readdirSync(path.join(folder, "data/training"));
    expect(left.filter((name) => name.endsWith(".jsonl"))).toEqual([]);
  });

  it("may be one of LoRA, whose settings another recipe does not take", async () => {
    const lora = { rank: 4, targets: ["head", "attention"] };
    const refused = await start({ samples: samples(5), lora });
    expect(refused).toMatchObject({ status: 400, body: { error: { code: "invalid_input" } } });
    expect(jobs).toEqual([]);
    const { body } = await start({ samples: samples(5), recipe: "lora", lora });
    const settled = { rank: 4, alpha: 16, targets: ["attention", "head"] };
    expect(body).toMatchObject({ recipe: "lora", lora: settled });
    expect(jobs[0]?.order).toMatchObject({ recipe: "lora", lora: settled });
    const wrong = await start({ samples: samples(5), recipe: "lora", lora: { rank: 0 } });
    expect(wrong.status).toBe(400);
  });

  it("is refused without samples, with a bad one, and while another one is under way", async () => {
    const none = await start();
    expect(none).toMatchObject({ status: 400, body: { error: { code: "invalid_input" } } });
    expect(JSON.stringify(none.body)).toContain("No sample with a right word waits");
    expect(await start({ samples: [{ text: "还没___", rejected: ["好"] }] })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining("None of the 1 samples") as string } },
    });
    const bad = await start({ samples: [...samples(5), { text: "没有空", answer: "生效" }] });
    expect(bad).toMatchObject({ status: 400, body: { error: { code: "bad_row" } } });
    expect(jobs).toEqual([]);
    await start({ samples: samples(5) });
    expect(await start({ samples: samples(5) })).toMatchObject({
      status: 409,
      body: { error: { code: "conflict" } },
    });
    expect((await start({ model: "nobody" })).status).toBe(404);
    expect((await call("GET", "/api/training-runs/nothing")).status).toBe(404);
  });

  it("stops, resumes, and is given up for the next one that is started", async () => {
    await queue(5);
    const { id } = (await start()).body;
    const address = `/api/training-runs/${id}`;
    expect((await call("POST", `${address}/resume`)).status).toBe(409);
    expect((await call("POST", `${address}/stop`)).status).toBe(200);
    await until(() => app.training.show(id).state === "stopped");
    expect((await call("POST", `${address}/stop`)).status).toBe(409);
    expect((await call("POST", `${address}/resume`)).body.state).toBe("running");
    expect(jobs[1]?.order).toEqual(jobs[0]?.order);
    await call("POST", `${address}/stop`);
    await until(() => app.training.show(id).state === "stopped");
    const next = (await start()).body;
    expect(next.sampleCount).toBe(5);
    expect((await show(id)).state).toBe("given-up");
    const list = (await call("GET", "/api/training-runs")).body as unknown as object;
    expect(list).toMatchObject({ runs: [{ id: next.id }, { id }] });
  });

  it("has a directory of its own, which goes when it can no longer be gone on with", async () => {
    const saved = (): boolean[] => jobs.map(({ order }) => existsSync(order.runDirectory));
    await start({ samples: samples(5) });
    const begin = (): void => {
      mkdirSync(path.join(jobs.at(-1)!.order.runDirectory, "checkpoint"), { recursive: true });
    };
    begin();
    const [{ id }] = app.training.list() as [TrainingRun];
    await call("POST", `/api/training-runs/${id}/stop`);
    await until(() => app.training.show(id).state === "stopped");
    expect(saved()).toEqual([true]);
    const next = (await start({ samples: samples(5) })).body;
    begin();
    expect(saved()).toEqual([false, true]);
    jobs[1]?.end({ kind: "failed", code: "training_failed", message: "no" });
    await until(() => app.training.show(next.id).state === "failed");
    expect(saved()).toEqual([false, false]);
  });

  describe("whose samples people change", () => {
    const one = async (): Promise<string> => {
      return (await app.registry.feedback.list({ states: ["in-run"] }))[0]!.id;
    };
    const stopped = async (): Promise<string> => {
      await queue(5);
      const { id } = (await start()).body;
      await call("POST", `/api/training-runs/${id}/stop`);
      await until(() => app.training.show(id).state === "stopped");
      return id;
    };
    const isGivenUp = async (id: string): Promise<void> => {
      const notes = [expect.stringContaining("changed or deleted") as string];
      expect(await show(id)).toMatchObject({ state: "given-up", notes });
      expect(readdirSync(path.join(folder, "data/training"))).toEqual([`${id}.json`]);
    };

    it.each([
      ["refused", 4, (id: string) => app.registry.feedback.reject([id])],
      ["deleted", 4, (id: string) => app.registry.feedback.deleteSamples([id])],
      [
        "edited",
        5,
        (id: string) => {
          const revision = { id, answers: ["好"], rejected: [] };
          return app.registry.feedback.revise([revision], (opinions) => judge(opinions));
        },
      ],
    ])("is not resumed once one is %s, and the others wait again", async (_how, left, change) => {
      const id = await stopped();
      await change(await one());
      const refused = await call("POST", `/api/training-runs/${id}/resume`);
      expect(refused).toMatchObject({ status: 409, body: { error: { code: "conflict" } } });
      expect(JSON.stringify(refused.body)).toContain("start a new run");
      await isGivenUp(id);
      expect(await app.registry.feedback.count()).toMatchObject({ queued: left, "in-run": 0 });
      expect((await start()).body.sampleCount).toBe(left);
    });

    const deleteOne = async (): Promise<object> => {
      const url = `/api/feedback/${await one()}`;
      return (await app.server.inject({ method: "DELETE", url })).json<object>();
    };

    it("is given up when one is deleted over HTTP, while it is running once it stops", async () => {
      const first = await stopped();
      expect(await deleteOne()).toMatchObject({ samples: 1, runs: [] });
      await isGivenUp(first);
      const { id } = (await start()).body;
      expect(await deleteOne()).toMatchObject({ samples: 1, runs: [id] });
      expect(await show(id)).toMatchObject({ state: "running" });
      await call("POST", `/api/training-runs/${id}/stop`);
      await until(() => app.training.show(id).state === "given-up");
      expect(await app.registry.feedback.count()).toMatchObject({ queued: 3, "in-run": 0 });
    });

    it("is given up by the next server, stopped or not", async () => {
      const id = await stopped();
      await app.registry.feedback.deleteSamples([await one()]);
      await app.close();
      await open();
      await app.training.recover();
      await isGivenUp(id);
      const next = (await start()).body;
      expect(next.sampleCount).toBe(4);
      await app.registry.feedback.deleteSamples([await one()]);
      await app.close();
      await open();
      await app.training.recover();
      expect(jobs).toEqual([]);
      expect(await show(next.id)).toMatchObject({ state: "given-up" });
      expect(await app.registry.feedback.count()).toMatchObject({ queued: 3, "in-run": 0 });
    });

    it("is given up when a command deletes one while no server runs", async () => {
      const id = await stopped();
      const deletes = ["feedback", "delete", "--id", await one()];
      await app.close();
      const data = path.join(folder, "data");
      const result = await callCli([...deletes, "--data", data, "--json"]);
      expect(documentOf(result)).toMatchObject({ samples: 1, runs: [] });
      expect(readdirSync(path.join(data, "training"))).toEqual([`${id}.json`]);
      await open();
      await isGivenUp(id);
    });

    it("goes on without one that is deleted, that it repeats", async () => {
      await queue(5);
      const first = (await start()).body.id;
      await app.registry.feedback.markUsed(first, { model: "starter-cloze", version: "1" });
      jobs[0]?.end(STORED);
      await until(() => app.training.show(first).state === "finished");
      const { id } = (await start({ samples: samples(8).slice(5) })).body;
      const [used] = await app.registry.feedback.list({ states: ["used"] });
      for (const isDeleted of [false, true]) {
        await call("POST", `/api/training-runs/${id}/stop`);
        await until(() => app.training.show(id).state === "stopped");
        if (isDeleted) await app.registry.feedback.deleteSamples([used!.id]);
        await call("POST", `/api/training-runs/${id}/resume`);
      }
      expect(jobs).toHaveLength(4);
      const notes = [expect.stringContaining("begins anew without them") as string];
      expect(await show(id)).toMatchObject({ state: "running", sampleCount: 3, notes });
      const lines = readFileSync(jobs[3]!.order.earlierFile!, "utf8").trimEnd().split("\n");
      expect(lines).toHaveLength(4);
      expect(lines.join("")).not.toContain(used!.text);
    });
  });

  it("goes on in a new process when its own was killed, and fails when that does not help", async () => {
    await queue(5);
    const { id } = (await start()).body;
    for (let i = 0; i < 4; i++) {
      await until(() => jobs.length === i + 1);
      jobs[i]?.end({ kind: "died", reason: "signal SIGKILL" });
    }
    await until(() => app.training.show(id).state === "failed");
    expect(await show(id)).toMatchObject({ error: { code: "training_failed" } });
    expect(jobs).toHaveLength(4);
    expect(await app.registry.feedback.count()).toMatchObject({ queued: 5, "in-run": 0 });
  });

  it("fails at once in a conflict, unless another process is still at it", async () => {
    const held = (await start({ samples: samples(5) })).body;
    const conflict = { kind: "failed", code: "conflict", message: "no" } as const;
    jobs[0]?.end({ ...conflict, isHeld: true });
    await until(() => jobs.length === 2);
    expect(await show(held.id)).toMatchObject({ state: "running" });
    jobs[1]?.end({ ...conflict, isHeld: false });
    await until(() => app.training.show(held.id).state === "failed");
    expect(await show(held.id)).toMatchObject({ error: { code: "conflict" } });
    expect(jobs).toHaveLength(2);
  });

  it("gives its samples back when it cannot be written down", async () => {
    await queue(5);
    const directory = path.join(folder, "data/training");
    rmSync(directory, { recursive: true });
    symlinkSync(path.join(folder, "nowhere/at/all"), directory);
    expect(await start()).toMatchObject({ status: 500, body: { error: { code: "io_failed" } } });
    expect(await app.registry.feedback.count()).toMatchObject({ queued: 5, "in-run": 0 });
    expect(app.training.list()).toEqual([]);
    rmSync(directory);
    expect((await start()).status).toBe(202);
  });

  it("that a server was killed before writing down has its samples wait again", async () => {
    await queue(5);
    const take = (run: string, limit: number) =>
      app.registry.feedback.takeQueue("starter-cloze", { run, limit });
    await take("lost", 3);
    await take(`command-${process.pid}-alive`, 1);
    await app.close();
    await open();
    await app.training.recover();
    expect(await app.registry.feedback.count()).toMatchObject({ queued: 4, "in-run": 1 });
    expect((await start()).body.sampleCount).toBe(4);
    await app.training.recover();
    expect(await app.registry.feedback.count()).toMatchObject({ queued: 0, "in-run": 5 });
  });

  it("that nobody is at leaves no samples, though another process has the same number", async () => {
    const files = new RunFiles(path.join(folder, "data"));
    const alive = `replay-${ownMark().replace(" ", ".")}-m-2`;
    const dead = `command-${process.pid}.1-x`;
    for (const run of ["lost", dead, "replay-999999999.1-m-2", alive]) {
      files.writeSamples(run, ["{}"]);
    }
    const { id } = (await start({ samples: samples(5) })).body;
    await queue(2);
    await app.registry.feedback.takeQueue("starter-cloze", { run: dead });
    await app.training.recover();
    expect(files.withSamples().toSorted()).toEqual([alive, id].toSorted());
    expect(await app.registry.feedback.count()).toMatchObject({ queued: 2, "in-run": 0 });
  });

  it("keeps its samples until it is written down that it has finished", async () => {
    const { id } = (await start({ samples: samples(5) })).body;
    const write = vi.spyOn(RunFiles.prototype, "write").mockImplementation(() => {
      throw new Error("disk full");
    });
    jobs[0]?.end(STORED);
    await until(() => app.training.show(id).state === "finished");
    write.mockRestore();
    await app.close();
    await open();
    await app.training.recover();
    expect(readFileSync(jobs[0]!.order.samplesFile, "utf8").trim().split("\n")).toHaveLength(5);
    jobs[0]?.end(STORED);
    await until(() => app.training.show(id).state === "finished");
    expect(readdirSync(path.join(folder, "data/training"))).toEqual([`${id}.json`]);
  });

  it("whose version was stored before it died has been learned all the same", async () => {
    await queue(5);
    const { id } = (await start()).body;
    writeTinyModel(path.join(folder, "trained"));
    const metrics = { run: id };
    await app.registry.addVersion("starter-cloze", path.join(folder, "trained"), { metrics });
    jobs[0]?.end({ kind: "failed", code: "internal", message: "it broke" });
    await until(() => app.training.show(id).state === "failed");
    expect(await app.registry.feedback.count()).toMatchObject({ used: 5, "in-run": 0 });
  });

  it("is found again by the next server, and continued", async () => {
    await queue(5);
    const { id } = (await start()).body;
    const before = jobs[0]?.order;
    const progress = { phase: "before", done: 1, total: 2 } as const;
    jobs[0]?.report({ kind: "progress", progress });
    await app.close();
    expect(jobs[0]?.isStopped()).toBe(true);
    await open();
    expect(await show(id)).toMatchObject({ state: "running", progress });
    await app.training.recover();
    expect(jobs[0]?.order).toEqual(before);
    jobs[0]?.end(STORED);
    await until(() => app.training.show(id).state === "finished");
  });
});

it("GET /api/events tells of runs until the server ends", async () => {
  const { url } = await app.listen();
  const response = await fetch(`${url}/api/events`);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const { id } = (await start({ samples: samples(5) })).body;
  let text = "";
  const whole = (async () => {
    for await (const chunk of response.body!) text += Buffer.from(chunk).toString();
  })();
  await until(() => text.includes("event: training-run\n"));
  const [, data = ""] = /^data: (.+)$/m.exec(text) ?? [];
  expect(JSON.parse(data)).toMatchObject({ id, state: "running" });
  await app.close();
  await whole;
  await open();
});
