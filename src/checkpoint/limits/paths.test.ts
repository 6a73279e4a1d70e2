import path from "node:path";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { resolveInside } from "./paths.ts";

describe("resolveInside", () => {
  it("gives the absolute path of a file inside the directory", () => {
    expect(resolveInside("/models/a", "onnx/model.onnx_data")).toBe(
      path.resolve("/models/a/onnx/model.onnx_data"),
    );
    expect(resolveInside("models", "./w.bin")).toBe(path.resolve("models/w.bin"));
  });

  it.each([
    "../secret",
    "a/../../secret",
    "a/..",
    "..\\secret",
    "/etc/passwd",
    "\\\\server\\share",
    "C:\\secret",
    "C:secret",
    "a\0b",
    "",
    ".",
    "./",
  ])("refuses %j", (relative) => {
    expect(() => resolveInside("/models/a", relative)).toThrow(/expected a relative path/);
  });

  it("never leaves the directory, whatever the text", () => {
    const step = fc.constantFrom("..", ".", "", "a", "b.c", "...", "~", "C:", "\0");
    const separator = fc.constantFrom("/", "\\", "//");
    const text = fc
      .array(fc.tuple(step, separator), { maxLength: 8 })
      .map((parts) => parts.flat().join(""));
    fc.assert(
      fc.property(text, (relative) => {
        let resolved: string;
        try {
          resolved = resolveInside("/models/a", relative);
        } catch {
          return true;
        }
        return resolved.startsWith(path.resolve("/models/a") + path.sep);
      }),
    );
  });
});
