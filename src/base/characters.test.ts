import { expect, it } from "vitest";
import { characterCount } from "./characters.ts";

it.each([
  ["", 0],
  ["画龙", 2],
  ["𠮷野家", 3],
])("counts %s as %i characters", (text, count) => {
  expect(characterCount(text)).toBe(count);
});
