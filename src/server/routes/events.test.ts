import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { createStubServer, STUB_RELEASES } from "../../../test/helpers/http-server.ts";

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
