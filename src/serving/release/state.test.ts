import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasEnded, nextPosition, type ReleaseEvent } from "./state.ts";

const STEPS = [0.05, 0.2, 0.5, 1];
const begun = { state: "loading", share: 0, steps: STEPS, isShadow: false, waits: false } as const;

/** Where a release is after events; those that mean nothing change nothing. */
function after(
  events: readonly ReleaseEvent[],
  start: Parameters<typeof nextPosition>[0] = begun,
): Parameters<typeof nextPosition>[0] {
  const stage = { ...start };
  for (const each of events) Object.assign(stage, nextPosition(stage, each));
  return stage;
}

const kinds = (...list: Exclude<ReleaseEvent["kind"], "promote">[]): ReleaseEvent[] =>
  list.map((kind) => ({ kind }));

const event = fc.oneof(
  fc.constantFrom<ReleaseEvent>(
    ...kinds("opened", "warmed", "broken", "passed", "inconclusive", "failed"),
    ...kinds("pause", "resume", "rollback"),
    { kind: "promote" },
  ),
  fc.constantFrom(...STEPS).map((share): ReleaseEvent => ({ kind: "promote", share })),
);

describe("the way of a release", () => {
  it("goes through every step to the promotion", () => {
    const start = kinds("opened", "warmed");
    const passes = kinds("passed", "passed", "passed");
    const shares = [0, 1, 2, 3].map((count) => after([...start, ...passes.slice(0, count)]));
    expect(shares.map(({ share }) => share)).toEqual(STEPS);
    const all = kinds("passed", "passed", "passed", "passed");
    expect(after([...start, ...all])).toMatchObject({ state: "promoted", share: 1 });
  });

  it("has a share only where a canary answers, whatever happens", () => {
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const { state, share } = after(events);
        const answers = state === "canary" || state === "paused" || state === "promoted";
        expect(share > 0).toBe(answers);
      }),
    );
  });

  it("ends with a rollback from everywhere but its end", () => {
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const before = after(events);
        const { state } = after(kinds("rollback"), before);
        const isOver = before.state === "failed" || before.state === "rolled-back";
        expect(state).toBe(isOver ? before.state : "rolled-back");
        expect(hasEnded(state)).toBe(true);
      }),
    );
  });

  it("only shadows until it is given a share", () => {
    const shadow = after(kinds("opened", "warmed", "passed"), { ...begun, isShadow: true });
    expect(shadow).toMatchObject({ state: "canary", share: 0 });
    expect(after([{ kind: "promote", share: 0.2 }], shadow)).toMatchObject({ share: 0.2 });
  });

  it("fails before it has answered, and is rolled back after that", () => {
    expect(after(kinds("opened", "broken")).state).toBe("failed");
    expect(after(kinds("opened", "warmed", "broken")).state).toBe("rolled-back");
  });

  it("waits for a person after its first step where that was asked for", () => {
    const waiting = after(kinds("opened", "warmed", "passed"), { ...begun, waits: true });
    expect(waiting).toMatchObject({ state: "paused", share: 0.05 });
    const more = after(kinds("resume", "passed", "passed"), waiting);
    expect(more).toMatchObject({ state: "canary", share: 0.5 });
  });
});
