// Suites over time in the Versions room, suites of one's own, and the schedule in both rooms, in a
// real browser before the real server; what was measured is written into its store.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createApp, type App } from "../../src/app.ts";
import { parseConfig } from "../../src/config/index.ts";
import { accessibilityViolations } from "../helpers/accessibility.ts";
import { launchChromium, openPage, sidewaysScrollOf } from "../helpers/browser.ts";
import { describeNeeding } from "../helpers/needs.ts";
import { STUB_ENTRY, writeStubModel } from "../helpers/running-app.ts";

const CONSOLE = path.resolve(import.meta.dirname, "../../dist/web");
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describeNeeding("chromium", "suites over time in the console", (executable) => {
  const folder = mkdtempSync(path.join(tmpdir(), "whetstone-probe-panel-"));
  let browser: Browser;
  let app: App;
  let url: string;
  beforeAll(async () => {
    browser = await launchChromium(executable);
    const starters = path.join(folder, "starters");
    writeStubModel(path.join(starters, "starter-cloze"));
    const flags = { "data.directory": path.join(folder, "data"), "server.port": "0" };
    const options = { replicaEntry: STUB_ENTRY, starters, webDirectory: CONSOLE };
    app = await createApp(parseConfig({ flags }), options);
    for (const [i, version] of ["1", "1", "2"].entries()) {
      const figures = { count: 580, top1: 0.6 + 0.02 * i, top3: 0.9, mrr: 0.75, brier: 0.125 };
      const calibration = { ece: 0.04, eceInterval: { low: 0.031, high: 0.052 } };
      const answers = { answers: [String(i)], accepted: [["2"]] };
      const suite = { sha256: "a", ...figures, ...calibration, ...answers };
      await app.registry.probes.add(
        {
          id: String(i),
          model: "starter-cloze",
          version,
          trigger: "schedule",
          at: `2026-01-1${i}T03:00:00.000Z`,
        },
        [
          { suite: "idiom", kind: "probe", ...suite },
          { suite: "合同", kind: "own", ...suite },
        ],
      );
    }
    const listening = await app.listen();
    await listening.ready;
    url = `${listening.url}/`;
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("shows each suite, fits a phone and meets WCAG AA in both languages and schemes", async () => {
    for (const options of [{ ...PHONE, colorScheme: "dark" as const }, { locale: "en-GB" }]) {
      const { page, complaints } = await openPage(browser, url, options);
      const isEnglish = "locale" in options;
      await page.goto(`${url}#/versions`);
      const name = isEnglish ? "Suites over time" : "各题集的走势";
      const panel = page.getByRole("region", { name });
      await panel.getByText(isEnglish ? "Idioms" : "成语").waitFor();
      await panel.getByText("合同").waitFor();
      await page.getByText(isEnglish ? "None of your own yet" : "还没有自己的题集").waitFor();
      await page
        .getByText(isEnglish ? "version 1 → 2" : "版本 1 → 2")
        .first()
        .waitFor();
      await panel.getByText("0.040 (0.031–0.052)").first().waitFor();
      await panel
        .getByText(isEnglish ? "1 won, 0 lost, p = 1.000" : "改对 1 题，改错 0 题，p = 1.000")
        .first()
        .waitFor();
      expect(await accessibilityViolations(page)).toEqual([]);
      expect(await sidewaysScrollOf(page)).toBeLessThanOrEqual(0);
      await page.goto(`${url}#/training`);
      await page.getByText(isEnglish ? "Training by itself: off" : "定时训练：关").waitFor();
      expect(await accessibilityViolations(page)).toEqual([]);
      expect(complaints).toEqual([]);
    }
  });

  it("adds a suite from a file, says what is wrong with another, and removes it again", async () => {
    const { page, complaints } = await openPage(browser, url, { locale: "en-GB", ...PHONE });
    await page.goto(`${url}#/versions`);
    const suites = page.getByRole("region", { name: "Suites", exact: true });
    await suites.getByText("None of your own yet").waitFor();
    const choose = (name: string, content: string): Promise<void> =>
      suites
        .getByLabel("File (.jsonl)")
        .setInputFiles({ name, mimeType: "", buffer: Buffer.from(content) });
    const button = suites.getByRole("button", { name: "Add suite" });
    expect(await button.isDisabled()).toBe(true);
    const line = '{"text":"合同自签字之日起___","answer":"生效"}\n';
    await choose("合同.jsonl", `${line}{"text":"没有空","answer":"啊"}`);
    expect(await suites.getByLabel("Name").inputValue()).toBe("合同");
    await button.click();
    await suites.getByText("合同, row 2").waitFor();
    await choose("合同.jsonl", line.repeat(3));
    await button.click();
    await suites.getByText("“合同” is added").waitFor();
    await suites.getByRole("row", { name: "合同 3 your own" }).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    expect(await sidewaysScrollOf(page)).toBeLessThanOrEqual(0);
    await suites.getByRole("button", { name: "Remove: 合同" }).click();
    await suites.getByRole("button", { name: "Really remove?: 合同" }).click();
    await suites.getByText("None of your own yet").waitFor();
    expect(complaints.filter((each) => !each.includes("400"))).toEqual([]);
  });
});
