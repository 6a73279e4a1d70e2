import { describe, expect, it } from "vitest";
import { isAlive, isMarkAlive, ownMark, pidOf } from "./process.ts";

const NOBODY = 2 ** 30;

describe("marks of processes", () => {
  it("tell a process that lives from one that is gone", () => {
    expect(isAlive(process.pid)).toBe(true);
    expect(isAlive(NOBODY)).toBe(false);
    expect(isMarkAlive(ownMark())).toBe(true);
    expect(isMarkAlive(`${NOBODY} 1`)).toBe(false);
  });

  it.runIf(process.platform === "linux")("tell a process from another with its number", () => {
    expect(ownMark()).toMatch(/^\d+ \d+$/);
    expect(isMarkAlive(`${process.pid} 1`)).toBe(false);
  });

  it("go by the number alone where no birth is known", () => {
    expect(isMarkAlive(String(process.pid))).toBe(true);
  });

  it("are nobody's when nothing stands in them", () => {
    for (const mark of ["", "x", "-1 5", "1.5"]) {
      expect(pidOf(mark)).toBeUndefined();
      expect(isMarkAlive(mark)).toBe(false);
    }
  });
});
