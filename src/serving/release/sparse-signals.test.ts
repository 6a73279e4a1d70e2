import { describe, expect, it } from "vitest";
import { createRandom } from "../../base/index.ts";
import { secondsToNo, seeds } from "../../../test/helpers/simulated-canary.ts";
import { Evidence, type Check } from "./evidence.ts";
import { CANARY_LIMITS } from "./limits.ts";
import { SparseSignals } from "./sparse-signals.ts";

function stateOf(signals: SparseSignals, name: Check["name"] = "verdicts"): Check | undefined {
  return signals.checks().find((check) => check.name === name);
}

const quiet = { errorShare: 0, canaryPerSecond: 0, seconds: 3600 };

describe("what people say of both arms", () => {
  it("takes a canary back that they like less", () => {
    const opinions = {
      stable: { perSecond: 0.5, good: 0.8 },
      canary: { perSecond: 0.2, good: 0.4 },
    };
    const times = seeds(20).map((seed) => secondsToNo({ ...quiet, opinions, seed }));
    expect(times).not.toContain(undefined);
  });

  it("does not mind that few say anything, and that the canary is the better one", () => {
    const opinions = {
      stable: { perSecond: 0.5, good: 0.4 },
      canary: { perSecond: 0.2, good: 0.8 },
    };
    const times = seeds(20).map((seed) => secondsToNo({ ...quiet, opinions, seed }));
    expect(times.every((time) => time === undefined)).toBe(true);
    const evidence = new Evidence({ ...CANARY_LIMITS, sampleMin: 0 });
    evidence.sparse.judge({ arm: "canary", isGood: false, unit: "a" });
    expect(evidence.verdict()).toMatchObject({ kind: "passed" });
  });

  it("never holds a step up, however doubtful it is", () => {
    const evidence = new Evidence({ ...CANARY_LIMITS, sampleMin: 0 });
    for (let i = 0; i < 12; i++) {
      evidence.sparse.judge({ arm: "stable", isGood: true, unit: `s${i}` });
      evidence.sparse.judge({ arm: "canary", isGood: false, unit: `c${i}` });
    }
    expect(stateOf(evidence.sparse)).toMatchObject({ state: "doubt", value: 1 });
    expect(evidence.verdict()).toMatchObject({ kind: "passed" });
    expect(evidence.isInDoubt).toBe(false);
  });

  it("counts one who likes nothing once, whatever arm has all of his requests", () => {
    const signals = new SparseSignals(CANARY_LIMITS);
    for (let i = 0; i < 1000; i++) {
      signals.judge({ arm: "stable", isGood: true, unit: `user ${i}` });
      signals.judge({ arm: "canary", isGood: false, unit: "a user" });
    }
    expect(stateOf(signals)).toMatchObject({ state: "ok", value: 1 });
  });

  it("goes on over the steps of a release", () => {
    const evidence = new Evidence(CANARY_LIMITS);
    for (let i = 0; i < 24; i++) {
      evidence.sparse.judge({ arm: "stable", isGood: true, unit: `s${i}` });
      evidence.sparse.judge({ arm: "canary", isGood: false, unit: `c${i}` });
      evidence.beginStep();
    }
    expect(evidence.verdict()).toMatchObject({ kind: "failed", why: { code: "verdicts" } });
  });

  it("has false alarms as seldom as promised, whoever judges how strictly", () => {
    const random = createRandom(11);
    let alarmCount = 0;
    for (let run = 0; run < 2000; run++) {
      const signals = new SparseSignals(CANARY_LIMITS);
      const good = random.next();
      const share = random.next();
      for (let i = 0; i < 400; i++) {
        const arm = random.next() < share ? "canary" : "stable";
        signals.judge({ arm, isGood: random.next() < good, unit: String(i) });
        if (stateOf(signals)?.state === "failed") {
          alarmCount += 1;
          break;
        }
      }
    }
    // 0.2 of them are expected at most.
    expect(alarmCount).toBeLessThanOrEqual(2);
  });
});

describe("probes", () => {
  const seen = { isError: false, ms: 5, confidence: 0.5 };
  const pairOf = (text: string, isSame: boolean | undefined) => {
    return { text, stable: seen, canary: seen, isSame };
  };

  it("take a canary back that answers otherwise, over the steps of a release", () => {
    const evidence = new Evidence(CANARY_LIMITS);
    for (let i = 0; i < 22; i++) {
      evidence.observePair(pairOf(`水${i}[MASK]`, false), 0);
      evidence.beginStep();
    }
    expect(evidence.verdict()).toMatchObject({ kind: "inconclusive" });
    evidence.observePair(pairOf("水[MASK]", false), 0);
    expect(evidence.verdict()).toMatchObject({ kind: "failed", why: { code: "agreement" } });
  });

  it("count each text once, in whatever step it is asked again", () => {
    const evidence = new Evidence(CANARY_LIMITS);
    for (let i = 0; i < 1000; i++) {
      evidence.observePair(pairOf(`水${i % 16}[MASK]`, false), 0);
      if (i % 100 === 0) evidence.beginStep();
    }
    expect(stateOf(evidence.sparse, "agreement")).toMatchObject({ state: "doubt", value: 1 });
  });

  it("do not mind some other words, and count nothing where an arm has none", () => {
    const evidence = new Evidence(CANARY_LIMITS);
    for (let i = 0; i < 20; i++) evidence.observePair(pairOf(`火${i}[MASK]`, undefined), 0);
    expect(stateOf(evidence.sparse, "agreement")).toBeUndefined();
    for (let i = 0; i < 100; i++) evidence.observePair(pairOf(`水${i}[MASK]`, i % 3 !== 0), 0);
    expect(stateOf(evidence.sparse, "agreement")).toMatchObject({ state: "ok", value: 0.34 });
    expect(evidence.verdict()).toMatchObject({ kind: "passed" });
  });
});

describe("a shadow", () => {
  it("is taken away when its answers are others than they may be", () => {
    const times = seeds(20).map((seed) =>
      secondsToNo({ ...quiet, canaryPerSecond: 1, agreement: 0.3, seed }),
    );
    expect(times).not.toContain(undefined);
  });

  it("is not judged by a limit of nothing, and has no line before it was compared", () => {
    const signals = new SparseSignals({ ...CANARY_LIMITS, disagreementShareMax: 1 });
    for (let i = 0; i < 100; i++) signals.compare(false);
    expect(stateOf(signals, "agreement")).toBeUndefined();
  });
});
