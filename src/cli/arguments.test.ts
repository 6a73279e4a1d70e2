import { describe, expect, it } from "vitest";
import { appErrorOf } from "../../test/helpers/app-error.ts";
import { modelId, positiveNumber, reference, wholeNumber, wordList } from "./arguments.ts";

describe("arguments", () => {
  it("takes whole numbers within their limits and nothing else", () => {
    const parse = wholeNumber(1, 50);
    expect([parse("1"), parse("050")]).toEqual([1, 50]);
    for (const bad of ["0", "51", "-1", "1.5", "1e1", "", " 3", "0x3", "９", "99999999999999999"]) {
      expect(appErrorOf(() => parse(bad)).message).toContain("from 1 to 50");
    }
  });

  it("takes any number above 0 up to a limit", () => {
    const parse = positiveNumber(1024);
    expect([parse("0.5"), parse("16"), parse("1024")]).toEqual([0.5, 16, 1024]);
    for (const bad of ["0", "0.0", "-1", "1024.5", "1e1", "", "x"]) {
      expect(appErrorOf(() => parse(bad)).message).toContain("above 0 and at most 1024");
    }
  });

  it("splits words at commas of both scripts", () => {
    expect(wordList("岸, 水，到 ,")).toEqual(["岸", "水", "到"]);
    expect(() => wordList(" ，, ")).toThrow(/separated by commas/);
  });

  it("tells a model from one version of it", () => {
    expect(reference("starter-cloze@12")).toBe("starter-cloze@12");
    expect(modelId("starter-cloze")).toBe("starter-cloze");
    expect(() => modelId("starter-cloze@1")).toThrow(/without a version/);
    for (const bad of ["", "A", "a b", "a@0", "a@1@2", "../a", "a@x"]) {
      expect(() => reference(bad)).toThrow(/expected/);
    }
  });
});
