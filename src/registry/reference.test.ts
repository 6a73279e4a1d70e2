import { describe, expect, it } from "vitest";
import { appErrorOf } from "../../test/helpers/app-error.ts";
import { parseReference } from "./reference.ts";

describe("parseReference", () => {
  it("takes a model, or one version of it", () => {
    expect(parseReference("starter-cloze")).toEqual({ id: "starter-cloze", version: undefined });
    expect(parseReference("a.b_c-1@12")).toEqual({ id: "a.b_c-1", version: "12" });
  });

  it.each(["", "A", "-a", "a/b", "../a", "a b", "模型", "a".repeat(65), "a\n"])(
    "refuses %j as a model id",
    (id) => {
      const { code, message } = appErrorOf(() => parseReference(id));
      expect(code).toBe("invalid_input");
      expect(message).toContain("expected 1 to 64 of a–z");
    },
  );

  it.each(["a@", "a@0", "a@01", "a@-1", "a@1.0", "a@x", "a@1@2", "a@99999999999"])(
    "refuses the version of %j",
    (reference) => {
      expect(appErrorOf(() => parseReference(reference)).message).toContain("a whole number");
    },
  );
});
