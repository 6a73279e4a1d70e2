import { describe, expect, it } from "vitest";
import { GENERATED_PAGES } from "../scripts/docs.ts";
import { readText } from "./helpers/source-files.ts";

describe("the generated pages of docs/", () => {
  it.each([...GENERATED_PAGES.keys()])("has %s as the code has it (npm run docs)", (file) => {
    expect(readText(file)).toBe(GENERATED_PAGES.get(file)?.());
  });
});
