// Symbolic axis sizes. A Dim is a number, or a product such as "2*batch*sequence" in a canonical
// spelling, so that two Dims are the same size exactly when they are === .

/** A size known now (number) or when the graph runs (product of named sizes). */
export type Dim = number | string;
export type Shape = readonly Dim[];

interface Product {
  coefficient: number;
  symbols: string[];
}

function parse(dim: Dim): Product {
  if (typeof dim === "number") return { coefficient: dim, symbols: [] };
  const parts = dim.split("*");
  const coefficient = /^\d+$/.test(parts[0] ?? "") ? Number(parts.shift()) : 1;
  return { coefficient, symbols: parts };
}

function print({ coefficient, symbols }: Product): Dim {
  if (symbols.length === 0 || coefficient === 0) return coefficient;
  const sorted = [...symbols].sort();
  return (coefficient === 1 ? sorted : [String(coefficient), ...sorted]).join("*");
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  const x = parse(a);
  const y = parse(b);
  return print({
    coefficient: x.coefficient * y.coefficient,
    symbols: [...x.symbols, ...y.symbols],
  });
}

/** a / b where b divides a symbol by symbol; undefined where it cannot be said. */
export function divideDims(a: Dim, b: Dim): Dim | undefined {
  const x = parse(a);
  const y = parse(b);
  if (y.coefficient === 0 || x.coefficient % y.coefficient !== 0) return undefined;
  for (const symbol of y.symbols) {
    const at = x.symbols.indexOf(symbol);
    if (at < 0) return undefined;
    x.symbols.splice(at, 1);
  }
  return print({ coefficient: x.coefficient / y.coefficient, symbols: x.symbols });
}

/** a + b; a sum with a symbol in it becomes one new symbol, spelt the same whichever way round. */
export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  // "×" inside: the sum is one factor of the products it stands in.
  const terms = [a, b].map((term) => String(term).replaceAll("*", "×"));
  return `(${terms.sort().join("+")})`;
}

/** The number of elements of a shape. */
export function sizeOfShape(shape: Shape): Dim {
  return shape.reduce<Dim>(multiplyDims, 1);
}

/**
 * The axis size after broadcasting, or undefined when two numbers clash. A symbol is taken never
 * to be 1 at run time: two different symbols in one place are taken to be equal.
 */
export function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === "number") return typeof b === "number" ? undefined : a;
  return typeof b === "number" ? b : a;
}

/** Multidirectional broadcasting of ONNX; undefined when the shapes do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const out: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    const dim = broadcastDim(x, y);
    if (dim === undefined) return undefined;
    out.push(dim);
  }
  return out;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** A shape for an error message: [batch, 12, 64]. */
export function printShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}
