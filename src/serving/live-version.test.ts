import { describe, expect, it } from "vitest";
import { silentLogger } from "../base/index.ts";
import { FakeTimer, settled } from "../../test/helpers/fake-timer.ts";
import { startInProcess } from "../../test/helpers/in-process-replica.ts";
import { createStubFiller } from "../../test/helpers/stub-filler.ts";
import { TYPICAL_INPUTS, type Filler } from "../tasks/fill-mask/index.ts";
import { LiveVersion } from "./live-version.ts";

const ASKED = TYPICAL_INPUTS.map(({ text }) => text);
const OPTIONS = { deadlineMs: 60_000 };
const LONG = "一是___，二是___，三是___，四是___";

interface Wanted {
  readonly maxWaiting?: number;
  readonly maxRequestTokens?: number;
  /** Told of every text before it is answered. */
  readonly onText?: (text: string, replica: number) => void | Promise<void>;
}

/** Two replicas in this process, on the stub filler, and the texts that each has been asked. */
function setUp({ maxWaiting = 100, maxRequestTokens, onText = () => {} }: Wanted = {}): {
  version: LiveVersion;
  asked: string[][];
} {
  const asked: string[][] = [];
  const openFiller = async (): Promise<Filler> => {
    const stub = createStubFiller();
    const own: string[] = [];
    const place = asked.push(own) - 1;
    return {
      ...stub,
      fill: async (inputs) => {
        for (const { text } of inputs) {
          own.push(text);
          await onText(text, place);
        }
        return stub.fill(inputs);
      },
    };
  };
  const version = new LiveVersion(
    { id: "a", version: "1", directory: "dir" },
    {
      startChild: (listeners) => startInProcess(listeners, [], openFiller),
      filler: { threads: 1, precision: "fp32" },
      replicaCount: 2,
      maxBatchTokens: 1000,
      maxRequestTokens,
      maxWaiting,
      timer: new FakeTimer(),
      logger: silentLogger,
      observer: { onBatch: () => {}, onRestart: () => {} },
    },
  );
  return { version, asked };
}

/** A gate that lets nothing through until it is opened. */
function createGate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}

describe("a live version", () => {
  it("is ready by the first answer of one replica, and warm by the pool on each", async () => {
    const gate = createGate();
    const { version, asked } = setUp({
      onText: (_, replica) => (replica === 1 ? gate.passed : undefined),
    });
    await version.settled();
    expect([version.state, version.isWarm]).toEqual(["ready", false]);
    await settled();
    expect(asked).toEqual([ASKED, ASKED.slice(0, 1)]);
    expect(version.isWarm).toBe(false);
    gate.open();
    await version.warmed();
    expect(version.isWarm).toBe(true);
    expect(asked).toEqual([ASKED, ASKED]);
  });

  it("says why it cannot be warm", async () => {
    const { version } = setUp({
      onText: (text, replica) => {
        if (replica === 1 && text === ASKED[3]) throw new TypeError("a bug");
      },
    });
    await expect(version.warmed()).rejects.toMatchObject({ code: "replica_failed" });
    await version.settled();
    expect(version.state).toBe("ready");
  });

  it("becomes warm beside a full queue, without a place in it", async () => {
    const gate = createGate();
    const { version } = setUp({
      maxWaiting: 1,
      onText: (text) => (text === "slow[MASK]" ? gate.passed : undefined),
    });
    const input = { text: "slow[MASK]", topK: 1 };
    const requests = [1, 2, 3].map(() => version.submit([input], OPTIONS));
    const refused = version.submit([input], OPTIONS);
    await expect(requests[1]).rejects.toMatchObject({ code: "busy" });
    await expect(requests[2]).rejects.toMatchObject({ code: "busy" });
    await expect(refused).rejects.toMatchObject({ code: "busy" });
    const warmed = version.warmed();
    gate.open();
    await warmed;
    expect(version.isWarm).toBe(true);
  });

  it("leaves nobody waiting for it when it ends, then or later", async () => {
    const { version } = setUp({ onText: () => new Promise(() => {}) });
    const waiting = [version.settled(), version.warmed(), version.end()];
    const [, warmed] = await Promise.allSettled(waiting);
    expect(warmed).toMatchObject({ status: "rejected", reason: { code: "unavailable" } });
    await version.settled();
    expect(version.failure).toMatchObject({ code: "unavailable" });
    await expect(version.warmed()).rejects.toMatchObject({ code: "unavailable" });
  });

  it("lets short texts in while it answers long ones", async () => {
    const gate = createGate();
    const { version } = setUp({ onText: (text) => (text === LONG ? gate.passed : undefined) });
    await version.warmed();
    const long = [1, 2, 3].map(() => version.submit([{ text: LONG, topK: 1 }], OPTIONS));
    const short = await version.submit([{ text: "[MASK]", topK: 1 }], OPTIONS);
    expect(short).toMatchObject([{ blanks: [{}] }]);
    expect(version.status()).toMatchObject({ busy: 2, waiting: 1 });
    gate.open();
    expect(await Promise.all(long)).toHaveLength(3);
  });

  it("refuses what would make the model read too much, in one text or in several", async () => {
    const { version } = setUp({ maxRequestTokens: 2000 });
    const ask = (...texts: string[]): Promise<unknown> =>
      version.submit(
        texts.map((text) => ({ text, topK: 1 })),
        OPTIONS,
      );
    await expect(ask(LONG)).rejects.toMatchObject({ code: "invalid_input", status: 400 });
    const some = Array.from({ length: 5 }, () => "今天真___");
    await expect(ask(...some, ...some)).rejects.toThrow(/at most 2000 are taken.*\[MASK\]/);
    expect(await ask(...some)).toHaveLength(5);
  });
});
