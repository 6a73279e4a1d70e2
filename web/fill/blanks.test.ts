import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { BLANK_COUNT_MAX, TEXT_LENGTH_MAX } from "../../src/base/index.ts";
import {
  canonicalText,
  excerpt,
  fillIn,
  markerFor,
  parseTargets,
  problemOf,
  splitAtBlanks,
} from "./blanks.ts";

describe("splitAtBlanks", () => {
  it("finds every way to write a blank", () => {
    const blanks = splitAtBlanks("a[MASK]b___c[BLANK]d＿＿e[mask]f__").filter(
      (segment) => segment.kind === "blank",
    );
    expect(blanks.map((blank) => blank.text)).toEqual([
      "[MASK]",
      "___",
      "[BLANK]",
      "＿＿",
      "[mask]",
      "__",
    ]);
    expect(blanks.map((blank) => blank.index)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("takes a single underscore for text", () => {
    expect(splitAtBlanks("snake_case")).toEqual([{ kind: "text", text: "snake_case" }]);
  });

  it("loses nothing of any text", () => {
    const piece = fc.constantFrom("[MASK]", "___", "_", "[BLANK]", "＿＿", "春", "a", "\n", "😀");
    const texts = fc.array(piece).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(texts, (text) => {
        const segments = splitAtBlanks(text);
        expect(segments.map((segment) => segment.text).join("")).toBe(text);
      }),
    );
  });
});

describe("fillIn", () => {
  it("puts each word into its blank", () => {
    expect(fillIn("床前明[MASK]光，疑是地上___。", ["月", "霜"])).toBe("床前明月光，疑是地上霜。");
  });

  it("keeps a blank that has no word", () => {
    expect(fillIn("[MASK]和[MASK]", ["天"])).toBe("天和[MASK]");
  });

  it("takes dollar signs in words literally", () => {
    expect(fillIn("价___", ["$&"])).toBe("价$&");
  });
});

describe("problemOf", () => {
  it("says what keeps a text from being asked about", () => {
    expect(problemOf(" \n")).toBe("empty");
    expect(problemOf("没有空")).toBe("noBlank");
    expect(problemOf("画龙点[MASK]")).toBeUndefined();
    expect(problemOf("___，".repeat(BLANK_COUNT_MAX + 1))).toBe("tooManyBlanks");
  });

  it("counts characters, not UTF-16 units", () => {
    expect(problemOf(`___${"😀".repeat(TEXT_LENGTH_MAX - 3)}`)).toBeUndefined();
    expect(problemOf(`___${"好".repeat(TEXT_LENGTH_MAX - 2)}`)).toBe("tooLong");
  });
});

describe("markerFor", () => {
  it("is three underscores", () => {
    expect(markerFor("画龙点", 3, 3)).toBe("___");
  });

  it("is a bracketed marker where underscores would run together", () => {
    expect(markerFor("画龙___", 5, 5)).toBe("[BLANK]");
    expect(markerFor("___画龙", 0, 0)).toBe("[BLANK]");
  });

  it("looks around the selection, not into it", () => {
    expect(markerFor("画_龙", 1, 2)).toBe("___");
  });
});

describe("excerpt", () => {
  it("keeps the neighbourhood of blanks and drops the rest", () => {
    const text = `${"前".repeat(50)}___${"中".repeat(50)}___${"后".repeat(50)}`;
    const shown = excerpt(splitAtBlanks(text), 3).map((segment) => segment.text);
    expect(shown.join("")).toBe("…前前前___中中中…中中中___后后后…");
  });

  it("leaves short texts whole", () => {
    const segments = splitAtBlanks("画龙点[MASK]，一气呵成");
    expect(excerpt(segments, 60)).toEqual(segments);
  });
});

describe("canonicalText", () => {
  it("writes markers as the server reads them", () => {
    expect(canonicalText("a[mask]b[Blank]c___")).toBe("a[MASK]b[BLANK]c___");
  });
});

describe("parseTargets", () => {
  it("splits at the commas of both scripts and drops repetitions", () => {
    expect(parseTargets("发货，生效, 到账、发货  ")).toEqual(["发货", "生效", "到账"]);
  });

  it("is empty for an empty field", () => {
    expect(parseTargets("  ")).toEqual([]);
  });
});
