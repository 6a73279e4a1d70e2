import { expect, it } from "vitest";
import { armCurves } from "./arm-curves.ts";

const BOX = { width: 100, height: 50 };

function point(seconds: number, requests: number, errors = 0, p95Ms: number | null = 20) {
  const at = new Date(Date.UTC(2026, 0, 1) + 1000 * seconds).toISOString();
  return {
    at,
    stable: { requests, errors, p95Ms },
    canary: { requests: 0, errors: 0, p95Ms: null },
  };
}

it("draws nothing before the first request", () => {
  expect(armCurves([], "requests", BOX)).toBeUndefined();
});

it("counts requests a second, the newest at the right and the most at the top", () => {
  const curves = armCurves([point(0, 50), point(10, 100)], "requests", BOX);
  expect(curves).toMatchObject({ most: 10, seconds: 60, newest: { stable: 10, canary: 0 } });
  expect(curves?.lines.stable).toBe("83.3,25.0 100.0,0.0");
  expect(curves?.lines.canary).toBe("83.3,50.0 100.0,50.0");
});

it("falls to zero where no request came, and back", () => {
  const curves = armCurves([point(0, 100), point(100, 100)], "requests", BOX);
  expect(curves?.lines.stable).toBe("0.0,0.0 10.0,50.0 90.0,50.0 100.0,0.0");
});

it("shows errors as a share, which an arm without requests does not have", () => {
  const curves = armCurves([point(0, 100, 5)], "errors", BOX);
  expect(curves).toMatchObject({ most: 0.05, newest: { stable: 0.05, canary: undefined } });
  expect(curves?.lines).toEqual({ stable: "100.0,0.0 100.0,0.0", canary: "" });
});

it("does not make a leap of next to nothing", () => {
  expect(armCurves([point(0, 1000, 1)], "errors", BOX)?.most).toBe(0.01);
  expect(armCurves([point(0, 1000, 0, 2)], "latency", BOX)?.most).toBe(10);
});
