// ✓ and ✗ on the Fill page and the Feedback room, in a real browser before the real server; replicas
// run a filler without a model, whose candidates are 岸, 月, 花, …

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterEach, beforeAll, afterAll, beforeEach, expect, it, vi } from "vitest";
import { createApp, type App } from "../../src/app.ts";
import { parseConfig } from "../../src/config/index.ts";
import { accessibilityViolations } from "../helpers/accessibility.ts";
import { focusedName, launchChromium, openPage, sidewaysScrollOf } from "../helpers/browser.ts";
import { describeNeeding } from "../helpers/needs.ts";
import { STUB_ENTRY, writeStubModel } from "../helpers/running-app.ts";

const CONSOLE = path.resolve(import.meta.dirname, "../../dist/web");
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
/** A machine may be busy with a training run. */
const PATIENCE = { timeout: 30_000 };

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describeNeeding("chromium", "feedback in the console", (executable) => {
  let browser: Browser;
  let folder: string;
  let app: App;
  let url: string;
  beforeAll(async () => {
    browser = await launchChromium(executable);
  });
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "whetstone-feedback-page-"));
    const starters = path.join(folder, "starters");
    writeStubModel(path.join(starters, "starter-cloze"));
    const flags = {
      "data.directory": path.join(folder, "data"),
      "server.port": "0",
      "fill.deadlineMs": "30000",
    };
    const options = { replicaEntry: STUB_ENTRY, starters, webDirectory: CONSOLE };
    app = await createApp(parseConfig({ flags }), options);
    const listening = await app.listen();
    await listening.ready;
    url = `${listening.url}/`;
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterAll(() => browser.close());

  const open = async (options = {}): Promise<Awaited<ReturnType<typeof openPage>>> => {
    const opened = await openPage(browser, url, options);
    await opened.page.getByText("春风又绿江南岸，明月何时照我还。").last().waitFor();
    return opened;
  };
  const stored = () => app.registry.feedback.list();
  /** What somebody else says of the same sentence. */
  const say = async (text: string, verdict: object, userKey: string): Promise<void> => {
    const post = async (address: string, body: object): Promise<{ predictionId: string }> => {
      const headers = { "content-type": "application/json" };
      const sent = { method: "POST", headers, body: JSON.stringify(body) };
      return (await fetch(`${url}${address}`, sent)).json() as Promise<{ predictionId: string }>;
    };
    const { predictionId } = await post("api/fill", { text });
    await post("api/feedback", { predictionId, userKey, ...verdict });
  };

  it("takes ✗ and the right word beside a candidate, and shows the sample", async () => {
    const { page, complaints } = await open();
    await page.locator("textarea").fill("订单一直没___");
    await page.getByText("订单一直没岸").last().waitFor();
    await page.getByRole("button", { name: "「岸」不对" }).click();
    await page.getByText("已记下：「岸」不对。").waitFor();
    expect(await stored()).toMatchObject([{ answers: [], rejected: ["岸"] }]);
    await page.getByLabel("该填什么").fill("生效");
    await page.keyboard.press("Enter");
    await page.getByText("已记下：不是「岸」，该是「生效」。").waitFor();
    expect(await stored()).toMatchObject([
      { text: "订单一直没___", answers: ["生效"], rejected: ["岸"], state: "queued" },
    ]);
    await page.getByRole("link", { name: "反馈" }).click();
    await page.getByText("订单一直没生效").waitFor();
    expect(await page.title()).toBe("反馈 · Whetstone");
    expect(complaints).toEqual([]);
  });

  it("is done with the keyboard alone, and the last word counts", async () => {
    const { page } = await open();
    await page.locator("textarea").press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await focusedName(page)).toContain("2 月");
    await page.keyboard.press("-");
    await expect.poll(() => focusedTag(page), PATIENCE).toBe("INPUT text");
    await page.keyboard.press("Escape");
    await expect.poll(() => focusedTag(page), PATIENCE).toBe("INPUT radio");
    await page.keyboard.press("+");
    await page.getByText("已记下：「月」填得对。").waitFor();
    expect(await stored()).toMatchObject([{ answers: ["月"], rejected: [] }]);
    await page.keyboard.press("Tab");
    expect(await focusedName(page)).toBe("「月」填得对");
    await page.keyboard.press("Tab");
    expect(await focusedName(page)).toBe("「月」不对");
  });

  it("says why a word was not taken, and lets it be mended", async () => {
    const { page } = await open();
    await page.getByRole("button", { name: "「岸」不对" }).click();
    await page.getByLabel("该填什么").fill("太长的一个词");
    await page.getByRole("button", { name: "记下" }).click();
    await page.getByText(/没有记下：The answer has 6 characters/).waitFor();
    await page.getByLabel("该填什么").fill("岸边");
    await page.getByRole("button", { name: "记下" }).click();
    await page.getByText("该是「岸边」").waitFor();
    expect(await stored()).toMatchObject([{ answers: ["岸边"], rejected: ["岸"] }]);
  });

  it("shows what is held, and lets it be accepted, edited, refused and deleted", async () => {
    await say("有争议的___", { verdict: "accept" }, "ann");
    await say("有争议的___", { verdict: "reject", answer: "月" }, "bob");
    for (const text of ["甲___", "乙___", "丙___"]) await say(text, { verdict: "accept" }, "ann");
    const { page, complaints } = await open();
    await page.goto(`${url}#/feedback`);
    await page.getByText("有争议的岸").waitFor();
    await page
      .getByText(/^待复核/)
      .first()
      .click();
    await page.getByText("说法不一").waitFor();
    await page.getByRole("button", { name: "修改：有争议的___" }).click();
    await page.getByLabel("对的词", { exact: true }).fill("月");
    await page.getByLabel("不对的词").fill("岸");
    await page.keyboard.press("Enter");
    await page.getByText("改好 1 条。").waitFor();
    await page.getByText("这里没有样本").waitFor();
    await page.getByRole("button", { name: "看全部" }).click();
    await page.getByText("有争议的月").waitFor();
    await page.getByLabel("选中：甲___").check();
    await page.getByLabel("选中：乙___").check();
    await page.getByRole("button", { name: "不用", exact: true }).click();
    await page.getByText("不用 2 条。").waitFor();
    await page.getByRole("button", { name: "删除：丙___" }).click();
    await page.getByRole("button", { name: "再按一次，永久删除：丙___" }).click();
    await page.getByText("删除 1 条。").waitFor();
    expect(await app.registry.feedback.count()).toMatchObject({ queued: 1, held: 0, rejected: 2 });
    expect(complaints).toEqual([]);
  });

  it("tells samples without a right word from the others, and takes the word", async () => {
    await say("有词的___", { verdict: "accept" }, "ann");
    await say("缺词的___", { verdict: "reject" }, "ann");
    const { page, complaints } = await open();
    await page.goto(`${url}#/feedback`);
    await page
      .getByText(/^等待训练/)
      .first()
      .waitFor();
    await page.getByLabel(/^缺正确的词/).check({ force: true });
    await page.getByText("只知道哪个词不对").waitFor();
    expect(await page.getByText("有词的").count()).toBe(0);
    await page.getByLabel("正确的词：缺词的___").fill("月");
    await page.keyboard.press("Enter");
    await page.getByText("改好 1 条。").waitFor();
    expect(await stored()).toContainEqual(
      expect.objectContaining({ text: "缺词的___", answers: ["月"], state: "queued" }),
    );
    expect(complaints).toEqual([]);
  });

  it("imports a file, names the bad row of another, and deletes all that a user said", async () => {
    const { page, complaints } = await open();
    await page.goto(`${url}#/feedback`);
    await page.getByText("还没有反馈").waitFor();
    await page.getByText("导入文件", { exact: true }).click();
    const file = (text: string, name: string) => {
      return { name, mimeType: "text/plain", buffer: Buffer.from(text) };
    };
    const chooser = page.getByLabel("文件", { exact: true });
    await chooser.setInputFiles(file('{"text":"没有空","answer":"的"}', "坏.jsonl"));
    await page.getByRole("button", { name: "导入", exact: true }).click();
    await page.getByText("没有做成：row 1: the text has no blank").waitFor();
    await chooser.setInputFiles(file("天气不错啊\t天气较为适宜\n", "文体.tsv"));
    await page.getByLabel("内容").selectOption("文体对照");
    await page.getByRole("button", { name: "导入", exact: true }).click();
    await page.getByText("读到 1 条：新增 1 条，并入已有的 0 条").waitFor();
    await page.getByText("天气较为适宜").first().waitFor();

    await say("她说的___", { verdict: "accept" }, "ann@example.com");
    await page.getByText("删除某个用户的一切").click();
    const own = await page.evaluate<string>(`localStorage.getItem("whetstone-user")`);
    await page.getByText(`你在这里说过、问过的，标识是 ${own}`).waitFor();
    await page.getByLabel("用户标识").fill("ann@example.com");
    await page.getByRole("button", { name: "删除这个用户的一切" }).click();
    expect(await stored()).toHaveLength(2);
    await page.getByRole("button", { name: "再按一次，永久删除" }).click();
    await page.getByText("已删除 1 条样本").waitFor();
    await page.getByText("没有版本学过它们。").waitFor();
    expect(await stored()).toMatchObject([{ text: "天气___" }]);
    expect(await accessibilityViolations(page)).toEqual([]);
    expect(complaints.filter((each) => !each.includes("400"))).toEqual([]);
  });

  it("asks what the model could hardly decide, and shows the life of the sample", async () => {
    await say("拿不准的___", { verdict: "accept" }, "ann");
    const { page, complaints } = await open();
    await page.goto(`${url}#/feedback`);
    const panel = page.getByRole("region", { name: "帮模型拿个主意" });
    await panel.getByRole("button", { name: "月", exact: true }).click();
    await panel.getByText("已回答 1 题。").waitFor();
    await expect.poll(stored, PATIENCE).toHaveLength(2);
    const sentence = "春风又绿江南___";
    await page.getByLabel(new RegExp(`经过：${sentence}`)).click();
    await page.getByText("收到").waitFor();
    await page.getByText("个人信息已替换").last().waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    expect(await sidewaysScrollOf(page)).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });

  it("says what to do where there is nothing, and when the server is gone", async () => {
    const { page } = await open();
    await page.getByRole("link", { name: "反馈" }).click();
    await page.getByText("还没有反馈").waitFor();
    await page.context().setOffline(true);
    await page.getByText(/^待复核/).click();
    await page.getByText("连不上服务器").last().waitFor();
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "再试一次" }).click();
    await page.getByText("还没有反馈").waitFor();
    await page.getByRole("link", { name: "去填空" }).click();
    await page.locator("textarea").waitFor();
    expect(page.url()).toBe(`${url}#/fill`);
  });

  it("fits a phone and meets WCAG AA in both languages and schemes", async () => {
    await say(`${"长".repeat(120)}___`, { verdict: "accept" }, "ann");
    await say("有争议的___", { verdict: "accept" }, "ann");
    await say("有争议的___", { verdict: "reject", answer: "月" }, "bob");
    await say("缺词的___", { verdict: "reject" }, "ann");
    for (const options of [{ ...PHONE, colorScheme: "dark" }, { locale: "en-GB" }]) {
      const { page } = await open(options);
      const isEnglish = "locale" in options;
      const reject = isEnglish ? "岸 is wrong" : "「岸」不对";
      await page.getByRole("button", { name: reject }).click();
      await page.getByLabel(isEnglish ? "The right word" : "该填什么").waitFor();
      await page.waitForTimeout(300);
      expect(await accessibilityViolations(page)).toEqual([]);
      expect(await sidewaysScrollOf(page)).toBeLessThanOrEqual(0);
      await page.goto(`${url}#/feedback`);
      const edit = isEnglish ? "Edit: 有争议的___" : "修改：有争议的___";
      await page.getByRole("button", { name: edit }).click();
      await page.getByLabel(isEnglish ? "Pick: 有争议的___" : "选中：有争议的___").check();
      for (const title of isEnglish
        ? ["Import a file", "Delete all of a user"]
        : ["导入文件", "删除某个用户的一切"]) {
        await page.getByText(title, { exact: true }).click();
      }
      expect(await accessibilityViolations(page)).toEqual([]);
      expect(await sidewaysScrollOf(page)).toBeLessThanOrEqual(0);
    }
  });
});

/** What kind of control has the focus, as "INPUT radio". */
function focusedTag(page: Page): Promise<string> {
  return page.evaluate<string>(
    "`${document.activeElement.tagName} ${document.activeElement.type}`",
  );
}
