import { connect, type AddressInfo } from "node:net";
import { expect, it, vi } from "vitest";
import {
  createStubServer,
  STUB_RELEASES,
  type StubKeys,
} from "../../../test/helpers/http-server.ts";
import type { TrainingRun } from "../../wire/index.ts";

it("what happens is followed once for all streams, and not when there is none", async () => {
  const listeners = new Set<() => void>();
  const onLook = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const { server } = await createStubServer({}, undefined, {
    releases: { ...STUB_RELEASES, onLook },
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const closed = new AbortController();
  for (let i = 0; i < 3; i++) {
    const { status } = await fetch(`http://127.0.0.1:${port}/api/events`, {
      signal: closed.signal,
    });
    expect(status).toBe(200);
  }
  expect(listeners.size).toBe(1);
  closed.abort();
  await expect.poll(() => listeners.size).toBe(0);
  server.server.closeAllConnections();
  await server.close();
});

it("a stream that is not read is let go, instead of all that happens being kept for it", async () => {
  const listeners = new Set<(run: TrainingRun) => void>();
  const subscribe = (listener: (run: TrainingRun) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const { server } = await createStubServer({}, undefined, { training: { subscribe } });
  await server.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const reader = connect(port, "127.0.0.1").on("error", () => {});
  reader.write("GET /api/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
  await expect.poll(() => listeners.size).toBe(1);
  const run = { id: "x".repeat(1 << 20) } as TrainingRun;
  let sentCount = 0;
  // What the kernel takes is not kept here.
  while (listeners.size > 0 && sentCount++ < 64) {
    for (const listener of listeners) listener(run);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(listeners.size).toBe(0);
  reader.destroy();
  server.server.closeAllConnections();
  await server.close();
});

it.each([
  ["its key has been revoked", (keys: StubKeys) => keys.made.splice(0, 1), true],
  ["there is a key and it has none", (keys: StubKeys) => keys.add("first", "operate"), false],
])("a stream ends with its next heartbeat once %s", async (_, change, hasKey) => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const { server, keys } = await createStubServer();
  try {
    if (hasKey) ["shop", "other"].forEach((name) => keys.add(name, "operate"));
    await server.listen({ host: "127.0.0.1", port: 0 });
    const { port } = server.server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/api/events`, {
      headers: hasKey ? { authorization: "Bearer shop-text" } : {},
    });
    const reader = response.body!.getReader();
    expect([response.status, await reader.read()]).toMatchObject([200, { done: false }]);
    vi.advanceTimersByTime(15_000);
    expect(await reader.read()).toMatchObject({ done: false });
    change(keys);
    vi.advanceTimersByTime(15_000);
    expect(await reader.read()).toMatchObject({ done: true });
  } finally {
    vi.useRealTimers();
    server.server.closeAllConnections();
    await server.close();
  }
});
