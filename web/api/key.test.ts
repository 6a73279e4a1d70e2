import { expect, it } from "vitest";
import { keyStore } from "./key.ts";

it("asks for a key when one is missing, and again when it is refused", () => {
  expect(keyStore.state()).toEqual({ key: undefined, problem: undefined });
  keyStore.refused(undefined);
  expect(keyStore.state().problem).toBe("missing");
  keyStore.enter("wsk_a");
  expect(keyStore.state()).toEqual({ key: "wsk_a", problem: undefined });
  keyStore.refused("wsk_a");
  expect(keyStore.state().problem).toBe("refused");
});

it("asks for another key where one may do too little, and goes on with the old one", () => {
  keyStore.enter("wsk_a");
  keyStore.change();
  expect(keyStore.state()).toEqual({ key: "wsk_a", problem: "weak" });
  keyStore.keep();
  expect(keyStore.state()).toEqual({ key: "wsk_a", problem: undefined });
});

it("does not hold an answer to an older key against a new one", () => {
  keyStore.enter("wsk_a");
  keyStore.enter("wsk_b");
  keyStore.refused("wsk_a");
  keyStore.refused(undefined);
  expect(keyStore.state()).toEqual({ key: "wsk_b", problem: undefined });
});
