import { describe, expect, it } from "vitest";

import {
  CONTRACTION_CASES,
  ELEMENTWISE_CASES,
  GATHER_CASES,
  MOVEMENT_CASES,
} from "../../test/helpers/gradient-cases/index.ts";
import { INTERPRETED_OPERATORS } from "../../test/helpers/interpreter/index.ts";
import { SHAPED_OPERATORS } from "../onnx/index.ts";
import { FUSED, VERDICT_LIST } from "./verdicts.ts";

const rules = VERDICT_LIST.flatMap(([op, verdict]) => (typeof verdict === "object" ? [op] : []));

describe("the table of verdicts", () => {
  it("has exactly one for every operator that has a shape rule, and for fused ones", () => {
    const operators = [...SHAPED_OPERATORS, ...FUSED].sort();
    expect(VERDICT_LIST.map(([op]) => op).sort()).toEqual(operators);
  });

  it("has no rule that no property covers", () => {
    const tables = [ELEMENTWISE_CASES, CONTRACTION_CASES, MOVEMENT_CASES, GATHER_CASES];
    expect(tables.flatMap((table) => Object.keys(table)).sort()).toEqual(rules.toSorted());
  });

  it("has no rule for an operator that the reference cannot run", () => {
    expect(rules.filter((op) => !INTERPRETED_OPERATORS.includes(op))).toEqual([]);
  });
});
