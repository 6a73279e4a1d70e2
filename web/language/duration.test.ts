import { expect, it } from "vitest";
import { formatDuration } from "./duration.ts";

it("takes the unit that says it in few digits", () => {
  const said = [0.4, 89, 90, 3600, 6 * 3600, 86_400 * 3, 86_400 * 200].map((seconds) =>
    formatDuration(seconds, "en"),
  );
  expect(said).toEqual(["0 s", "89 s", "2 min", "60 min", "6 h", "3 days", "200 days"]);
  expect(formatDuration(120, "zh")).toBe("2 分钟");
});
