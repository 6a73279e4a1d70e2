import { describe, expect, it } from "vitest";
import { AppError } from "../base/index.ts";
import type { Filler, FillInput } from "../tasks/fill-mask/index.ts";
import { settled } from "../../test/helpers/fake-timer.ts";
import { createStubFiller } from "../../test/helpers/stub-filler.ts";
import type { FromReplica } from "./protocol.ts";
import { fillEach, serveReplica } from "./replica-process.ts";

const inputOf = (text: string): FillInput => ({ text, topK: 1 });

describe("fillEach", () => {
  it("answers the good texts of a batch and says what is wrong with the others", async () => {
    const texts = ["没有", "画龙点[MASK]", "也没有", "___江南"];
    const results = await fillEach(createStubFiller(), texts.map(inputOf));
    expect(results).toMatchObject([
      { error: { code: "no_blank", details: undefined } },
      { output: { blanks: [{ candidates: [{ text: "岸" }] }] } },
      { error: { code: "no_blank" } },
      { output: { blanks: [{ candidates: [{ sequence: "岸江南" }] }] } },
    ]);
  });

  it("tries each text alone when what stops a batch names none", async () => {
    const results = await fillEach(createStubFiller(), ["bug[MASK]", "good[MASK]"].map(inputOf));
    const error = { code: undefined, message: "a bug in the model code" };
    expect(results).toMatchObject([{ error }, { output: {} }]);
  });

  it("keeps what an error says beside the place of the text", async () => {
    const filler: Filler = {
      ...createStubFiller(),
      fill: () => {
        const details = { text: 0, limitCharacters: 5 };
        throw new AppError("text_too_long", "too long", { details });
      },
    };
    expect(await fillEach(filler, [inputOf("x")])).toEqual([
      { error: { code: "text_too_long", message: "too long", details: { limitCharacters: 5 } } },
    ]);
  });
});

describe("serveReplica", () => {
  const open = {
    kind: "open",
    directory: "d",
    options: { threads: 1, precision: "fp32" },
  } as const;
  const start = (
    openFiller: () => Promise<Filler>,
  ): { sent: FromReplica[]; receive: ReturnType<typeof serveReplica> } => {
    const sent: FromReplica[] = [];
    const send = (message: FromReplica): number => sent.push(message);
    return { sent, receive: serveReplica({ open, openFiller, send, memoryBytes: () => 7 }) };
  };

  it("says that it is ready, then answers batches", async () => {
    const { sent, receive } = start(async () => createStubFiller());
    receive({ kind: "fill", id: 1, inputs: [inputOf("[MASK]")] });
    receive({ kind: "fill", id: 2, inputs: [inputOf("[MASK]")] });
    receive({ kind: "ping", id: 3 });
    await settled();
    expect(sent.map(({ kind }) => kind)).toEqual(["pong", "ready", "filled", "filled"]);
    expect(sent[0]).toEqual({ kind: "pong", id: 3, memoryBytes: 7 });
  });

  it("says why it cannot open the model", async () => {
    const { sent } = start(async () => {
      throw new AppError("damaged_file", "broken");
    });
    await settled();
    const error = { code: "damaged_file", message: "broken", details: undefined };
    expect(sent).toEqual([{ kind: "refused", error }]);
  });

  it("answers a short batch beside a long one, which ends when nobody waits for it", async () => {
    const { sent, receive } = start(async () => ({
      ...createStubFiller(),
      fill: async (inputs, signal) => {
        if (!inputs[0]?.text.startsWith("long")) return createStubFiller().fill(inputs);
        await new Promise((resolve) => signal?.addEventListener("abort", resolve));
        throw new AppError("cancelled", "nobody waits");
      },
    }));
    receive({ kind: "fill", id: 1, inputs: [inputOf("long[MASK]"), inputOf("longer[MASK]")] });
    receive({ kind: "fill", id: 2, inputs: [inputOf("[MASK]")] });
    await settled();
    expect(sent.at(-1)).toMatchObject({ kind: "filled", id: 2, results: [{ output: {} }] });
    receive({ kind: "cancel", id: 1 });
    await settled();
    const error = { code: "cancelled" };
    expect(sent.at(-1)).toMatchObject({ kind: "filled", id: 1, results: [{ error }, { error }] });
  });
});
