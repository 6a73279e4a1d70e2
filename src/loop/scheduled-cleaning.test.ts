import { describe, expect, it } from "vitest";
import type { AuditEvent, CleanOrder, Cleaned } from "../registry/index.ts";
import { cleanWhatIsOld } from "./scheduled-cleaning.ts";

const NOTHING: Cleaned = { versions: [], leftovers: [], freedBytes: 0 };
const NOW_MS = Date.parse("2026-03-31T00:00:00.000Z");

function cleaning(cleaned: Cleaned, running = false) {
  const orders: CleanOrder[] = [];
  const acts: AuditEvent[] = [];
  const run = { state: running ? "running" : "done" };
  const options = {
    registry: {
      clean: async (order: CleanOrder) => {
        orders.push(order);
        return cleaned;
      },
      audit: { add: async (event: AuditEvent) => void acts.push(event) },
    },
    training: { list: () => [run] },
    clock: { nowMs: () => NOW_MS },
    keep: 7,
    days: 30,
  } as unknown as Parameters<typeof cleanWhatIsOld>[0];
  return { orders, acts, outcome: cleanWhatIsOld(options) };
}

describe("cleaning up by the clock", () => {
  it("asks for what is old enough, and writes down what went", async () => {
    const versions = [{ model: "m", version: "2", sizeBytes: 3_000_000 }];
    const { outcome, orders, acts } = cleaning({ ...NOTHING, versions, freedBytes: 3_000_000 });
    expect(await outcome).toBe("freed 3 MB: m@2");
    expect(orders).toEqual([{ keep: 7, before: "2026-03-01T00:00:00.000Z" }]);
    expect(acts).toMatchObject([
      { actor: "(schedule)", action: "version.clean", target: "m@2", outcome: "done" },
    ]);
  });

  it("writes nothing down where nothing went", async () => {
    const { outcome, acts } = cleaning(NOTHING);
    expect(await outcome).toBe("nothing to clean up");
    expect(acts).toEqual([]);
  });

  it("waits while a training is under way", async () => {
    const { outcome, orders } = cleaning(NOTHING, true);
    expect(await outcome).toContain("put off");
    expect(orders).toEqual([]);
  });
});
