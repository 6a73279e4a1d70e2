import { expect, it } from "vitest";
import { addressOf, roomAt } from "./rooms.ts";

it("opens the room that the address names, or the first", () => {
  expect(roomAt(addressOf("training"), ["fill", "training"])).toBe("training");
  expect(roomAt("#/training?run=3", ["fill", "training"])).toBe("training");
  expect(roomAt("#/nowhere", ["fill", "training"])).toBe("fill");
  expect(roomAt("", ["fill"])).toBe("fill");
});
