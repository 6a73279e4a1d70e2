// The Versions room in a real browser, before a stand-in for the server.

import { readFileSync } from "node:fs";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { withProbes } from "../../src/loop/index.ts";
import { accessibilityViolations } from "../helpers/accessibility.ts";
import { launchChromium, openPage, sidewaysScrollOf } from "../helpers/browser.ts";
import { startConsoleStub, type ConsoleStub } from "../helpers/console-stub.ts";
import { describeNeeding } from "../helpers/needs.ts";
import { STUB_PROBES, STUB_VERSIONS, stubArchive } from "../helpers/stub-versions.ts";

const CONSOLE = path.resolve(import.meta.dirname, "../../dist/web");
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describeNeeding("chromium", "the Versions room", (executable) => {
  let browser: Browser;
  let stub: ConsoleStub;
  let stable: string;
  let note: string;
  let isMeasured: boolean;
  let asked: object[];
  beforeAll(async () => {
    stub = await startConsoleStub(CONSOLE);
    browser = await launchChromium(executable);
    const ok = (body: unknown) => ({ status: 200, body });
    const model = () => ({ ...STUB_VERSIONS, stable });
    const archive = (version: string) => {
      const made = stubArchive(model(), version, note);
      return isMeasured ? withProbes(made, STUB_PROBES) : made;
    };
    stub.serve("GET /api/models", () => ok({ models: [model()] }));
    stub.serve("GET /api/versions", () => {
      return ok({ model: "starter-cloze", versions: ["3", "2", "1"].map(archive) });
    });
    for (const version of ["1", "2", "3"]) {
      const address = `/api/versions/starter-cloze@${version}`;
      stub.serve(`GET ${address}/archive`, () => ok(archive(version)));
      stub.serve(`POST ${address}/note`, (body) => {
        note = (body as { text: string }).text;
        return ok(archive(version));
      });
      stub.serve(`POST ${address}/stable`, (body) => {
        asked.push({ version, ...(body as object) });
        stable = version;
        return ok(archive(version));
      });
    }
  });
  beforeEach(() => {
    stable = "1";
    note = "";
    isMeasured = false;
    asked = [];
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  });
  afterAll(async () => {
    await browser.close();
    await stub[Symbol.asyncDispose]();
  });

  const open = async (version?: string, options = {}) => {
    const opened = await openPage(browser, stub.url, options);
    const part = version === undefined ? "" : `/starter-cloze%40${version}`;
    await opened.page.goto(`${stub.url}#/versions${part}`);
    return opened;
  };

  it("lists versions, and opens the archive of one", async () => {
    const { page, complaints } = await open();
    const link = page.getByRole("link", { name: /第 \d+ 版/ });
    const rows = page.getByRole("listitem").filter({ has: link });
    await rows.first().waitFor();
    expect(await rows.allInnerTexts()).toHaveLength(3);
    expect(await rows.nth(0).innerText()).toContain("未过关卡");
    expect(await rows.nth(1).innerText()).toMatch(/由第 1 版训练而来[^]*25.0% → 100.0%/);
    expect(await rows.nth(2).innerText()).toContain("正式版");
    await page.getByRole("link", { name: "第 2 版" }).click();
    await page.getByRole("heading", { name: /第 2 版/ }).waitFor();
    expect(await page.title()).toBe("starter-cloze@2 · 版本 · Whetstone");
    // The link that was pressed is gone.
    await page.locator("#content:focus").waitFor();
    await page.getByText("题集「成语」退步了 1.4%").waitFor();
    expect(await page.getByRole("row", { name: /首选正确/ }).innerText()).toContain("+75.0");
    expect(await page.getByRole("row", { name: /成语/ }).first().innerText()).toContain("−1.4");
    expect(await page.getByText("学习", { exact: true }).count()).toBe(1);
    await page.getByText("填一个 18 个 token 的句子用时 4.87 ms（p50）").waitFor();
    await page.getByText("对答案的反馈 14 · 术语表 6").waitFor();
    await page.getByText("合同 12 · 未注明 8").waitFor();
    await page.getByRole("link", { name: "全部版本" }).click();
    await rows.first().waitFor();
    expect(complaints).toEqual([]);
  });

  it("says how a version that was never measured is measured, and what came of it", async () => {
    const { page } = await open("1");
    await page.getByText("在「全部版本」里按「现在测一次」").waitFor();
    await page.getByText("whetstone probes run starter-cloze@1").waitFor();
    isMeasured = true;
    await page.reload();
    await page.getByText(/^生成之后测得/).waitFor();
    expect(await page.getByRole("row", { name: /金标准/ }).innerText()).toMatch(/62\.5%\s+75\.0%/);
    expect(await page.getByText("没有测过。").count()).toBe(1);
  });

  it("keeps a person's note", async () => {
    const { page } = await open("2");
    const field = page.getByLabel("用你的话说说它的局限");
    const save = page.getByRole("button", { name: "记下" });
    await field.fill("古诗不行");
    await save.click();
    await page.getByText("已记下。").waitFor();
    expect(note).toBe("古诗不行");
    await page.reload();
    await page.getByText(/^记于/).waitFor();
    expect(await field.inputValue()).toBe("古诗不行");
    expect(await save.isDisabled()).toBe(true);
  });

  it("switches to a version and back, against the gate only with a second press", async () => {
    const { page } = await open("2");
    await page.getByRole("button", { name: "启用第 2 版" }).click();
    await page.getByText("已启用第 2 版").waitFor();
    expect(await page.getByRole("button", { name: "启用第 2 版" }).count()).toBe(0);
    await page.goto(`${stub.url}#/versions/starter-cloze%401`);
    await page.getByRole("button", { name: "启用第 1 版" }).click();
    await page.getByText("已启用第 1 版").waitFor();
    await page.goto(`${stub.url}#/versions/starter-cloze%403`);
    await page.getByRole("button", { name: "仍要启用第 3 版" }).click();
    expect(asked).toEqual([{ version: "2" }, { version: "1" }]);
    await page.getByRole("button", { name: "再按一次，仍要启用" }).click();
    await page.getByText("已启用第 3 版").waitFor();
    expect(asked.at(-1)).toEqual({ version: "3", force: true });
  });

  it("compares two versions on the questions that both were asked", async () => {
    const { page } = await open("2");
    await page.getByLabel("与哪一版比").selectOption("3");
    const row = page.getByRole("row", { name: /成语/ }).nth(1);
    expect(await row.innerText()).toMatch(/60.0%\s+69.1%\s+\+9.1/);
    await page.getByLabel("与哪一版比").selectOption("1");
    await page.getByText("这两版没有做过相同的题").waitFor();
  });

  it("saves the archive as a file", async () => {
    const { page, complaints } = await open("2");
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "下载 JSON" }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toBe("starter-cloze-2.json");
    const text = readFileSync(await download.path(), "utf8");
    expect(JSON.parse(text)).toMatchObject({ version: "2", origin: "trained" });
    expect(complaints.filter((complaint) => !complaint.includes("blob:"))).toEqual([]);
  });

  it("says what is wrong with an address, and when the server is gone", async () => {
    const { page } = await open("9");
    stub.serve("GET /api/versions/starter-cloze@9/archive", () => ({
      status: 404,
      body: { error: { code: "unknown_version", message: "It has 1, 2, 3." } },
    }));
    await page.reload();
    await page.getByText("It has 1, 2, 3.").waitFor();
    await page.goto(`${stub.url}#/versions/starter-cloze%402`);
    await page.getByRole("heading", { name: /第 2 版/ }).waitFor();
    await page.context().setOffline(true);
    await page.getByRole("link", { name: "全部版本" }).click();
    await page.getByText("连不上服务器").last().waitFor();
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "再试一次" }).click();
    await page.getByRole("link", { name: "第 2 版" }).waitFor();
    expect(page.url()).toBe(`${stub.url}#/versions`);
  });

  it("fits a phone and meets WCAG AA in both languages and schemes", async () => {
    note = "很长的一句话".repeat(40);
    for (const options of [
      { ...PHONE, colorScheme: "dark" },
      { locale: "en-GB", colorScheme: "light" },
      { ...PHONE, locale: "en-GB", colorScheme: "light" },
    ]) {
      for (const version of [undefined, "3"]) {
        const { page } = await open(version, options);
        await page.getByRole("listitem").first().waitFor();
        expect(await accessibilityViolations(page)).toEqual([]);
        expect(await sidewaysScrollOf(page)).toBeLessThanOrEqual(0);
      }
    }
  });
});
