import { describe, expect, it } from "vitest";
import { appErrorOf } from "../../../test/helpers/app-error.ts";
import { parseFillMaskSettings } from "./settings.ts";

const GOOD = { lengths: { bias: [0, 1, 2, 3], peakWeight: 0.5, massWeight: 0 }, windowTokens: 64 };

describe("parseFillMaskSettings", () => {
  it("takes what fitting writes", () => {
    expect(parseFillMaskSettings(GOOD, "fill-mask.json")).toEqual(GOOD);
    const fitted = { ...GOOD, temperature: 1.2 };
    expect(parseFillMaskSettings(fitted, "fill-mask.json")).toEqual(fitted);
    const choosing = { ...GOOD, choiceWindows: [24, 64] };
    expect(parseFillMaskSettings(choosing, "fill-mask.json")).toEqual(choosing);
    const taught = { ...GOOD, words: ["秒杀", "给力"] };
    expect(parseFillMaskSettings(taught, "fill-mask.json")).toEqual(taught);
  });

  it.each([
    ["lengths", { ...GOOD, lengths: undefined }],
    ["lengths.bias", { ...GOOD, lengths: { ...GOOD.lengths, bias: "x" } }],
    ["lengths.bias", { ...GOOD, lengths: { ...GOOD.lengths, bias: [0, 1, 2] } }],
    ["lengths.bias", { ...GOOD, lengths: { ...GOOD.lengths, bias: [0, 1, 2, null] } }],
    ["lengths.peakWeight", { ...GOOD, lengths: { ...GOOD.lengths, peakWeight: "1" } }],
    ["lengths.massWeight", { ...GOOD, lengths: { ...GOOD.lengths, massWeight: undefined } }],
    ["windowTokens", { ...GOOD, windowTokens: -3 }],
    ["windowTokens", { ...GOOD, windowTokens: 64.5 }],
    ["choiceWindows", { ...GOOD, choiceWindows: [] }],
    ["choiceWindows", { ...GOOD, choiceWindows: [64, 2] }],
    ["temperature", { ...GOOD, temperature: 0 }],
    ["words", { ...GOOD, words: ["秒杀", 4] }],
  ])("refuses a wrong %s, naming it and the file", (field, settings) => {
    const { code, message } = appErrorOf(() => parseFillMaskSettings(settings, "fill-mask.json"));
    expect(code).toBe("damaged_file");
    expect(message).toContain(`fill-mask.json: ${field} is `);
  });
});
