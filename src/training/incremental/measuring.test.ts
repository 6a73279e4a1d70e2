import { expect, it } from "vitest";
import { calibrating } from "./measuring.ts";

it("calibrates on each suite, the largest most", () => {
  const suites = { first: 3000, second: 1000 };
  const probes = Object.entries(suites).flatMap(([name, count]) =>
    Array.from({ length: count }, () => name),
  );
  const asBefore = [...probes];
  const drawn = calibrating(probes);
  expect(probes).toEqual(asBefore);
  const counted = (name: string): number => drawn.filter((each) => each === name).length;
  expect(drawn).toHaveLength(2500);
  expect(counted("second")).toBeGreaterThan(500);
  expect(counted("first")).toBeGreaterThan(2 * counted("second"));
});
