// How long commands wait for the running server.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { askServer } from "../../src/cli/running-server.ts";

let silent: Server;
let running: Parameters<typeof askServer>[0];
/** What was asked of the clock; each time-out comes at once. */
let limitsMs: number[];

beforeEach(async () => {
  silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  running = { pid: 1, port, url: `http://127.0.0.1:${port}`, token: "t", serving: [] };
  limitsMs = [];
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    limitsMs.push(ms);
    return timeout(50);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  silent.closeAllConnections();
  silent.close();
});

it("waits for a move as long as a version may take to open, and says that it goes on", async () => {
  const asking = askServer(running, "/api/deployments/m/promote", { method: "POST", body: {} });
  await expect(asking).rejects.toMatchObject({
    code: "deadline_exceeded",
    message: expect.stringContaining("It goes on with it") as string,
  });
  expect(limitsMs[0]).toBeGreaterThanOrEqual(120_000);
});

it("waits for what the server knows at once a moment only", async () => {
  const asking = askServer(running, "/api/deployments");
  await expect(asking).rejects.toMatchObject({ code: "unavailable" });
  expect(limitsMs[0]).toBeLessThanOrEqual(5000);
});
