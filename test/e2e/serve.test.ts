// `whetstone serve` as a person meets it: the built program, the shipped starter, a real browser.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { launchChromium, openPage } from "../helpers/browser.ts";
import { describeNeeding } from "../helpers/needs.ts";
import { addressOf, PROGRAM } from "../helpers/run-cli.ts";

/** A machine may be busy with a training run. */
const PATIENCE = { timeout: 60_000 };

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

describeNeeding("chromium", "the page of whetstone serve", (executable) => {
  let browser: Browser;
  let server: ChildProcess;
  let url: string;
  const data = mkdtempSync(path.join(tmpdir(), "whetstone-serve-"));
  beforeAll(async () => {
    server = spawn(process.execPath, [PROGRAM, "serve", "--port", "0", "--data", data, "--json"], {
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, WHETSTONE_FILL_DEADLINE_MS: "60000" },
    });
    url = await addressOf(server);
    browser = await launchChromium(executable);
  });
  afterAll(async () => {
    await browser.close();
    server.kill();
    if (server.exitCode === null) await once(server, "exit");
    rmSync(data, { recursive: true, force: true });
  });

  it("fills the example, and what a person types after it", async () => {
    const { page, complaints } = await openPage(browser, url);
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
