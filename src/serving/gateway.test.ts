import { describe, expect, it } from "vitest";
import { AppError } from "../base/index.ts";
import { createInProcessFleet } from "../../test/helpers/in-process-fleet.ts";
import { FakeTimer, settled } from "../../test/helpers/fake-timer.ts";
import { startInProcess } from "../../test/helpers/in-process-replica.ts";
import { createStubFiller } from "../../test/helpers/stub-filler.ts";
import { AnswerCache } from "./answer-cache.ts";
import {
  Gateway,
  type ArmTry,
  type FillAnswer,
  type FillCall,
  type GatewayOptions,
} from "./gateway.ts";
import type { Filler } from "../tasks/fill-mask/index.ts";

const isPinned = true;
const VERSIONS = ["a", "b", "c", "d", "e", "f"];

/** Stands for version 1 of "a". */
const ALIAS = "frozen";
/** What a text that begins with "slow" takes in "dir-b". */
const SLOW_MS = 800;

interface Wanted {
  readonly cacheBytes?: number;
  readonly routingOf?: GatewayOptions["routingOf"];
}

/** A gateway whose replicas are in this process, on the stub filler. */
function setUp({ cacheBytes = 0, routingOf = () => undefined }: Wanted = {}): {
  gateway: Gateway;
  timer: FakeTimer;
  live: string[][];
  started: string[];
  ask: (text: string | readonly string[], options?: Partial<FillCall>) => Promise<FillAnswer>;
} {
  const timer = new FakeTimer();
  const live: string[][] = [];
  const started: string[] = [];
  const defaultModel = "a";
  const openFiller = async (directory: string): Promise<Filler> => {
    const filler = await openUnlessBroken(directory);
    if (directory !== "dir-b") return filler;
    return {
      ...filler,
      fill: async (inputs) => {
        const isSlow = inputs.some(({ text }) => text.startsWith("slow"));
        if (isSlow) await new Promise<void>((resolve) => timer.after(SLOW_MS, resolve));
        return filler.fill(inputs);
      },
    };
  };
  const fleet = createInProcessFleet({
    defaultModel,
    startChild: (listeners) => startInProcess(listeners, started, openFiller),
    timer,
    onLive: (names) => live.push([...names]),
  });
  const gateway = new Gateway({
    defaultModel,
    fleet,
    cache: new AnswerCache(cacheBytes),
    timer,
    routingOf,
    resolve: async (reference) => {
      const [id = "", named] = (reference === ALIAS ? "a@1" : reference).split("@");
      const resolved = { id, version: named ?? "1", directory: `dir-${id}` };
      if (VERSIONS.includes(id)) return named === undefined ? resolved : { ...resolved, isPinned };
      throw new AppError("unknown_model", `no model ${id}`);
    },
  });
  const ask: ReturnType<typeof setUp>["ask"] = (text, options) => {
    const inputs = [text].flat().map((each) => ({ text: each, topK: 1 }));
    return gateway.answer({ inputs, deadlineMs: 1000, ...options });
  };
  return { gateway, timer, live, started, ask };
}

async function openUnlessBroken(directory: string): Promise<Filler> {
  if (directory === "dir-f") throw new AppError("damaged_file", "broken");
  return createStubFiller();
}

describe("Gateway", () => {
  it("is loading before the default model answers, and ok after", async () => {
    const { gateway, ask } = setUp();
    expect(gateway.status()).toMatchObject({ state: "loading", model: "a", live: [] });
    await gateway.start();
    expect(gateway.status()).toMatchObject({ state: "ok", live: [{ state: "ready" }] });
    expect(await ask("画龙点[MASK]")).toMatchObject({ model: "a", version: "1" });
  });

  it("keeps a request while its version starts", async () => {
    const { started, ask } = setUp();
    const answer = await ask("[MASK]", { model: "b@2" });
    expect(answer).toMatchObject({ model: "b", version: "2", outputs: [{ blanks: [{}] }] });
    expect(started).toEqual(["dir-b"]);
  });

  it("uses the same processes for later requests", async () => {
    const { started, ask } = setUp();
    await ask("[MASK]");
    await ask(["[MASK]", "___"]);
    expect(started).toEqual(["dir-a"]);
  });

  it("names the text that cannot be answered", async () => {
    const { ask } = setUp();
    await expect(ask(["[MASK]", "没有"])).rejects.toMatchObject({
      code: "no_blank",
      message: "Text 1: the text has no blank",
      details: { index: 1 },
    });
    await expect(ask("没有")).rejects.toMatchObject({ message: "the text has no blank" });
  });

  it("says why a version cannot be opened, and answers with others", async () => {
    const { ask } = setUp();
    await expect(ask("[MASK]", { model: "f" })).rejects.toMatchObject({ code: "damaged_file" });
    await expect(ask("[MASK]", { model: "z" })).rejects.toMatchObject({ code: "unknown_model" });
    await expect(ask("[MASK]")).resolves.toMatchObject({ model: "a" });
  });

  it("ends the version that was used longest ago to make room, but never the default", async () => {
    const { timer, live, ask } = setUp();
    for (const model of ["a", "b", "c", "d"]) {
      await ask("[MASK]", { model });
      await timer.pass(10);
    }
    await ask("[MASK]", { model: "b" });
    await ask("[MASK]", { model: "e" });
    expect(live.at(-1)).toEqual(["a@1", "b@1", "d@1", "e@1"]);
  });

  it("ends pinned versions of the default model to make room, but never the one it answers with", async () => {
    const { timer, live, ask } = setUp();
    for (const model of ["a", "a@2", "a@3", "a@4", "a@5", "a@6"]) {
      await ask("[MASK]", { model });
      await timer.pass(10);
    }
    expect(live.at(-1)).toEqual(["a@1", "a@4", "a@5", "a@6"]);
  });

  it("asks the version that an alias names, whatever share a release of it has", async () => {
    const arms = {
      stable: { id: "a", version: "1", directory: "dir-a" },
      canary: { id: "a", version: "2", directory: "dir-a" },
    };
    const watch = { observe: () => {}, compare: () => {} };
    const routing = { salt: "s", share: 1, arms, stable: "1", isShadow: false, ...watch };
    const { gateway, ask } = setUp({ routingOf: () => routing });
    await gateway.warm("a@2");
    expect(await ask("[MASK]")).toMatchObject({ version: "2" });
    expect(await ask("[MASK]", { model: ALIAS })).toMatchObject({ version: "1" });
  });

  it("counts what a promoted version answers before the release knows of the promotion", async () => {
    const arms = {
      stable: { id: "a", version: "0", directory: "dir-a" },
      canary: { id: "a", version: "1", directory: "dir-a" },
    };
    let seenCount = 0;
    const watch = { observe: () => (seenCount += 1), compare: () => {} };
    const routing = { salt: "s", share: 0.5, arms, stable: "0", isShadow: false, ...watch };
    const { gateway, ask } = setUp({ routingOf: () => routing });
    await gateway.warm("a@1");
    expect(await ask("[MASK]")).toMatchObject({ version: "1" });
    expect(seenCount).toBe(1);
  });

  it("tells a request that is followed of every arm that was asked for it", async () => {
    const arms = {
      stable: { id: "a", version: "1", directory: "dir-a" },
      canary: { id: "a", version: "2", directory: "dir-a" },
    };
    const watch = { observe: () => {}, compare: () => {} };
    const routing = { salt: "s", share: 1, arms, stable: "1", isShadow: false, ...watch };
    const { gateway, ask } = setUp({ routingOf: () => routing });
    await gateway.warm("a@2");
    const tries: ArmTry[] = [];
    const follow = (seen: ArmTry): number => tries.push(seen);
    await expect(ask("bug[MASK]", { follow })).rejects.toMatchObject({ code: "replica_failed" });
    await ask("[MASK]", { follow });
    expect(tries).toMatchObject([
      { version: "2", arm: "canary", isError: true },
      { version: "1", arm: "stable", isError: true },
      { version: "2", arm: "canary", isError: false },
    ]);
  });

  it("gives a canary a part of the deadline for little work, and all of it for more", async () => {
    const arms = {
      stable: { id: "a", version: "1", directory: "dir-a" },
      canary: { id: "b", version: "2", directory: "dir-b" },
    };
    const watch = { observe: () => {}, compare: () => {} };
    const routing = { salt: "s", share: 1, arms, stable: "1", isShadow: false, ...watch };
    const { gateway, timer, ask } = setUp({ routingOf: () => routing });
    await gateway.warm("b@2");
    const answered = async (text: string): Promise<string> => {
      const answer = ask(text);
      await settled();
      await timer.pass(SLOW_MS);
      return (await answer).version;
    };
    expect(await answered("slow[MASK]")).toBe("1");
    expect(await answered("slow___，___，___")).toBe("2");
  });

  it("answers from memory without a batch, by files and not by the name of a version", async () => {
    const { gateway, ask } = setUp({ cacheBytes: 1_000_000 });
    const batches: unknown[] = [];
    gateway.observe({ onBatch: (batch) => batches.push(batch), onRestart: () => {} });
    const first = await ask("[MASK]");
    const again = await ask(["[MASK]", "___"], { model: "a@7" });
    expect(first).toMatchObject({ hitCount: 0 });
    expect(again).toMatchObject({ version: "7", hitCount: 1, outputs: [first.outputs[0], {}] });
    expect(await ask("[MASK]", { model: "b" })).toMatchObject({ hitCount: 0 });
    expect(await ask("[MASK]", { skipCache: true })).toMatchObject({ hitCount: 0 });
    expect(batches).toMatchObject([{ texts: 1 }, { texts: 1 }, { model: "b" }, { model: "a" }]);
  });

  it("counts a request that was in memory in part as one, and one that was whole as none", async () => {
    const { gateway, ask } = setUp({ cacheBytes: 1_000_000 });
    const seen: unknown[] = [];
    const onAnswer = (answer: unknown): void => void seen.push(answer);
    gateway.observe({ onAnswer, onBatch: () => {}, onRestart: () => {} });
    await ask("[MASK]");
    await ask("[MASK]");
    expect(seen).toMatchObject([{ isError: false, confidence: expect.any(Number) as number }]);
    await ask(["[MASK]", "___"]);
    // Of what was in memory nobody knows how sure the version is now.
    expect(seen.slice(1)).toMatchObject([{ isError: false, confidence: undefined }]);
  });

  it("compares with a shadow each text once, while both keep their answers in memory", async () => {
    const arms = {
      stable: { id: "a", version: "1", directory: "dir-a" },
      canary: { id: "a", version: "2", directory: "dir-b" },
    };
    let compared = 0;
    const watch = { observe: () => {}, compare: () => (compared += 1) };
    const routing = { salt: "s", share: 0, arms, stable: "1", isShadow: true, ...watch };
    const { gateway, ask } = setUp({ cacheBytes: 1_000_000, routingOf: () => routing });
    await gateway.warm("a@2");
    for (const text of ["[MASK]", "[MASK]", "[MASK]", "一[MASK]"]) {
      await ask(text);
      await settled();
    }
    expect(compared).toBe(2);
  });

  it("tells observers of batches", async () => {
    const { gateway, ask } = setUp();
    const batches: unknown[] = [];
    gateway.observe({ onBatch: (batch) => batches.push(batch), onRestart: () => {} });
    await ask(["[MASK]", "___"]);
    expect(batches).toEqual([{ model: "a", version: "1", texts: 2, ms: 0 }]);
  });

  it("refuses requests once it is to end, and ends its processes", async () => {
    const { gateway, timer, ask } = setUp();
    await ask("[MASK]");
    await gateway.end();
    await expect(ask("[MASK]")).rejects.toMatchObject({ code: "unavailable" });
    expect(gateway.status()).toMatchObject({ state: "stopping", live: [] });
    await settled();
    expect(timer.alarmCount).toBe(0);
  });

  it("reports a default model that cannot start", async () => {
    const defaultModel = "none";
    const fleet = createInProcessFleet({
      defaultModel,
      startChild: () => {
        throw new Error("unused");
      },
      maxBatchTokens: 1,
      maxWaiting: 1,
    });
    const gateway = new Gateway({
      defaultModel,
      fleet,
      cache: new AnswerCache(0),
      resolve: async () => {
        throw new AppError("unknown_model", "there is no model");
      },
    });
    await expect(gateway.start()).rejects.toMatchObject({ code: "unknown_model" });
    expect(gateway.status()).toMatchObject({ state: "failed", message: "there is no model" });
  });
});
