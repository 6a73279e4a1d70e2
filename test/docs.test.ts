import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { GENERATED_PAGES } from "../scripts/docs.ts";
import { readText } from "./helpers/source-files.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const LINK = /\]\(([^)\s]+)\)/g;

describe("the generated pages of docs/", () => {
  it.each([...GENERATED_PAGES.keys()])("has %s as the code has it (npm run docs)", (file) => {
    const page = readText(file);
    expect(page).toBe(GENERATED_PAGES.get(file)?.(page));
  });
});

describe("the pages", () => {
  const pages = ["", "docs", "docs/decisions"].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => path.posix.join(folder, name)),
  );

  it.each(pages)("has no dead link to a file in %s", (page) => {
    const dead = [...readText(page).matchAll(LINK)]
      .map(([, target = ""]) => target.replace(/#.*/, ""))
      .filter((target) => target !== "" && !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(path.join(ROOT, path.dirname(page), target)));
    expect(dead).toEqual([]);
  });
});
