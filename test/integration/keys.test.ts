import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/index.ts";
import { openRegistry, type Registry } from "../../src/registry/index.ts";
import { callCli, documentOf } from "../helpers/run-cli.ts";
import { startApp } from "../helpers/running-app.ts";

let folder: string;
let data: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-keys-"));
  data = path.join(folder, "data");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function withRegistry<T>(task: (registry: Registry) => Promise<T>): Promise<T> {
  await using registry = await openRegistry(data);
  return await task(registry);
}

describe("the keys of a data directory", () => {
  it("are shown once and found again by nothing but their text", async () => {
    await withRegistry(async ({ keys }) => {
      const { key, text } = await keys.add("shop", "feedback");
      expect(text).toMatch(/^wsk_[\w-]{43}$/);
      expect(await keys.find(text)).toEqual(key);
      for (const other of ["", "wsk_", text.slice(0, -1), `${text}A`, text.toUpperCase()]) {
        expect(await keys.find(other)).toBeUndefined();
      }
    });
  });

  it("are never stored as they are", async () => {
    const text = await withRegistry(async ({ keys }) => (await keys.add("shop", "use")).text);
    for (const name of ["whetstone.db", "whetstone.db-wal"]) {
      const file = path.join(data, name);
      const bytes = await Promise.resolve()
        .then(() => readFileSync(file))
        .catch(() => Buffer.alloc(0));
      expect(bytes.includes(text)).toBe(false);
      expect(bytes.includes(text.slice(4))).toBe(false);
    }
  });

  it("end when they are revoked, once, and keep their name", async () => {
    await withRegistry(async ({ keys }) => {
      const { text } = await keys.add("shop", "use");
      const first = await keys.revoke("shop");
      expect(first.revokedAt).not.toBeNull();
      expect(await keys.revoke("shop")).toEqual(first);
      expect(await keys.find(text)).toBeUndefined();
      await expect(keys.add("shop", "use")).rejects.toMatchObject({ code: "conflict" });
      await expect(keys.revoke("other")).rejects.toMatchObject({ code: "not_found" });
    });
  });

  it.each(["", "A", "(command)", "a b", "a\r\nX: 1", "名", "a".repeat(65)])(
    "cannot be named %j",
    async (name) => {
      await withRegistry(async ({ keys }) => {
        await expect(keys.add(name, "use")).rejects.toMatchObject({ code: "invalid_input" });
      });
    },
  );

  it("change for a registry that another process has open", async () => {
    await withRegistry(async (here) => {
      await withRegistry(async (there) => {
        const { text } = await there.keys.add("shop", "use");
        expect(await here.keys.find(text)).toMatchObject({ name: "shop" });
        await there.keys.revoke("shop");
        expect(await here.keys.find(text)).toBeUndefined();
      });
    });
  });
});

describe("whetstone keys", () => {
  const run = (...args: string[]) => callCli([...args, "--data", data, "--json"]);

  it("adds, lists and revokes, and the audit log has it", async () => {
    const added = documentOf(await run("keys", "add", "shop", "--role", "use"));
    expect(added).toMatchObject({ key: { name: "shop", role: "use", revokedAt: null } });
    const listed = await run("keys", "list");
    expect(documentOf(listed)).toMatchObject({ keys: [{ name: "shop" }] });
    expect(listed.stdout).not.toContain(String(added["text"]));
    expect(documentOf(await run("keys", "revoke", "shop"))).toMatchObject({
      key: { name: "shop" },
    });
    expect(documentOf(await run("audit"))).toMatchObject({
      entries: [
        { action: "key.revoke", target: "shop", actor: "(command)", outcome: "done" },
        { action: "key.add", target: "shop (use)", id: 1 },
      ],
    });
    expect(documentOf(await run("audit", "--action", "key.add"))["entries"]).toHaveLength(1);
  });

  it("prints the key alone on stdout, for `KEY=$(whetstone keys add …)`", async () => {
    const { stdout } = await callCli(["keys", "add", "a", "--role", "use", "--data", data]);
    expect(stdout).toMatch(/^wsk_[\w-]{43}\n$/);
  });

  it.each([
    [["keys", "add", "a"], 2],
    [["keys", "add", "a", "--role", "admin"], 2],
    [["keys", "add", "A b", "--role", "use"], 2],
    [["keys", "revoke", "nobody"], 1],
    [["audit", "--limit", "0"], 2],
  ])("%j ends with %i and changes nothing", async (args, code) => {
    expect((await run(...args)).code).toBe(code);
    expect(documentOf(await run("keys", "list"))).toEqual({ keys: [] });
  });
});

describe("a running server", () => {
  it("asks for keys as soon as there is one, and follows changes of another process", async () => {
    await using app = await startApp();
    const dataOf = ["--data", path.join(app.folder, "data"), "--json"];
    await app.ready;
    expect((await app.fill({ text: "画[MASK]" })).status).toBe(200);
    const { text } = documentOf(await callCli(["keys", "add", "a", "--role", "use", ...dataOf]));
    expect((await app.fill({ text: "画[MASK]" })).status).toBe(401);
    const asked = (): Promise<Response> =>
      fetch(`${app.url}/api/models`, { headers: { authorization: `Bearer ${String(text)}` } });
    expect((await asked()).status).toBe(200);
    expect(documentOf(await callCli(["status", ...dataOf]))).toMatchObject({ url: app.url });
    await callCli(["keys", "revoke", "a", ...dataOf]);
    expect((await asked()).status).toBe(401);
  });

  it("listens beyond loopback with a key only", async () => {
    const flags = { "data.directory": data, "server.host": "0.0.0.0", "server.port": "0" };
    const starting = createApp(parseConfig({ flags }), { starters: folder });
    await expect(starting).rejects.toMatchObject({ code: "forbidden" });
    await withRegistry(({ keys }) => keys.add("a", "operate"));
    const app = await createApp(parseConfig({ flags }), { starters: folder });
    const { url, port, ready } = await app.listen();
    ready.catch(() => {});
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const status = await callCli(["status", "--data", data, "--json"]);
    expect([status.code, documentOf(status)]).toMatchObject([0, { url }]);
    const answer = await fetch(`http://127.0.0.1:${port}/api/models`);
    expect(answer.status).toBe(401);
    await app.close();
  });
});
