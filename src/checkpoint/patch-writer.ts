// The writer of patches; what a patch is stands in patch.ts.

import path from "node:path";

import { encodeFloat32 } from "./dtype.ts";
import { writeModelDirectory, type ModelToSave } from "./hugging-face-writer.ts";
import { digestOf, PATCH_FILE, type PatchBase } from "./patch.ts";
import { compareText } from "./safetensors-header.ts";
import { writeSafetensors, type TensorToWrite } from "./safetensors.ts";
import type { Weights } from "./weights.ts";

export interface PatchToSave extends Pick<ModelToSave, "config" | "tokenizerFiles" | "otherFiles"> {
  readonly base: PatchBase;
  /** What is added to the base's weights, by their names; stored as float16. */
  readonly differences: Weights;
}

/** Writes a patch as a model directory that appears whole or not at all; errors as for a model. */
export function savePatch(directory: string, patch: PatchToSave): void {
  const tensors = [...patch.differences]
    .map(([name, { shape, data }]): TensorToWrite & { readonly data: Uint8Array } => {
      return { name, dtype: "F16", shape, data: encodeFloat32("F16", data) };
    })
    .sort((a, b) => compareText(a.name, b.name));
  const metadata = new Map([
    ["format", "whetstone-patch"],
    ["base", patch.base.key],
    ["base_sha256", patch.base.sha256],
    ["content_sha256", digestOf(tensors)],
  ]);
  writeModelDirectory(directory, patch, (temporary) => {
    writeSafetensors(path.join(temporary, PATCH_FILE), tensors, metadata);
  });
}
