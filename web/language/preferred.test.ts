import { expect, it } from "vitest";
import { initialLanguage } from "./preferred.ts";

it("follows memory first, then the browser, then English", () => {
  expect(initialLanguage("en", "zh-CN")).toBe("en");
  expect(initialLanguage(null, "zh-TW")).toBe("zh");
  expect(initialLanguage("xx", "de-AT")).toBe("en");
});
