import { describe, expect, it } from "vitest";
import { createStatusStore } from "./status-store.ts";

describe("createStatusStore", () => {
  it("is ready only once the server said so or answered", () => {
    const ready = createStatusStore();
    ready.named({ model: "starter-cloze", version: "1", isReady: true });
    expect(ready.state()).toEqual({ reach: "ready", model: "starter-cloze", version: "1" });
    const store = createStatusStore();
    store.named({ model: "starter-cloze", version: "1", isReady: false });
    expect(store.state()).toMatchObject({ reach: "waiting", model: "starter-cloze" });
    store.answeredBy({ model: "starter-cloze", version: "2", tookMs: 12 });
    expect(store.state()).toEqual({
      reach: "ready",
      model: "starter-cloze",
      version: "2",
      lastAnswerMs: 12,
    });
  });

  it("knows of a switch of the model that it shows", () => {
    const store = createStatusStore();
    store.answeredBy({ model: "m", version: "1", tookMs: 1 });
    store.switchedTo({ model: "other", version: "9" });
    store.switchedTo({ model: "m", version: "2" });
    expect(store.state()).toMatchObject({ model: "m", version: "2" });
  });

  it("tells a server that is gone from a request that was wrong", () => {
    const store = createStatusStore();
    store.answeredBy({ model: "m", version: "1", tookMs: 1 });
    store.failed("refused");
    expect(store.state().reach).toBe("ready");
    store.failed("unreachable");
    expect(store.state()).toMatchObject({ reach: "unreachable", model: "m" });
  });
});
