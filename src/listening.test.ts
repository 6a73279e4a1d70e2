import { expect, it } from "vitest";
import { hostInUrl } from "./listening.ts";

it.each([
  ["127.0.0.1", "127.0.0.1"],
  ["192.168.0.7", "192.168.0.7"],
  ["fd00::7", "[fd00::7]"],
  ["0.0.0.0", "127.0.0.1"],
  ["::", "[::1]"],
])("a server on %s is reached at %s from its machine", (host, named) => {
  expect(hostInUrl(host)).toBe(named);
});
