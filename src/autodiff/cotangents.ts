// The cotangents gathered while a graph is walked backwards. One that comes from picking elements
// is kept as what is to be added where, not as a tensor full of zeros: a table that is used whole
// and by rows gets its rows added onto the rest.

import type { GraphBuilder, Value } from "../onnx/index.ts";

/** A cotangent that is 0 except where elements were picked. */
export interface Scattered {
  /** What the elements were picked from. */
  readonly like: Value;
  /** Picked along this axis, where each of `updates` belongs to the place in `indices`. */
  readonly axis: number;
  readonly indices: Value;
  readonly updates: Value;
  /** Adds it to a tensor of the shape of `like`. */
  readonly addTo: (base: Value) => Value;
}

export type Cotangent = Value | Scattered;

const isScattered = (part: Cotangent): part is Scattered => "addTo" in part;

/** Sums of cotangents by the name of the value that they belong to. */
export class Cotangents {
  readonly #b: GraphBuilder;
  readonly #zeros: (like: Value) => Value;
  readonly #parts = new Map<string, Cotangent[]>();

  constructor(b: GraphBuilder, zeros: (like: Value) => Value) {
    this.#b = b;
    this.#zeros = zeros;
  }

  add(name: string, cotangent: Cotangent): void {
    const parts = this.#parts.get(name);
    if (parts === undefined) this.#parts.set(name, [cotangent]);
    else parts.push(cotangent);
  }

  has(name: string): boolean {
    return this.#parts.has(name);
  }

  /** The sum as one tensor; undefined when nothing was added. */
  of(name: string): Value | undefined {
    const parts = this.#parts.get(name);
    if (parts === undefined) return undefined;
    const dense = parts.filter((part): part is Value => !isScattered(part));
    const scattered = parts.filter(isScattered);
    let sum = this.#sum(dense);
    for (const part of scattered) sum = part.addTo(sum ?? this.#zeros(part.like));
    if (sum !== undefined) this.#parts.set(name, [sum]);
    return sum;
  }

  /** The sum, if it consists of one scattered cotangent. */
  scattered(name: string): Scattered | undefined {
    const [only, ...others] = this.#parts.get(name) ?? [];
    return only !== undefined && others.length === 0 && isScattered(only) ? only : undefined;
  }

  #sum(parts: readonly Value[]): Value | undefined {
    if (parts.length <= 1) return parts[0];
    return this.#b.emit(parts.length === 2 ? "Add" : "Sum", parts);
  }
}
