import { expect, it } from "vitest";
import { RequestFailed } from "../api/failure.ts";
import { createVerdictStore, placeKey, type Said } from "./verdict-store.ts";

const place = { blank: 0, candidate: "发货" };
const shown = (store: ReturnType<typeof createVerdictStore>) => store.state().get(placeKey(place));

it("shows a verdict at once, and whether it was filed", async () => {
  const store = createVerdictStore(async () => ({ state: "queued" }));
  const saying = store.say({ ...place, verdict: "accept" });
  expect(shown(store)).toMatchObject({ verdict: "accept", state: "sending" });
  await saying;
  expect(shown(store)).toMatchObject({ verdict: "accept", state: "filed", isHeld: false });
});

it("keeps the right word with a rejection, and says when it is held", async () => {
  const store = createVerdictStore(async () => ({ state: "held" }));
  await store.say({ ...place, verdict: "reject", answer: "生效" });
  expect(shown(store)).toMatchObject({ verdict: "reject", answer: "生效", isHeld: true });
});

it("shows why it was not filed", async () => {
  const failure = { kind: "refused", message: "no such prediction" } as const;
  const store = createVerdictStore(async () => {
    throw new RequestFailed(failure);
  });
  await store.say({ ...place, verdict: "accept" });
  expect(shown(store)).toMatchObject({ state: "failed", failure });
});

it("shows the last word, whichever answer comes first", async () => {
  const waiting: (() => void)[] = [];
  const store = createVerdictStore(async ({ verdict }: Said) => {
    if (verdict === "accept") await new Promise<void>((resolve) => waiting.push(resolve));
    return { state: "queued" };
  });
  const first = store.say({ ...place, verdict: "accept" });
  await store.say({ ...place, verdict: "reject" });
  for (const answer of waiting) answer();
  await first;
  expect(shown(store)).toMatchObject({ verdict: "reject", state: "filed" });
});
