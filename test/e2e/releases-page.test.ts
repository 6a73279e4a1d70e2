// The Releases room in a real browser, before a stand-in for the server that releases nothing.

import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import {
  DEPLOYMENT_EVENT,
  describeReason,
  type Deployment,
  type ReleaseReason,
  type VersionArchive,
} from "../../src/wire/index.ts";
import { accessibilityViolations } from "../helpers/accessibility.ts";
import {
  focusedName,
  hasVisibleFocus,
  launchChromium,
  openPage,
  sidewaysScrollOf,
} from "../helpers/browser.ts";
import { startConsoleStub, type ConsoleStub } from "../helpers/console-stub.ts";
import { describeNeeding } from "../helpers/needs.ts";
import { stubCurve, stubDeployment, stubRelease } from "../helpers/stub-deployments.ts";
import { STUB_VERSIONS, stubArchive } from "../helpers/stub-versions.ts";

const told = (why: ReleaseReason) => ({ reason: describeReason(why), why });
const CONSOLE = path.resolve(import.meta.dirname, "../../dist/web");
const PHONE = { viewport: { width: 375, height: 740 }, isMobile: true, hasTouch: true };
const WORSE = { code: "verdicts", value: 0.78, limit: 0.5, isProven: true } as const;
const OVER = { canary: null, share: 0 } as const;

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describeNeeding("chromium", "the Releases room", (executable) => {
  let browser: Browser;
  let stub: ConsoleStub;
  let shown: Deployment | undefined;
  let moves: VersionArchive["moves"];
  let asked: unknown[];
  beforeAll(async () => {
    stub = await startConsoleStub(CONSOLE);
    browser = await launchChromium(executable);
    const ok = (body: unknown) => ({ status: 200, body });
    stub.serve("GET /api/models", () => ok({ models: [STUB_VERSIONS] }));
    stub.serve("GET /api/versions", () => ok({ model: "starter-cloze", versions: [] }));
    stub.serve("GET /api/deployments", () => {
      return ok({ deployments: shown === undefined ? [] : [shown] });
    });
    for (const version of ["2", "3"]) {
      const address = `/api/versions/starter-cloze@${version}/archive`;
      stub.serve(`GET ${address}`, () => ok({ ...stubArchive(STUB_VERSIONS, version), moves }));
    }
    const move = (name: string, changes: () => Partial<Deployment>) => {
      stub.serve(`POST /api/deployments/starter-cloze/${name}`, () => {
        asked.push(name);
        shown = stubDeployment(changes());
        return ok(shown);
      });
    };
    move("pause", () => ({ state: "paused" }));
    move("resume", () => ({ state: "canary" }));
    move("promote", () => ({ share: 20 }));
    move("rollback", () => {
      return { ...OVER, state: "rolled-back", release: stubRelease({ canGoBack: false }) };
    });
    stub.serve("POST /api/deployments", (body) => {
      asked.push(body);
      shown = stubDeployment();
      return ok(shown);
    });
  });
  beforeEach(() => {
    shown = stubDeployment({ release: stubRelease({ curve: stubCurve(60) }) });
    const first = { at: shown.release!.createdAt, share: 0, reason: "a release began" };
    moves = [
      { ...first, by: "http", to: "loading" },
      { ...first, by: "server", to: "canary", share: 0.05, ...told({ code: "answers" }) },
    ];
    asked = [];
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  });
  afterAll(async () => {
    await browser.close();
    await stub[Symbol.asyncDispose]();
  });

  const open = async (options = {}, room = "releases") => {
    const opened = await openPage(browser, stub.url, options);
    await opened.page.goto(`${stub.url}#/${room}`);
    return opened;
  };

  it("shows who answers how much, what both arms do, and how it came there", async () => {
    const { page, complaints } = await open();
    await page.getByText("第 2 版正在回答 5% 的请求").waitFor();
    const arms = page.getByRole("list", { name: "请求由谁回答" }).getByRole("listitem");
    expect(await arms.allTextContents()).toEqual(["95% 正式版 · 第 1 版", "5% 金丝雀 · 第 2 版"]);
    expect(await page.locator("svg[role=img]").count()).toBe(3);
    const latency = page.getByRole("img", { name: /^作答用时/ });
    expect(await latency.getAttribute("aria-label")).toMatch(/正式版 \d+ 毫秒，金丝雀 \d+ 毫秒/);
    expect(await page.getByRole("row", { name: /慢的回答/ }).innerText()).toMatch(/可疑.*11.0%/);
    expect(await page.getByRole("row", { name: /没把握/ }).innerText()).toMatch(/还不知道.*–/);
    const history = page.getByRole("listitem").filter({ hasText: "金丝雀能作答了" });
    expect(await history.innerText()).toMatch(/金丝雀，5%\s*服务器/);
    // What an older server kept is its own sentence.
    expect(await page.getByText("a release began").getAttribute("lang")).toBe("en");
    expect(complaints).toEqual([]);
  });

  it("follows the release as the server tells of it, also after events broke off", async () => {
    const { page } = await open();
    await page.getByText("第 2 版正在回答 5% 的请求").waitFor();
    await vi.waitFor(
      async () => {
        stub.tell(DEPLOYMENT_EVENT, stubDeployment({ share: 50 }));
        await page.getByText("第 2 版正在回答 50% 的请求").waitFor({ timeout: 1000 });
      },
      { timeout: 60_000 },
    );
    shown = stubDeployment({ ...OVER, state: "failed" });
    stub.breakOff();
    await page.getByText("与服务器的连接断了").waitFor();
    await page.getByText("第 2 版没能作答").waitFor();
    expect(await page.getByText("与服务器的连接断了").count()).toBe(0);
  });

  it("asks for a key when the server tells nothing without one any more", async () => {
    await using strict = await startConsoleStub(CONSOLE);
    strict.serve("GET /api/deployments", () => ({ status: 200, body: { deployments: [] } }));
    strict.serve("GET /api/events", () => ({
      status: 401,
      body: { error: { message: "A key." } },
    }));
    const { page } = await openPage(browser, strict.url);
    await page.goto(`${strict.url}#/releases`);
    const field = page.locator("input[type=password]");
    await field.waitFor();
    expect(await page.getByText("还没有发布过").count()).toBe(0);
  });

  it("pauses, resumes and goes a step on", async () => {
    const { page } = await open();
    await page.getByRole("button", { name: "暂停" }).click();
    await page.getByText("停在 5%").waitFor();
    await page.getByRole("button", { name: "继续" }).click();
    await page.getByRole("button", { name: "让第 2 版回答 20%" }).click();
    await page.getByText("第 2 版正在回答 20% 的请求").waitFor();
    await page.getByRole("button", { name: "第 2 版升为正式版" }).click();
    await vi.waitFor(() => expect(asked).toEqual(["pause", "resume", "promote", "promote"]));
  });

  it("switches back with one press of a key on the first button of the release", async () => {
    const { page } = await open();
    await page.getByRole("button", { name: "切回第 1 版" }).waitFor();
    await page.locator("main").focus();
    await page.keyboard.press("Tab");
    expect(await focusedName(page)).toBe("切回第 1 版");
    expect(await hasVisibleFocus(page)).toBe(true);
    await page.keyboard.press("Enter");
    await page.getByText("第 2 版已撤下，第 1 版回答全部请求").waitFor();
    expect(asked).toEqual(["rollback"]);
    expect(await page.getByRole("button", { name: /切回/ }).count()).toBe(0);
  });

  it("says why something was not done", async () => {
    const message = "The release is over.";
    stub.serve("POST /api/deployments/starter-cloze/promote", () => {
      return { status: 409, body: { error: { code: "conflict", message } } };
    });
    const { page } = await open();
    await page.getByRole("button", { name: "第 2 版升为正式版" }).click();
    await page.getByText(`没有做成：${message}`).waitFor();
    expect(await page.getByRole("button", { name: "切回第 1 版" }).isEnabled()).toBe(true);
  });

  it("says what to do where nothing was released, and when the server is gone", async () => {
    shown = undefined;
    const { page } = await open();
    await page.getByText("还没有发布过").waitFor();
    expect(await page.getByRole("link", { name: "去训练" }).getAttribute("href")).toBe(
      "#/training",
    );
    await page.getByRole("link", { name: "看版本" }).click();
    // With its stream of events the page finds the server again by itself, before anybody asks it to.
    await page.route("**/api/events*", (route) => route.abort());
    await page.context().setOffline(true);
    await page.getByRole("link", { name: "发布" }).click();
    await page.getByText("连不上服务器").last().waitFor();
    shown = stubDeployment();
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "再试一次" }).click();
    await page.getByText("第 2 版正在回答 5% 的请求").waitFor();
  });

  it("opens when a version is released on its page, and not for one that the gate refused", async () => {
    const { page } = await open({}, "versions/starter-cloze%403");
    await page.getByText("答对的降了 1.7 个百分点").first().waitFor();
    expect(await page.getByRole("button", { name: /^发布/ }).count()).toBe(0);
    shown = undefined;
    await page.goto(`${stub.url}#/versions/starter-cloze%402`);
    await page.getByRole("button", { name: "发布第 2 版" }).click();
    await page.getByText("第 2 版正在回答 5% 的请求").waitFor();
    expect(asked).toEqual([{ model: "starter-cloze", version: "2" }]);
    expect(page.url()).toBe(`${stub.url}#/releases`);
  });

  it("says how long a release would take before one begins, and whose key moved the last one", async () => {
    moves = [
      { ...moves[0]!, by: "http", key: "小王" },
      { ...moves[1]!, by: "gate", to: "rolled-back", share: 0, ...told(WORSE) },
    ];
    const { page, complaints } = await open({}, "versions/starter-cloze%402");
    const forecast = page.getByRole("region", { name: "发布要多久" });
    await forecast.getByText("每秒 6.4 个").waitFor();
    const cells = await forecast.getByRole("row").nth(1).innerText();
    expect(cells).toMatch(/5%\s+5 分钟\s+52 分钟/);
    // The last share has no step after it.
    expect(await forecast.getByRole("row").count()).toBe(4);
    const history = page.getByRole("listitem").filter({ hasText: "页" });
    expect(await history.first().innerText()).toMatch(/网页或接口，密钥 小王/);
    await page.getByText("有 78% 是金丝雀的不如正式版").waitFor();
    expect(await sidewaysScrollOf(page)).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });

  it("begins a release as its options say, by keyboard alone", async () => {
    const { page, complaints } = await open({}, "versions/starter-cloze%402");
    await page.getByText("发布选项").focus();
    await page.keyboard.press("Enter");
    expect(await hasVisibleFocus(page)).toBe(true);
    const steps = page.getByLabel("步骤（百分比）");
    await page.keyboard.press("Tab");
    await page.keyboard.type("50,20");
    expect(await steps.inputValue()).toBe("50,20");
    await page.keyboard.press("Tab");
    await page.keyboard.type("60");
    await page.keyboard.press("Enter");
    await page.getByText("要逐步增大").waitFor();
    expect(await steps.and(page.locator(":focus[aria-invalid=true]")).count()).toBe(1);
    expect(asked).toEqual([]);
    await steps.fill("10，50");
    expect(await page.getByText("要逐步增大").count()).toBe(0);
    await page.getByLabel("只做影子").focus();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "照此发布第 2 版" }).press("Enter");
    await page.getByText("第 2 版正在回答 5% 的请求").waitFor();
    const wish = { steps: [10, 50], intervalSeconds: 60, shadow: true };
    expect(asked).toEqual([{ model: "starter-cloze", version: "2", ...wish }]);
    expect(complaints).toEqual([]);
  });

  it("releases what the gate refused only with a second press", async () => {
    const { page } = await open({}, "versions/starter-cloze%403");
    await page.getByText("发布选项").click();
    await page.getByLabel("每步的秒数").fill("60");
    await page.keyboard.press("Enter");
    const force = page.getByRole("button", { name: "仍要发布第 3 版" });
    await force.click();
    await page.getByLabel("每步的秒数").focus();
    // Looking elsewhere took the first press back.
    await force.click();
    expect(asked).toEqual([]);
    await page.getByRole("button", { name: "再按一次，仍要发布" }).click();
    await page.getByText("第 2 版正在回答 5% 的请求").waitFor();
    const forced = { intervalSeconds: 60, force: true };
    expect(asked).toEqual([{ model: "starter-cloze", version: "3", ...forced }]);
  });

  it("has options that fit a phone and meet WCAG AA in both languages and schemes", async () => {
    for (const options of [
      { ...PHONE, colorScheme: "dark" },
      { colorScheme: "light" },
      { ...PHONE, locale: "en-GB", colorScheme: "light" },
      { locale: "en-GB", colorScheme: "dark" },
    ] as const) {
      const { page } = await open(options, "versions/starter-cloze%403");
      await page.getByText(/^(发布选项|Release options)$/).click();
      await page.getByLabel(/^(步骤|Steps)/).fill("5,101");
      await page.getByRole("button", { name: /^(仍要发布|Release version)/ }).click();
      await page.getByText(/要逐步增大|Expected percents/).waitFor();
      expect(await accessibilityViolations(page)).toEqual([]);
      expect(await sidewaysScrollOf(page)).toBeLessThanOrEqual(0);
    }
  });

  it("fits a phone and meets WCAG AA in both languages and schemes", async () => {
    for (const options of [
      { ...PHONE, colorScheme: "dark" },
      { colorScheme: "light" },
      { ...PHONE, locale: "en-GB", colorScheme: "light" },
      { locale: "en-GB", colorScheme: "dark" },
    ]) {
      const { page } = await open(options);
      await page.locator("svg[role=img]").first().waitFor();
      expect(await accessibilityViolations(page)).toEqual([]);
      expect(await sidewaysScrollOf(page)).toBeLessThanOrEqual(0);
    }
  });
});
