// The Fill room in a real browser, before a stand-in for the server.

import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { accessibilityViolations } from "../helpers/accessibility.ts";
import {
  clipboardOf,
  focusedName,
  hasVisibleFocus,
  launchChromium,
  openPage,
  sidewaysScrollOf,
} from "../helpers/browser.ts";
import { startConsoleStub, type ConsoleStub } from "../helpers/console-stub.ts";
import { describeNeeding } from "../helpers/needs.ts";

const CONSOLE = path.resolve(import.meta.dirname, "../../dist/web");
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const FIRST_SENTENCE = "春风又绿江南岸，明月何时照我还。";

/** A machine may be busy with a training run. */
const PATIENCE = { timeout: 30_000 };

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describeNeeding("chromium", "the Fill room", (executable) => {
  let browser: Browser;
  let stub: ConsoleStub;
  beforeAll(async () => {
    stub = await startConsoleStub(CONSOLE);
    browser = await launchChromium(executable);
  });
  afterEach(async () => {
    stub.answerWith(undefined);
    await Promise.all(browser.contexts().map((context) => context.close()));
  });
  afterAll(async () => {
    await browser.close();
    await stub[Symbol.asyncDispose]();
  });

  /** The room with its first example answered. */
  const open = async (options = {}): Promise<Awaited<ReturnType<typeof openPage>>> => {
    const opened = await openPage(browser, stub.url, options);
    await sentence(opened.page).waitFor();
    return opened;
  };

  it("shows an answered example to a visitor who does nothing", async () => {
    const { page, complaints } = await open();
    expect(await sentence(page).innerText()).toBe(FIRST_SENTENCE);
    expect(await sentence(page).locator("b").innerText()).toBe("岸");
    expect(await rows(page)).toContain("1 岸 93.4%");
    // With a key, what was asked goes too when all of this person's is deleted.
    const userKey = expect.stringMatching(/^console-[0-9a-f]{32}$/) as string;
    expect(stub.requests.at(-1)).toMatchObject({ length: "auto", topK: 9, userKey });
    expect(await page.locator("header").innerText()).toContain("starter-cloze");
    expect(complaints).toEqual([]);
  });

  it("fills while a person types, asking once for the text that stands", async () => {
    const { page } = await open();
    const askedCount = stub.requests.length;
    await page.getByRole("button", { name: "清空" }).click();
    await page.locator("textarea").pressSequentially("订单一直没___", { delay: 10 });
    await expectSentence(page, "订单一直没发货");
    const asked = stub.requests.slice(askedCount).map(({ text }) => text);
    expect(asked.at(-1)).toBe("订单一直没___");
    expect(asked.length).toBeLessThanOrEqual(3);
  });

  it("asks at once on Enter, and writes no line break", async () => {
    const { page } = await open();
    await page.locator("textarea").fill("画龙点[MASK]");
    await page.keyboard.press("Enter");
    await expectSentence(page, "画龙点好");
    expect(await page.locator("textarea").inputValue()).toBe("画龙点[MASK]");
  });

  it("waits until characters are composed", async () => {
    const { page } = await open();
    await page.locator("textarea").fill("今天___");
    await expectSentence(page, "今天好");
    const askedCount = stub.requests.length;
    const devtools = await page.context().newCDPSession(page);
    const composed = { text: "hen", selectionStart: 3, selectionEnd: 3 };
    await devtools.send("Input.imeSetComposition", composed);
    await page.waitForTimeout(600);
    expect(stub.requests.slice(askedCount)).toEqual([]);
    await devtools.send("Input.insertText", { text: "很" });
    await expect.poll(() => stub.requests.at(-1)?.text, PATIENCE).toBe("今天___很");
  });

  it("puts the candidate that is clicked into the sentence", async () => {
    const { page } = await open();
    await page.getByText("春色", { exact: true }).click();
    expect(await sentence(page).innerText()).toBe(FIRST_SENTENCE.replace("岸", "春色"));
    await page.getByRole("button", { name: "写回句子" }).click();
    const text = FIRST_SENTENCE.replace("岸", "春色");
    expect(await page.locator("textarea").inputValue()).toBe(text);
    await page.getByText("这句话里还没有空").last().waitFor();
  });

  it("works with the keyboard alone, from the sentence to the copied result", async () => {
    const { page } = await open({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.locator("textarea").press("Control+A");
    await page.keyboard.type("订单一直没___");
    await expectSentence(page, "订单一直没发货");
    await page.keyboard.press("ArrowDown");
    expect(await focusedName(page)).toBe("1 发货 16.4%");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("6");
    expect(await focusedName(page)).toBe("6 生效 3.2%");
    expect(await sentence(page).innerText()).toBe("订单一直没生效");
    await page.keyboard.press("Enter");
    expect(await focusedName(page)).toBe("复制整句");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "已复制" }).waitFor();
    expect(await clipboardOf(page)).toBe("订单一直没生效");
  });

  it("lets every control be reached with Tab, with a visible focus", async () => {
    const { page } = await open();
    await page.evaluate("document.activeElement.blur()");
    const names: string[] = [];
    for (;;) {
      await page.keyboard.press("Tab");
      const name = await focusedName(page);
      if (name === names[0]) break;
      // Between the last control and the first, the browser itself has the focus.
      if (name === "") continue;
      names.push(name);
      expect(await hasVisibleFocus(page), name).toBe(true);
    }
    const expected = ["跳到正文", "填空", "English", "挖空", "限定候选", "复制整句", "1 岸 93.4%"];
    for (const name of expected) expect(names).toContain(name);
  });

  it("turns a selection into a blank, and restricts candidates", async () => {
    const { page } = await open();
    const field = page.locator("textarea");
    await field.fill("订单一直没动静");
    await field.press("Shift+ArrowLeft");
    await field.press("Shift+ArrowLeft");
    await field.press("Control+B");
    expect(await field.inputValue()).toBe("订单一直没___");
    await expectSentence(page, "订单一直没发货");
    await page.getByRole("button", { name: "限定候选" }).click();
    await page.getByLabel("只在这些词里选").fill("生效，到账");
    await expectSentence(page, "订单一直没生效");
    expect(stub.requests.at(-1)?.targets).toEqual(["生效", "到账"]);
    await page.getByText("单字", { exact: true }).click();
    await expect.poll(() => stub.requests.at(-1)?.length, PATIENCE).toBe(1);
    await page.getByText("没有合适的候选").last().waitFor();
  });

  it("gives each of several blanks a list of its own", async () => {
    const { page, complaints } = await open();
    await page.getByRole("button", { name: /两处空/ }).click();
    await expectSentence(page, "床前明月光，疑是地上霜。");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("2");
    expect(await sentence(page).innerText()).toBe("床前明月光，疑是地上雪。");
    expect(await page.getByRole("group", { name: "第 2 空" }).count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it("speaks Chinese or English, by the browser, by choice, and remembers", async () => {
    const { page } = await open({ locale: "en-GB" });
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    await page.getByRole("button", { name: "中文" }).click();
    expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
    expect(await page.title()).toBe("填空 · Whetstone");
    await page.reload();
    await page.getByRole("button", { name: "挖空" }).waitFor();
  });

  it("is light or dark, by the system, by choice, and remembers", async () => {
    const { page, complaints } = await open({ colorScheme: "dark" });
    const scheme = (): Promise<string | null> =>
      page.locator("html").getAttribute("data-mantine-color-scheme");
    expect(await scheme()).toBe("dark");
    await page.getByRole("button", { name: /外观/ }).click();
    await expect.poll(scheme, PATIENCE).toBe("light");
    await page.reload();
    expect(await scheme()).toBe("light");
    expect(complaints).toEqual([]);
  });

  it("says what to do where there is nothing to ask, and asks nothing", async () => {
    const { page } = await open();
    const askedCount = stub.requests.length;
    const field = page.locator("textarea");
    await field.fill("");
    await page.getByText("写一句话就开始").last().waitFor();
    await field.fill("没有空的句子");
    await page.getByText("这句话里还没有空").last().waitFor();
    await field.fill(`___${"好".repeat(1998)}`);
    await page.getByText("文字太长了").last().waitFor();
    expect(await page.getByText("2,001 / 2,000 字").count()).toBe(1);
    await page.waitForTimeout(600);
    expect(stub.requests.length).toBe(askedCount);
  });

  it("says what went wrong with the number to quote, and tries again when told", async () => {
    const { page } = await open();
    const headers = { "x-request-id": "req-7f3a" };
    stub.answerWith({ status: 500, headers, body: { error: { code: "internal", message: "…" } } });
    await page.locator("textarea").fill("订单一直没___");
    await page.getByText("请求编号：req-7f3a").waitFor();
    stub.answerWith(undefined);
    await page.getByRole("button", { name: "再试一次" }).click();
    await expectSentence(page, "订单一直没发货");
  });

  it("gets over a busy and a starting server by itself", async () => {
    const { page } = await open();
    stub.answerWith({ status: 429, headers: { "retry-after": "1" }, body: {} });
    await page.locator("textarea").fill("订单一直没___");
    await page.getByText("服务器正忙").last().waitFor();
    stub.answerWith({ status: 503, headers: { "retry-after": "1" }, body: {} });
    await page.getByText("服务器正在准备").last().waitFor();
    stub.answerWith(undefined);
    await expectSentence(page, "订单一直没发货");
  });

  it("says so when the server is gone", async () => {
    const { page } = await open();
    await page.context().setOffline(true);
    await page.locator("textarea").fill("订单一直没___");
    await page.getByText("连不上服务器").last().waitFor();
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "再试一次" }).click();
    await expectSentence(page, "订单一直没发货");
  });

  it("fits a phone: never scrolls sideways", async () => {
    for (const locale of ["zh-CN", "en-GB"]) {
      const { page } = await open({ ...PHONE, locale });
      expect(await sidewaysScrollOf(page)).toBe(0);
      for (const text of ["床前明[MASK]光，疑是地上[MASK]。", `___${"W".repeat(400)}`, "没有空"]) {
        await page.locator("textarea").fill(text);
        await page.waitForTimeout(600);
        expect(await sidewaysScrollOf(page), `${locale}: ${text.slice(0, 20)}`).toBe(0);
      }
    }
  });

  it("meets WCAG AA in every state, light and dark", async () => {
    const { page } = await open({ colorScheme: "light" });
    await page.getByRole("button", { name: "限定候选" }).click();
    expect(await accessibilityViolations(page)).toEqual([]);
    const dark = await open({ colorScheme: "dark", locale: "en-GB", ...PHONE });
    await dark.page.getByRole("button", { name: /Two blanks/ }).click();
    await expectSentence(dark.page, "床前明月光，疑是地上霜。");
    expect(await accessibilityViolations(dark.page)).toEqual([]);
    await dark.page.locator("textarea").fill("没有空");
    expect(await accessibilityViolations(dark.page)).toEqual([]);
    stub.answerWith({ status: 500, body: { error: { code: "internal", message: "…" } } });
    await page.locator("textarea").fill("订单一直没___");
    await page.getByText("服务器出了错").last().waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
  });
});

function sentence(page: Page) {
  return page.locator("p[data-size]");
}

async function expectSentence(page: Page, text: string): Promise<void> {
  await expect.poll(() => sentence(page).innerText(), PATIENCE).toBe(text);
}

/** Each candidate as "rank word percent". */
async function rows(page: Page): Promise<readonly string[]> {
  const texts = await page.locator("fieldset label").allInnerTexts();
  return texts.map((text) => text.split(/\s+/).join(" "));
}
