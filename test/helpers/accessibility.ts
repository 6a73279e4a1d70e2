// What axe finds on a page against WCAG 2.2 A and AA, as sentences.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const OPTIONS: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
};

/** Empty when nothing is wrong; "rule: help (selector)" for each violation. */
export async function accessibilityViolations(page: Page): Promise<readonly string[]> {
  // Evaluated, not added as a script, which the page's Content-Security-Policy would block.
  await page.evaluate(readFileSync(AXE, "utf8"));
  const results = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(OPTIONS)})`);
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help} (${node.target.join(" ")})`),
  );
}
