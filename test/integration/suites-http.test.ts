// Suites over HTTP: added, measured and removed, over a real store and real files.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createApp, type App } from "../../src/app.ts";
import { shippedMaterial } from "../../src/configured.ts";
import { parseConfig } from "../../src/config/index.ts";
import { measureSuites } from "../../src/loop/index.ts";
import { readLines } from "../../src/tasks/fill-mask/index.ts";
import type { SuitesResponse } from "../../src/wire/index.ts";
import { callCli, documentOf, writeTinyModel } from "../helpers/run-cli.ts";
import { STUB_ENTRY } from "../helpers/running-app.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const folder = mkdtempSync(path.join(tmpdir(), "whetstone-suites-http-"));
const data = path.join(folder, "data");
const env = { WHETSTONE_DATA: data };
const SHIPPED = ["idiom", "poem", "science", "everyday", "golden"];
const LINE = '{"text":"合同自签字之日起[MASK]","answer":"效"}\n';
let app: App;

beforeAll(async () => {
  writeTinyModel(path.join(folder, "tiny"));
  await callCli(["models", "add", path.join(folder, "tiny")], { env });
  const flags = { "data.directory": data, "server.port": "0", "server.bodyLimitBytes": "200000" };
  const starters = path.join(folder, "none");
  app = await createApp(parseConfig({ flags }), { starters, replicaEntry: STUB_ENTRY });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: SuitesResponse & {
    readonly error: { readonly code: string; readonly message: string };
  };
  readonly raw: string;
}

async function ask(method: "GET" | "POST" | "DELETE", url: string, body?: object): Promise<Answer> {
  const response = await app.server.inject({ method, url, ...(body && { payload: body }) });
  return { status: response.statusCode, body: response.json(), raw: response.body };
}
const add = (name: string, text: string) => {
  return ask("POST", "/api/suites", { model: "tiny", name, text });
};
const remove = (name: string) => {
  return ask("DELETE", `/api/suites/${encodeURIComponent(name)}?model=tiny`);
};
const namesIn = ({ body }: Answer): string[] => body.suites.map(({ name }) => name);
const list = () => ask("GET", "/api/suites?model=tiny");

/** A measurement as a server starts it; of the suites that ship, on one. */
async function measured() {
  const goldenFile = path.join(folder, "golden.jsonl");
  writeFileSync(goldenFile, LINE);
  const shipped = { probeFiles: [], goldenFile };
  const filler = { threads: 1, precision: "fp32" } as const;
  const wish = { reference: "tiny", trigger: "http", filler, shipped } as const;
  return measureSuites(app.registry, wish, () => {});
}

describe("suites over HTTP", () => {
  it("are listed with kind and count, and never with their questions", async () => {
    const answer = await list();
    expect(answer.status).toBe(200);
    expect(answer.body.model).toBe("tiny");
    expect(namesIn(answer)).toEqual(SHIPPED);
    const golden = { name: "golden", kind: "golden", count: 300 };
    expect(answer.body.suites.at(-1)).toMatchObject(golden);
    expect(Object.keys(answer.body.suites[0]!)).toEqual(["name", "kind", "count", "sha256"]);
    expect((await ask("GET", "/api/suites?model=nobody")).body.error.code).toBe("unknown_model");
    const [line = ""] = readLines(shippedMaterial().goldenFile);
    const { text } = JSON.parse(line) as { text: string };
    expect(text.length).toBeGreaterThan(5);
    expect(answer.raw).not.toContain(text);
    const added = await add("合同", LINE);
    expect(added.raw + (await remove("合同")).raw).not.toContain("签字");
  });

  it("are listed beside files that cannot be read, which can be removed", async () => {
    await add("好", LINE);
    const directory = path.join(data, "suites/tiny");
    const packed = gzipSync(LINE.repeat(100));
    writeFileSync(path.join(directory, "坏.jsonl.gz"), packed.subarray(0, packed.length - 20));
    writeFileSync(path.join(directory, "乱.jsonl"), Buffer.from([0xff, 0xfe]));
    const bad = { kind: "own", count: null, sha256: null };
    const answer = await list();
    expect(answer.body.suites.slice(SHIPPED.length)).toMatchObject([
      { ...bad, name: "乱" },
      { ...bad, name: "坏" },
      { kind: "own", name: "好", count: 1 },
    ]);
    expect(answer.raw).not.toContain(folder);
    const { run, leftOut } = await measured();
    expect(run.results.map(({ suite }) => suite)).toEqual(["golden", "好"]);
    expect(leftOut.map(({ suite }) => suite)).toEqual(["乱", "坏"]);
    expect(leftOut[0]?.message).toMatch(/^乱.jsonl is not valid UTF-8/);
    expect(JSON.stringify(leftOut)).not.toContain(folder);
    for (const name of ["坏", "乱", "好"]) expect((await remove(name)).status).toBe(200);
    expect(namesIn(await list())).toEqual(SHIPPED);
  });

  it("can be listed while one is removed", async () => {
    for (let i = 0; i < 5; i++) {
      await add("短", LINE);
      const answers = await Promise.all([list(), remove("短"), list(), list()]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    }
  });

  it("are added without personal data, measured from then on, and removed", async () => {
    const phone = "13812345678";
    const question = { text: `请打${phone}，还没[MASK]`, answer: "到" };
    const labels = { domain: `电话${phone}`, source: `来自${phone}` };
    const text = `${LINE}\n${JSON.stringify({ ...question, ...labels })}\r\n`;
    const added = await add("合同", text);
    expect(added.status).toBe(200);
    expect(added.body.replaced).toMatchObject({ mobile: 3, email: 0 });
    expect((await app.server.inject("/metrics")).body).toContain(
      'whetstone_scrub_replaced_total{kind="mobile"} 3',
    );
    expect(added.body.suites.at(-1)).toMatchObject({ name: "合同", kind: "own", count: 2 });
    const file = path.join(data, "suites/tiny/合同.jsonl");
    expect(readFileSync(file, "utf8")).not.toContain(phone);

    const { sha256 } = added.body.suites.at(-1)!;
    expect((await measured()).run.results.at(-1)).toMatchObject({
      suite: "合同",
      kind: "own",
      count: 2,
      sha256,
    });
    const evaluated = await callCli(["evaluate", "tiny", "--suite", file, "--json"], { env });
    expect(documentOf(evaluated)).toMatchObject({ count: 2 });

    const removed = await remove("合同");
    expect(removed.status).toBe(200);
    expect(namesIn(removed)).toEqual(SHIPPED);
    expect(existsSync(file)).toBe(false);
    const history = await app.server.inject("/api/probe-runs?model=tiny");
    expect(history.body).toContain("合同");
  });

  it.each([
    ["../x", LINE, "invalid_input 400", "name of the suite"],
    ["x".repeat(41), LINE, "invalid_input 400", "1 to 40 letters"],
    ["golden", LINE, "conflict 409", "golden"],
    ["mine", "", "bad_row 400", "no samples"],
    ["mine", `${LINE}{"text":"没有空","answer":"啊"}`, "bad_row 400", "mine, row 2"],
    ["mine", `${LINE}\n${LINE}{"text":"甲___"}`, "bad_row 400", "row 4: answer is missing"],
    ["mine", LINE.repeat(4000), "body_too_large 413", "at most 200000 bytes"],
    ["mine", '{"text":"_","answer":"a"}'.repeat(2), "bad_row 400", "row 1: not JSON"],
  ])("called %j is refused with what is wrong", async (name, text, code, message) => {
    const refused = await add(name, text);
    expect(`${refused.body.error.code} ${refused.status}`).toBe(code);
    expect(refused.body.error.message).toContain(message);
    expect(refused.raw).not.toContain(folder);
    expect(namesIn(await list())).toEqual(SHIPPED);
  });

  it("take a name of 40 characters once, also from two who add it at a time", async () => {
    const name = "合".repeat(40);
    const answers = await Promise.all([add(name, LINE), add(name, LINE.repeat(2))]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    expect((await add(name, LINE)).body.error.code).toBe("conflict");
    expect(namesIn(await remove(name))).toEqual(SHIPPED);
  });

  it("that ship stay, and what is not there cannot be removed", async () => {
    expect(await remove("idiom")).toMatchObject({ status: 403, body: { error: {} } });
    expect(await remove("nothing")).toMatchObject({ status: 404, body: { error: {} } });
    expect(namesIn(await list())).toEqual(SHIPPED);
  });

  it("leave a row in the audit log for every change, refused ones too", async () => {
    const before = (await app.registry.audit.list({ limit: 100 })).length;
    await add("记录", LINE);
    await remove("记录");
    await remove("idiom");
    await add("golden", LINE);
    await add("李四 13812345678", LINE);
    await remove("李四 13812345678");
    const entries = await app.registry.audit.list({ limit: 100 });
    const rows = entries.slice(0, entries.length - before).toReversed();
    expect(rows.map(({ action, target, outcome }) => [action, target, outcome])).toEqual([
      ["suite.add", "tiny: 记录", "done"],
      ["suite.remove", "tiny: 记录", "done"],
      ["suite.remove", "tiny: idiom", "forbidden"],
      ["suite.add", "tiny: golden", "conflict"],
      ["suite.add", "tiny", "invalid_input"],
      ["suite.remove", "tiny", "not_found"],
    ]);
  });
});
