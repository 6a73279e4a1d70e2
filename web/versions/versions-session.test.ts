import { describe, expect, it } from "vitest";
import type { VersionArchive } from "../../src/wire/index.ts";
import { RequestFailed } from "../api/failure.ts";
import { createVersionsSession, type VersionsServer } from "./versions-session.ts";

/** As much of an archive as the session looks at. */
const archive = (version: string): VersionArchive =>
  ({ model: "starter-cloze", version }) as Partial<VersionArchive> as VersionArchive;

function sessionOver(changes: Partial<VersionsServer> = {}) {
  const asked: string[] = [];
  const models = ["other", "starter-cloze"].map((id) => {
    const kind = "fill-mask" as const;
    return { id, kind, createdAt: "", stable: "1", aliases: [], versions: [] };
  });
  const session = createVersionsSession({
    models: async () => ({ models }),
    versions: async (model) => {
      asked.push(model);
      return { versions: [] };
    },
    archive: async (id) => archive(id.split("@")[1] ?? ""),
    note: async () => archive("2"),
    makeStable: async (id, force) => {
      asked.push(`${id} ${force}`);
      return archive("2");
    },
    release: async (request) => {
      asked.push(`release ${JSON.stringify(request)}`);
    },
    save: async (id, format) => {
      asked.push(`save ${id} ${format}`);
    },
    ...changes,
  });
  return { session, asked };
}

describe("the versions session", () => {
  it("lists the model of the Fill page, or the one that is chosen", async () => {
    const { session, asked } = sessionOver();
    await session.open(undefined);
    await session.choose("other");
    expect(asked).toEqual(["starter-cloze", "other"]);
    expect(session.state()).toMatchObject({ model: "other", versions: [] });
  });

  it("opens a version of whichever model, and acts on it", async () => {
    const { session, asked } = sessionOver();
    await session.makeStable(true);
    await session.open("other@2");
    expect(session.state()).toMatchObject({ model: "other", archive: { version: "2" } });
    await session.makeStable(true);
    expect(asked).toContain("other@2 true");
    expect(session.state()).toMatchObject({ done: "stable", isActing: false });
    await session.release();
    expect(asked).toContain('release {"model":"other","version":"2"}');
    await session.release({ shadow: true, force: true });
    expect(asked).toContain('release {"model":"other","version":"2","shadow":true,"force":true}');
    expect(session.state()).toMatchObject({ done: undefined, archive: { version: "2" } });
    await session.open(undefined);
    expect(session.state()).toMatchObject({ archive: undefined, done: undefined });
  });

  it("keeps why something was not done, and shows the version nevertheless", async () => {
    const failure = { kind: "refused", message: "The gate refused it." } as const;
    const { session } = sessionOver({
      makeStable: async () => {
        throw new RequestFailed(failure);
      },
    });
    await session.open("starter-cloze@3");
    await session.makeStable(false);
    expect(session.state()).toMatchObject({ refusal: failure, archive: { version: "3" } });
    await session.writeNote("x");
    expect(session.state()).toMatchObject({ refusal: undefined, done: "noted" });
  });

  it("saves what is looked at, and says why where it could not be had", async () => {
    const { session, asked } = sessionOver();
    await session.open("starter-cloze@3");
    await session.save("json");
    expect(asked).toContain("save starter-cloze@3 json");
    expect(session.state()).toMatchObject({ refusal: undefined, isActing: false });
    const failure = { kind: "unreachable" } as const;
    const broken = sessionOver({ save: () => Promise.reject(new RequestFailed(failure)) });
    await broken.session.open("starter-cloze@3");
    await broken.session.save("markdown");
    expect(broken.session.state()).toMatchObject({ refusal: failure, isActing: false });
  });

  it("forgets an answer that came after something else was asked", async () => {
    let release = (): void => {};
    const slow = new Promise<void>((resolve) => (release = resolve));
    const { session } = sessionOver({
      archive: async (id) => {
        if (id.endsWith("@1")) await slow;
        return archive(id.split("@")[1] ?? "");
      },
    });
    const first = session.open("starter-cloze@1");
    await session.open("starter-cloze@2");
    release();
    await first;
    expect(session.state()).toMatchObject({ archive: { version: "2" } });
  });
});
