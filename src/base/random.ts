// Seeded random numbers whose state can be stored in a checkpoint and restored.

/** A stream of random numbers that is a pure function of its seed or restored state. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of randomness. */
  next(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** The four 32-bit words of the generator, for a checkpoint. */
  state(): readonly [number, number, number, number];
}

/** sfc32 (Chris Doty-Humphrey, PractRand); passes BigCrush, period about 2^127. */
export function createRandom(seed: number | readonly [number, number, number, number]): Random {
  let [a, b, c, counter] = typeof seed === "number" ? expandSeed(seed) : seed;

  const nextWord = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  const next = (): number => nextWord() / 4294967296;
  return {
    next,
    integer: (bound) => Math.floor(next() * bound),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    state: () => [a, b, c, counter],
  };
}

/** Spreads a seed over the state with splitmix32, so that near seeds give unrelated streams. */
function expandSeed(seed: number): [number, number, number, number] {
  let state = seed | 0;
  const word = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
  return [word(), word(), word(), 1];
}

/** Shuffles in place (Fisher–Yates) and returns the same array. */
export function shuffle<T extends unknown[] | Int32Array | Uint32Array>(
  items: T,
  random: Random,
): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const held = items[i];
    items[i] = items[j];
    items[j] = held;
  }
  return items;
}
