import { describe, expect, it } from "vitest";
import { LORA_ALPHA_MAX, LORA_RANK_MAX, LORA_TARGETS } from "../../src/wire/index.ts";
import { NO_RUN_WISH, readRunWish, TARGETS, type RunFields } from "./run-wish.ts";

const wishOf = (fields: Partial<RunFields>) => readRunWish({ ...NO_RUN_WISH, ...fields });

describe("the fields of a training", () => {
  it("wish for nothing as long as nobody touches them", () => {
    expect(readRunWish(NO_RUN_WISH)).toEqual({ wish: {} });
    expect(TARGETS).toEqual(LORA_TARGETS);
  });

  it("are read with full-width digits, and without settings of another recipe", () => {
    expect(wishOf({ epochs: " ３ ", seed: "0", rank: "4", alpha: "nix" })).toEqual({
      wish: { epochs: 3, seed: 0 },
    });
    const lora = { recipe: "lora", rank: "4", alpha: "0.5", targets: ["head"] } as const;
    expect(wishOf(lora)).toEqual({
      wish: { recipe: "lora", lora: { rank: 4, alpha: 0.5, targets: ["head"] } },
    });
    expect(wishOf({ recipe: "lora" })).toEqual({ wish: { recipe: "lora" } });
  });

  it.each([
    [{ recipe: "lora", rank: "0" }, "rank"],
    [{ recipe: "lora", rank: String(LORA_RANK_MAX + 1) }, "rank"],
    [{ recipe: "lora", rank: "1.5" }, "rank"],
    [{ recipe: "lora", alpha: "0" }, "alpha"],
    [{ recipe: "lora", alpha: String(LORA_ALPHA_MAX + 1) }, "alpha"],
    [{ recipe: "lora", targets: [] }, "targets"],
    [{ epochs: "0" }, "epochs"],
    [{ epochs: "10001" }, "epochs"],
    [{ epochs: "many" }, "epochs"],
    [{ seed: "-1" }, "seed"],
  ] as const)("say which of them cannot be meant: %j", (fields, problem) => {
    expect(wishOf(fields)).toEqual({ problem });
  });

  it("take what the server takes and no more", () => {
    expect(wishOf({ epochs: "10000", seed: String(2 ** 31) })).toHaveProperty("wish");
    expect(wishOf({ seed: String(2 ** 31 + 1) })).toEqual({ problem: "seed" });
    expect(wishOf({ recipe: "lora", rank: String(LORA_RANK_MAX) })).toHaveProperty("wish");
    expect(wishOf({ recipe: "lora", alpha: String(LORA_ALPHA_MAX) })).toHaveProperty("wish");
  });
});
