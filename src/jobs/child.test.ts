import { describe, expect, it } from "vitest";
import { entryBeside } from "./child.ts";

describe("the entry of a process", () => {
  it("is TypeScript beside sources and JavaScript beside what is built", () => {
    expect(entryBeside("file:///app/src/loop/start.ts", "job")).toEqual({
      file: "/app/src/loop/job.main.ts",
    });
    expect(entryBeside("file:///app/dist/loop/start.js", "job")).toEqual({
      file: "/app/dist/loop/job.main.js",
    });
  });
});
