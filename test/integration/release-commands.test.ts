// deploy, rollback, promote, pause, resume, status against a running server.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { addStubVersion, startApp, until, type RunningApp } from "../helpers/running-app.ts";
import { callCli, documentOf } from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let running: RunningApp;

beforeEach(async () => {
  running = await startApp();
  await running.ready;
});
afterEach(async () => running[Symbol.asyncDispose]());

const call = (...args: string[]): ReturnType<typeof callCli> =>
  callCli([...args, "--data", `${running.folder}/data`, "--json"]);

async function deployment(...args: string[]): Promise<object | undefined> {
  const result = await call(...args);
  expect(result).toMatchObject({ code: 0 });
  return (documentOf(result) as { deployments: object[] }).deployments[0];
}

describe("the commands of releases", () => {
  it("begin one, say where it is, move it, and switch back", async () => {
    expect(await deployment("status")).toMatchObject({
      model: "starter-cloze",
      stable: "1",
      canary: null,
      share: 0,
      state: "promoted",
    });
    const version = await addStubVersion(running);
    const wanted = ["--steps", "10,100", "--interval", "600"];
    const foretold = await call("deploy", `starter-cloze@${version}`, "--forecast");
    expect(documentOf(foretold)).toMatchObject({ needed: 100, expectedSeconds: [{}, {}, {}, {}] });
    expect(await deployment("status")).toMatchObject({ canary: null });
    const begun = await deployment("deploy", `starter-cloze@${version}`, ...wanted);
    expect(begun).toMatchObject({ stable: "1", canary: "2" });
    await until(() => running.app.releases.find("starter-cloze")?.release.state === "canary");
    expect(await deployment("status")).toMatchObject({ share: 10, state: "canary" });
    expect(await deployment("pause", "starter-cloze")).toMatchObject({ state: "paused" });
    expect(await deployment("resume", "starter-cloze")).toMatchObject({ state: "canary" });
    const half = await deployment("promote", "starter-cloze", "--share", "50");
    expect(half).toMatchObject({ share: 50, state: "canary" });
    const whole = await deployment("promote", "starter-cloze");
    expect(whole).toMatchObject({ stable: "2", canary: null, state: "promoted" });
    const back = await deployment("rollback", "starter-cloze");
    expect(back).toMatchObject({ stable: "1", canary: null, share: 0, state: "rolled-back" });
  });

  it("say what is wrong: usage by the arguments alone, failure by the server", async () => {
    expect(await call("deploy", "starter-cloze")).toMatchObject({ code: 2 });
    expect(await call("deploy", "starter-cloze@2", "--steps", "5,x")).toMatchObject({ code: 2 });
    expect(await call("deploy", "starter-cloze@2", "--interval", "-1")).toMatchObject({ code: 2 });
    expect(await call("deploy", "starter-cloze@7")).toMatchObject({ code: 1 });
    expect(await call("rollback", "starter-cloze")).toMatchObject({ code: 1 });
    const refused = await addStubVersion(running, {}, { state: "refused" });
    const result = await call("deploy", `starter-cloze@${refused}`);
    expect([result.code, result.stderr]).toEqual([1, expect.stringContaining("--force")]);
    expect(await call("deploy", `starter-cloze@${refused}`, "--force")).toMatchObject({ code: 0 });
  });
});
