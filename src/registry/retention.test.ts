import { describe, expect, it } from "vitest";
import { dispensable, type RetentionRules } from "./retention.ts";
import type { Model, Version } from "./types.ts";

const RULES: RetentionRules = { keep: 1, inUse: [], baseOf: () => undefined };

function versionOf(version: string, changes: Partial<Version> = {}): Version {
  return {
    model: "m",
    version,
    state: "ready",
    origin: "trained",
    key: `key-${version}`,
    sha256: "",
    sizeBytes: 1,
    createdAt: "",
    parent: null,
    metrics: {},
    ...changes,
  };
}

function modelOf(versions: readonly Version[], changes: Partial<Model> = {}): Model {
  const facts = { id: "m", kind: "fill-mask", createdAt: "", stable: "9", aliases: [] } as const;
  return { ...facts, versions, ...changes };
}

const numbers = (models: readonly Model[], rules: Partial<RetentionRules> = {}): string[] =>
  dispensable(models, { ...RULES, ...rules }).map(({ version }) => version);

describe("the versions that may lose their files", () => {
  const five = ["1", "2", "3", "4", "5"].map((version) => versionOf(version));

  it("are not among the newest", () => {
    expect(numbers([modelOf(five)])).toEqual(["1", "2", "3", "4"]);
    expect(numbers([modelOf(five)], { keep: 3 })).toEqual(["1", "2"]);
    expect(numbers([modelOf(five)], { keep: 5 })).toEqual([]);
  });

  it("are not stable, not in use, and have no alias", () => {
    const model = modelOf(five, {
      stable: "2",
      aliases: [
        { name: "prod", version: "3" },
        { name: "newest", version: null },
      ],
    });
    expect(numbers([model], { inUse: ["m@1", "other@4"] })).toEqual(["4"]);
  });

  it("are no base of a version that stays, whatever model that is of", () => {
    const baseOf = ({ version }: Version): string | undefined =>
      version === "5" ? "key-1" : version === "3" ? "key-2" : undefined;
    expect(numbers([modelOf(five)], { baseOf })).toEqual(["2", "3", "4"]);
    const other = { ...versionOf("1"), model: "n", key: "key-n" };
    const models = [modelOf(five), modelOf([other], { id: "n", stable: "1" })];
    const baseOfOther = ({ model }: Version): string | undefined =>
      model === "n" ? "key-4" : undefined;
    expect(numbers(models, { baseOf: baseOfOther })).toEqual(["1", "2", "3"]);
  });

  it("are not those that have lost them, which do not count among the newest either", () => {
    const cleaned = [...five.slice(0, 3), versionOf("4", { state: "cleaned" }), five[4]!];
    expect(numbers([modelOf(cleaned)], { keep: 2 })).toEqual(["1", "2"]);
  });
});
