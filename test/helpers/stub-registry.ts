// A registry of its own folder with one model, "m", whose files nobody could open.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";
import { required } from "../../src/base/index.ts";
import { openRegistry, type Registry } from "../../src/registry/index.ts";
import { writeStubModel } from "./running-app.ts";

export interface StubRegistry extends AsyncDisposable {
  readonly registry: Registry;
  /** Its data are in "data", the files that the model was added from in "model". */
  readonly folder: string;
}

/** Files a sample of "m" that an import says 生效 is right in; it waits in the queue. */
export async function fileAccepted(
  { feedback }: Registry,
  text: string,
  at = "2026-01-01T00:00:00.000Z",
): Promise<void> {
  const opinion = {
    origin: text,
    blank: 0,
    candidate: "生效",
    user: "import",
    verdict: "accept",
    answer: null,
    best: null,
    bestScore: null,
    at,
  } as const;
  await feedback.file([{ model: "m", text, source: "import", opinion }], () => {
    return { answers: ["生效"], rejected: [], hold: null };
  });
}

/** A fresh one for each test of the file or block that says this. */
export function useStubRegistry(): Pick<StubRegistry, "registry" | "folder"> {
  let stub: StubRegistry | undefined;
  const opened = (): StubRegistry => required(stub, "a test that runs");
  beforeEach(async () => {
    stub = await openStubRegistry();
  });
  afterEach(() => opened()[Symbol.asyncDispose]());
  return {
    get registry() {
      return opened().registry;
    },
    get folder() {
      return opened().folder;
    },
  };
}

export async function openStubRegistry(): Promise<StubRegistry> {
  const folder = mkdtempSync(path.join(tmpdir(), "whetstone-registry-"));
  const source = path.join(folder, "model");
  writeStubModel(source);
  const registry = await openRegistry(path.join(folder, "data"), {
    validate: async () => ({ kind: "fill-mask" }),
  });
  await registry.addModel("m", source);
  return {
    registry,
    folder,
    [Symbol.asyncDispose]: async () => {
      await registry.close();
      rmSync(folder, { recursive: true });
    },
  };
}
