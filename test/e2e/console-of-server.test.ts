// The console as the real server serves it: its headers, its errors, its end. Replicas run a filler
// without a model, so that the answers are known.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { createApp, type App } from "../../src/app.ts";
import { parseConfig } from "../../src/config/index.ts";
import { accessibilityViolations } from "../helpers/accessibility.ts";
import { launchChromium, openPage } from "../helpers/browser.ts";
import { describeNeeding } from "../helpers/needs.ts";
import { STUB_ENTRY, writeStubModel } from "../helpers/running-app.ts";

const CONSOLE = path.resolve(import.meta.dirname, "../../dist/web");

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describeNeeding("chromium", "the console of a running server", (executable) => {
  let browser: Browser;
  let folder: string;
  let app: App;
  let url: string;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "whetstone-console-"));
    const starters = path.join(folder, "starters");
    writeStubModel(path.join(starters, "starter-cloze"));
    const flags = { "data.directory": path.join(folder, "data"), "server.port": "0" };
    app = await createApp(parseConfig({ flags }), {
      replicaEntry: STUB_ENTRY,
      starters,
      webDirectory: CONSOLE,
    });
    const listening = await app.listen();
    await listening.ready;
    url = `${listening.url}/`;
    browser = await launchChromium(executable);
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("answers, under the server's own Content-Security-Policy", async () => {
    const { page, complaints } = await openPage(browser, url);
    await expectText(page, "春风又绿江南岸，明月何时照我还。");
    expect(await page.locator("header").innerText()).toContain("starter-cloze");
    await page.locator("textarea").fill("床前明[MASK]光，疑是地上[MASK]。");
    await expectText(page, "床前明岸光，疑是地上岸。");
    await page.getByText("月", { exact: true }).first().click();
    await expectText(page, "床前明月光，疑是地上岸。");
    expect(complaints).toEqual([]);
  });

  it("is there under every address of a page", async () => {
    const { page, complaints } = await openPage(browser, url);
    await page.goto(`${url}some/where`);
    await expectText(page, "春风又绿江南岸，明月何时照我还。");
    expect(complaints).toEqual([]);
  });

  it("shows the server's reason and the id of the request", async () => {
    const { page } = await openPage(browser, url);
    const answered = page.waitForResponse((response) => response.status() >= 500);
    await page.locator("textarea").fill("bug[MASK]");
    const id = (await answered).headers()["x-request-id"];
    await expectText(page, `请求编号：${id}`);
    await page.locator("textarea").fill("好了[MASK]");
    await expectText(page, "好了岸");
  });

  it("says that the server is gone, and goes on when it is back", async () => {
    const { page } = await openPage(browser, url);
    await expectText(page, "春风又绿江南岸，明月何时照我还。");
    const { port } = new URL(url);
    await app.close();
    await page.locator("textarea").fill("好了[MASK]");
    await expectText(page, "连不上服务器");
    const flags = { "data.directory": path.join(folder, "data"), "server.port": port };
    app = await createApp(parseConfig({ flags }), {
      replicaEntry: STUB_ENTRY,
      starters: path.join(folder, "starters"),
      webDirectory: CONSOLE,
    });
    await app.listen();
    await expectText(page, "好了岸");
  });

  it("asks for a key when the server wants one, and again when it is wrong", async () => {
    const { text } = await app.registry.keys.add("person", "use");
    const { page } = await openPage(browser, url);
    await expectText(page, "这台服务器要用密钥");
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.getByLabel("密钥", { exact: true }).fill("wsk_wrong");
    await page.keyboard.press("Enter");
    await expectText(page, "服务器不认这把密钥");
    await page.getByLabel("密钥", { exact: true }).fill(text);
    await page.getByRole("button", { name: "进入" }).click();
    await expectText(page, "春风又绿江南岸，明月何时照我还。");
    await page.reload();
    await expectText(page, "春风又绿江南岸，明月何时照我还。");
    await page.getByRole("link", { name: "反馈" }).click();
    await expectText(page, "this needs the role operate");
    await page.getByRole("button", { name: "换一把密钥" }).first().click();
    await expectText(page, "现在这把权限不够");
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "仍用原来的" }).click();
    await expectText(page, "this needs the role operate");
  });
});

/** The text is on the page, or comes within the page's time-out. */
function expectText(page: Page, text: string): Promise<void> {
  return page.getByText(text).last().waitFor();
}
