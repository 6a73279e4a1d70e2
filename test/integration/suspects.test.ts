// Samples with wrong answers among right ones, on the starter: they are found before training.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openTuningStart } from "../../src/training/incremental/start.ts";
import { ActivationCache } from "../../src/training/incremental/activation-cache.ts";
import { Prefix } from "../../src/training/incremental/prefix.ts";
import { sampleForms } from "../../src/training/incremental/rows.ts";
import { suspectsAmong, type Suspect } from "../../src/training/incremental/suspects.ts";

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

/** A text and its right words, the first of them asked for. */
type Given = readonly [text: string, ...answers: string[]];

/** Suspects among samples, whose rows count from 1; `reviewed` are rows a person vouches for. */
async function suspectsIn(
  given: readonly Given[],
  reviewed: readonly number[] = [],
): Promise<Suspect[]> {
  const start = openTuningStart(STARTER, 1);
  const { cut, model } = start.suffix;
  const options = { tokenizer: start.tokenizer, tokensMax: 64 };
  const asked = given.map(([text, ...answers], i) => {
    const row = i + 1;
    const review = reviewed.includes(row) ? { reviewed: true as const } : {};
    const sample = { text, answers, rejected: [], row, ...review };
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
  return suspectsAmong(asked, cache, { hiddenSize: model.hiddenSize, seed: 1 });
}

const leftOut = (suspects: readonly Suspect[]): number[] =>
  suspects.flatMap(({ row, isLeftOut }) => (isLeftOut ? [row] : []));

describe("of 80 samples, eight of them with exchanged answers", () => {
  const samples = Object.entries(GOODS).flatMap(([answer, goods]) =>
    goods.flatMap((each) => FRAMES.map((frame): Given => [frame.replace("#", each), answer])),
  );
  const given = samples.map(([text, answer], i): Given => {
    const other = answer === "生效" ? "发货" : "生效";
    return [text, FLIPPED.includes(i + 1) ? other : answer!];
  });

  it("finds most, says what the others would answer, and leaves out few others", async () => {
    const suspects = await suspectsIn(given);
    const found = suspects.slice(0, 12).filter(({ row }) => FLIPPED.includes(row));
    expect(found.length).toBeGreaterThanOrEqual(6);
    for (const { row, rival } of found) {
      expect(rival.answer).toBe(samples[row - 1]![1]);
      expect(given[rival.row - 1]![1]).toBe(rival.answer);
    }
    const wrongly = leftOut(suspects).filter((row) => !FLIPPED.includes(row));
    expect(wrongly.length).toBeLessThanOrEqual(4);
  });

  it("does not doubt what a person has reviewed", async () => {
    const doubted = (await suspectsIn(given)).map(({ row }) => row);
    const reviewed = FLIPPED.filter((row) => doubted.includes(row));
    const others = (await suspectsIn(given, reviewed)).map(({ row }) => row);
    expect(others).toEqual(doubted.filter((row) => !reviewed.includes(row)));
  });
});

describe("in a small queue that is right, with something unusual in it", () => {
  it("leaves out no parcel among vouchers that are called alike", async () => {
    const suspects = await suspectsIn([
      ["我买的优惠券还没___，怎么回事？", "生效"],
      ["视频会员一直没有___，很着急。", "生效"],
      ["流量包充了半天还没___。", "生效"],
      ["激活码输进去一直没___。", "生效"],
      ["我买的手机壳还没___，怎么回事？", "发货"],
      ["羽绒服付款三天了还没___。", "发货"],
      ["订的行李箱一直没有___。", "发货"],
      ["会员卡是实体卡，怎么还没___？", "发货"],
    ]);
    expect(leftOut(suspects)).toEqual([]);
  });

  it("leaves out neither of two samples with the rarer word of ten", async () => {
    const usual = ["手机壳什么时候___？", "台灯什么时候___？", "雨伞付款三天了还不___。"];
    const more = ["为什么电饭煲迟迟不___？", "订的运动鞋一直没有___。", "请问洗衣机哪天___？"];
    const last = ["羽绒服今天能___吗？", "行李箱还没___。"];
    const suspects = await suspectsIn([
      ...[...usual, ...more, ...last].map((text): Given => [text, "发货"]),
      ["月卡买了两天还没___。", "生效"],
      ["请问充值卡什么时候___？", "生效"],
    ]);
    expect(leftOut(suspects)).toEqual([]);
  });

  it("leaves out no formal word that several sentences could take", async () => {
    const suspects = await suspectsIn([
      ["会议时间较为___，请各位知悉。", "适宜"],
      ["今天的气温较为___。", "适宜"],
      ["室内湿度较为___。", "适宜"],
      ["请各部门___报送材料。", "及时"],
      ["如有变动请___通知我们。", "及时"],
      ["发现问题要___处理。", "及时"],
      ["请___更新系统信息。", "及时"],
      ["请___保管好随身物品。", "妥善"],
      ["有关事宜已经___安排。", "妥善"],
      ["投诉应当___处理。", "妥善", "及时"],
      ["矛盾要___化解，不能拖延。", "妥善"],
    ]);
    expect(leftOut(suspects)).toEqual([]);
  });

  it("leaves out none of ten words that each have two sentences", async () => {
    // With a fixed bound of −0.2 on the plain margin three of them were left out.
    const suspects = await suspectsIn([
      ["订单一直没___。", "生效"],
      ["优惠券什么时候___？", "生效"],
      ["快递三天了还没___。", "发货"],
      ["手机壳什么时候___？", "发货"],
      ["请问退款何时___？", "到账"],
      ["工资还没有___。", "到账"],
      ["商品已经___，请换一个。", "下架"],
      ["这款鞋上周就___了。", "下架"],
      ["请尽快___合同。", "签署"],
      ["双方已经___协议。", "签署"],
      ["申请已提交，等待___。", "审批"],
      ["请假条还没有___。", "审批"],
      ["发票可以___吗？", "补开"],
      ["收据丢了能不能___？", "补开"],
      ["航班因天气___。", "延误"],
      ["火车又___了半小时。", "延误"],
      ["会议改为线上___。", "召开"],
      ["股东大会将于周五___。", "召开"],
      ["系统正在___，请稍候。", "维护"],
      ["网站今晚___两小时。", "维护"],
    ]);
    expect(leftOut(suspects)).toEqual([]);
  });
});
