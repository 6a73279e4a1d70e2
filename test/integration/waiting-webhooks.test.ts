// Webhooks over a real store: what one server could not send is sent by the next one, and what
// commands do beside it is told, too.

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createApp, type App } from "../../src/app.ts";
import { AppError } from "../../src/base/index.ts";
import { parseConfig } from "../../src/config/index.ts";
import { CommandRuns, type RunningJob, type StartJob } from "../../src/loop/index.ts";
import { heldRun } from "../../src/loop/settle-run.ts";
import { openRegistry } from "../../src/registry/index.ts";
import { addStubVersion, STUB_ENTRY, until, writeStubModel } from "../helpers/running-app.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

type Answer = (response: ServerResponse) => Promise<void> | void;

const taken: Answer = (response) => void response.writeHead(204).end();
const never: Answer = () => {};
let answer: Answer;
let got: { readonly id: IncomingMessage["headers"][string]; readonly body: string }[];
const receiver = createServer((request, response) => {
  void text(request).then((body) => {
    got.push({ id: request.headers["webhook-id"], body });
    return answer(response);
  });
});

let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-webhooks-"));
  writeStubModel(path.join(folder, "starters/starter-cloze"));
  got = [];
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
});
afterEach(() => {
  receiver.closeAllConnections();
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Training that fails as soon as it is asked to stop. */
const startJob: StartJob = () => {
  let end = (_outcome: Awaited<RunningJob["outcome"]>): void => {};
  const outcome: RunningJob["outcome"] = new Promise((resolve) => (end = resolve));
  const stop = (): void => end({ kind: "failed", code: "io_failed", message: "the disk is full" });
  return { outcome, stop, kill: stop };
};

/** A server over the same data each time, listening. */
async function open(): Promise<App> {
  const { port } = receiver.address() as AddressInfo;
  const flags = {
    "data.directory": path.join(folder, "data"),
    "server.port": "0",
    "webhooks.urls": `http://127.0.0.1:${port}/hook`,
    "webhooks.allowedHosts": "127.0.0.1",
    "webhooks.secret": `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
  };
  const starters = path.join(folder, "starters");
  const app = await createApp(parseConfig({ flags }), {
    starters,
    startJob,
    replicaEntry: STUB_ENTRY,
  });
  await (
    await app.listen()
  ).ready;
  return app;
}

/** Ends a server under whose hands a run fails. */
async function closeWithFailure(app: App): Promise<void> {
  const numbers = [1, 2, 3, 4, 5, 6];
  const samples = numbers.map((i) => ({ text: `第${i}个订单没___`, answer: "生效" }));
  const started = await app.server.inject({
    method: "POST",
    url: "/api/training-runs",
    payload: { samples },
  });
  expect(started.statusCode).toBe(202);
  await app.close();
}

async function waitingMessages() {
  await using registry = await openRegistry(path.join(folder, "data"));
  return await registry.webhooks.list();
}

it("what nobody answered is sent by the next server under the same id, then gone", async () => {
  answer = never;
  await closeWithFailure(await open());
  expect(got).toHaveLength(1);
  const [{ id, body } = { id: "", body: "" }] = got;
  expect(JSON.parse(body)).toMatchObject({ type: "training.failed" });
  expect(await waitingMessages()).toMatchObject([{ id, body, attempt: 0 }]);

  answer = taken;
  const next = await open();
  await until(() => got.length === 2);
  await next.close();
  expect(got[1]).toEqual({ id, body });
  expect(await waitingMessages()).toEqual([]);
});

it("what is told while a server ends arrives, and is not told again", async () => {
  answer = async (response) => {
    await sleep(300);
    await taken(response);
  };
  await closeWithFailure(await open());
  expect(got).toHaveLength(1);
  expect(await waitingMessages()).toEqual([]);
});

it("what commands trained since the server began is told once, beside what it trains", async () => {
  answer = taken;
  const commands = new CommandRuns(path.join(folder, "data"));
  const fail = async (name: string): Promise<string> => {
    const run = heldRun("command", name);
    const failing = commands.during({ run, model: "starter-cloze", base: "1" }, async () => {
      throw new AppError("io_failed", "the disk is full");
    });
    await expect(failing).rejects.toMatchObject({ code: "io_failed" });
    return run;
  };
  await fail("before");
  const app = await open();
  const failed = await fail("since");
  const run = heldRun("command", "refused");
  const gate = { passed: false, reasons: ["top-1 fell by 3 points"] };
  await addStubVersion({ folder }, {}, { state: "refused", metrics: { run, gate } });
  await until(() => got.length === 2);
  // A look later it is still as it was.
  await sleep(1500);
  await app.close();
  const told = got.map(({ body }) => JSON.parse(body) as { readonly type: string });
  expect(told.toSorted((a, b) => (a.type < b.type ? -1 : 1))).toMatchObject([
    { type: "gate.refused", data: { run, version: "2", reasons: gate.reasons } },
    { type: "training.failed", data: { run: failed, base: "1", code: "io_failed" } },
  ]);
});
