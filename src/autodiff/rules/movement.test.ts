import * as fc from "fast-check";
import { describe, it } from "vitest";

import { checkGradient } from "../../../test/helpers/check-gradient.ts";
import { MOVEMENT_CASES } from "../../../test/helpers/gradient-cases/index.ts";

describe.each(Object.entries(MOVEMENT_CASES))("the gradient of %s", (_op, cases) => {
  it("is the slope of the loss for all shapes, and linear in the cotangent", () => {
    fc.assert(fc.property(cases, checkGradient), { numRuns: 12 });
  });
});
