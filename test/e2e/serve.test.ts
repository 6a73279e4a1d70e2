// `whetstone serve` as a person meets it: the built program, the shipped starter, a real browser.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { launchChromium, openPage } from "../helpers/browser.ts";
import { describeNeeding } from "../helpers/needs.ts";
import { serveProgram, type ServedProgram } from "../helpers/served-program.ts";

/** A machine may be busy with a training run. */
const PATIENCE = { timeout: 60_000 };

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

describeNeeding("chromium", "the page of whetstone serve", (executable) => {
  let browser: Browser;
  let server: ServedProgram;
  beforeAll(async () => {
    server = await serveProgram();
    browser = await launchChromium(executable);
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  it("fills the example, and what a person types after it", async () => {
    const { page, complaints } = await openPage(browser, server.url);
    await expect
      .poll(() => filledSentence(page), PATIENCE)
      .toMatch(/^春风又绿江南.+，明月何时照我还。$/);
    expect(await page.locator("fieldset label").count()).toBe(9);
    await page.locator("textarea").fill("守株待___");
    await expect.poll(() => filledSentence(page), PATIENCE).toMatch(/^守株待[^_]+$/);
    await page.locator("textarea").press("ArrowDown");
    await page.keyboard.press("3");
    const third = await page.locator("fieldset label [lang]").nth(2).innerText();
    expect(await filledSentence(page)).toBe(`守株待${third}`);
    expect(await page.locator("header").innerText()).toContain("starter-cloze");
    expect(complaints).toEqual([]);
  });
});

function filledSentence(page: Page): Promise<string> {
  return page.locator("p[data-size]").innerText();
}
