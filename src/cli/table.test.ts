import { describe, expect, it } from "vitest";
import { displayWidth, formatBar, formatBytes, formatSeconds, formatTable } from "./table.ts";

describe("formatTable", () => {
  it("aligns columns by what a terminal shows, where a Chinese character is two wide", () => {
    const columns = [{ title: "word" }, { title: "share", align: "right" as const }];
    expect(
      formatTable(columns, [
        ["岸", "98 %"],
        ["abc", "1 %"],
      ]),
    ).toBe(["word  share", "岸     98 %", "abc     1 %"].join("\n"));
  });

  it("has no line of titles when there are none", () => {
    expect(formatTable([{ title: "" }, { title: "" }], [["a", "b"]])).toBe("a  b");
  });

  it("counts combining marks as nothing and emoji as two", () => {
    expect(displayWidth("e\u0301")).toBe(1);
    expect(displayWidth("😀龙a")).toBe(5);
  });
});

describe("formatBar", () => {
  it("is empty at 0, full at 1, and never leaves its width", () => {
    expect(formatBar(0, 4)).toBe("    ");
    expect(formatBar(1, 4)).toBe("████");
    expect(formatBar(0.5, 4)).toBe("██  ");
    expect([formatBar(7, 4), formatBar(-1, 4)]).toEqual(["████", "    "]);
    for (let share = 0; share <= 1; share += 0.01) {
      expect([...formatBar(share, 7)]).toHaveLength(7);
    }
  });
});

describe("units", () => {
  it("shows bytes and seconds in the unit that reads best", () => {
    expect([0, 999, 1000, 9_984_272, 4e9, 5e12].map(formatBytes)).toEqual([
      "0 bytes",
      "999 bytes",
      "1.0 kB",
      "10.0 MB",
      "4.0 GB",
      "5000.0 GB",
    ]);
    expect([0.4, 59, 61, 3600, 7500].map(formatSeconds)).toEqual([
      "0 s",
      "59 s",
      "1 min 1 s",
      "1 h 0 min",
      "2 h 5 min",
    ]);
  });
});
