// The Training room in a real browser, before a stand-in for the server that trains nothing.

import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { gateVerdict, TRAINING_RUN_EVENT, type TrainingRun } from "../../src/wire/index.ts";
import { accessibilityViolations } from "../helpers/accessibility.ts";
import { launchChromium, openPage, sidewaysScrollOf } from "../helpers/browser.ts";
import { startConsoleStub, type ConsoleStub } from "../helpers/console-stub.ts";
import { describeNeeding } from "../helpers/needs.ts";
import { stubDeployment } from "../helpers/stub-deployments.ts";
import { STUB_FINDING, STUB_VERSIONS, stubArchive, stubRun } from "../helpers/stub-versions.ts";

const CONSOLE = path.resolve(import.meta.dirname, "../../dist/web");
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const measured = { count: 4, top1: 0.25, top3: 0.5, ece: 0.05 };
const RESULT = {
  version: "2",
  counts: { training: 16, heldOut: 4 },
  before: measured,
  after: { ...measured, top1: 1, top3: 1, ece: 0.08 },
  gate: { passed: true, reasons: [] },
  patchBytes: 3_165_408,
  seconds: 41.2,
  steps: 20,
};
const CURVE = Array.from({ length: 12 }, (_, i) => {
  return { step: i + 1, loss: 6 / (i + 1), heldOutLoss: 5 / (i + 1) };
});
const TRAINING = stubRun({
  progress: { phase: "training", done: 12, total: 20, stepsPerSecond: 2.5, secondsLeft: 3.2 },
  curve: CURVE,
});

describeNeeding("chromium", "the Training room", (executable) => {
  let browser: Browser;
  let stub: ConsoleStub;
  let runs: TrainingRun[];
  let queued: number;
  let left: { later: number; unanswered: number };
  let asked: unknown;
  let stable: string;
  let isRefused: boolean;
  beforeAll(async () => {
    stub = await startConsoleStub(CONSOLE);
    browser = await launchChromium(executable);
    const ok = (body: unknown) => ({ status: 200, body });
    const become = (changes: Partial<TrainingRun>): TrainingRun => {
      const run = { ...stubRun(), ...runs[0], ...changes };
      runs = [run];
      stub.tell(TRAINING_RUN_EVENT, run);
      return run;
    };
    stub.serve("GET /api/models", () => ok({ models: [{ ...STUB_VERSIONS, stable }] }));
    stub.serve("GET /api/feedback/waiting", () => {
      return ok({ model: "starter-cloze", ready: queued, ...left, samplesPerUser: 50 });
    });
    stub.serve("GET /api/training-runs", () => ok({ runs }));
    stub.serve("POST /api/training-runs", (body) => {
      queued = 0;
      asked = body;
      return { status: 202, body: become({ state: "running" }) };
    });
    stub.serve("POST /api/training-runs/run-1/stop", () => ok(become({ state: "stopped" })));
    stub.serve("POST /api/training-runs/run-1/resume", () => ok(become({ state: "running" })));
    stub.serve("POST /api/deployments", () => {
      if (isRefused)
        return { status: 409, body: { error: { message: "A release is under way." } } };
      return { status: 202, body: stubDeployment() };
    });
    stub.serve("GET /api/deployments", () => ok({ deployments: [stubDeployment()] }));
    stub.serve("POST /api/versions/starter-cloze@2/stable", () => {
      stable = "2";
      return ok(stubArchive({ ...STUB_VERSIONS, stable }, "2"));
    });
  });
  beforeEach(() => {
    runs = [];
    queued = 20;
    left = { later: 0, unanswered: 0 };
    asked = undefined;
    stable = "1";
    isRefused = false;
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  });
  afterAll(async () => {
    await browser.close();
    await stub[Symbol.asyncDispose]();
  });

  const open = async (options = {}): Promise<Awaited<ReturnType<typeof openPage>>> => {
    const opened = await openPage(browser, stub.url, options);
    await opened.page.goto(`${stub.url}#/training`);
    // What is told before anybody listens is lost.
    await vi.waitFor(() => expect(stub.listenerCount()).toBeGreaterThan(0), { timeout: 10_000 });
    return opened;
  };

  /** Tells of the run until the page shows it: on a busy machine it may not listen at once. */
  const toldUntil = (seen: () => Promise<void>): Promise<void> =>
    vi.waitFor(
      async () => {
        stub.tell(TRAINING_RUN_EVENT, runs[0]);
        await seen();
      },
      { timeout: 60_000 },
    );

  it("starts from what waits, follows the run, and makes its version the one in use", async () => {
    const { page, complaints } = await open();
    await page.getByText("20 条样本等着学").waitFor();
    await page.getByRole("button", { name: "开始训练" }).click();
    await page.getByText("正在准备", { exact: true }).last().waitFor();
    expect(asked).toEqual({ model: "starter-cloze" });
    runs[0] = TRAINING;
    await toldUntil(() => page.getByText("12 / 20").waitFor({ timeout: 1000 }));
    await page.getByText("每秒 2.5 步").waitFor();
    await page.getByText("3 秒").waitFor();
    expect(await page.locator("svg[role=img] polyline").count()).toBe(2);
    runs[0] = { ...TRAINING, state: "finished", result: RESULT };
    await toldUntil(() => page.getByText("得到第 2 版").waitFor({ timeout: 1000 }));
    await page.getByText("学了 16 条，用另外 4 条没学过的来评测").waitFor();
    expect(await page.getByRole("row", { name: /首选正确/ }).innerText()).toMatch(/25.0%.*100.0%/);
    await page.getByRole("button", { name: "启用第 2 版" }).click();
    await page.getByText("已启用第 2 版").waitFor();
    expect(await page.locator("header").first().innerText()).toContain("第 2 版");
    await page.getByRole("link", { name: "去填空" }).click();
    await page.locator("textarea").waitFor();
    expect(complaints).toEqual([]);
  });

  it("says what the next run leaves, and why", async () => {
    left = { later: 12, unanswered: 3 };
    const { page } = await open();
    await page.getByText("另有 12 条留给下一次：只凭一个人的说法，一次最多学 50 条。").waitFor();
    await page.getByText("还有 3 条缺正确的词，要和知道正确词的样本一起才能训练。").waitFor();
    expect(await page.getByRole("link", { name: "去补上" }).getAttribute("href")).toBe(
      "#/feedback",
    );
  });

  it("trains with options that were chosen, and says which of them cannot be", async () => {
    const { page } = await open();
    await page.getByText("选项", { exact: true }).click();
    await page.getByLabel("方法").selectOption("LoRA");
    await page.getByLabel("秩").fill("0");
    await page.getByLabel("轮数").fill("3");
    await page.getByLabel("随机种子").fill("7");
    await page.getByLabel("前馈").uncheck();
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.getByText("选项：LoRA，3 轮，种子 7").click();
    await page.getByRole("button", { name: "开始训练" }).click();
    await page.getByText("请填 1 到 256 的整数。").waitFor();
    expect(asked).toBeUndefined();
    await page.getByLabel("秩").fill("4");
    await page.getByRole("button", { name: "开始训练" }).click();
    await page.getByText("正在准备", { exact: true }).last().waitFor();
    expect(asked).toEqual({
      model: "starter-cloze",
      recipe: "lora",
      lora: { rank: 4, targets: ["attention", "head"] },
      epochs: 3,
      seed: 7,
    });
  });

  it("releases what a run made and opens its room, or says why not", async () => {
    runs = [{ ...TRAINING, state: "finished", result: RESULT }];
    isRefused = true;
    const { page } = await open();
    const release = page.getByRole("button", { name: "发布第 2 版" });
    await release.click();
    await page.getByText("没有做成：A release is under way.").waitFor();
    isRefused = false;
    await release.click();
    await page.getByText("第 2 版正在回答 5% 的请求").waitFor();
    expect(page.url()).toBe(`${stub.url}#/releases`);
  });

  it("stops a run and goes on with it", async () => {
    runs = [TRAINING];
    const { page } = await open();
    await page.getByRole("button", { name: "停下" }).click();
    await page.getByRole("heading", { name: "已停下" }).waitFor();
    await page.getByRole("button", { name: "接着训练" }).click();
    await page.getByRole("heading", { name: "训练中" }).waitFor();
    expect(runs).toMatchObject([{ id: "run-1", state: "running" }]);
  });

  it("says what a refused run lacks, why one failed, and what to do where nothing is", async () => {
    const gate = gateVerdict([STUB_FINDING]);
    runs = [stubRun({ state: "finished", curve: CURVE, result: { ...RESULT, gate } })];
    const { page } = await open();
    await page.getByText("580 道探测题，答对的降了 1.7 个百分点，最多许降 1.0 个").waitFor();
    // A run of an older server has the sentences alone.
    const older = { ...RESULT, gate: { passed: false, reasons: gate.reasons } };
    runs = [stubRun({ state: "finished", curve: CURVE, result: older })];
    await page.reload();
    await page.getByText("the probes fell by 1.7 percentage points over 580").waitFor();
    expect(await page.getByRole("button", { name: "启用第 2 版" }).count()).toBe(0);
    expect(await page.getByRole("link", { name: "看全部指标" }).getAttribute("href")).toBe(
      "#/versions/starter-cloze%402",
    );
    runs = [
      stubRun({ state: "failed", error: { code: "io_failed", message: "The disk is full." } }),
    ];
    await page.reload();
    await page.getByText("没有做成：The disk is full.").waitFor();
    runs = [];
    queued = 0;
    await page.reload();
    await page.getByText("还没有训练过").waitFor();
    expect(await page.getByRole("button", { name: "开始训练" }).isDisabled()).toBe(true);
  });

  it("asks again after its events broke off, since what happened meanwhile was not told", async () => {
    runs = [TRAINING];
    const { page } = await open();
    await page.getByText("12 / 20").waitFor();
    const updatedAt = new Date().toISOString();
    runs = [{ ...TRAINING, state: "finished", result: RESULT, updatedAt }];
    stub.breakOff();
    await page.getByText("与服务器的连接断了").waitFor();
    await page.getByText("得到第 2 版").waitFor();
    expect(await page.getByText("与服务器的连接断了").count()).toBe(0);
  });

  it("fits a phone and meets WCAG AA in both languages and schemes", async () => {
    for (const options of [
      { ...PHONE, colorScheme: "dark" },
      { locale: "en-GB", colorScheme: "light" },
    ]) {
      for (const state of ["running", "finished"] as const) {
        const earlier = stubRun({ id: "run-0", state: "given-up" });
        runs = [{ ...TRAINING, state, ...(state === "finished" && { result: RESULT }) }, earlier];
        left = { later: 12, unanswered: 3 };
        const { page } = await open(options);
        await page.locator("svg[role=img]").waitFor();
        const isEnglish = "locale" in options;
        await page.getByText(isEnglish ? "Options" : "选项", { exact: true }).click();
        await page.getByLabel(isEnglish ? "Recipe" : "方法").selectOption("LoRA");
        expect(await accessibilityViolations(page)).toEqual([]);
        expect(await sidewaysScrollOf(page)).toBeLessThanOrEqual(0);
      }
    }
  });
});
