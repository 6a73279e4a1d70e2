import { describe, expect, it } from "vitest";
import { fakeTerminal } from "../../test/helpers/fake-terminal.ts";
import { startProgress } from "./progress.ts";

describe("startProgress", () => {
  it("writes the first and the last line where nobody watches, not one a step", () => {
    const { terminal, err } = fakeTerminal();
    const progress = startProgress(terminal, "training");
    for (let step = 1; step <= 100; step++) progress.update(step, 100, `loss ${step}`);
    progress.end();
    progress.end();
    expect(err()).toBe("training 1/100  loss 1\ntraining 100/100  loss 100\n");
  });

  it("says nothing when nothing was done", () => {
    const { terminal, err } = fakeTerminal();
    startProgress(terminal, "training").end();
    expect(err()).toBe("");
  });
});
