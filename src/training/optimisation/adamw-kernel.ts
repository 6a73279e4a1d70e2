// The inner loop of AdamW as a WebAssembly module, four numbers at a time: the engine has no such
// operator, and in JavaScript the loop takes twice the time (docs/experiments.md). The module is
// put together here, instruction by instruction, so that nothing needs to be compiled.

/** Numbers in each of the four arrays of one call: all four stay in the processor's cache. */
export const KERNEL_LENGTH_MAX = 1 << 13;

const ARRAY_BYTES = KERNEL_LENGTH_MAX * 4;
const PAGE_BYTES = 1 << 16;

export interface AdamWKernel {
  /** float32 [KERNEL_LENGTH_MAX] each; `run` reads all and writes all but the gradient. */
  readonly weights: Float32Array;
  readonly gradient: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  /**
   * One update of the first `length` numbers, with the factors of {@link FACTORS} in order:
   * g ← g·gradientScale   m ← β₁·m + (1−β₁)·g   v ← β₂·v + (1−β₂)·g²
   * w ← w·keep − m·stepSize / (√(v·secondScale) + ε)
   */
  run(length: number, factors: readonly number[]): void;
}

export const FACTORS = [
  "gradientScale",
  "beta1",
  "oneLessBeta1",
  "beta2",
  "oneLessBeta2",
  "keep",
  "stepSize",
  "secondScale",
  "epsilon",
] as const;

type Factor = (typeof FACTORS)[number];

let shared: AdamWKernel | undefined;

/** The kernel of this process. */
export function adamWKernel(): AdamWKernel {
  return (shared ??= instantiate());
}

function instantiate(): AdamWKernel {
  const { WebAssembly: engine } = globalThis as unknown as { WebAssembly: Engine };
  const { memory, update } = new engine.Instance(new engine.Module(moduleBytes())).exports;
  const array = (index: number): Float32Array =>
    new Float32Array(memory.buffer, index * ARRAY_BYTES, KERNEL_LENGTH_MAX);
  return {
    weights: array(ARRAYS.weights),
    gradient: array(ARRAYS.gradient),
    first: array(ARRAYS.first),
    second: array(ARRAYS.second),
    run: (length, factors) => update(length * 4, ...factors),
  };
}

/** The part of the global that is used here; Node's types leave it out. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => {
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer };
      readonly update: (bytes: number, ...factors: number[]) => void;
    };
  };
}

/** Order of the arrays in memory. */
const ARRAYS = { weights: 0, gradient: 1, first: 2, second: 3 } as const;

// The binary format: https://webassembly.github.io/spec/core/binary/

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;

/** Unsigned LEB128. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

const text = (name: string): number[] => [name.length, ...new TextEncoder().encode(name)];
const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...leb(content.length),
  ...content,
];

/** Parameter 0 counts bytes, 1… are the factors; then the locals. */
const BYTES = 0;
const SPLAT = 1 + FACTORS.length;
const VALUE = SPLAT + FACTORS.length;
const LOCALS = { g: VALUE, m: VALUE + 1, v: VALUE + 2, at: VALUE + 3 } as const;

const get = (local: number): number[] => [0x20, ...leb(local)];
const set = (local: number): number[] => [0x21, ...leb(local)];
const simd = (code: number): number[] => [0xfd, ...leb(code)];
const factor = (name: Factor): number[] => get(SPLAT + FACTORS.indexOf(name));
const memory = (array: keyof typeof ARRAYS): number[] => [2, ...leb(ARRAYS[array] * ARRAY_BYTES)];

const load = (array: keyof typeof ARRAYS): number[] => [
  ...get(LOCALS.at),
  ...simd(0x00),
  ...memory(array),
];
const store = (array: keyof typeof ARRAYS, value: readonly number[]): number[] => [
  ...get(LOCALS.at),
  ...value,
  ...simd(0x0b),
  ...memory(array),
];
const binary =
  (code: number) =>
  (a: readonly number[], b: readonly number[]): number[] => [...a, ...b, ...simd(code)];
const add = binary(0xe4);
const sub = binary(0xe5);
const mul = binary(0xe6);
const div = binary(0xe7);
const sqrt = (a: readonly number[]): number[] => [...a, ...simd(0xe3)];
const splat = (a: readonly number[]): number[] => [...a, ...simd(0x13)];

function loopBody(): number[] {
  const { g, m, v } = LOCALS;
  const square = mul(get(g), get(g));
  const root = sqrt(mul(get(v), factor("secondScale")));
  const change = div(mul(get(m), factor("stepSize")), add(root, factor("epsilon")));
  return [
    ...mul(load("gradient"), factor("gradientScale")),
    ...set(g),
    ...add(mul(load("first"), factor("beta1")), mul(get(g), factor("oneLessBeta1"))),
    ...set(m),
    ...add(mul(load("second"), factor("beta2")), mul(square, factor("oneLessBeta2"))),
    ...set(v),
    ...store("first", get(m)),
    ...store("second", get(v)),
    ...store("weights", sub(mul(load("weights"), factor("keep")), change)),
  ];
}

function functionBody(): number[] {
  const splats = FACTORS.flatMap((_, i) => [...splat(get(1 + i)), ...set(SPLAT + i)]);
  // loop … at += 16; if at < bytes, again
  const step = [...get(LOCALS.at), 0x41, 16, 0x6a, 0x22, ...leb(LOCALS.at)];
  const again = [...get(BYTES), 0x49, 0x0d, 0];
  const code = [...splats, 0x03, 0x40, ...loopBody(), ...step, ...again, 0x0b, 0x0b];
  const locals = [2, ...leb(FACTORS.length + 3), V128, 1, I32];
  return [...locals, ...code];
}

/** "\0asm", version 1 */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

function moduleBytes(): Uint8Array {
  const signature = [0x60, 1 + FACTORS.length, I32, ...FACTORS.map(() => F32), 0];
  const body = functionBody();
  const pages = Math.ceil((Object.keys(ARRAYS).length * ARRAY_BYTES) / PAGE_BYTES);
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [1, ...signature]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, ...leb(pages)]),
    ...section(7, [2, ...text("memory"), 2, 0, ...text("update"), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}
