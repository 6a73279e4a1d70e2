import { expect, it } from "vitest";
import { calibrating } from "./measuring.ts";

it("calibrates on what was held out and on each suite, the largest most", () => {
  const suites = { first: 3000, second: 1000 };
  const probes = Object.entries(suites).flatMap(([name, count]) => {
    return Array.from({ length: count }, () => name);
  });
  const drawn = calibrating(
    Array.from({ length: 20 }, () => "held out"),
    probes,
  );
  const counted = (name: string): number => drawn.filter((each) => each === name).length;
  expect(drawn).toHaveLength(200);
  expect(counted("held out")).toBe(20);
  expect(counted("second")).toBeGreaterThan(30);
  expect(counted("first")).toBeGreaterThan(2 * counted("second"));
});
