// A registry of its own folder with one model, "m", whose files nobody could open.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openRegistry, type Registry } from "../../src/registry/index.ts";
import { writeStubModel } from "./running-app.ts";

export interface StubRegistry extends AsyncDisposable {
  readonly registry: Registry;
  /** Its data are in "data", the files that the model was added from in "model". */
  readonly folder: string;
}

export async function openStubRegistry(): Promise<StubRegistry> {
  const folder = mkdtempSync(path.join(tmpdir(), "whetstone-registry-"));
  const source = path.join(folder, "model");
  writeStubModel(source);
  const registry = await openRegistry(path.join(folder, "data"), {
    validate: async () => "fill-mask",
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
