import { describe, expect, it } from "vitest";
import type { Deployment } from "../../src/wire/index.ts";
import { stubDeployment, stubRelease } from "../../test/helpers/stub-deployments.ts";
import type { EventListener } from "../api/events.ts";
import { RequestFailed } from "../api/failure.ts";
import { createReleasesSession, type ReleasesServer } from "./releases-session.ts";

const MOVE = { by: "http", to: "canary", share: 0.05, reason: "" } as const;

function fakeServer(changes: Partial<ReleasesServer> = {}) {
  const stored = { deployments: [stubDeployment()], archives: 0 };
  let listener: EventListener<Deployment> | undefined;
  const server: ReleasesServer = {
    deployments: async () => ({ deployments: stored.deployments }),
    archive: async () => {
      stored.archives += 1;
      return { moves: stored.deployments.map(({ release }) => ({ ...MOVE, at: release!.since })) };
    },
    move: async (_model, { kind }) =>
      stubDeployment({ state: kind === "pause" ? "paused" : "canary" }),
    events: (next) => {
      listener = next;
      return () => (listener = undefined);
    },
    ...changes,
  };
  return { server, stored, of: () => listener };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("the releases session", () => {
  it("shows deployments with their history, and follows them", async () => {
    const { server, stored, of } = fakeServer();
    const session = createReleasesSession(server);
    const end = session.follow();
    await session.load();
    expect(session.state()).toMatchObject({ deployments: [{ share: 5 }] });
    expect(session.state().moves.get("starter-cloze")).toHaveLength(1);
    of()?.onChange(stubDeployment({ share: 20 }));
    expect(session.state().deployments).toMatchObject([{ share: 20 }]);
    of()?.onChange(stubDeployment({ model: "another" }));
    expect(session.state().deployments).toMatchObject([{ share: 20 }, { model: "another" }]);
    end();
    expect(of()).toBeUndefined();
    expect(stored.archives).toBeGreaterThan(0);
  });

  it("asks for the history when a release has moved, and not every second", async () => {
    const { server, stored, of } = fakeServer();
    const session = createReleasesSession(server);
    session.follow();
    await session.load();
    of()?.onChange(stubDeployment());
    of()?.onChange(stubDeployment({ share: 5.5 }));
    await settled();
    expect(stored.archives).toBe(1);
    of()?.onChange(stubDeployment({ release: stubRelease({ since: "2026-03-05T00:00:00.000Z" }) }));
    await settled();
    expect(stored.archives).toBe(2);
  });

  it("keeps why something was not done to a model, and looks where it is now", async () => {
    const failure = { kind: "refused", message: "cannot be paused now" } as const;
    const { server, stored } = fakeServer({
      move: async () => {
        throw new RequestFailed(failure);
      },
    });
    const session = createReleasesSession(server);
    await session.load();
    stored.deployments = [stubDeployment({ state: "promoted", canary: null, share: 0 })];
    await session.move("starter-cloze", { kind: "pause" });
    await settled();
    expect(session.state()).toMatchObject({
      isActing: false,
      refusal: { model: "starter-cloze", failure },
      deployments: [{ state: "promoted" }],
    });
  });

  it("shows what a move came to", async () => {
    const session = createReleasesSession(fakeServer().server);
    await session.load();
    await session.move("starter-cloze", { kind: "pause" });
    expect(session.state()).toMatchObject({ isActing: false, deployments: [{ state: "paused" }] });
  });

  it("switches back once, however often it is asked to meanwhile", async () => {
    const asked: string[] = [];
    const { server } = fakeServer({
      move: async (model) => {
        asked.push(model);
        await settled();
        return stubDeployment({ state: "rolled-back", canary: null, share: 0 });
      },
    });
    const session = createReleasesSession(server);
    const back = { kind: "rollback" } as const;
    await Promise.all([
      session.move("starter-cloze", back),
      session.move("starter-cloze", back),
      session.move("another", back),
    ]);
    expect(asked).toEqual(["starter-cloze", "another"]);
    expect(session.state().refusal).toBeUndefined();
    await session.move("starter-cloze", back);
    expect(asked).toHaveLength(3);
  });

  it("believes what was told while it loaded rather than an older answer", async () => {
    let answer = (): void => {};
    const stale = new Promise<void>((resolve) => (answer = resolve));
    let loads = 0;
    const over = stubDeployment({ state: "rolled-back", canary: null, share: 0 });
    const { server, of } = fakeServer({
      deployments: async () => {
        loads += 1;
        if (loads > 1) return { deployments: [over] };
        await stale;
        return { deployments: [stubDeployment()] };
      },
    });
    const session = createReleasesSession(server);
    session.follow();
    const loaded = session.load();
    of()?.onChange(over);
    answer();
    await loaded;
    expect(session.state().deployments).toMatchObject([{ state: "rolled-back" }]);
  });

  it("says that the server is away, and asks again when events come back", async () => {
    const { server, stored, of } = fakeServer();
    const session = createReleasesSession(server);
    session.follow();
    of()?.onReach(false);
    expect(session.state().isCutOff).toBe(true);
    stored.deployments = [stubDeployment({ share: 50 })];
    of()?.onReach(true);
    await settled();
    expect(session.state()).toMatchObject({ isCutOff: false, deployments: [{ share: 50 }] });
  });

  it("abandons what is being loaded when it is left", async () => {
    const { server } = fakeServer({ deployments: () => new Promise(() => {}) });
    let seen: AbortSignal | undefined;
    const session = createReleasesSession({
      ...server,
      deployments: (signal) => {
        seen = signal;
        return server.deployments(signal);
      },
    });
    const end = session.follow();
    void session.load();
    end();
    expect(seen?.aborted).toBe(true);
  });
});
