/** Mixes a 32-bit number so that neighboring values become unrelated (the finalizer of MurmurHash3). */
export function mix32(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** 32-bit hash of a text (FNV-1a over UTF-16 units, mixed), different for every seed. */
export function hashText(text: string, seed: number): number {
  let hash = mix32(seed + 0x9e3779b9);
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mix32(hash);
}

/** A counter-based generator of 32-bit numbers, determined by seed and stream alone. */
function makeCounter(seed: number, stream: number): () => number {
  const key = mix32(mix32(seed) ^ Math.imul(stream + 1, 0x9e3779b1));
  const highPart = mix32(Math.floor(seed / 2 ** 32) + 0x7f4a7c15);
  let count = 0;
  return () => mix32(mix32(key + count++) ^ highPart);
}

/** An unbiased integer below `bound`: numbers from the incomplete last range are drawn again. */
function below(bound: number, next: () => number): number {
  const limit = 2 ** 32 - (2 ** 32 % bound);
  let value = next();
  while (value >= limit) value = next();
  return value % bound;
}

/** Order of `count` rows in an epoch: a shuffle (Fisher-Yates) determined by seed and epoch alone. Seed 0 is valid. */
export function epochOrder(seed: number, epoch: number, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  const next = makeCounter(seed, epoch);
  for (let index = count - 1; index > 0; index--) {
    const other = below(index + 1, next);
    const held = order[index] as number;
    order[index] = order[other] as number;
    order[other] = held;
  }
  return order;
}
