import { expect, it } from "vitest";
import { createEventReader } from "./events.ts";

it("reads events from pieces of any size, and passes over heartbeats", () => {
  const seen: string[] = [];
  const push = createEventReader((name, data) => seen.push(`${name}=${data}`));
  const stream = ': \n\nevent: training-run\ndata: {"id":"a"}\n\n: \n\ndata: plain\n\nevent: x\nda';
  for (const letter of stream) push(letter);
  expect(seen).toEqual(['training-run={"id":"a"}', "message=plain"]);
});

it("begins anew after a stream that broke off", () => {
  const seen: string[] = [];
  const push = createEventReader((name, data) => seen.push(`${name}=${data}`));
  push("event: training-run\nda");
  push("\n\n");
  push("event: training-run\ndata: whole\n\n");
  expect(seen).toEqual(["training-run=whole"]);
});
