// A model file whose tensors partly equal another's: what they share is left in the other's data
// file, which processes of both can then map as one.

import { closeSync, copyFileSync, linkSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { EXTERNAL_ALIGNMENT_BYTES, storedTensors, withStoredTensors } from "../onnx/index.ts";
import type { StoredBytes, StoredTensor } from "../onnx/index.ts";
import { readFully, writeFileAtomically } from "./files.ts";

/** Bytes that are compared or copied in one step. */
const CHUNK_BYTES = 1 << 22;

/** A model file and the one data file beside it. */
export interface ModelFiles {
  readonly directory: string;
  readonly model: string;
  readonly data: string;
}

/**
 * Rewrites a model so that tensors which equal those of `base`, by name and byte, lie in a link to
 * its data file; the model's own data file keeps the rest. Both must be of the engine's own making.
 * Gives the name of the link.
 *
 * @throws AppError `damaged_file`, `io_failed`
 */
export function shareTensors(files: ModelFiles, base: ModelFiles): string {
  const bytes = readFileSync(path.join(files.directory, files.model));
  const others = new Map(
    storedTensors(readFileSync(path.join(base.directory, base.model))).map((t) => [t.name, t]),
  );
  const link = `base-${base.data}`;
  using own = openData(files);
  using shared = openData(base);
  const places = new Map<string, StoredTensor>();
  const kept = new DataPlan();
  for (const tensor of storedTensors(bytes)) {
    const other = others.get(tensor.name);
    const isShared = other !== undefined && isSame(tensor, own, other, shared);
    places.set(tensor.name, isShared ? { ...other, location: link } : kept.add(tensor));
  }
  // The old data file stays open, and so readable, while the new one takes its name.
  kept.write(path.join(files.directory, files.data), own);
  linkOrCopy(path.join(base.directory, base.data), path.join(files.directory, link));
  const rewritten = withStoredTensors(bytes, places);
  writeFileAtomically(path.join(files.directory, files.model), (append) => append(rewritten));
  return link;
}

interface OpenData extends Disposable {
  readonly handle: number;
  readonly name: string;
}

function openData({ directory, data }: ModelFiles): OpenData {
  const name = path.join(directory, data);
  const handle = openSync(name, "r");
  return { handle, name, [Symbol.dispose]: () => closeSync(handle) };
}

function isSame(a: StoredTensor, inA: OpenData, b: StoredTensor, inB: OpenData): boolean {
  const [keysA, keysB] = [a, b].map(({ packed }) => [...packed.keys()].toSorted().join());
  if (keysA !== keysB || a.plain.lengthBytes !== b.plain.lengthBytes) return false;
  const chunksB = chunksOf(inB, b.plain);
  for (const chunk of chunksOf(inA, a.plain)) {
    const other = chunksB.next();
    if (other.done === true || Buffer.compare(chunk, other.value) !== 0) return false;
  }
  return true;
}

function* chunksOf({ handle, name }: OpenData, stored: StoredBytes): Generator<Uint8Array> {
  const { offsetBytes, lengthBytes } = stored;
  for (let done = 0; done < lengthBytes; done += CHUNK_BYTES) {
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, lengthBytes - done));
    readFully(handle, chunk, offsetBytes + done, name);
    yield chunk;
  }
}

/** What goes into a new data file, each run of bytes on pages of its own. */
class DataPlan {
  readonly #runs: { readonly from: StoredBytes; readonly offsetBytes: number }[] = [];
  #endBytes = 0;

  /** The tensor as it will lie. */
  add(tensor: StoredTensor): StoredTensor {
    const packed = [...tensor.packed].map(([kernel, forms]) => {
      return [kernel, forms.map((form) => this.#place(form))] as const;
    });
    return { ...tensor, plain: this.#place(tensor.plain), packed: new Map(packed) };
  }

  write(file: string, source: OpenData): void {
    writeFileAtomically(file, (append) => {
      let end = 0;
      for (const { from, offsetBytes } of this.#runs) {
        if (offsetBytes > end) append(new Uint8Array(offsetBytes - end));
        for (const chunk of chunksOf(source, from)) append(chunk);
        end = offsetBytes + from.lengthBytes;
      }
    });
  }

  #place(from: StoredBytes): StoredBytes {
    const pages = Math.ceil(this.#endBytes / EXTERNAL_ALIGNMENT_BYTES);
    const offsetBytes = pages * EXTERNAL_ALIGNMENT_BYTES;
    this.#endBytes = offsetBytes + from.lengthBytes;
    this.#runs.push({ from, offsetBytes });
    return { offsetBytes, lengthBytes: from.lengthBytes };
  }
}

/** A second name for the same bytes on disk; a copy where the file system has no such thing. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
