// Moves the large tensors of a graph out: into one data file, laid out so that it can be mapped, or
// to be handed to the engine as they lie in memory. It only plans: whoever writes files gets the
// bytes in order (src/checkpoint/onnx-file.ts).

import type { ExternalLocation, Graph, TensorLiteral } from "./graph.ts";
import { isExternal } from "./graph.ts";

/** Tensors start on pages, so that the engine can map them. */
export const EXTERNAL_ALIGNMENT_BYTES = 4096;
/** Smaller tensors stay in the graph, where shape inference can read them. */
export const EXTERNAL_SIZE_MIN_BYTES = 1024;

export interface ExternalChunk {
  /** Where it goes in the data file; a multiple of EXTERNAL_ALIGNMENT_BYTES. */
  readonly offsetBytes: number;
  /** The tensor's own memory, not a copy. */
  readonly bytes: Uint8Array;
}

export interface ExternalPlan {
  /** The graph with the large initializers pointing into the data file. */
  readonly graph: Graph;
  /** What the data file holds, in ascending order; between the chunks lie zeros. */
  readonly chunks: readonly ExternalChunk[];
}

/**
 * The plan for a data file that will lie at `location`, a path relative to the model file. Tensors
 * that are external already stay where they are.
 */
export function moveToExternal(graph: Graph, location: string): ExternalPlan {
  const chunks: ExternalChunk[] = [];
  let end = 0;
  const moved = withLargeTensorsAt(graph, (bytes) => {
    const offsetBytes = Math.ceil(end / EXTERNAL_ALIGNMENT_BYTES) * EXTERNAL_ALIGNMENT_BYTES;
    end = offsetBytes + bytes.length;
    chunks.push({ offsetBytes, bytes });
    return { location, offsetBytes, lengthBytes: bytes.length };
  });
  return { graph: moved, chunks };
}

/** The tensor's own memory, under the location that the graph has for it. */
export interface MemoryTensor {
  readonly location: string;
  readonly bytes: Uint8Array;
}

/** The graph with each large initializer at a location of its own, and what lies there. */
export function moveToMemory(graph: Graph): {
  readonly graph: Graph;
  readonly tensors: readonly MemoryTensor[];
} {
  const tensors: MemoryTensor[] = [];
  const moved = withLargeTensorsAt(graph, (bytes) => {
    const location = `tensor-${tensors.length}`;
    tensors.push({ location, bytes });
    return { location, offsetBytes: 0, lengthBytes: bytes.length };
  });
  return { graph: moved, tensors };
}

function withLargeTensorsAt(graph: Graph, place: (bytes: Uint8Array) => ExternalLocation): Graph {
  const move = (tensor: TensorLiteral): TensorLiteral => {
    const { bytes } = tensor;
    if (isExternal(bytes) || bytes.length < EXTERNAL_SIZE_MIN_BYTES) return tensor;
    return { ...tensor, bytes: place(bytes) };
  };
  const initializers = new Map(
    [...graph.initializers].map(([name, tensor]) => [name, move(tensor)]),
  );
  return { ...graph, initializers };
}
