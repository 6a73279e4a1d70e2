// The writer of patches; what a patch is stands in patch.ts.

import path from "node:path";

import { tensorsOf, type Differences } from "./difference.ts";
import { writeModelDirectory, type ModelToSave } from "./hugging-face-writer.ts";
import { digestOf, PATCH_FILE, type PatchBase } from "./patch.ts";
import { compareText } from "./safetensors-header.ts";
import { writeSafetensors } from "./safetensors.ts";

export interface PatchToSave extends Pick<ModelToSave, "config" | "tokenizerFiles" | "otherFiles"> {
  readonly base: PatchBase;
  /** What is added to the base's weights, by their names; stored as float16. */
  readonly differences: Differences;
}

/** Writes a patch as a model directory that appears whole or not at all; errors as for a model. */
export function savePatch(directory: string, patch: PatchToSave): void {
  const tensors = [...patch.differences]
    .flatMap(([name, difference]) => tensorsOf(name, difference))
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
