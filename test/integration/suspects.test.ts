// Samples with wrong answers among right ones, on the starter: they are found before training.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { openTuningStart } from "../../src/training/incremental/start.ts";
import { ActivationCache } from "../../src/training/incremental/activation-cache.ts";
import { Prefix } from "../../src/training/incremental/prefix.ts";
import { sampleForms } from "../../src/training/incremental/rows.ts";
import { suspectsAmong } from "../../src/training/incremental/suspects.ts";

const STARTER = path.join(import.meta.dirname, "../../models/starter-cloze");
const folder = mkdtempSync(path.join(tmpdir(), "whetstone-suspects-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const GOODS = {
  生效: ["优惠券", "会员", "流量包", "月卡", "激活码", "视频会员", "充值卡", "年卡"],
  发货: ["手机壳", "羽绒服", "电饭煲", "运动鞋", "洗衣机", "台灯", "行李箱", "雨伞"],
};
const FRAMES = [
  "我买的#还没___，怎么回事？",
  "请问#什么时候___？",
  "订的#一直没有___，很着急。",
  "#付款三天了还不___。",
  "为什么#迟迟不___？",
];
/** Rows, from 1, whose answers are exchanged. */
const FLIPPED = [3, 12, 21, 30, 39, 48, 57, 66];

it("finds most samples whose answers were exchanged, and leaves out few others", async () => {
  const texts = Object.entries(GOODS).flatMap(([answer, goods]) =>
    goods.flatMap((each) =>
      FRAMES.map((frame) => ({ text: frame.replace("#", each), answers: [answer] })),
    ),
  );
  const start = openTuningStart(STARTER, 1);
  const { cut, model } = start.suffix;
  const options = { tokenizer: start.tokenizer, tokensMax: 64 };
  const asked = texts.map(({ text, answers }, i) => {
    const row = i + 1;
    const right = answers[0] === "生效" ? "发货" : "生效";
    const sample = { text, answers: FLIPPED.includes(row) ? [right] : answers, rejected: [], row };
    const { accepted } = sampleForms(sample, options);
    return { sample, row: accepted[0]!.whole };
  });
  const source = { modelDirectory: STARTER, cut, cacheDirectory: folder, threads: 1 };
  using prefix = await Prefix.open(source);
  await prefix.fill(
    asked.map(({ row }) => row),
    () => {},
  );
  const cache = new ActivationCache(folder, model.hiddenSize);
  const suspects = suspectsAmong(asked, cache, { hiddenSize: model.hiddenSize, seed: 1 });
  const found = suspects.slice(0, 12).filter(({ row }) => FLIPPED.includes(row));
  expect(found.length).toBeGreaterThanOrEqual(6);
  const wrongly = suspects.filter(({ row, isLeftOut }) => isLeftOut && !FLIPPED.includes(row));
  expect(wrongly.length).toBeLessThanOrEqual(4);
});
