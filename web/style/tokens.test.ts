// The colours against WCAG 2.2: text at least 4.5 : 1, borders and bars that mean something 3 : 1.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("tokens.css", import.meta.url), "utf8");
const TEXT = ["ink", "ink-soft", "ink-faint", "accent", "danger"];
const GROUNDS = ["paper", "surface"];
const MARKS = ["line-strong", "bar", "canary"];

describe.each(["light", "dark"])("the %s colours", (scheme) => {
  const colours = coloursOf(scheme);
  const contrast = (a: string, b: string): number => contrastOf(colours.get(a)!, colours.get(b)!);
  const below = (marks: readonly string[], grounds: readonly string[], least: number): string[] =>
    marks
      .flatMap((mark) => grounds.map((ground) => [mark, ground] as const))
      .filter(([mark, ground]) => contrast(mark, ground) < least)
      .map(([mark, ground]) => `${mark} on ${ground}: ${contrast(mark, ground).toFixed(2)}`);

  it("let text be read", () => {
    expect(below(TEXT, GROUNDS, 4.5)).toEqual([]);
    expect(below(["ink", "ink-soft", "accent"], ["accent-soft", "sunken"], 4.5)).toEqual([]);
    expect(below(["on-accent"], ["accent"], 4.5)).toEqual([]);
  });

  it("let marks be seen", () => {
    expect(below(MARKS, GROUNDS, 3)).toEqual([]);
    expect(below(["bar", "accent"], ["sunken"], 3)).toEqual([]);
  });
});

function coloursOf(scheme: string): ReadonlyMap<string, string> {
  const block = new RegExp(`scheme="${scheme}"\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? "";
  const rows = [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)];
  return new Map(rows.map(([, name = "", colour = ""]) => [name, colour]));
}

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrastOf(a: string, b: string): number {
  const [light, dark] = [luminanceOf(a), luminanceOf(b)].toSorted((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminanceOf(colour: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
